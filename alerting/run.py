"""A playbook at work: its steps as they were fixed when it started or changed by people since, and how far they are."""

from datetime import datetime
from typing import assert_never

import msgspec

from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookEvent,
    PlaybookStarted,
    StepAdded,
    StepChanged,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepPlan,
    StepReassigned,
    StepRetimed,
    StepSkipped,
)

_replace = msgspec.structs.replace


class Late(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a step that ran out was told."""

    called_at: datetime | None = None
    """When its people were called last; None: it waits for another step, or has a new due time."""
    times: int = 0
    """How often it was called overdue."""
    escalated: bool = False
    """Whoever leads was called as well."""


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A playbook at work."""

    id: str
    playbook: str
    version: str = ""
    by_hand: bool = False
    """A person chose it: no other one starts by itself after it."""
    started_at: datetime
    steps: tuple[StepPlan, ...]
    ended: tuple[str, ...] = ()
    """Steps that are done, skipped, or dropped with the run."""
    overdue: tuple[str, ...] = ()
    late: dict[str, Late] = {}
    """By step; of all that were ever overdue."""
    freeze_asked: bool = False
    over: bool = False

    def step(self, step: str) -> StepPlan | None:
        """The step with this id."""
        return next((each for each in self.steps if each.id == step), None)

    def open_steps(self) -> tuple[StepPlan, ...]:
        """Steps neither done nor skipped, in the playbook's order."""
        return tuple(step for step in self.steps if step.id not in self.ended)

    def blocked_by(self, step: StepPlan) -> tuple[str, ...]:
        """Open steps that come before `step`."""
        return tuple(each for each in step.after if each not in self.ended)

    def lateness(self, step: str) -> Late:
        """How the step was told to be overdue, if it ever was."""
        return self.late.get(step, Late())


def started(event: PlaybookStarted) -> Run:
    """The run that `event` starts."""
    return Run(
        id=event.run,
        playbook=event.playbook,
        version=event.version,
        by_hand=event.by is not None,
        started_at=event.at,
        steps=event.steps,
    )


def fold_run(run: Run, event: PlaybookEvent) -> Run:
    """The run after one more event about it."""
    match event:
        case PlaybookStarted():
            return started(event)
        case StepDone() | StepSkipped():
            return _replace(run, ended=(*run.ended, event.step))
        case StepOverdue() | StepEscalated():
            return _told(run, event)
        case StepAdded() | StepRetimed() | StepReassigned():
            return _changed(run, event)
        case PlaybookEnded():
            return _replace(run, over=True, ended=(*run.ended, *event.open_steps))
        case _:
            assert_never(event)


def _told(run: Run, event: StepOverdue | StepEscalated) -> Run:
    known = run.lateness(event.step)
    match event:
        case StepOverdue():
            called_at = None if event.waits_for else event.at
            late = Late(called_at=called_at, times=known.times + 1)
            overdue = run.overdue if event.step in run.overdue else (*run.overdue, event.step)
        case StepEscalated():
            late, overdue = _replace(known, escalated=True), run.overdue
        case _:
            assert_never(event)
    return _replace(run, overdue=overdue, late={**run.late, event.step: late})


def _changed(run: Run, event: StepChanged) -> Run:
    match event:
        case StepAdded():
            return _replace(run, steps=(*run.steps, event.plan))
        case StepRetimed():
            known = run.lateness(event.step)
            late = {**run.late, event.step: Late(times=known.times)} if known.times else run.late
            overdue = tuple(each for each in run.overdue if each != event.step)
            return _replace(_with(run, event.step, due_at=event.due_at), overdue=overdue, late=late)
        case StepReassigned():
            return _with(run, event.step, person=event.person)
        case _:
            assert_never(event)


def _with(run: Run, step: str, **changes: object) -> Run:
    changed = tuple(_replace(each, **changes) if each.id == step else each for each in run.steps)
    return _replace(run, steps=changed)
