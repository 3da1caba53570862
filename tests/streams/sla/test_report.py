from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sla.clocks import Clock, state_of
from streams.sla.report import BYS, By, Waited, report, row_of
from tests.builders import SHANGHAI, at


def waited(
    start: datetime, after_s: float | None, *, number: int = 1, platform: str = "weibo", agent: str | None = None,
    cancelled: bool = False,
) -> Waited:  # fmt: skip
    """Half an hour was promised; answered after so many seconds, or not yet at noon."""
    ended_at = None if after_s is None else start + timedelta(seconds=after_s)
    clock = Clock(
        kind="first_response",
        ordinal=number,
        policy="weibo",
        started_at=start,
        started_by="c1",
        due_at=start + timedelta(minutes=30),
        target_s=1800,
        ended_at=ended_at,
        state_end=None if ended_at is None else "cancelled" if cancelled else "met",
    )
    return Waited(
        conversation=f"c{number}", platform=platform, account="a", clock=clock, agent=agent,
        state=state_of(clock, at("12:00")), counted_s=None if after_s is None else int(after_s),
    )  # fmt: skip


def test_what_is_late_or_overdue_is_a_miss_and_what_runs_or_was_cancelled_is_neither() -> None:
    row = row_of(
        "all",
        [
            waited(at("09:00"), 600),
            waited(at("09:00"), 1800),
            waited(at("09:00"), 1801),
            waited(at("11:00"), None),
            waited(at("11:45"), None),
            waited(at("10:00"), 60, cancelled=True),
        ],
    )
    assert (row.met, row.breached, row.attainment, row.answers) == (2, 2, 0.5, 3)


def test_percentiles_are_the_nearest_rank() -> None:
    row = row_of("all", [waited(at("06:00"), 60.0 * number) for number in range(1, 21)])
    assert (row.wall_p50_s, row.wall_p90_s, row.wall_p95_s) == (600, 1080, 1140)
    assert (row.counted_p50_s, row.counted_p90_s) == (600, 1080)


def test_hours_and_days_are_the_brands_own() -> None:
    waits = [waited(at("23:30"), 60), waited(at("00:10", day=1), 60), waited(at("00:20", day=1), 3600)]
    assert [(row.name, row.attainment) for row in report(waits, "hour", SHANGHAI)] == [
        ("00", 0.5),
        ("23", 1.0),
    ]
    assert [row.name for row in report(waits, "day", SHANGHAI)] == ["2026-11-23", "2026-11-24"]


def test_agents_have_their_own_lines_and_nobody_known_has_one_too() -> None:
    waits = [
        waited(at("09:00"), 60, agent="su"),
        waited(at("09:00"), 2000, agent="lin"),
        waited(at("09:00"), 60),
    ]
    assert [(row.name, row.met) for row in report(waits, "agent", SHANGHAI)] == [
        ("", 1),
        ("lin", 0),
        ("su", 1),
    ]


def test_nothing_is_no_share() -> None:
    row = row_of("all", [])
    assert (row.attainment, row.wall_p50_s) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 600), st.none() | st.integers(0, 5000), st.booleans()), max_size=30))
@pytest.mark.parametrize("by", BYS)
def test_every_wait_counts_once_however_one_asks(by: By, drawn: list[tuple[int, int | None, bool]]) -> None:
    waits = [
        waited(at("02:00") + timedelta(minutes=start), after, number=number, cancelled=cancelled)
        for number, (start, after, cancelled) in enumerate(drawn)
    ]
    whole, rows = row_of("all", waits), report(waits, by, SHANGHAI)
    assert sum(row.met for row in rows) == whole.met
    assert sum(row.breached for row in rows) == whole.breached
    assert sum(row.answers for row in rows) == whole.answers
