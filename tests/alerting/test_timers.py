"""The index of timers against a plain dictionary."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.timers import SLACK, TimerKey, Timers
from tests.builders import at

KEYS = [TimerKey("incident", "xibei", str(number)) for number in range(5)]
MOVES = st.lists(
    st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 50)), st.booleans()), max_size=60
)


@given(MOVES)
def test_the_earliest_timer_is_the_smallest_of_all(moves: list[tuple[int, int | None, bool]]) -> None:
    timers, truth = Timers(), dict[TimerKey, int]()
    for number, due, later in moves:
        key = KEYS[number]
        if later and key in truth:
            truth[key] += due or 0
            timers.doubt(key)
        elif due is None:
            truth.pop(key, None)
            timers.set(key, None)
        else:
            truth[key] = due
            timers.set(key, at("10:00") + timedelta(minutes=due))
        found = timers.earliest(lambda each: at("10:00") + timedelta(minutes=truth[each]))
        assert (found[0] if found else None) == (
            at("10:00") + timedelta(minutes=min(truth.values())) if truth else None
        )


def test_a_timer_that_moves_a_thousand_times_leaves_no_heap_of_old_entries() -> None:
    timers = Timers()
    for number in range(5 * SLACK):
        timers.set(KEYS[0], at("10:00") + timedelta(seconds=number))
    assert len(timers._heap) <= SLACK + 2
