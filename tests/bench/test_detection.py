"""The measures of detection, on streams whose answer is known."""

from datetime import datetime, timedelta

import pytest

from streams.events import SignalRaised
from tests.alerting.stage import signal
from tests.bench.detectors import Heard, alarms, fixed_threshold, last_hour, three_sigma
from tests.bench.real_events import CRISES, HARMLESS, change_of_slope, story_of
from tests.builders import at


def moments(begins_at: datetime, hours: float, an_hour: float) -> list[datetime]:
    return [begins_at + timedelta(hours=n / an_hour) for n in range(round(hours * an_hour))]


def heard(times: list[datetime]) -> list[Heard]:
    def one(number: int, when: datetime) -> SignalRaised:
        return signal(number, when)

    return [(when, one(number, when)) for number, when in enumerate(sorted(times))]


def test_the_change_of_slope_is_where_the_stream_became_faster() -> None:
    slow, fast = moments(at("02:00"), 8, 3), moments(at("10:00"), 2, 120)
    assert change_of_slope([*slow, *fast], at("09:00")) == at("10:00")


def test_too_few_items_have_no_slope() -> None:
    assert change_of_slope([at("10:00"), at("10:01")], at("10:00")) is None


def test_what_goes_on_is_one_alarm_until_an_hour_of_quiet() -> None:
    found = alarms([at("10:00"), at("10:40"), at("11:20"), at("13:00")])
    assert found == [at("10:00"), at("13:00")]


def test_the_fixed_threshold_counts_an_hour() -> None:
    assert fixed_threshold(heard(moments(at("10:00"), 1, 49))) == []
    assert len(fixed_threshold(heard(moments(at("10:00"), 1, 60)))) == 11


def test_three_sigma_needs_days_to_compare_with() -> None:
    quiet = [each for day in range(-7, 0) for each in moments(at("08:00", day=day), 12, 2 + day % 2)]
    storm = moments(at("10:00"), 1, 200)
    assert three_sigma(heard(storm)) == []
    assert three_sigma(heard(quiet)) == []
    assert three_sigma(heard([*quiet, *storm]))[0] > at("10:00")


def test_the_last_hour_is_compared_with_the_twelve_before_it() -> None:
    steady = moments(at("00:00"), 14, 20)
    later = [
        each for each in last_hour(heard([*steady, *moments(at("14:00"), 1, 70)])) if each >= at("13:30")
    ]
    assert at("14:15") < later[0] < at("15:00")


def test_no_story_is_both() -> None:
    assert not CRISES & HARMLESS
    assert story_of("5102_cJAYqd_1627825392") == "5102_cJAYqd"
    assert (len(CRISES), len(HARMLESS)) == (25, 20)


@pytest.mark.parametrize("baseline", [fixed_threshold, three_sigma, last_hour])
def test_nothing_heard_is_no_alarm(baseline: object) -> None:
    assert callable(baseline)
    assert baseline([]) == []
