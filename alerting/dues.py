"""What is due about a brand, and what follows when its time comes: pages, late steps, calm periods, silent sources."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from alerting.desk_state import BrandState
from alerting.detect import on_silence
from alerting.escalation import next_page_at, take_due_steps
from alerting.events import (
    DeskEvent,
    Evidence,
    WatchRestarted,
)
from alerting.happening import instant
from alerting.incident import Draft, Incident
from alerting.inhibition import settle
from alerting.late_steps import call_late, next_late, next_late_at
from alerting.life import calm_at, calm_down, respond
from alerting.orders import Orders
from alerting.quiet import audible_at, sift
from alerting.rules import Rule, SilenceRule
from streams import ids

LATE = timedelta(minutes=15)
"""A silence rule that comes due so late was slept through: the desk itself was away."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def dues(incident: Incident, orders: Orders, brand: BrandState) -> list[datetime]:
    dues = (
        next_page_at(incident, orders),
        next_late_at(incident),
        calm_at(incident, orders, brand.watch),
    )
    return [due for due in dues if due is not None]


def incident_due(brand: BrandState, orders: Orders, incident_id: str, now: datetime) -> Sequence[DeskEvent]:
    """What follows from the earliest of an incident's timers: a page before a late step before a calm period."""
    incident = brand.incidents[incident_id]
    due_at = min(dues(incident, orders, brand))
    draft = Draft(incident, incident.id, now)
    if next_page_at(incident, orders) == due_at:
        take_due_steps(draft, orders)
    elif next_late_at(incident) == due_at:
        late = next_late(incident)
        assert late is not None
        call_late(draft, orders, late)
    else:
        calm_down(draft, due_at)
    return draft.events


def answer(
    orders: Orders,
    brand: BrandState,
    fired: Sequence[Evidence],
    cause: str,
    now: datetime,
    fired_at: datetime | None = None,
) -> list[DeskEvent]:
    """What follows from rules that fired: some are held back, the others open, join or raise."""
    loud, held = sift(orders, brand.silences, fired, cause, fired_at or now)
    decided = respond(orders, tuple(brand.incidents.values()), loud, cause, now) if loud else []
    return [*held, *settle(orders, brand.incidents, decided, now)]


def silence_due(
    brand: BrandState, orders: Orders, rule_id: str, due_at: datetime, now: datetime
) -> Sequence[DeskEvent]:
    rule = orders.lookout.rules[rule_id]
    assert isinstance(rule, SilenceRule)
    cause = ids.derived("silence", orders.brand.id, rule_id, instant(due_at))
    if now - due_at > LATE:
        return [
            WatchRestarted(cause=cause, key=orders.brand.id, at=now, rule=rule_id, platform=rule.platform)
        ]
    fired = on_silence(orders.lookout, brand.watch, rule, due_at)
    return answer(orders, brand, fired, cause, now, due_at)


def silent_at(brand: BrandState, orders: Orders, rule: Rule | None) -> datetime | None:
    if not isinstance(rule, SilenceRule) or rule.id in brand.watch.silent:
        return None
    tally = brand.watch.platforms.get(rule.platform)
    due_s = tally.silent_at_s(rule) if tally is not None else None
    if due_s is None:
        return None
    return audible_at(orders, brand.silences, rule.id, rule.level, _EPOCH + timedelta(seconds=due_s))
