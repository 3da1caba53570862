"""Counts over time, against counting one by one."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.known_words import WORDS_MOST
from alerting.rules import EmergingRule
from alerting.tallies import HOUR_S, SLOT_S, SLOTS_KEPT, HourCounts, SlotCounts, usual_of
from alerting.words import USES_MOST, WordWatch
from tests.alerting.stage import signal
from tests.builders import at

START_S = 1_795_000_000 // SLOT_S * SLOT_S


@given(gaps=st.lists(st.integers(0, 4000), min_size=1, max_size=60), window=st.integers(6, 2160))
def test_a_window_counts_what_lies_in_its_slots(gaps: list[int], window: int) -> None:
    slots, moments, now = SlotCounts(), list[int](), START_S
    for gap in gaps:
        now += gap
        slots.add(now)
        moments.append(now)
    from_s = now - window * SLOT_S
    assert slots.within(from_s, now) == sum(1 for each in moments if each // SLOT_S > from_s // SLOT_S)
    assert len(slots.sums) <= 2 * SLOTS_KEPT


def test_what_comes_late_is_counted_where_it_belongs_or_not_at_all() -> None:
    slots = SlotCounts()
    slots.add(START_S)
    slots.add(START_S + 100)
    slots.add(START_S + 50)
    slots.add(START_S - 50)
    assert slots.within(START_S - 1000, START_S + 100) == 3
    assert slots.within(START_S + 40, START_S + 60) == 1


def test_the_usual_is_robust_against_one_crisis() -> None:
    assert usual_of([6, 5, 7, 600, 6]).median == 6
    assert usual_of([6, 5, 7, 600, 6]).spread < 2


def test_hours_before_the_watch_began_are_unknown_and_those_after_may_be_empty() -> None:
    hours, first = HourCounts(), START_S // HOUR_S * HOUR_S
    hours.add(first)
    assert hours.last_week(first + 23 * HOUR_S) is None
    usual = hours.last_week(first + 24 * HOUR_S)
    assert usual is not None
    assert usual.median == 0
    assert hours.same_hour_of_week(first + 2 * 168 * HOUR_S) is None
    assert hours.same_hour_of_week(first + 3 * 168 * HOUR_S) is not None


def test_memory_of_words_is_bounded() -> None:
    watch, rule = WordWatch(), EmergingRule(id="w", level="yellow", monitor="brand")
    for number in range(WORDS_MOST // 2):
        words = tuple(f"词{number}-{place}" for place in range(4))
        watch.take(signal(number, at("10:00"), words=words), START_S + number // 10, rule.window_s)
    assert len(watch.window) <= USES_MOST
    assert len(watch.known.counts) <= WORDS_MOST
    assert sum(len(watch.uses_of(word)) for use in watch.window for word in use.words) <= USES_MOST * 4
