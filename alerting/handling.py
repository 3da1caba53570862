"""What people ask the desk for: every command is either carried out or refused with a code, and both are recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

from alerting.commands import (
    LOCAL_ADMIN,
    OUTBOX,
    TEXT_CHARACTERS_MOST,
    Acknowledge,
    AddStep,
    AnyIncidentCommand,
    AssignCommander,
    CloseIncident,
    DeskCommand,
    EaseLevel,
    FinishStep,
    MergeIncident,
    NoteIncident,
    OpenIncident,
    RaiseLevel,
    ReassignStep,
    Refusal,
    ReopenIncident,
    ReportPage,
    RetimeStep,
    RunCommand,
    SkipStep,
    SplitIncident,
    StartPlaybook,
)
from alerting.escalation import fail_over
from alerting.events import (
    AnyIncidentEvent,
    CommanderAssigned,
    IncidentAcknowledged,
    IncidentEased,
    IncidentNoted,
    IncidentOpened,
    IncidentRaised,
    IncidentReopened,
    PageDelivered,
    PageFailed,
)
from alerting.incident import Draft, Incident
from alerting.inhibition import graver_than
from alerting.joining import merge, split
from alerting.levels import Level, rank
from alerting.life import close, find_open, follow_level, incident_id
from alerting.orders import Orders
from alerting.permissions import may
from alerting.steering import steer
from alerting.tuning import propose
from streams.commands import command_type

_AboutOne = (
    Acknowledge | RaiseLevel | EaseLevel | CloseIncident | ReopenIncident | NoteIncident | AssignCommander
    | RunCommand | ReportPage
)  # fmt: skip
"""Commands that change one incident alone."""


def open_by_hand(
    orders: Orders, incidents: Sequence[Incident], command: OpenIncident, now: datetime
) -> Sequence[AnyIncidentEvent] | Refusal:
    """Open an incident that no rule has seen."""
    refusal = refused(orders, command, command.level) or _text_refused(command.note)
    if refusal is not None:
        return refusal
    if find_open(incidents, command.category) is not None:
        return "already_open"
    opened = IncidentOpened(
        cause=command.id,
        key=orders.brand.id,
        at=now,
        incident=incident_id(orders.brand.id, command.category, command.id),
        by=command.who,
        level=command.level,
        category=command.category,
        note=command.note,
        inhibited_by=graver_than(orders, command.level, command.category, (), incidents),
        drill=orders.config.drill,
    )
    draft = Draft.opening(opened, now)
    follow_level(draft, orders)
    return draft.events


def handle(
    orders: Orders, incidents: Mapping[str, Incident], command: AnyIncidentCommand, now: datetime
) -> Sequence[AnyIncidentEvent] | Refusal:
    """Carry out a command about an incident."""
    incident = incidents.get(command.incident)
    if incident is None:
        return "unknown_incident"
    refusal = refused(orders, command, incident.level)
    if refusal is not None:
        return refusal
    if isinstance(command, MergeIncident):
        return merge(orders, incidents, command, now)
    if isinstance(command, SplitIncident):
        return split(orders, incidents, command, now)
    draft = Draft(incident, command.id, now)
    refusal = _carry_out(draft, orders, list(incidents.values()), command)
    return draft.events if refusal is None else refusal


def _carry_out(
    draft: Draft, orders: Orders, incidents: Sequence[Incident], command: _AboutOne
) -> Refusal | None:
    match command:
        case ReportPage():
            return _report(draft, orders, command)
        case NoteIncident():
            return _note(draft, command)
        case ReopenIncident():
            return _reopen(draft, orders, incidents, command)
        case _ if not draft.incident.is_open:
            return "already_closed"
        case Acknowledge():
            draft.add(IncidentAcknowledged(**draft.head(), by=command.who))
            return None
        case RaiseLevel():
            return _raise(draft, orders, command)
        case EaseLevel():
            return _ease(draft, command)
        case CloseIncident():
            return _close(draft, orders, command)
        case AssignCommander():
            return _assign(draft, orders, command)
        case FinishStep() | SkipStep() | StartPlaybook() | AddStep() | RetimeStep() | ReassignStep():
            return steer(draft, orders, command)
        case _:
            assert_never(command)


def refused(orders: Orders, command: DeskCommand, level: Level | None = None) -> Refusal | None:
    """Whether whoever asks may ask for that."""
    if isinstance(command, ReportPage):
        return None if command.who in (OUTBOX, LOCAL_ADMIN) else "not_permitted"
    if command.who == LOCAL_ADMIN:
        return None
    person = orders.config.person(command.who)
    if person is None:
        return "unknown_person"
    return None if may(orders.config, person, command_type(command), level) else "not_permitted"


def _text_refused(text: str) -> Refusal | None:
    return "text_too_long" if len(text) > TEXT_CHARACTERS_MOST else None


def _note(draft: Draft, command: NoteIncident) -> Refusal | None:
    if not command.text.strip():
        return "text_missing"
    if len(command.text) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    draft.add(IncidentNoted(**draft.head(), by=command.who, text=command.text))
    return None


def _raise(draft: Draft, orders: Orders, command: RaiseLevel) -> Refusal | None:
    level = draft.incident.level
    if rank(command.level) <= rank(level):
        return "not_higher"
    if (refusal := _text_refused(command.note)) is not None:
        return refusal
    draft.add(
        IncidentRaised(
            **draft.head(), by=command.who, level=command.level, from_level=level, note=command.note
        )
    )
    follow_level(draft, orders)
    return None


def _ease(draft: Draft, command: EaseLevel) -> Refusal | None:
    level = draft.incident.level
    if rank(command.level) >= rank(level):
        return "not_lower"
    if (refusal := _text_refused(command.note)) is not None:
        return refusal
    draft.add(
        IncidentEased(
            **draft.head(), by=command.who, level=command.level, from_level=level, note=command.note
        )
    )
    return None


def _close(draft: Draft, orders: Orders, command: CloseIncident) -> Refusal | None:
    if not command.false_alarm and not command.reason.strip():
        return "reason_missing"
    if (refusal := _text_refused(command.reason)) is not None:
        return refusal
    close(draft, reason=command.reason, by=command.who, false_alarm=command.false_alarm)
    if command.false_alarm:
        propose(draft, orders.lookout.rules, command.who)
    return None


def _reopen(
    draft: Draft, orders: Orders, incidents: Sequence[Incident], command: ReopenIncident
) -> Refusal | None:
    if find_open(incidents, draft.incident.category) is not None:
        return "already_open"
    if (refusal := _text_refused(command.note)) is not None:
        return refusal
    level = draft.incident.level
    draft.add(IncidentReopened(**draft.head(), by=command.who, level=level, note=command.note))
    follow_level(draft, orders)
    return None


def _assign(draft: Draft, orders: Orders, command: AssignCommander) -> Refusal | None:
    if orders.config.person(command.person) is None:
        return "unknown_person"
    draft.add(CommanderAssigned(**draft.head(), by=command.who, person=command.person))
    return None


def _report(draft: Draft, orders: Orders, command: ReportPage) -> Refusal | None:
    page = next((each for each in draft.incident.pages if each.page == command.page), None)
    if page is None:
        return "unknown_page"
    detail = command.detail[:TEXT_CHARACTERS_MOST]
    if command.outcome == "delivered":
        draft.add(PageDelivered(**draft.head(), page=page.page, person=page.person, detail=detail))
        return None
    draft.add(PageFailed(**draft.head(), page=page.page, person=page.person, detail=detail))
    fail_over(draft, orders, page)
    return None
