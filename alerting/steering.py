"""What people ask of a playbook at work: to end its steps, and to change them with a reason."""

from typing import assert_never

from alerting.commands import (
    TEXT_CHARACTERS_MOST,
    AddStep,
    FinishStep,
    ReassignStep,
    Refusal,
    RetimeStep,
    RunCommand,
    SkipStep,
    StartPlaybook,
)
from alerting.config import Person
from alerting.escalation import page_about_step
from alerting.incident import Draft
from alerting.orders import Orders
from alerting.owners import owner_of
from alerting.playbook import end_run, finish_step, skip_step, start
from alerting.playbook_events import StepAdded, StepPlan, StepReassigned, StepRetimed
from alerting.run import Run
from streams import ids

STEPS_MOST = 200
"""Of one run, those that people added counted in."""
TITLE_CHARACTERS_MOST = 100
STEP_ID_DIGITS = 8


def steer(draft: Draft, orders: Orders, command: RunCommand) -> Refusal | None:
    """Carry the command out, or say why not."""
    refusal = _text_refused(command)
    if refusal is not None:
        return refusal
    if isinstance(command, StartPlaybook):
        return _start(draft, orders, command)
    run = draft.incident.running()
    if run is None:
        return "no_playbook"
    if isinstance(command, AddStep):
        return _add(draft, orders, run, command)
    step = run.step(command.step)
    if step is None:
        return "unknown_step"
    if step.id in run.ended:
        return "step_ended"
    match command:
        case FinishStep():
            if run.blocked_by(step):
                return "step_blocked"
            finish_step(draft, orders, step, command.who, command.note)
        case SkipStep():
            skip_step(draft, orders, step, command.who, command.reason)
        case RetimeStep():
            return _retime(draft, run, step, command)
        case ReassignStep():
            return _reassign(draft, orders, run, step, command)
        case _:
            assert_never(command)
    return None


def _text_refused(command: RunCommand) -> Refusal | None:
    text = command.note if isinstance(command, FinishStep) else command.reason
    if not isinstance(command, FinishStep) and not text.strip():
        return "reason_missing"
    return "text_too_long" if len(text) > TEXT_CHARACTERS_MOST else None


def _start(draft: Draft, orders: Orders, command: StartPlaybook) -> Refusal | None:
    playbook = next((each for each in orders.brand.playbooks if each.id == command.playbook), None)
    if playbook is None:
        return "unknown_playbook"
    run = draft.incident.running()
    if run is not None and run.playbook == playbook.id:
        return "playbook_runs"
    end_run(draft, "replaced", command.who)
    start(draft, orders, playbook, command.who, command.reason)
    return None


def _add(draft: Draft, orders: Orders, run: Run, command: AddStep) -> Refusal | None:
    if not command.title.strip():
        return "text_missing"
    if len(command.title) > TITLE_CHARACTERS_MOST:
        return "text_too_long"
    if len(run.steps) >= STEPS_MOST:
        return "too_many"
    if any(run.step(each) is None for each in command.after):
        return "unknown_step"
    if command.due_at is not None and command.due_at <= draft.now:
        return "due_passed"
    owner = _owner(draft, orders, command)
    if not isinstance(owner, Person):
        return owner
    plan = StepPlan(
        id=f"added-{ids.derived(command.id)[:STEP_ID_DIGITS]}",
        title=command.title.strip(),
        role=command.role,
        person=owner.id,
        due_at=command.due_at,
        after=command.after,
    )
    draft.add(
        StepAdded(**draft.head(), by=command.who, run=run.id, step=plan.id, plan=plan, reason=command.reason)
    )
    _tell(draft, orders, owner, plan, command.who)
    return None


def _owner(draft: Draft, orders: Orders, command: AddStep) -> Person | Refusal:
    if command.person is not None:
        return orders.config.person(command.person) or "unknown_person"
    if command.role is None:
        return "nobody_named"
    return owner_of(command.role, orders, draft.now) or "unknown_role"


def _retime(draft: Draft, run: Run, step: StepPlan, command: RetimeStep) -> Refusal | None:
    if command.due_at <= draft.now:
        return "due_passed"
    draft.add(
        StepRetimed(
            **draft.head(),
            by=command.who,
            run=run.id,
            step=step.id,
            due_at=command.due_at,
            from_due_at=step.due_at,
            reason=command.reason,
        )
    )
    return None


def _reassign(
    draft: Draft, orders: Orders, run: Run, step: StepPlan, command: ReassignStep
) -> Refusal | None:
    person = orders.config.person(command.person)
    if person is None:
        return "unknown_person"
    draft.add(
        StepReassigned(
            **draft.head(),
            by=command.who,
            run=run.id,
            step=step.id,
            person=person.id,
            from_person=step.person,
            reason=command.reason,
        )
    )
    _tell(draft, orders, person, step, command.who)
    return None


def _tell(draft: Draft, orders: Orders, owner: Person, step: StepPlan, who: str) -> None:
    """Whoever takes a step upon themselves knows of it."""
    if owner.id != who:
        page_about_step(draft, orders, [owner], step, reason="step_notice")
