"""Reports on schedule: when the next one is due, which days it covers, who is told. Exact over changes of daylight saving time.

And what a report said, on record.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.commands import Refusal
from alerting.events import PageRequested
from alerting.handling import refused
from alerting.orders import Orders
from alerting.report_commands import FIGURES_MOST, NAME_CHARACTERS_MOST, REPORTER, RecordReport
from alerting.report_events import ReportDue, ReportPlan, ReportRecorded
from alerting.roster import Roster
from streams import ids

REPORT_ID_DIGITS = 12
_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_DAYS_AHEAD = 9
"""A week and a day that the zone skips."""


def due_after(plan: ReportPlan, at: datetime) -> datetime:
    """The first instant after `at` at which a report of the plan is due, in UTC."""
    zone = ZoneInfo(plan.timezone)
    first = at.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD):
        day = first + ahead * _DAY
        if plan.weekday in (None, day.weekday()):
            due_at = _wall(day, time(plan.minute // 60, plan.minute % 60), zone)
            if due_at > at:
                return due_at
    raise AssertionError("some day of the week comes within nine days")


def period_of(plan: ReportPlan, due_at: datetime) -> tuple[datetime, datetime]:
    """What a report that is due then covers: half-open, in UTC."""
    zone = ZoneInfo(plan.timezone)
    end = due_at.astimezone(zone).date()
    days = 1 if plan.weekday is None else _WEEK_DAYS
    return _wall(end - days * _DAY, time(), zone), _wall(end, time(), zone)


def due(
    roster: Roster, plan: ReportPlan, last: datetime, now: datetime
) -> Sequence[ReportDue | PageRequested]:
    """The report after `last`, and the pages that tell of it. A period that passed while nothing ran gets its report too."""
    due_at = due_after(plan, last)
    from_at, to_at = period_of(plan, due_at)
    report = ids.derived("report", plan.id, due_at.isoformat())[:REPORT_ID_DIGITS]
    told = _told(roster, plan, now) if due_after(plan, due_at) > now else ()
    event = ReportDue(
        cause=report, key=plan.brand, at=due_at, report=report, plan=plan.id, kind=plan.kind, from_at=from_at, to_at=to_at,
        category=plan.category, people=told,
    )  # fmt: skip
    return [event, *(_page(event, person, now) for person in told)]


def record(orders: Orders, command: RecordReport, now: datetime) -> Sequence[ReportRecorded] | Refusal:
    """Put on record what a report says: of the desk itself, or of a person who may."""
    by = None if command.who == REPORTER else command.who
    refusal = refused(orders, command) if by is not None else None
    if refusal is not None:
        return refusal
    if len(command.figures) > FIGURES_MOST:
        return "too_many"
    if any(len(figure.name) > NAME_CHARACTERS_MOST for figure in command.figures):
        return "text_too_long"
    return [
        ReportRecorded(
            cause=command.id, key=command.brand, at=now, report=command.report, incident=command.incident, by=by,
            as_of=command.as_of, figures=command.figures,
        )
    ]  # fmt: skip


def _told(roster: Roster, plan: ReportPlan, now: datetime) -> tuple[str, ...]:
    found = [roster.reached_by(target, now) for target in plan.to]
    return tuple(dict.fromkeys(person.id for person in found if person is not None and person.contacts))


def _page(event: ReportDue, person: str, now: datetime) -> PageRequested:
    return PageRequested(
        cause=event.id,
        key=event.key,
        at=now,
        incident="",
        page=ids.derived("page", event.report, person),
        level="blue",
        category=event.report,
        person=person,
        means="notify",
        reason="report",
        climb=0,
        playbook_step=event.kind,
    )


def _wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first of two equal wall times; one that is skipped is after the gap."""
    return datetime.combine(day, at, zone).astimezone(UTC)
