"""The playbook of an incident: its steps with owners and deadlines, and what it does by itself.

Deadlines count from the start of the run, by a calendar or by the wall clock. Publications are frozen by itself only at
red; below it asks, and the step is the answer. Crisis statements are never frozen. Prepared statements are offered as soon as
the run starts, so that they can be read while the facts are being checked.
"""

from datetime import datetime, timedelta

import msgspec

from alerting.config import Playbook, PlaybookStep
from alerting.content import offered
from alerting.escalation import page_about_step
from alerting.events import (
    CommanderAssigned,
    ContentOffered,
    FreezeAsked,
    PublicationsFrozen,
    PublicationsThawed,
)
from alerting.incident import Draft, Incident
from alerting.late_steps import call_overdue
from alerting.orders import Orders
from alerting.owners import owner_of, people_of
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookStarted,
    RunEnd,
    StepDone,
    StepPlan,
    StepSkipped,
)
from alerting.run import Run
from streams import ids

VERSION_DIGITS = 8


def version_of(playbook: Playbook) -> str:
    """Short, and another one whenever anything about the playbook is changed."""
    return ids.derived("playbook", msgspec.json.encode(playbook).decode())[:VERSION_DIGITS]


def start_if_fitting(draft: Draft, orders: Orders) -> None:
    """Start the playbook that fits, unless one runs or was run; at red, freeze what a running one asks about."""
    incident = draft.incident
    if incident.running() is not None:
        _act(draft, orders)
        return
    playbook = next((each for each in orders.brand.playbooks if fits(each, incident)), None)
    past = incident.run
    if playbook is not None and (past is None or not (past.by_hand or past.playbook == playbook.id)):
        start(draft, orders, playbook)


def fits(playbook: Playbook, incident: Incident) -> bool:
    """Whether the playbook is for incidents of this level and category."""
    when = playbook.when
    return incident.level in when.levels and (not when.categories or incident.category in when.categories)


def start(draft: Draft, orders: Orders, playbook: Playbook, by: str | None = None, reason: str = "") -> None:
    """Let the playbook run as it stands now."""
    incident = draft.incident
    draft.add(
        PlaybookStarted(
            **draft.head(),
            by=by,
            run=ids.derived("run", incident.id, playbook.id, str(incident.runs)),
            playbook=playbook.id,
            version=version_of(playbook),
            steps=tuple(_planned(step, orders, draft.now) for step in playbook.steps),
            reason=reason,
        )
    )
    _act(draft, orders)
    run = draft.incident.run
    assert run is not None
    for step in run.steps:
        if step.action == "prepare_content" and step.scenario is not None:
            variants = offered(orders.brand.content, step.scenario, draft.now, orders.zone)
            draft.add(
                ContentOffered(
                    **draft.head(), run=run.id, step=step.id, scenario=step.scenario, variants=variants
                )
            )


def finish_step(draft: Draft, orders: Orders, step: StepPlan, by: str | None, note: str = "") -> None:
    """A step is done; what came late because of it is called now."""
    run = draft.incident.running()
    assert run is not None
    draft.add(StepDone(**draft.head(), by=by, run=run.id, step=step.id, note=note))
    if step.action == "freeze_publications" and not draft.incident.frozen:
        draft.add(PublicationsFrozen(**draft.head(), by=by))
    _go_on(draft, orders, run)


def publish_step(draft: Draft, orders: Orders, by: str | None, what: str) -> None:
    """A statement went out: what waited for just that is done, if its turn has come."""
    run = draft.incident.running()
    for step in run.open_steps() if run is not None else ():
        if step.action == "publish_content" and run is not None and not run.blocked_by(step):
            finish_step(draft, orders, step, by, what)
            return


def skip_step(draft: Draft, orders: Orders, step: StepPlan, by: str, reason: str) -> None:
    """A step is left out."""
    run = draft.incident.running()
    assert run is not None
    draft.add(StepSkipped(**draft.head(), by=by, run=run.id, step=step.id, reason=reason))
    _go_on(draft, orders, run)


def end_run(draft: Draft, reason: RunEnd, by: str | None) -> None:
    """End the run, if there is one, drop what is open in it, and let publications go on."""
    run = draft.incident.running()
    if run is not None:
        open_steps = tuple(step.id for step in run.open_steps())
        draft.add(PlaybookEnded(**draft.head(), by=by, run=run.id, reason=reason, open_steps=open_steps))
    if draft.incident.frozen and not draft.incident.is_open:
        draft.add(PublicationsThawed(**draft.head(), by=by))


def _planned(step: PlaybookStep, orders: Orders, now: datetime) -> StepPlan:
    owner = owner_of(step.role, orders, now)
    return StepPlan(
        id=step.id,
        title=step.title,
        role=step.role,
        person=owner.id if owner is not None else None,
        due_at=_due_at(step, orders, now),
        action=step.action,
        scenario=step.scenario,
        after=step.after,
        guide=step.guide,
    )


def _due_at(step: PlaybookStep, orders: Orders, now: datetime) -> datetime | None:
    if step.due_s is None:
        return None
    if step.calendar is None:
        return now + timedelta(seconds=step.due_s)
    return orders.calendar(step.calendar).due(now, step.due_s)


def _go_on(draft: Draft, orders: Orders, before: Run) -> None:
    """What follows when a step has ended.

    The people of late steps that waited for it are called, steps whose turn has come and that need nobody are taken, and a run
    that is done ends.
    """
    run = draft.incident.running()
    assert run is not None
    for step in run.open_steps():
        if step.id in run.overdue and before.blocked_by(step) and not run.blocked_by(step):
            call_overdue(draft, orders, step, draft.now)
    _act(draft, orders)


def _act(draft: Draft, orders: Orders) -> None:
    """Take the steps whose turn has come and that need nobody, one after the other."""
    while (run := draft.incident.running()) is not None:
        ready = (step for step in run.open_steps() if not run.blocked_by(step))
        step = next((step for step in ready if _takes_itself(step, draft.incident, run)), None)
        if step is None:
            break
        _take(draft, orders, step, run)
    run = draft.incident.running()
    if run is not None and not run.open_steps():
        draft.add(PlaybookEnded(**draft.head(), run=run.id, reason="done"))


def _takes_itself(step: StepPlan, incident: Incident, run: Run) -> bool:
    match step.action:
        case "freeze_publications":
            return incident.level == "red" or not run.freeze_asked
        case "assign":
            return incident.commander is not None or step.person is not None
        case "notify":
            return True
        case _:
            return False


def _take(draft: Draft, orders: Orders, step: StepPlan, run: Run) -> None:
    if step.action == "freeze_publications" and draft.incident.level != "red":
        draft.add(FreezeAsked(**draft.head()))
        return
    draft.add(StepDone(**draft.head(), run=run.id, step=step.id))
    match step.action:
        case "freeze_publications" if not draft.incident.frozen:
            draft.add(PublicationsFrozen(**draft.head()))
        case "assign" if draft.incident.commander is None and step.person is not None:
            draft.add(CommanderAssigned(**draft.head(), person=step.person))
        case "notify":
            page_about_step(draft, orders, people_of(step, orders), step, reason="step_notice")
        case _:
            pass
