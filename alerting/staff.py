"""What concerns the desk as a whole and no single brand: duties, and pages that belong to no incident."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from alerting import arming, duty, probe, reporting, shift
from alerting.audit_events import AuditAlarmed
from alerting.commands import (
    AUDITOR,
    LOCAL_ADMIN,
    OUTBOX,
    TEXT_CHARACTERS_MOST,
    ArmingCommand,
    Refusal,
    ReportAudit,
    ReportPage,
    ShiftCommand,
    StaffCommand,
    StartProbe,
)
from alerting.config import DeskConfig
from alerting.desk_state import DeskState, open_incidents
from alerting.duty_events import AnyDutyEvent
from alerting.events import DeskEvent, PageDelivered, PageFailed, PageOutcome, PageRequested
from alerting.roster import DutyState, Roster, fold_duty
from alerting.timers import TimerKey
from streams import ids


def decide(
    state: DeskState, config: DeskConfig, command: StaffCommand | ReportPage, now: datetime
) -> Sequence[DeskEvent] | Refusal:
    """Carry out a command that concerns no brand."""
    if isinstance(command, ReportPage):
        return _report(state, config, command, now)
    if isinstance(command, ReportAudit):
        return _audited(command, now)
    if isinstance(command, StartProbe):
        return probe.start(Roster(config, state.duties), command, now)
    if isinstance(command, ArmingCommand):
        return arming.decide(state, config, command, now)
    if isinstance(command, ShiftCommand):
        return shift.decide_shift(config, _open(state), command, now)
    return duty.decide_duty(Roster(config, state.duties), _open(state), command, now)


def due(state: DeskState, config: DeskConfig, key: TimerKey, now: datetime) -> Sequence[DeskEvent]:
    """What follows when the timer of a duty or of a plan of reports is due."""
    roster = Roster(config, state.duties)
    if key.kind == "report":
        plan = config.report(key.id)
        assert plan is not None
        return reporting.due(roster, plan, state.reports[plan.id], now)
    known = config.duty(key.id)
    assert known is not None
    return duty.due(roster, known, _open(state), now)


def due_at(state: DeskState, config: DeskConfig, key: TimerKey) -> datetime | None:
    """When it is."""
    if key.kind == "report":
        plan = config.report(key.id)
        return reporting.due_after(plan, state.reports[key.id]) if plan is not None else None
    known = config.duty(key.id)
    return duty.due_at(Roster(config, state.duties), known) if known is not None else None


def _open(state: DeskState) -> tuple[str, ...]:
    return tuple(incident.id for incident in open_incidents(state))


def evolve_duty(state: DeskState, event: AnyDutyEvent) -> None:
    """Fold one event of a duty."""
    if event.by is not None:
        state.commands.add(ids.derived(event.cause), event.at)
    state.duties[event.duty] = fold_duty(state.duties.get(event.duty) or DutyState(duty=event.duty), event)


def begin(state: DeskState, config: DeskConfig, at: datetime) -> None:
    """A configuration holds from `at` on: what is new in it begins then."""
    begin_duties(state, config, at)
    state.reports = {plan.id: state.reports.get(plan.id, at) for plan in config.reports}


def begin_duties(state: DeskState, config: DeskConfig, at: datetime) -> None:
    """A configuration holds from `at` on: hand-offs of duties that are new begin then."""
    for each in config.oncall:
        known = state.duties.get(each.id) or DutyState(duty=each.id)
        if known.settled_at is None:
            state.duties[each.id] = msgspec.structs.replace(known, settled_at=at)


def evolve_page(state: DeskState, event: PageRequested | PageOutcome) -> None:
    """Fold a page of no incident."""
    if isinstance(event, PageRequested):
        state.pages[event.page] = event
    else:
        state.commands.add(ids.derived(event.cause), event.at)
        state.pages.pop(event.page, None)


def _audited(command: ReportAudit, now: datetime) -> Sequence[DeskEvent] | Refusal:
    if command.who != AUDITOR:
        return "not_permitted"
    return [
        AuditAlarmed(
            cause=command.id, key=duty.ALL_BRANDS, at=now, findings=command.findings, told=command.told
        )
    ]


def _report(
    state: DeskState, config: DeskConfig, command: ReportPage, now: datetime
) -> Sequence[DeskEvent] | Refusal:
    """What became of a page; the person's next contact is tried, if there is one."""
    if command.who not in (OUTBOX, LOCAL_ADMIN):
        return "not_permitted"
    page = state.pages.get(command.page)
    if page is None:
        return "unknown_page"
    outcome = PageDelivered if command.outcome == "delivered" else PageFailed
    told: list[DeskEvent] = [
        outcome(
            cause=command.id, key=page.key, at=now, incident="", page=page.page, person=page.person,
            detail=command.detail[:TEXT_CHARACTERS_MOST],
        )
    ]  # fmt: skip
    person = config.person(page.person)
    if outcome is PageFailed and person is not None and page.contact + 1 < len(person.contacts):
        again = ids.derived("page.next", page.page, str(page.contact + 1))
        told.append(
            msgspec.structs.replace(page, cause=command.id, at=now, page=again, contact=page.contact + 1)
        )
    return told
