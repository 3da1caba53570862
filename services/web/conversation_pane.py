"""The conversation on the right of the queue: what was said, why it is due then, and the reply."""

from datetime import datetime, timedelta

import msgspec

from services.views.cases import CaseRow, case_of_conversation
from services.views.queue import conversation, history_of, tags_of
from services.views.rows import ConversationRow, ItemRow, VisitRow
from services.web.answering import GENERAL, brand_of
from services.web.promise import Promise, promise_of
from services.web.quote import Quote, quote_of
from services.web.replies import Draft, drafts_of, order_in
from services.web.visit import Visit
from streams.conversations import is_group, name_of

EVENING = 18
MORNING = 9


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a conversation, in the clear."""

    item: ItemRow
    quote: Quote


class Moment(msgspec.Struct, frozen=True):
    """A time until which a conversation may be put off."""

    at: datetime
    words: str


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation on the right."""

    row: ConversationRow
    case: CaseRow | None
    to_settle: bool
    """A case is open, or the resolution clock runs."""
    group: bool
    """It stands for many who wait under one post."""
    name: str | None
    followers: int | None
    said: tuple[Said, ...]
    promise: Promise | None
    drafts: tuple[Draft, ...]
    url: str | None
    tags: tuple[str, ...]
    """Those of the platform and those that our people put on, each once."""
    own_tags: tuple[str, ...]
    visits: tuple[VisitRow, ...]
    """The customer's other conversations, the newest first."""
    held: bool
    """A colleague has it."""
    mine: bool
    answering: str
    """Name of the clock that a reply would stop; empty if none runs."""
    later: tuple[Moment, ...]
    connected: bool
    """A connector posts replies of this account."""
    categories: tuple[str, ...]
    """What a complaint that is raised to the desk may be about."""


def opened(name: str, visit: Visit) -> Opened | None:
    """The conversation `name` as the visitor may see it; None if it is not known."""
    row = conversation(visit.desk.reader, name)
    if row is None:
        return None
    reader, opener = visit.desk.reader, visit.desk.opener
    said = tuple(Said(item=item, quote=quote_of(item, opener)) for item in row.items)
    theirs = [one for one in said if not one.item.ours]
    last = theirs[-1] if theirs else None
    group = is_group(row.conversation)
    customer = next((one.quote.name for one in reversed(theirs) if one.quote.name), None)
    own_tags = tags_of(reader, row.customer) if row.customer else ()
    brand = brand_of(row, visit)
    case = case_of_conversation(reader, row.conversation)
    return Opened(
        row=row,
        case=case,
        to_settle=(case is not None and case.settled_at is None)
        or (row.resolution is not None and row.resolution.state_end is None),
        group=group,
        name=None if group else customer,
        followers=last.item.followers if last else None,
        said=said,
        promise=promise_of(row.clock, visit.intake, visit.now) if row.clock else None,
        drafts=drafts_of(row, brand, _known(row, None if group else customer, theirs, visit)),
        url=last.quote.url if last else None,
        tags=tuple(dict.fromkeys((*(last.item.tags if last else ()), *own_tags))),
        own_tags=own_tags,
        visits=tuple(
            one
            for one in (history_of(reader, row.customer) if row.customer else ())
            if one.conversation != row.conversation
        ),
        held=row.claim is not None and row.claim.by != visit.person.id,
        mine=row.claim is not None and row.claim.by == visit.person.id,
        answering=name_of(row.clock) if row.clock else "",
        later=_later(visit),
        connected=visit.desk.connectors.has(row.platform, row.account),
        categories=tuple(
            dict.fromkeys([script.category for script in (brand.scripts if brand else ())] + [GENERAL])
        ),
    )


def _known(row: ConversationRow, customer: str | None, theirs: list[Said], visit: Visit) -> dict[str, str]:
    """What blanks of scripts can be filled with."""
    texts = ["".join(piece.text for piece in one.quote.text) for one in theirs]
    return {"name": customer or "", "time": _due_words(row, visit), "order": order_in(texts)}


def _later(visit: Visit) -> tuple[Moment, ...]:
    """What putting off is usually meant for: a quarter of an hour, an hour, this evening, tomorrow morning."""
    here = visit.now.astimezone(visit.zone)
    evening = here.replace(hour=EVENING, minute=0, second=0, microsecond=0)
    morning = (here + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    moments = [
        Moment(here + timedelta(minutes=15), visit.say("later.quarter")),
        Moment(here + timedelta(hours=1), visit.say("later.hour")),
        Moment(evening, visit.say("later.evening")),
        Moment(morning, visit.say("later.morning")),
    ]
    return tuple(moment for moment in moments if moment.at > here)


def _due_words(row: ConversationRow, visit: Visit) -> str:
    """Until when a customer hears from us, if that is today: scripts say so; else a person fills it in."""
    if row.resolution is None or row.resolution.due_at <= visit.now:
        return ""
    due, today = row.resolution.due_at.astimezone(visit.zone), visit.now.astimezone(visit.zone).date()
    return f"{due:%H:%M}" if due.date() == today else ""
