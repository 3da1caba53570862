"""The queue: left what runs out first, right the conversation, why this time, and the reply.

The list may be long, and a browser draws only what is seen of it: `from` names the first row of the page, and the page's
script asks for others as somebody scrolls. Without a script there is a link to the following rows.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from alerting.commands import GiveShift
from services.views.queue import (
    COUNT_MOST,
    due_within,
    last_reply_at,
    queue_counts,
    queue_total,
    queue_window,
)
from services.views.rows import QueueCounts, QueueRow
from services.web.actions import command_id, settled, text_of
from services.web.answering import raise_to_desk, record_reply
from services.web.attending import attend
from services.web.conversation_pane import opened
from services.web.errors import BadQuestion, Refused
from services.web.handing_over import release_all
from services.web.queue_asked import SOON, Asked, asked_in, offset_in
from services.web.queue_search import SEARCHED_MOST, found_in_queue
from services.web.quote import Quote, quote_of
from services.web.render import page
from services.web.settling import OUTCOMES
from services.web.texts import known
from services.web.visit import Form, SignedIn, Visit, check_may_act

Worded = Callable[[str], str]

ROWS = 50
"""Rows of a page, unless its script asks for another number."""
ROWS_MOST = 200
LEAVING = frozenset({"no_reply_needed", "spam", "snooze"})
"""What is done with a conversation so that somebody can turn to the next one."""
VIEW_NAME_MOST = 40
HALF_USED = 0.5
NEARLY_USED = 0.8


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the queue, ready to be shown."""

    row: QueueRow
    quote: Quote | None
    left_s: float
    used: float
    """Share of the waiting time that is used up, 0 to 1."""
    urgency: str
    """`over`, `near`, `half`, `calm` or `paused`."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The stretch of the list that is shown."""

    lines: tuple[Line, ...]
    start: int
    total: int
    """Counted up to `COUNT_MOST`."""
    more: bool
    """There are more than were counted, or than were searched."""


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of the queue, on or off."""

    words: str
    count: int
    address: str
    on: bool


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with several values, of which one may be chosen."""

    words: str
    chips: tuple[Chip, ...]
    chosen: Chip | None


@get("/queue")
async def show_queue(
    visit: SignedIn, rows: Annotated[int, QueryParameter(ge=1, le=ROWS_MOST)] = ROWS
) -> Response[str]:
    """The queue as the address asks for it (`services.web.queue_asked`)."""
    query = visit.request.query_params
    asked = asked_in(query)
    counts = queue_counts(visit.desk.reader, visit.now, visit.brand_id, visit.person.id)
    return page(
        visit,
        "queue.html",
        counts=counts,
        listed=_listed(asked, offset_in(query), rows, visit),
        rows=rows,
        asked=asked,
        chips=_chips(asked, counts, visit),
        picks=_picks(asked, counts, visit),
        opened=opened(asked.c, visit) if asked.c else None,
        outcomes=OUTCOMES,
        views=visit.desk.access.saved_views(visit.person.id),
        last_reply=last_reply_at(visit.desk.reader),
    )


@post("/conversations")
async def act_on_conversation(visit: SignedIn, form: Form) -> Redirect:
    """What one of our people did with a conversation; back to the queue."""
    return _back(form, await attend(visit, form))


@post("/conversations/reply")
async def post_reply(visit: SignedIn, form: Form) -> Redirect:
    """Somebody has answered on the platform."""
    return _back(form, await record_reply(visit, form))


@post("/conversations/raise")
async def post_raise(visit: SignedIn, form: Form) -> Redirect:
    """Somebody raises a complaint to the desk."""
    return _back(form, await raise_to_desk(visit, form))


@post("/queue/shift")
async def end_shift(visit: SignedIn, form: Form) -> Redirect:
    """Give back what I have claimed, with a note for whoever comes; the duty page shows what is handed over."""
    check_may_act(visit)
    command = GiveShift(id=command_id(visit, form), who=visit.person.id, note=text_of(form, "note"))
    await settled(visit, await visit.desk.house.command(command))
    await release_all(visit, visit.person.id)
    return Redirect("/oncall?said=shift", status_code=303)


@post("/queue/views")
async def keep_view(visit: SignedIn, form: Form) -> Redirect:
    """Save the filters of the page under a name, or drop what is saved under it: for themselves, so whoever looks may."""
    name = text_of(form, "name")
    if not 0 < len(name) <= VIEW_NAME_MOST:
        raise BadQuestion(f"name: {len(name)} characters, expected 1 to {VIEW_NAME_MOST}")
    asked = asked_in(form)
    if form.get("op") == "drop":
        visit.desk.access.drop_view(visit.person.id, name)
    elif not visit.desk.access.save_view(visit.person.id, name, asked.address(c=None)):
        raise Refused("views_full")
    return Redirect(asked.address(c=None), status_code=303)


def _back(form: Form, said: str) -> Redirect:
    """To the queue as it was; what has left it does not stay open."""
    asked = asked_in(form)
    address = asked.address(c=None if said in LEAVING else form.get("conversation"))
    return Redirect(f"{address}{'&' if '?' in address else '?'}{urlencode({'said': said})}", status_code=303)


def _listed(asked: Asked, start: int, rows: int, visit: Visit) -> Listed:
    reader, wanted = visit.desk.reader, asked.wanted(visit.brand_id, visit.person.id, visit.now)
    if asked.q:
        found = found_in_queue(reader, wanted, asked.q, visit.desk.opener)
        shown, total, most = found[start : start + rows], len(found), SEARCHED_MOST
        searched = queue_total(reader, wanted)
    else:
        shown = queue_window(reader, wanted, offset=start, limit=rows)
        total, most = queue_total(reader, wanted), COUNT_MOST
        searched = total
    return Listed(
        lines=tuple(_line(row, visit) for row in shown), start=start, total=total, more=searched >= most
    )


def _chips(asked: Asked, counts: QueueCounts, visit: Visit) -> list[Chip]:
    soon = counts.overdue + due_within(visit.desk.reader, visit.now, SOON, visit.brand_id)
    everything = Chip(
        words=visit.say("queue.all"),
        count=counts.waiting,
        address=Asked(c=asked.c, brand=asked.brand).address(),
        on=not asked.filtered,
    )
    flags = (
        ("mine", counts.mine),
        ("overdue", counts.overdue),
        ("soon", soon),
        ("vip", counts.vip),
        ("later", counts.asleep),
    )
    return [everything] + [
        _chip(visit.say(f"queue.{name}"), count, asked, name, True, False)
        for name, count in flags
        if count or getattr(asked, name)
    ]


def _picks(asked: Asked, counts: QueueCounts, visit: Visit) -> list[Pick]:
    names = {account.id: account.name for account in visit.intake.accounts if account.name}
    groups: tuple[tuple[str, tuple[tuple[str, int], ...], Worded], ...] = (
        ("platform", counts.platforms, lambda name: known(visit.language, "platform", name)),
        ("account", counts.accounts, lambda name: names.get(name, name)),
        ("topic", counts.topics, lambda name: known(visit.language, "topic", name)),
    )
    return [
        pick
        for field, values, worded in groups
        if (pick := _pick(visit.say(f"queue.{field}"), field, values, worded, asked)) is not None
    ]


def _pick(
    words: str, field: str, values: tuple[tuple[str, int], ...], worded: Worded, asked: Asked
) -> Pick | None:
    chips = tuple(_chip(worded(name), count, asked, field, name, None) for name, count in values)
    chosen = next((chip for chip in chips if chip.on), None)
    if getattr(asked, field) is not None and chosen is None:
        chosen = _chip(worded(getattr(asked, field)), 0, asked, field, getattr(asked, field), None)
    return Pick(words=words, chips=chips, chosen=chosen) if chosen or len(chips) > 1 else None


def _chip(words: str, count: int, asked: Asked, field: str, value: object, off: object) -> Chip:
    """A filter that is set by pressing it and taken away by pressing it again."""
    on = getattr(asked, field) == value
    return Chip(words=words, count=count, address=asked.address(**{field: off if on else value}), on=on)


def _line(row: QueueRow, visit: Visit) -> Line:
    now = visit.now
    left_s = (row.due_at - (row.clock.paused_since or now)).total_seconds()
    length_s = max(1.0, (row.due_at - row.clock.started_at).total_seconds())
    used = min(1.0, max(0.0, 1 - left_s / length_s))
    return Line(
        row=row,
        quote=quote_of(row.item, visit.desk.opener) if row.item else None,
        left_s=left_s,
        used=used,
        urgency="paused" if row.paused else _urgency(left_s, used),
    )


def _urgency(left_s: float, used: float) -> str:
    if left_s < 0:
        return "over"
    if used >= NEARLY_USED:
        return "near"
    return "half" if used >= HALF_USED else "calm"
