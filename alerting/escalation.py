"""Which pages are due at which instant, until somebody acknowledges; and again, if nobody works on it then.

A step is taken `after_s` after the level was reached. When no page of a step can be delivered, the next step is taken
at once. The last step is repeated without end. All of it is a function of the incident and the configuration.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from alerting.config import EscalationStep, Hours, Person
from alerting.events import (
    IncidentEscalated,
    Means,
    PageReason,
    PageRequested,
)
from alerting.happening import instant
from alerting.incident import Draft, Incident, of_current_step
from alerting.levels import EASES_BY_ITSELF, Level
from alerting.orders import Orders
from alerting.playbook_events import StepPlan
from alerting.rest import first_awake, next_wall, to_wake, within
from streams import ids

REPEAT_S = 900
"""How often orange and red repeat their last step where the configuration does not say."""
REPEATS_BY_ITSELF: frozenset[Level] = frozenset({"orange", "red"})
WAITS_MOST = 5
"""So many times a step's hours and somebody's quiet hours may push each other on."""

Target = tuple[Means, str]


class StepDue(msgspec.Struct, frozen=True, kw_only=True):
    """The next step of an escalation, and when it is due."""

    at: datetime
    step: int
    round: int = 0
    reason: PageReason = "step"
    every: timedelta | None = None
    """It is a repeat, and those come at this distance."""


def next_step(incident: Incident, orders: Orders) -> StepDue | None:
    """The step that comes next if nothing happens until then; None: nobody is to be paged."""
    steps = orders.config.escalation.steps(incident.level)
    if not incident.is_open or not steps or incident.climb.quiet or _held(incident):
        return None
    if incident.status == "acknowledged":
        return _again(incident, orders, steps[0])
    climb = incident.climb
    number = climb.step + 1
    if number < len(steps):
        at = climb.started_at + timedelta(seconds=steps[number].after_s)
        if climb.last_at is not None:
            at = max(at, climb.last_at)
        return StepDue(at=_comes(incident, orders, steps[number], at), step=number)
    return _repeat(incident, orders, steps[-1])


def _held(incident: Incident) -> bool:
    """A graver incident keeps it quiet."""
    return incident.inhibited_by is not None and incident.level in EASES_BY_ITSELF


def next_page_at(incident: Incident, orders: Orders) -> datetime | None:
    """When the next page is due."""
    due = next_step(incident, orders)
    return due.at if due is not None else None


def take_due_steps(draft: Draft, orders: Orders) -> None:
    """Take every step that is due by now, in order.

    A step that reaches nobody is followed by the next at once. Repeats that were missed while the desk was away are
    made up for by one. `hours` say when a step may come due; if the desk was away then, it is taken late.
    """
    while (due := next_step(draft.incident, orders)) is not None and due.at <= draft.now:
        _take(draft, orders, _caught_up(due, draft.now))


def fail_over(draft: Draft, orders: Orders, page: PageRequested) -> None:
    """What follows from a page that could not be delivered: the person's next contact, else the next step."""
    incident = draft.incident
    if not incident.is_open or (page.reason == "step" and incident.status == "acknowledged"):
        return
    person = orders.config.person(page.person)
    if person is not None and page.contact + 1 < len(person.contacts):
        draft.add(_page(draft, person, page.means, page, contact=page.contact + 1))
    elif of_current_step(incident, page) and incident.climb.hopes == 0:
        _take_at_once(draft, orders)


def page_about_step(
    draft: Draft,
    orders: Orders,
    people: Iterable[Person],
    step: StepPlan,
    *,
    reason: PageReason = "step_overdue",
    number: int = 0,
    escalated: bool = False,
) -> bool:
    """Tell people about a step of the playbook; whether anybody can be reached.

    `number` counts how often the step was late; a step that is escalated calls where it else sends a message.
    """
    reachable = [person for person in people if person.contacts]
    about = _About(
        reason=reason,
        climb=draft.incident.climb.number,
        step=0 if escalated else None,
        round=number,
        playbook_step=step.id,
        step_title=step.title,
    )
    means: Means = "call" if escalated and draft.incident.level in REPEATS_BY_ITSELF else "notify"
    for person in to_wake(reachable, draft.incident.level, orders.zone, draft.now):
        draft.add(_page(draft, person, means, about))
    return bool(reachable)


def opening(hours: Hours | None, zone: ZoneInfo, at: datetime) -> datetime:
    """`at`, or when the hours begin next if it lies outside of them."""
    if hours is None:
        return at
    local = at.astimezone(zone)
    if within(hours, local.hour * 60 + local.minute):
        return at
    return next_wall(hours.from_minute, zone, at)


def _comes(incident: Incident, orders: Orders, step: EscalationStep, at: datetime) -> datetime:
    """When a step that is due at `at` is taken: within its hours, and for small levels when somebody is awake."""
    at = opening(step.hours, orders.zone, at)
    if incident.level not in EASES_BY_ITSELF:
        return at
    for _ in range(WAITS_MOST):
        people = [person for _, person in _reachable(_targets_of(step), orders, at)]
        later = opening(step.hours, orders.zone, first_awake(people, orders.zone, at))
        if later == at:
            break
        at = later
    return at


def _repeat(incident: Incident, orders: Orders, last: EscalationStep) -> StepDue | None:
    climb = incident.climb
    repeat_s = last.repeat_s or (REPEAT_S if incident.level in REPEATS_BY_ITSELF else None)
    if repeat_s is None or climb.last_at is None:
        return None
    every = timedelta(seconds=repeat_s)
    at = _comes(incident, orders, last, climb.last_at + every)
    return StepDue(at=at, step=climb.step, round=climb.round + 1, every=every)


def _again(incident: Incident, orders: Orders, first: EscalationStep) -> StepDue | None:
    again_after_s = orders.config.escalation.again_after_s
    if again_after_s is None or incident.level == "blue":
        return None
    every = timedelta(seconds=again_after_s)
    since = incident.active_at if incident.again_at is None else incident.again_at
    at = _comes(incident, orders, first, since + every)
    return StepDue(at=at, step=-1, round=incident.agains, reason="again", every=every)


def _caught_up(due: StepDue, now: datetime) -> StepDue:
    """A repeat as the last of those that are due by `now`."""
    if due.every is None:
        return due
    return msgspec.structs.replace(due, at=due.at + (now - due.at) // due.every * due.every)


class _About(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is about; the same fields of an earlier page serve as well."""

    reason: PageReason
    climb: int
    step: int | None = None
    round: int = 0
    playbook_step: str | None = None
    step_title: str = ""


def _take(draft: Draft, orders: Orders, due: StepDue, *, failed_over: bool = False) -> None:
    incident = draft.incident
    draft.add(
        IncidentEscalated(
            **draft.head(due.at),
            climb=incident.climb.number,
            step=due.step,
            round=due.round,
            reason=due.reason,
            failed_over=failed_over,
        )
    )
    about = _About(reason=due.reason, climb=incident.climb.number, step=due.step, round=due.round)
    reached = 0
    for means, person in _people(draft, orders, due):
        draft.add(_page(draft, person, means, about))
        reached += 1
    if not reached and due.reason == "step":
        _nobody_reached(draft, orders, about)


def _take_at_once(draft: Draft, orders: Orders) -> bool:
    """Take the next step before its time; not a repeat, and not outside of the hours of the step or its people."""
    due = next_step(draft.incident, orders)
    if due is None or due.every is not None:
        return False
    step = orders.config.escalation.steps(draft.incident.level)[due.step]
    if _comes(draft.incident, orders, step, draft.now) != draft.now:
        return False
    _take(draft, orders, msgspec.structs.replace(due, at=min(due.at, draft.now)), failed_over=True)
    return True


def _nobody_reached(draft: Draft, orders: Orders, about: _About) -> None:
    """The step has nobody with a contact: the next one at once, or in need everybody who can be reached at all."""
    if _take_at_once(draft, orders) or draft.incident.level not in REPEATS_BY_ITSELF:
        return
    for person in orders.config.people:
        if person.contacts:
            draft.add(_page(draft, person, "notify", about))


def _people(draft: Draft, orders: Orders, due: StepDue) -> Iterator[tuple[Means, Person]]:
    """Whom the step reaches now, each by each means once; the sleeping are passed over as `alerting.rest` says."""
    found = list(_reachable(_targets(draft.incident, orders, due), orders, draft.now))
    people = [person for _, person in found]
    awake = {each.id for each in to_wake(people, draft.incident.level, orders.zone, draft.now)}
    return ((means, person) for means, person in found if person.id in awake)


def _reachable(targets: Iterable[Target], orders: Orders, at: datetime) -> Iterator[tuple[Means, Person]]:
    """People with a contact behind the targets, each by each means once."""
    reached: set[tuple[Means, str]] = set()
    for means, target in targets:
        person = orders.roster.reached_by(target, at)
        if person is not None and person.contacts and (means, person.id) not in reached:
            reached.add((means, person.id))
            yield means, person


def _targets(incident: Incident, orders: Orders, due: StepDue) -> list[Target]:
    steps = orders.config.escalation.steps(incident.level)
    if due.reason == "step":
        return _targets_of(steps[due.step])
    # The one who took it is asked first; from the second time on those whom the level first calls as well.
    asked: list[Target] = (
        [("notify", incident.acknowledged_by)] if incident.acknowledged_by is not None else []
    )
    return asked if asked and due.round == 0 else asked + _targets_of(steps[0])


def _targets_of(step: EscalationStep) -> list[Target]:
    targets: list[Target] = []
    targets += [("notify", target) for target in step.notify]
    targets += [("call", target) for target in step.call]
    targets += [("digest", target) for target in step.digest]
    return targets


def _page(
    draft: Draft, person: Person, means: Means, about: _About | PageRequested, *, contact: int = 0
) -> PageRequested:
    incident = draft.incident
    attempt = (
        about.climb,
        about.reason,
        about.step,
        about.round,
        about.playbook_step,
        person.id,
        means,
        contact,
    )
    again_at = instant(incident.again_at) if about.reason == "again" and incident.again_at is not None else ""
    run = incident.run.id if about.playbook_step is not None and incident.run is not None else ""
    told_by = (draft.cause if isinstance(about, _About) else about.page,)
    notice = told_by if about.reason == "step_notice" else ()
    return PageRequested(
        **draft.head(),
        page=ids.derived("page", incident.id, again_at, run, *(str(part) for part in (*attempt, *notice))),
        level=incident.level,
        category=incident.category,
        person=person.id,
        means=means,
        contact=contact,
        reason=about.reason,
        climb=about.climb,
        step=about.step,
        round=about.round,
        playbook_step=about.playbook_step,
        step_title=about.step_title,
        evidence=incident.evidence,
    )
