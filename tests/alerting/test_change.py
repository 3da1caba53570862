"""A shift in level, found item by item."""

from datetime import timedelta
from math import exp, log
from random import Random

import pytest

from alerting.change import ChangeWatch, level_of
from alerting.events import Evidence
from alerting.rules import ChangeRule
from alerting.tallies import HOUR_S, Usual
from streams.events import Label, SignalRaised
from tests.alerting.stage import Stage, evidence_of, signal, with_rules
from tests.builders import at

RULE = ChangeRule(id="shift", level="yellow", monitor="brand", sentiment=None, factor=3.0, minimum=10)
NEGATIVE = ChangeRule(
    id="shift", level="yellow", monitor="brand", sentiment="negative", factor=3.0, minimum=10
)


def an_hour(
    count: int, hour: str, *, day: int = 0, label: Label = "neutral", first: int = 0
) -> list[SignalRaised]:
    """So many items, spread evenly over an hour."""
    begins = at(hour, day=day)
    return [
        signal(first + n, begins + timedelta(hours=n / count), label=label, kind="comment")
        for n in range(count)
    ]


def quiet_days(days: int, count: int = 6) -> list[SignalRaised]:
    """So many an hour, day and night, before Monday."""
    return [
        each
        for day in range(-days, 0)
        for hour in range(24)
        for each in an_hour(count, f"{hour:02}:00", day=day, first=1_000_000 - day * 10_000 + hour * 100)
    ]


def shifts(rule: ChangeRule, *items: SignalRaised, days: int = 3) -> list[Evidence]:
    stage = Stage(with_rules(rule), day=-days)
    stage.signals(quiet_days(days))
    before = len(evidence_of(stage))
    stage.signals(list(items))
    return evidence_of(stage)[before:]


def test_four_times_the_usual_is_found_within_the_hour_and_dated() -> None:
    (found,) = shifts(RULE, *an_hour(24, "10:00"))
    assert at("10:20") < found.at < at("10:50")
    assert found.window_s is not None
    assert at("09:55") <= found.at - timedelta(seconds=found.window_s) <= at("10:05"), "when it began"
    assert not found.guessing
    assert found.count >= RULE.minimum
    assert len(found.items) == min(found.count, 20)


def test_a_slow_rise_that_no_window_of_ten_minutes_shows_is_found() -> None:
    slow = [each for hour in range(4) for each in an_hour(20, f"{10 + hour}:00", first=100 * hour)]
    assert shifts(RULE, *slow)[0].at < at("11:00")


def test_as_much_as_usual_is_no_shift_and_neither_is_half_as_much_again() -> None:
    assert shifts(RULE, *an_hour(6, "10:00"), *an_hour(9, "11:00", first=50)) == []


def test_one_shift_is_told_once_until_it_is_surpassed_as_much_again() -> None:
    plateau = [each for hour in range(8) for each in an_hour(40, f"{10 + hour}:00", first=100 * hour)]
    found = shifts(RULE, *plateau)
    assert len(found) == 1
    storm = [
        each for hour in range(2) for each in an_hour(300, f"{18 + hour}:00", first=5_000 + 1_000 * hour)
    ]
    assert len(shifts(RULE, *plateau, *storm)) == 2


def test_praise_is_no_shift_of_what_is_negative() -> None:
    assert shifts(NEGATIVE, *an_hour(60, "10:00", label="positive")) == []
    assert len(shifts(NEGATIVE, *an_hour(60, "10:00", label="negative"))) == 1


def test_without_history_it_is_a_guess() -> None:
    stage = Stage(with_rules(RULE))
    stage.signals(an_hour(120, "10:00"))
    assert evidence_of(stage)[0].guessing


def test_chance_alone_fires_about_as_seldom_as_is_promised() -> None:
    """Poisson arrivals at the usual rate, for ten years; seeded."""
    chance, watch, now, fired = Random(7), ChangeWatch(), 0.0, 0
    usual, years = 5.0, 10
    level = level_of(RULE, Usual(usual, usual**0.5))
    while now < years * 365 * 24:
        waited = chance.expovariate(usual)
        now += waited
        watch.sum = max(0.0, watch.sum - level.falls_by * waited) + 1.0
        if watch.sum >= level.threshold:
            fired, watch.sum = fired + 1, 0.0
    assert fired <= years * 365 / 7


@pytest.mark.parametrize("usual", [2.0, 10.0, 100.0])
def test_the_sum_stands_still_between_the_usual_and_the_shift(usual: float) -> None:
    """Lucas 1985: at the reference value both rates are equally likely."""
    falls_by = level_of(RULE, Usual(usual, 0.0)).falls_by
    assert usual < falls_by < RULE.factor * usual
    likelihood = exp(-(RULE.factor - 1) * usual) * RULE.factor**falls_by
    assert log(likelihood) == pytest.approx(0.0, abs=1e-9)


def test_a_rule_that_was_settled_counts_from_zero() -> None:
    watch = ChangeWatch()
    for number in range(9):
        watch.take(RULE, f"item-{number}", 100 * HOUR_S + number)
    watch.afresh()
    assert watch.rise(RULE, 100 * HOUR_S + 10).count == 1
