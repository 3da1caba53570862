"""The playbook of an incident: its steps with owners and deadlines, and what it does by itself.

Deadlines count wall time from the start of the run. Publications are frozen by itself only at red; below it asks, and
the step is the answer. Prepared statements are offered as soon as the run starts, so that they can be read while the
facts are being checked.
"""

from datetime import datetime, timedelta

from alerting.config import Person, Playbook, PlaybookStep
from alerting.content import offered
from alerting.escalation import page_people
from alerting.events import (
    ContentOffered,
    FreezeAsked,
    PlaybookEnded,
    PlaybookStarted,
    PublicationsFrozen,
    PublicationsThawed,
    RunEnd,
    StepDone,
    StepOverdue,
    StepPlan,
    StepSkipped,
)
from alerting.incident import Draft, Incident
from alerting.orders import Orders
from alerting.run import Run
from streams import ids


def start_if_fitting(draft: Draft, orders: Orders) -> None:
    """Start the playbook that fits, unless one runs or it was run; at red, freeze what a running one asks about."""
    incident = draft.incident
    run = incident.running()
    if run is not None:
        _freeze(draft, run, ask=False)
        return
    playbook = next((each for each in orders.brand.playbooks if fits(each, incident)), None)
    if playbook is not None and (incident.run is None or incident.run.playbook != playbook.id):
        _start(draft, orders, playbook)


def fits(playbook: Playbook, incident: Incident) -> bool:
    """Whether the playbook is for incidents of this level and category."""
    when = playbook.when
    return incident.level in when.levels and (not when.categories or incident.category in when.categories)


def next_overdue(incident: Incident) -> StepPlan | None:
    """The open step that runs out first and was not called overdue yet."""
    run = incident.running()
    if run is None or not incident.is_open:
        return None
    waiting = [step for step in run.open_steps() if step.due_at is not None and step.id not in run.overdue]
    return min(waiting, key=_due_at, default=None)


def next_overdue_at(incident: Incident) -> datetime | None:
    """When that step runs out."""
    step = next_overdue(incident)
    return step.due_at if step is not None else None


def call_overdue(draft: Draft, orders: Orders, step: StepPlan) -> None:
    """A step was not done in time: its people are called, unless they still wait for somebody else's step."""
    run = draft.incident.running()
    assert run is not None
    assert step.due_at is not None
    blocked_by = run.blocked_by(step)
    draft.add(
        StepOverdue(
            **draft.head(step.due_at),
            run=run.id,
            step=step.id,
            waits_for=blocked_by,
        )
    )
    if not blocked_by:
        _page_owners(draft, orders, step)


def finish_step(draft: Draft, orders: Orders, step: StepPlan, by: str | None, note: str = "") -> None:
    """A step is done; what came late because of it is called now."""
    run = draft.incident.running()
    assert run is not None
    draft.add(
        StepDone(
            **draft.head(),
            by=by,
            run=run.id,
            step=step.id,
            note=note,
        )
    )
    if step.action == "freeze_publications" and not draft.incident.frozen:
        draft.add(PublicationsFrozen(**draft.head(), by=by))
    _go_on(draft, orders, run)


def skip_step(draft: Draft, orders: Orders, step: StepPlan, by: str, reason: str) -> None:
    """A step is left out."""
    run = draft.incident.running()
    assert run is not None
    draft.add(
        StepSkipped(
            **draft.head(),
            by=by,
            run=run.id,
            step=step.id,
            reason=reason,
        )
    )
    _go_on(draft, orders, run)


def end_run(draft: Draft, reason: RunEnd, by: str | None) -> None:
    """End the run, if there is one, and let publications go on."""
    run = draft.incident.running()
    if run is not None:
        open_steps = tuple(step.id for step in run.open_steps())
        draft.add(PlaybookEnded(**draft.head(), by=by, run=run.id, reason=reason, open_steps=open_steps))
    if draft.incident.frozen and not draft.incident.is_open:
        draft.add(PublicationsThawed(**draft.head(), by=by))


def _start(draft: Draft, orders: Orders, playbook: Playbook) -> None:
    incident = draft.incident
    run_id = ids.derived("run", incident.id, playbook.id, str(incident.runs))
    steps = tuple(_planned(step, orders, draft.now) for step in playbook.steps)
    draft.add(PlaybookStarted(**draft.head(), run=run_id, playbook=playbook.id, steps=steps))
    run = draft.incident.running()
    assert run is not None
    _freeze(draft, run, ask=True)
    for step in steps:
        if step.action == "prepare_content" and step.scenario is not None:
            variants = offered(orders.brand.content, step.scenario, draft.now, orders.zone)
            draft.add(
                ContentOffered(
                    **draft.head(), run=run_id, step=step.id, scenario=step.scenario, variants=variants
                )
            )


def _planned(step: PlaybookStep, orders: Orders, now: datetime) -> StepPlan:
    owner = _owner(step.role, orders, now)
    return StepPlan(
        id=step.id,
        title=step.title,
        role=step.role,
        person=owner.id if owner is not None else None,
        due_at=now + timedelta(seconds=step.due_s) if step.due_s is not None else None,
        action=step.action,
        scenario=step.scenario,
        after=step.after,
    )


def _owner(role: str | None, orders: Orders, at: datetime) -> Person | None:
    """Whoever of the role is on call, else the first of the role."""
    people = _people_of(role, orders)
    on_duty = {orders.roster.on_call(duty, at) for duty in orders.config.oncall}
    return next((person for person in people if person.id in on_duty), people[0] if people else None)


def _people_of(role: str | None, orders: Orders) -> list[Person]:
    return [person for person in orders.config.people if role in person.roles]


def _freeze(draft: Draft, run: Run, *, ask: bool) -> None:
    """Freeze publications at red; at lower levels a person is asked, once."""
    for step in run.open_steps():
        if step.action != "freeze_publications":
            continue
        if draft.incident.level != "red":
            if ask:
                draft.add(FreezeAsked(**draft.head()))
            continue
        draft.add(StepDone(**draft.head(), run=run.id, step=step.id))
        if not draft.incident.frozen:
            draft.add(PublicationsFrozen(**draft.head()))
        _end_if_done(draft)


def _go_on(draft: Draft, orders: Orders, before: Run) -> None:
    """Call the people of late steps that waited for the one that just ended, and end a run that is done."""
    run = draft.incident.running()
    assert run is not None
    for step in run.open_steps():
        if step.id in run.overdue and before.blocked_by(step) and not run.blocked_by(step):
            _page_owners(draft, orders, step)
    _end_if_done(draft)


def _end_if_done(draft: Draft) -> None:
    run = draft.incident.running()
    if run is not None and not run.open_steps():
        draft.add(PlaybookEnded(**draft.head(), run=run.id, reason="done"))


def _page_owners(draft: Draft, orders: Orders, step: StepPlan) -> None:
    page_people(draft, orders, _people_of(step.role, orders), step.id)


def _due_at(step: StepPlan) -> tuple[datetime, str]:
    assert step.due_at is not None
    return step.due_at, step.id
