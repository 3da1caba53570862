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


def test_an_id_takes_no_more_than_22_bytes() -> None:
    seen = SeenIds()
    for number in range(30_000):
        seen.add(derived(str(number)), MONDAY)
    assert sum(len(chunk.slots) for chunk in seen.dump()) <= 22 * 30_000


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
    assert [chunk.slots for chunk in seen.dump()] == [chunk.slots for chunk in asked.dump()]
