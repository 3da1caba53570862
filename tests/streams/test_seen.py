import tracemalloc
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from streams.ids import derived
from streams.seen import HORIZON, SeenIds

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAYS = st.integers(min_value=0, max_value=80)


def test_what_was_seen_is_seen_for_35_days_and_forgotten_later() -> None:
    seen = SeenIds()
    seen.add(derived("first"), MONDAY)
    seen.add(derived("second"), MONDAY + HORIZON)
    assert derived("first") in seen
    seen.add(derived("third"), MONDAY + HORIZON + timedelta(days=14))
    assert derived("first") not in seen
    assert derived("second") in seen


def test_many_ids_stay_apart_also_after_a_snapshot() -> None:
    seen = SeenIds()
    for number in range(0, 60_000, 2):
        seen.add(derived(str(number)), MONDAY)
    assert all((derived(str(number)) in seen) == (number % 2 == 0) for number in range(60_000))
    loaded = SeenIds.load(seen.dump())
    for number in range(60_000, 90_000, 2):
        loaded.add(derived(str(number)), MONDAY)
    assert all((derived(str(number)) in loaded) == (number % 2 == 0) for number in range(90_000))


def test_an_id_takes_eight_bytes_of_a_snapshot_in_chunks_of_half_a_megabyte() -> None:
    seen = SeenIds()
    for number in range(100_000):
        seen.add(derived(str(number)), MONDAY)
    sizes = [len(chunk.ids) for chunk in seen.dump()]
    assert sum(sizes) == 8 * 100_000
    assert max(sizes) <= 1 << 19


def test_a_snapshot_on_its_way_does_not_hold_the_ids_twice() -> None:
    seen = SeenIds()
    for number in range(100_000):
        seen.add(derived(str(number)), MONDAY)
    on_its_way = seen.dump()
    next(on_its_way)
    tracemalloc.start()
    try:
        for number in range(100_000, 150_000):
            seen.add(derived(str(number)), MONDAY)
        more_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert more_bytes < 8 * 100_000, "the new ids, not the old ones a second time"
    assert 1 + sum(1 for _ in on_its_way) == 2, "those of that moment"


@given(st.lists(st.tuples(st.integers(0, 50), DAYS)), st.lists(st.integers(0, 60)), st.integers(0, 9))
def test_looking_up_a_batch_changes_no_answer(
    added: list[tuple[int, int]], asked: list[int], most: int
) -> None:
    seen, plain = SeenIds(), SeenIds()
    for number, day in added:
        for each in (seen, plain):
            each.add(derived(str(number)), MONDAY + timedelta(days=day))
        if number < most:
            seen.look_up([derived(str(one)) for one in asked])
    assert [derived(str(one)) in seen for one in range(60)] == [
        derived(str(one)) in plain for one in range(60)
    ]


@given(st.lists(st.tuples(st.integers(0, 500), DAYS), max_size=200))
def test_a_snapshot_holds_what_the_set_holds(added: list[tuple[int, int]]) -> None:
    seen = SeenIds()
    for number, day in added:
        seen.add(derived(str(number)), MONDAY + timedelta(days=day))
    loaded = SeenIds.load(seen.dump())
    assert all((derived(str(number)) in loaded) == (derived(str(number)) in seen) for number in range(500))


@given(st.lists(st.tuples(st.integers(0, 60), DAYS), max_size=200))
def test_what_is_added_as_new_is_what_was_not_there(added: list[tuple[int, int]]) -> None:
    seen, asked = SeenIds(), SeenIds()
    for number, day in sorted(added, key=lambda each: each[1]):
        when, known = MONDAY + timedelta(days=day), derived(str(number)) in asked
        asked.add(derived(str(number)), when)
        assert seen.add_new(derived(str(number)), when) is not known
    assert list(seen.dump()) == list(asked.dump())
