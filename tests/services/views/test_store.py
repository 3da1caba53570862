import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.views.errors import NotFollowing, ViewsError
from services.views.reader import Reader
from services.views.store import CODECS, INTAKE, Views
from streams.arrivals import Arrival
from streams.journal import Entry, Head
from streams.run.memory import MemoryJournal
from tests.builders import at, comment, mention, reply
from tests.services.views.room import Room, room


def entries_of(journal: MemoryJournal) -> list[Entry[object]]:
    return [CODECS[INTAKE].decode(stored) for stored in journal.read()]


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with sqlite3.connect(folder / "views.db") as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}


def test_entries_are_applied_in_order_and_known_ones_passed_over(room: Room, tmp_path: Path) -> None:
    room.sees(comment(when=at("10:00")), reply(at("10:10")))
    before = contents(tmp_path)

    assert room.views.apply(INTAKE, entries_of(room.journal)) == frozenset()
    assert contents(tmp_path) == before


def test_applying_entries_gives_the_same_as_following_the_journal(room: Room, tmp_path: Path) -> None:
    room.sees(comment(when=at("10:00")), mention("西贝差", at("10:01")), reply(at("10:10")))
    (tmp_path / "other").mkdir()
    other = Views(tmp_path / "other" / "views.db")
    other.apply(INTAKE, entries_of(room.journal))
    other.close()

    assert other.path != room.views.path
    assert contents(tmp_path / "other") == contents(tmp_path)


def test_a_gap_is_refused_and_nothing_changes(room: Room, tmp_path: Path) -> None:
    room.sees(comment(when=at("10:00")), reply(at("10:10")))
    (tmp_path / "other").mkdir()
    other = Views(tmp_path / "other" / "views.db")

    with pytest.raises(NotFollowing, match="entry 3 of 'intake' does not continue entry 0"):
        other.apply(INTAKE, entries_of(room.journal)[2:])
    assert other.position(INTAKE) == Head()
    other.close()


def test_views_of_another_journal_are_filled_anew(tmp_path: Path) -> None:
    with room(tmp_path) as first:
        first.sees(comment(when=at("10:00"), author="old"))
    with room(tmp_path) as second:
        second.sees(comment(when=at("11:00"), author="new"))
        assert second.who_waits() == ["new"]


def test_views_of_another_release_are_dropped(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "views.db") as db:
        db.executescript("CREATE TABLE items (old TEXT); PRAGMA user_version=999;")
    with pytest.raises(ViewsError, match="has format 999"):
        Reader(tmp_path / "views.db")

    with room(tmp_path) as opened:
        opened.sees(comment(when=at("10:00")))
        assert opened.who_waits() == ["customer"]


def test_without_a_file_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(ViewsError, match="cannot be read"):
        Reader(tmp_path / "views.db")


HAPPENINGS: list[Arrival] = [
    comment("几点开门", at("10:00")),
    comment("西贝的菜里有异物", at("10:01"), native_id="c2", author="another", tags=("vip",)),
    mention("西贝差", at("10:02")),
    reply(at("10:05")),
    comment("那周末呢", at("10:06"), native_id="c3"),
    reply(at("10:07"), native_id="r2", to=None),
    mention("西贝好", at("10:02"), observed=at("10:08")),
    reply(at("10:09"), native_id="r3", to=None, parent="c2"),
]


@settings(max_examples=20)
@given(cuts=st.sets(st.integers(1, len(HAPPENINGS) + 1)))
def test_views_do_not_depend_on_how_entries_are_bundled(
    cuts: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    one_by_one, bundled = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("bundled")
    with room(one_by_one) as opened:
        opened.sees(*HAPPENINGS)
        entries = entries_of(opened.journal)
        other = Views(bundled / "views.db")
        begin = 0
        for end in sorted({*cuts, len(entries)}):
            other.apply(INTAKE, entries[begin:end])
            begin = end
        other.close()
        assert contents(bundled) == contents(one_by_one)
