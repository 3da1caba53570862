"""Shift change (交接班): what is in people's hands, and giving it back so that whoever comes on can take it."""

from itertools import groupby

import msgspec

from services.views.cases import CaseRow, cases_page
from services.views.cursor import LIMIT_MOST
from services.views.queue import QueueFilter, queue_page
from services.views.rows import QueueRow
from services.web.actions import settled
from services.web.visit import Visit
from streams.commands import ReleaseConversation

SHOWN_MOST = 50
"""Of each kind; the queue and the list of cases have the rest."""


class InHand(msgspec.Struct, frozen=True, kw_only=True):
    """What the incoming person has to know of."""

    claims: tuple[tuple[str, int], ...]
    """Who has how many conversations."""
    later: tuple[QueueRow, ...]
    """Paused and put off."""
    cases: tuple[CaseRow, ...]
    """Open ones, with the promise that is to be kept next."""


def in_hand(visit: Visit) -> InHand:
    """How it stands now, for the brand that is shown."""
    reader, brand = visit.desk.reader, visit.brand_id
    claimed = queue_page(reader, QueueFilter(brand=brand, claimed=True), limit=LIMIT_MOST).items
    holders = sorted(row.claim.by for row in claimed if row.claim is not None)
    return InHand(
        claims=tuple((person, len(list(rows))) for person, rows in groupby(holders)),
        later=queue_page(reader, QueueFilter(brand=brand, asleep=True), limit=SHOWN_MOST).items,
        cases=cases_page(reader, open_only=True, brand=brand, limit=SHOWN_MOST).items,
    )


async def release_all(visit: Visit, person: str) -> int:
    """Give everything back that `person` has claimed; returns how many conversations that were.

    Raises:
        Refused: Intake refused it.
    """
    rows = queue_page(visit.desk.reader, QueueFilter(claimed_by=person), limit=LIMIT_MOST).items
    if not rows:
        return 0
    outcomes = await visit.desk.house.submit(
        [
            ReleaseConversation(
                id=visit.once(), who=visit.person.id, conversation=row.conversation, key=row.key, shift=True
            )
            for row in rows
        ]
    )
    for outcome in outcomes:
        await settled(visit, outcome)
    return len(rows)
