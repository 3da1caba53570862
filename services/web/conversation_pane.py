"""The conversation on the right of the queue: what was said, why it is due then, and the reply."""

import msgspec

from services.views.queue import conversation
from services.views.rows import ConversationRow, ItemRow
from services.web.promise import Promise, promise_of
from services.web.quote import Quote, quote_of
from services.web.replies import Draft, drafts_of
from services.web.visit import Visit


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


def opened(name: str, visit: Visit) -> Opened | None:
    """The conversation `name` as the visitor may see it; None if it is not known."""
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
