"""A graver incident keeps the small ones that belong to it quiet: who fights a red is not to be rung for a yellow of it.

Blue and yellow call nobody while an orange or red of the same matter is open. What is about the brand as a whole (how much,
how negative) or about a source belongs to any of them; what has a topic of its own belongs to one about the brand as a whole
alone. What grave words opened is never hushed: a single voice of poisoning rings, whatever else burns. What was held back is
told when that is over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alerting.escalation import take_due_steps
from alerting.events import (
    COLLECTION,
    GENERAL,
    AnyIncidentEvent,
    IncidentClosed,
    IncidentEased,
    IncidentJoined,
    IncidentOpened,
    IncidentRaised,
    IncidentReopened,
)
from alerting.incident import Draft, Incident, fold, opened
from alerting.joining_events import (
    IncidentInhibited,
    IncidentMerged,
    IncidentReleased,
)
from alerting.levels import EASES_BY_ITSELF, Level, rank
from alerting.orders import Orders
from alerting.rules import SeverityRule

_OF_THE_WHOLE = frozenset({GENERAL, COLLECTION})
_MOVES = (
    IncidentOpened, IncidentJoined, IncidentRaised, IncidentEased, IncidentClosed, IncidentReopened, IncidentMerged,
)  # fmt: skip


def graver_than(
    orders: Orders, level: Level, category: str, rules: Iterable[str], incidents: Sequence[Incident]
) -> str | None:
    """The open incident that keeps one of `level` quiet: the gravest, then the oldest. `rules` are its causes."""
    if level not in EASES_BY_ITSELF or _are_grave(rules, orders):
        return None
    burning = [each for each in incidents if each.is_open and each.level not in EASES_BY_ITSELF]
    related = [each for each in burning if category in _OF_THE_WHOLE or each.category == GENERAL]
    gravest = max(related, key=lambda each: (rank(each.level), -each.opened_at.timestamp()), default=None)
    return gravest.id if gravest is not None else None


def _are_grave(rules: Iterable[str], orders: Orders) -> bool:
    return any(isinstance(orders.lookout.rules.get(rule), SeverityRule) for rule in rules)


def settle(
    orders: Orders, incidents: Mapping[str, Incident], decided: Sequence[AnyIncidentEvent], now: datetime
) -> list[AnyIncidentEvent]:
    """`decided`, and what follows from it for the brand's other incidents: they are inhibited, or let go and told."""
    if not any(isinstance(event, _MOVES) for event in decided):
        return list(decided)
    after = dict(incidents)
    for event in decided:
        after[event.incident] = (
            opened(event) if isinstance(event, IncidentOpened) else fold(after[event.incident], event)
        )
    drafts = [_settled(each, orders, after, decided[0].cause, now) for each in after.values()]
    return [*decided, *(event for draft in drafts for event in draft.events)]


def _settled(
    incident: Incident, orders: Orders, after: Mapping[str, Incident], cause: str, now: datetime
) -> Draft:
    draft = Draft(incident, cause, now)
    if not incident.is_open:
        return draft
    others = [each for each in after.values() if each.id != incident.id]
    graver = graver_than(orders, incident.level, incident.category, incident.rules, others)
    if incident.inhibited_by is not None and graver is None:
        draft.add(IncidentReleased(**draft.head()))
        take_due_steps(draft, orders)
    elif graver is not None and not _burns(incident.inhibited_by, after):
        draft.add(IncidentInhibited(**draft.head(), graver=graver))
    return draft


def _burns(incident: str | None, among: Mapping[str, Incident]) -> bool:
    """Whether it still is open and grave."""
    known = among.get(incident) if incident is not None else None
    return known is not None and known.is_open and known.level not in EASES_BY_ITSELF
