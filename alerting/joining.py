"""Two incidents become one, or one becomes two: a person sees what rules cannot."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerting.commands import TEXT_CHARACTERS_MOST, MergeIncident, Refusal, SplitIncident
from alerting.events import (
    AnyIncidentEvent,
    CommanderAssigned,
    IncidentOpened,
    IncidentRaised,
)
from alerting.incident import Draft, Incident
from alerting.inhibition import graver_than
from alerting.joining_events import (
    IncidentAbsorbed,
    IncidentMerged,
    IncidentSplit,
)
from alerting.levels import rank
from alerting.life import find_open, follow_level, incident_id
from alerting.orders import Orders
from alerting.playbook import end_run


def merge(
    orders: Orders, incidents: Mapping[str, Incident], command: MergeIncident, now: datetime
) -> Sequence[AnyIncidentEvent] | Refusal:
    """Let one go on as a part of another. If it is the graver one, the other rises, and people are called anew."""
    source, target = incidents[command.incident], incidents.get(command.into)
    if target is None:
        return "unknown_incident"
    if target.id == source.id:
        return "same_incident"
    if not source.is_open or not target.is_open:
        return "already_closed"
    if len(command.note) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    gone = Draft(source, command.id, now)
    gone.add(IncidentMerged(**gone.head(), by=command.who, into=target.id, note=command.note))
    end_run(gone, "incident_closed", command.who)
    kept = Draft(target, command.id, now)
    _absorb(kept, orders, source, command.who)
    return [*gone.events, *kept.events]


def _absorb(kept: Draft, orders: Orders, source: Incident, who: str) -> None:
    categories = (source.category, *source.also)
    kept.add(
        IncidentAbsorbed(
            **kept.head(),
            by=who,
            absorbed=source.id,
            categories=categories,
            rules=source.rules,
            level=source.level,
        )
    )
    if kept.incident.commander is None and source.commander is not None:
        kept.add(CommanderAssigned(**kept.head(), by=who, person=source.commander))
    level = kept.incident.level
    if rank(source.level) > rank(level):
        raised = IncidentRaised(
            **kept.head(), by=who, level=source.level, from_level=level, evidence=source.evidence
        )
        kept.add(raised)
        follow_level(kept, orders)


def split(
    orders: Orders, incidents: Mapping[str, Incident], command: SplitIncident, now: datetime
) -> Sequence[AnyIncidentEvent] | Refusal:
    """Open an incident of its own for a part of one."""
    refusal = _split_refused(incidents, command)
    if refusal is not None:
        return refusal
    old = Draft(incidents[command.incident], command.id, now)
    part = incident_id(orders.brand.id, command.category, command.id)
    rules = tuple(sorted(set(command.rules)))
    old.add(IncidentSplit(**old.head(), by=command.who, part=part, category=command.category, rules=rules))
    opened = IncidentOpened(
        cause=command.id,
        key=orders.brand.id,
        at=now,
        incident=part,
        by=command.who,
        level=command.level,
        category=command.category,
        note=command.note,
        rules=rules,
        split_from=old.incident.id,
        inhibited_by=graver_than(orders, command.level, command.category, rules, list(incidents.values())),
        drill=orders.config.drill,
    )
    new = Draft.opening(opened, now)
    follow_level(new, orders)
    return [*old.events, *new.events]


def _split_refused(incidents: Mapping[str, Incident], command: SplitIncident) -> Refusal | None:
    incident = incidents[command.incident]
    if not incident.is_open:
        return "already_closed"
    if command.category == incident.category:
        return "same_incident"
    if find_open((each for each in incidents.values() if each is not incident), command.category):
        return "already_open"
    if not set(command.rules) <= set(incident.rules):
        return "unknown_rule"
    return "text_too_long" if len(command.note) > TEXT_CHARACTERS_MOST else None
