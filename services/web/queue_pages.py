"""The queue: left what runs out first, right the conversation, why this time, and the reply."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from services.views.cursor import LIMIT_DEFAULT
from services.views.errors import BadCursor
from services.views.queue import (
    QueueFilter,
    conversation,
    due_within,
    last_reply_at,
    queue_counts,
    queue_page,
)
from services.views.rows import ConversationRow, ItemRow, QueueRow
from services.web.actions import mark_conversation
from services.web.errors import BadQuestion
from services.web.promise import Promise, promise_of
from services.web.quote import Quote, quote_of
from services.web.render import page
from services.web.replies import Draft, drafts_of
from services.web.texts import known
from services.web.visit import Form, SignedIn, Visit

SOON = timedelta(minutes=30)
HALF_USED = 0.5
NEARLY_USED = 0.8
NAME_LENGTH_MOST = 500

Show = Annotated[str, QueryParameter(name="show", max_length=20)]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the queue, ready to be shown."""

    row: QueueRow
    quote: Quote | None
    left_s: float
    used: float
    """Share of the waiting time that is used up, 0 to 1."""
    urgency: str
    """`over`, `near`, `half`, `calm` or `paused`."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a conversation, in the clear."""

    item: ItemRow
    quote: Quote


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation on the right."""

    row: ConversationRow
    name: str | None
    followers: int | None
    said: tuple[Said, ...]
    promise: Promise | None
    drafts: tuple[Draft, ...]
    url: str | None


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of the queue."""

    show: str
    words: str
    count: int


@get("/queue")
async def show_queue(
    visit: SignedIn,
    show: Show = "all",
    c: Annotated[str | None, QueryParameter(max_length=NAME_LENGTH_MOST)] = None,
    after: Annotated[str | None, QueryParameter(max_length=NAME_LENGTH_MOST)] = None,
) -> Response[str]:
    """The queue; `c` is the conversation on the right, `after` the cursor of a further page."""
    reader = visit.desk.reader
    try:
        rows = queue_page(reader, _filter_of(show, visit), limit=LIMIT_DEFAULT, cursor=after)
    except BadCursor as error:
        raise BadQuestion(str(error)) from error
    return page(
        visit,
        "queue.html",
        lines=[_line(row, visit) for row in rows.items],
        following=rows.next,
        show=show,
        chips=_chips(visit),
        opened=_opened(c, visit) if c else None,
        chosen=c,
        link=lambda **query: "/queue?" + urlencode({"show": show, **query}),
        last_reply=last_reply_at(reader),
    )


@post("/conversations")
async def mark(visit: SignedIn, form: Form) -> Redirect:
    """What one of our people did with a conversation; back to the queue."""
    said = await mark_conversation(visit, form)
    show, name = form.get("show", "all"), form.get("conversation", "")
    query = {"show": show, "said": said} | ({} if said == "no_reply_needed" else {"c": name})
    return Redirect("/queue?" + urlencode(query), status_code=303)


def _filter_of(show: str, visit: Visit) -> QueueFilter:
    brand = visit.brand_id
    match show:
        case "all":
            return QueueFilter(brand=brand)
        case "overdue":
            return QueueFilter(brand=brand, overdue_at=visit.now)
        case "soon":
            return QueueFilter(brand=brand, due_before=visit.now + SOON)
        case "vip":
            return QueueFilter(brand=brand, vip=True)
        case "paused":
            return QueueFilter(brand=brand, paused=True)
        case platform:
            return QueueFilter(brand=brand, platform=platform)


def _chips(visit: Visit) -> list[Chip]:
    counts = queue_counts(visit.desk.reader, visit.now, visit.brand_id)
    soon = counts.overdue + due_within(visit.desk.reader, visit.now, SOON, visit.brand_id)
    chips = [
        Chip(show="all", words=visit.say("queue.all"), count=counts.waiting),
        Chip(show="overdue", words=visit.say("queue.overdue"), count=counts.overdue),
        Chip(show="soon", words=visit.say("queue.soon"), count=soon),
        Chip(show="vip", words=visit.say("queue.vip"), count=counts.vip),
        Chip(show="paused", words=visit.say("queue.paused"), count=counts.paused),
    ]
    platforms = [
        Chip(show=name, words=known(visit.language, "platform", name), count=count)
        for name, count in counts.platforms
    ]
    return [chip for chip in chips if chip.count or chip.show == "all"] + (
        platforms if len(platforms) > 1 else []
    )


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


def _opened(name: str, visit: Visit) -> Opened | None:
    row = conversation(visit.desk.reader, name)
    if row is None:
        return None
    said = tuple(Said(item=item, quote=quote_of(item, visit.desk.opener)) for item in row.items)
    theirs = [one for one in said if not one.item.ours]
    last = theirs[-1] if theirs else None
    customer = next((one.quote.name for one in reversed(theirs) if one.quote.name), None)
    return Opened(
        row=row,
        name=customer,
        followers=last.item.followers if last else None,
        said=said,
        promise=promise_of(row.clock, visit.intake, visit.now) if row.clock else None,
        drafts=drafts_of(row, customer, visit.brand, _due_words(row, visit)),
        url=last.quote.url if last else None,
    )


def _due_words(row: ConversationRow, visit: Visit) -> str:
    """Until when a customer hears from us, if that is today: scripts say so; else a person fills it in."""
    if row.resolution is None or row.resolution.due_at <= visit.now:
        return ""
    due, today = row.resolution.due_at.astimezone(visit.zone), visit.now.astimezone(visit.zone).date()
    return f"{due:%H:%M}" if due.date() == today else ""
