"""Steps that run out: their people are called, and whoever leads if the step is still not done some minutes later.

A step that waits for another one calls nobody before its turn; the step before it is late as well, and calls.
"""

from datetime import datetime, timedelta

import msgspec

from alerting.escalation import page_about_step
from alerting.incident import Draft, Incident
from alerting.levels import Level
from alerting.orders import Orders
from alerting.owners import leaders, people_of
from alerting.playbook_events import StepEscalated, StepOverdue, StepPlan
from alerting.run import Run

ESCALATES_AFTER: dict[Level, timedelta] = {
    "blue": timedelta(hours=1),
    "yellow": timedelta(hours=1),
    "orange": timedelta(minutes=15),
    "red": timedelta(minutes=5),
}
"""So long after its people were called an undone step is whoever leads' affair."""


class LateStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is to be called late, or escalated, and when."""

    at: datetime
    step: StepPlan
    escalates: bool = False


def next_late(incident: Incident) -> LateStep | None:
    """What comes first: a step that runs out, or one whose people were called in vain."""
    run = incident.running()
    if run is None or not incident.is_open:
        return None
    dues = [due for step in run.open_steps() if (due := _due(run, step, incident.level)) is not None]
    return min(dues, key=lambda due: (due.at, due.escalates, due.step.id), default=None)


def next_late_at(incident: Incident) -> datetime | None:
    """When that is."""
    due = next_late(incident)
    return due.at if due is not None else None


def call_late(draft: Draft, orders: Orders, due: LateStep) -> None:
    """Take what `next_late` found."""
    if due.escalates:
        _escalate(draft, orders, due.step, due.at)
    else:
        call_overdue(draft, orders, due.step, due.at)


def call_overdue(draft: Draft, orders: Orders, step: StepPlan, at: datetime) -> None:
    """A step was not done in time: its people are called, unless they still wait for somebody else's step.

    Where nobody of them can be reached, whoever leads is called at once.
    """
    run = draft.incident.running()
    assert run is not None
    number = run.lateness(step.id).times
    blocked_by = run.blocked_by(step)
    draft.add(StepOverdue(**draft.head(at), run=run.id, step=step.id, waits_for=blocked_by, revision=number))
    if blocked_by:
        return
    if not page_about_step(draft, orders, people_of(step, orders), step, number=number):
        _escalate(draft, orders, step, at)


def _due(run: Run, step: StepPlan, level: Level) -> LateStep | None:
    if step.id not in run.overdue:
        return LateStep(at=step.due_at, step=step) if step.due_at is not None else None
    late = run.lateness(step.id)
    if late.called_at is None or late.escalated:
        return None
    return LateStep(at=late.called_at + ESCALATES_AFTER[level], step=step, escalates=True)


def _escalate(draft: Draft, orders: Orders, step: StepPlan, at: datetime) -> None:
    run = draft.incident.running()
    assert run is not None
    number = run.lateness(step.id).times
    draft.add(StepEscalated(**draft.head(at), run=run.id, step=step.id, revision=number))
    people = leaders(draft.incident, orders, draft.now)
    page_about_step(draft, orders, people, step, number=number, escalated=True)
