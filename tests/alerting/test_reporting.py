"""Reports on schedule: each period once, whatever happens in between, and told to whoever is meant."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from alerting.commands import OUTBOX, ReportPage
from alerting.events import PageRequested
from alerting.report_commands import FIGURES_MOST, NAME_CHARACTERS_MOST, REPORTER, RecordReport
from alerting.report_events import ReportDue, ReportFigure, ReportPlan, ReportRecorded
from alerting.reporting import due_after, period_of
from streams.commands import ActivateConfig
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, Stage, at_wall
from tests.builders import at

DAILY = ReportPlan(
    id="morning",
    kind="daily",
    brand="xibei",
    timezone="Asia/Shanghai",
    minute=8 * 60 + 30,
    to=("pr-desk", "he", "guest"),
)
WEEKLY = ReportPlan(
    id="week", kind="weekly", brand="xibei", timezone="Asia/Shanghai", minute=9 * 60, weekday=0, to=("jin",)
)
SPECIAL = ReportPlan(
    id="safe",
    kind="special",
    brand="xibei",
    timezone="Asia/Shanghai",
    minute=7 * 60,
    to=("wu",),
    category="safety",
)
PLANNED = msgspec.structs.replace(CONFIG, reports=(DAILY, WEEKLY, SPECIAL))


def days(event: ReportDue) -> tuple[str, str]:
    """The first and the last day that a report covers, in Shanghai."""
    zone = ZoneInfo("Asia/Shanghai")
    last = event.to_at - timedelta(microseconds=1)
    return f"{event.from_at.astimezone(zone):%m-%d}", f"{last.astimezone(zone):%m-%d}"


def test_a_day_a_week_and_a_category_are_reported_in_their_time() -> None:
    stage = Stage(PLANNED, begins="10:00")  # on a Monday
    stage.until(at("10:00", day=7))
    made = stage.of_type(ReportDue)
    assert [event.kind for event in made].count("daily") == 7
    assert [event.kind for event in made].count("special") == 7
    first = next(event for event in made if event.kind == "daily")
    assert (at_wall(first.at), days(first)) == ("08:30", ("11-23", "11-23"))
    (week,) = [event for event in made if event.kind == "weekly"]
    assert (at_wall(week.at), days(week)) == ("09:00", ("11-23", "11-29"))
    assert {event.category for event in made if event.kind == "special"} == {"safety"}
    assert len({event.report for event in made}) == len(made)


def test_who_is_on_duty_is_told_once_with_a_link_to_the_report() -> None:
    stage = Stage(PLANNED, begins="10:00")
    stage.until(at("09:00", day=1))
    daily = next(event for event in stage.of_type(ReportDue) if event.kind == "daily")
    assert daily.people == ("he",)  # the duty is he's, and a viewer without contacts reads it on the page
    (page,) = [page for page in stage.of_type(PageRequested) if page.category == daily.report]
    assert (page.person, page.reason, page.means, page.incident) == ("he", "report", "notify", "")
    assert page.page in stage.state.pages
    stage.does(
        ReportPage(id="out", who=OUTBOX, brand="xibei", incident="", page=page.page, outcome="delivered"),
        at("09:01", day=1),
    )
    assert page.page not in stage.state.pages


def test_periods_that_passed_while_nothing_ran_are_made_once_and_only_the_last_is_told() -> None:
    stage = Stage(msgspec.structs.replace(CONFIG, reports=(DAILY,)), begins="10:00")
    back_at = at("12:00", day=4)
    while (due := stage.partition.next_due) is not None and due <= back_at:
        entry = stage.partition.fire(back_at).entry
        assert entry is not None
        stage.events.extend(entry.events)
    made = stage.of_type(ReportDue)
    assert [days(event)[0] for event in made] == ["11-23", "11-24", "11-25", "11-26"]
    assert [at_wall(event.at) for event in made] == ["08:30"] * 4
    assert [event.people for event in made] == [(), (), (), ("he",)]
    stage.restart()
    assert stage.until(back_at) == []


def test_a_plan_begins_with_its_configuration_and_goes_with_it() -> None:
    stage = Stage(CONFIG, begins="06:00")
    stage.book["two"] = PLANNED
    stage.happens(ActivateConfig(id="two", who="test", config="two"), at("10:00", day=3))
    stage.until(at("12:00", day=4))
    assert {days(event) for event in stage.of_type(ReportDue)} == {("11-26", "11-26")}
    stage.happens(ActivateConfig(id="three", who="test", config="one"), at("13:00", day=4))
    stage.until(at("12:00", day=6))
    assert len(stage.of_type(ReportDue)) == 2


PLANS = st.builds(
    ReportPlan,
    id=st.just("plan"),
    kind=st.just("daily"),
    brand=st.just("xibei"),
    timezone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"]),
    minute=st.integers(0, 24 * 60 - 1),
    weekday=st.none() | st.integers(0, 6),
)
MOMENTS = st.integers(1_322_697_600, 1_893_456_000).map(lambda epoch_s: datetime.fromtimestamp(epoch_s, UTC))
"""From December 2011 on, when a whole day was skipped in Apia."""


@given(plan=PLANS, moment=MOMENTS)
def test_periods_follow_each_other_without_gap_or_overlap(plan: ReportPlan, moment: datetime) -> None:
    first = due_after(plan, moment)
    second = due_after(plan, first)
    assert moment < first < second
    local = first.astimezone(ZoneInfo(plan.timezone))
    assert plan.weekday in (None, local.weekday()) or _skipped(plan, local.date())
    if not any(_skipped(plan, local.date() + timedelta(days=day)) for day in range(-8, 9)):
        assert period_of(plan, first)[1] == period_of(plan, second)[0]
        assert period_of(plan, first)[1] <= first


def _skipped(plan: ReportPlan, day: date) -> bool:
    """A day that the zone never had (Apia, 2011-12-30), or whose wall time it skips."""
    zone = ZoneInfo(plan.timezone)
    wall = datetime.combine(day, time(plan.minute // 60, plan.minute % 60), zone)
    return wall.astimezone(UTC).astimezone(zone).date() != day


def recording(who: str, *names: str, command: str = "r1") -> RecordReport:
    figures = tuple(ReportFigure(name, 312) for name in names)
    return RecordReport(
        id=command, who=who, brand="xibei", report="d1", as_of=at("08:30"), figures=figures
    )  # fmt: skip


def test_what_a_report_said_is_recorded_once() -> None:
    stage = Stage(PLANNED)
    stage.does(recording(REPORTER, "items"), at("08:31"))
    stage.does(recording(REPORTER, "items"), at("08:32"))
    stage.restart()
    stage.does(recording("he", "items", command="r2"), at("09:00"))
    assert [(each.by, each.at, each.figures) for each in stage.of_type(ReportRecorded)] == [
        (None, at("08:31"), (ReportFigure("items", 312),)),
        ("he", at("09:00"), (ReportFigure("items", 312),)),
    ]


def test_what_is_too_much_or_comes_from_nobody_is_refused() -> None:
    stage = Stage(PLANNED)
    stage.does(recording("guest", "items", command="a"), at("08:31"))
    stage.does(recording("nobody", "items", command="b"), at("08:31"))
    stage.does(recording(REPORTER, *("items",) * (FIGURES_MOST + 1), command="c"), at("08:31"))
    stage.does(recording(REPORTER, "x" * (NAME_CHARACTERS_MOST + 1), command="d"), at("08:31"))
    assert [each.why for each in stage.of_type(CommandRefused)] == [
        "not_permitted", "unknown_person", "too_many", "text_too_long",
    ]  # fmt: skip
