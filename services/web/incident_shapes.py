"""Incidents as the JSON interface and `fenghuo incidents --json` give them away. Times are ISO 8601 with offset."""

from datetime import datetime

import msgspec

from alerting.events import Evidence, OfferedVariant
from alerting.levels import Level
from services.views.rows import IncidentFile, IncidentRow, PageRow, StepRow, StepState


class IncidentShape(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as a list shows it."""

    id: str
    number: int
    brand: str
    category: str
    level: Level
    peak: Level
    opened_at: datetime
    opened_by: str | None
    last_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    commander: str | None
    closed_at: datetime | None
    closed_by: str | None
    close_reason: str | None
    false_alarm: bool
    drill: bool
    """It happened in a drill (演练), to nobody."""
    pages: int
    evidence: tuple[Evidence, ...]


class StepShape(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the playbook; `left_s` is below zero when it is overdue, and null once it has ended."""

    id: str
    title: str
    guide: str
    role: str | None
    person: str | None
    action: str | None
    after: tuple[str, ...]
    waits_for: tuple[str, ...]
    due_at: datetime | None
    left_s: int | None
    state: StepState
    late: bool
    escalated: bool
    ended_at: datetime | None
    ended_by: str | None
    note: str
    changed: str
    """Why a person added it or changed it last."""


class IncidentFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one incident; `timeline` holds its events, the newest first."""

    incident: IncidentShape
    playbook: str | None
    playbook_version: str
    steps: tuple[StepShape, ...]
    pages: tuple[PageRow, ...]
    offers: tuple[OfferedVariant, ...]
    timeline: tuple[object, ...]


def incident_shape(row: IncidentRow) -> IncidentShape:
    """An incident of a list."""
    return IncidentShape(
        id=row.id,
        number=row.number,
        brand=row.brand,
        category=row.category,
        level=row.level,
        peak=row.peak,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        last_at=row.last_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        commander=row.commander,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        close_reason=row.close_reason,
        false_alarm=row.false_alarm,
        drill=row.drill,
        pages=row.pages,
        evidence=tuple(each.evidence for each in row.evidence),
    )


def incident_file_shape(found: IncidentFile, now: datetime) -> IncidentFileShape:
    """One incident with its steps, pages, statements and timeline."""
    is_open = {step.plan.id for step in found.steps if step.state == "open"}
    return IncidentFileShape(
        incident=incident_shape(found.row),
        playbook=found.row.playbook,
        playbook_version=found.row.playbook_version,
        steps=tuple(_step_shape(step, is_open, now) for step in found.steps),
        pages=found.pages,
        offers=tuple(offer.variant for offer in found.offers),
        timeline=tuple(line.event for line in found.timeline),
    )


def _step_shape(step: StepRow, is_open: set[str], now: datetime) -> StepShape:
    due_at = step.plan.due_at
    return StepShape(
        id=step.plan.id,
        title=step.plan.title,
        guide=step.plan.guide,
        role=step.plan.role,
        person=step.plan.person,
        action=step.plan.action,
        after=step.plan.after,
        waits_for=tuple(each for each in step.plan.after if each in is_open),
        due_at=due_at,
        left_s=int((due_at - now).total_seconds()) if due_at and step.state == "open" else None,
        state=step.state,
        late=step.late or bool(step.state == "open" and due_at and due_at < now),
        escalated=step.escalated,
        ended_at=step.ended_at,
        ended_by=step.ended_by,
        note=step.note,
        changed=step.changed,
    )
