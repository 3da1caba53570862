"""Who is on call, over weeks and over changes of daylight saving time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.config import Rotation
from alerting.oncall import next_handoff, turn_of
from alerting.roster import Roster
from tests.alerting.stage import CONFIG, ROTATION
from tests.builders import at

NEW_YORK = ZoneInfo("America/New_York")


def daily(clock: time, zone: str = "America/New_York", every_days: int = 1) -> Rotation:
    return Rotation(
        people=("a", "b"), timezone=zone, handoff_at=clock, every_days=every_days, starts_on=date(2026, 3, 1)
    )


@pytest.mark.parametrize(
    ("clock", "day", "person"),
    [
        ("08:59:59", 0, "fang"), ("09:00", 0, "he"), ("23:59", 0, "he"), ("12:00", 6, "he"),
        ("08:59", 7, "he"), ("09:00", 7, "fang"), ("09:00", 14, "he"), ("09:00", -7, "fang"),
    ],
)  # fmt: skip
def test_a_weekly_rotation_hands_over_on_monday_at_nine(clock: str, day: int, person: str) -> None:
    assert turn_of(ROTATION, at(clock, day)) == person


def test_before_its_first_handoff_a_rotation_goes_on_backwards() -> None:
    assert turn_of(ROTATION, datetime(2026, 1, 5, 0, 59, tzinfo=UTC)) == "fang"
    assert turn_of(ROTATION, datetime(2026, 1, 5, 1, 0, tzinfo=UTC)) == "he"


def test_the_day_that_lacks_an_hour_hands_over_after_the_gap() -> None:
    # 2026-03-08 in New York: 02:00 becomes 03:00, so 02:30 is taken as 03:30.
    rotation = daily(time(2, 30))
    assert turn_of(rotation, datetime(2026, 3, 8, 7, 29, tzinfo=UTC)) == "a"
    assert turn_of(rotation, datetime(2026, 3, 8, 7, 30, tzinfo=UTC)) == "b"
    assert next_handoff(rotation, datetime(2026, 3, 8, 7, 0, tzinfo=UTC)) == datetime(
        2026, 3, 8, 7, 30, tzinfo=UTC
    )


def test_the_day_that_repeats_an_hour_hands_over_at_the_first_of_the_two() -> None:
    # 2026-11-01 in New York: 02:00 becomes 01:00, so 01:30 comes twice.
    rotation = daily(time(1, 30))
    before, after = datetime(2026, 11, 1, 5, 29, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert turn_of(rotation, before) != turn_of(rotation, after)
    assert turn_of(rotation, after) == turn_of(rotation, after + timedelta(hours=1, minutes=1))


@given(
    when=st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: at("00:00", day=-400) + timedelta(minutes=minutes)
    ),
    clock=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    every_days=st.sampled_from([1, 2, 7, 14]),
)
def test_between_handoffs_nobody_changes_and_at_each_somebody_does(
    when: datetime, clock: time, every_days: int
) -> None:
    rotation = daily(clock, every_days=every_days)
    handoff = next_handoff(rotation, when)
    tick = timedelta(microseconds=1)
    assert when < handoff <= when + timedelta(days=every_days, hours=2)
    assert turn_of(rotation, when) == turn_of(rotation, handoff - tick)
    assert turn_of(rotation, handoff) != turn_of(rotation, when)


def test_a_target_is_a_duty_or_a_person() -> None:
    reached = [Roster(CONFIG, {}).reached_by(target, at("12:00")) for target in ("pr-desk", "jin", "nobody")]
    assert [person.id if person else None for person in reached] == ["he", "jin", None]
