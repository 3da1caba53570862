"""Shift change (交接班): what is in people's hands, and giving it back so that whoever comes on can take it."""

from itertools import groupby

import msgspec

from services.views.cases import CaseRow, cases_page, promised_cases
from services.views.cursor import LIMIT_MOST
from services.views.queue import QueueFilter, queue_page
from services.views.rows import QueueRow
from services.web.actions import settled
from services.web.visit import Visit
from streams.commands import ReleaseConversation

SHOWN_MOST = 50
"""Of each kind; the queue and the list of cases have the rest."""


WAITING_SHOWN = 10


class InHand(msgspec.Struct, frozen=True, kw_only=True):
    """What the incoming person has to know of."""

    promises: tuple[CaseRow, ...]
    """Open cases in which something is promised and not kept yet, what is due first on top."""
    waiting: tuple[QueueRow, ...]
    """Whose wait runs out first."""
    claims: tuple[tuple[str, int], ...]
    """Who has how many conversations."""
    later: tuple[QueueRow, ...]
    """Paused and put off."""
    cases: tuple[CaseRow, ...]
    """Open ones in which nothing is promised."""


def in_hand(visit: Visit) -> InHand:
    """How it stands now, for the brand that is shown."""
    reader, brand = visit.desk.reader, visit.brand_id
    claimed = queue_page(reader, QueueFilter(brand=brand, claimed=True), limit=LIMIT_MOST).items
    holders = sorted(row.claim.by for row in claimed if row.claim is not None)
    cases = cases_page(reader, open_only=True, brand=brand, limit=SHOWN_MOST).items
    return InHand(
        promises=promised_cases(reader, brand, SHOWN_MOST),
        waiting=queue_page(reader, QueueFilter(brand=brand), limit=WAITING_SHOWN).items,
        claims=tuple((person, len(list(rows))) for person, rows in groupby(holders)),
        later=queue_page(reader, QueueFilter(brand=brand, asleep=True), limit=SHOWN_MOST).items,
        cases=tuple(case for case in cases if case.promise_due_at is None),
    )


def promises_open(visit: Visit) -> tuple[str, ...]:
    """Ids of the cases, of all brands, in which something is promised and not kept yet."""
    return tuple(case.id for case in promised_cases(visit.desk.reader, None, SHOWN_MOST))


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
