"""The follower on real files: pages show what is recorded, also when their file was lost."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services import follower as follower_module
from services.engine import STORE_NAME, Engine
from services.follower import Follower
from services.views.queue import QueueFilter, queue_page
from services.views.reader import Reader
from services.views.store import connect
from streams.journal import Entry
from streams.run.embedded import INTAKE, Listener
from tests.services.engine_room import PATIENCE_S, Room

VIEWS = "views.db"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def engine(room: Room) -> Iterator[Engine]:
    with room.engine(room.config()) as engine:
        yield engine


class Changes(list[frozenset[str]]):
    """The pages that changed, step by step."""

    def __init__(self) -> None:
        self._changed = threading.Condition()

    def append(self, pages: frozenset[str]) -> None:
        with self._changed:
            super().append(pages)
            self._changed.notify_all()

    async def until(self, told: Callable[[], bool]) -> None:
        """Return once `told`, which is asked after every change."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(told, PATIENCE_S)

        assert await asyncio.to_thread(wait)


@contextmanager
def following(room: Room) -> Iterator[tuple[Follower, Changes]]:
    changes = Changes()
    follower = Follower(
        room.data / STORE_NAME, room.data / VIEWS, on_change=changes.append, on_error=room.failed
    )
    follower.start()
    try:
        yield follower, changes
    finally:
        follower.stop()


def kept(entries: list[Entry[Any]]) -> Listener:
    """A listener that keeps what it hears."""
    return lambda _, entry: entries.append(entry)


def waiting(room: Room) -> set[str]:
    """The posts under which somebody waits, as the queue shows them."""
    reader = Reader(room.data / VIEWS)
    try:
        rows = queue_page(reader, QueueFilter(), limit=100, cursor=None).items
        return {row.conversation.split("/")[2] for row in rows}
    finally:
        reader.close()


async def test_starting_returns_when_the_views_have_caught_up(room: Room, engine: Engine) -> None:
    await room.submit(engine, room.comment(1), room.comment(2))
    with following(room):
        assert waiting(room) == {"p1", "p2"}


async def test_refresh_returns_when_the_views_hold_what_was_just_recorded(room: Room, engine: Engine) -> None:
    with following(room) as (follower, changes):
        for number in range(20):
            await room.submit(engine, room.comment(number))
            await follower.refresh()
            assert len(waiting(room)) == number + 1
    assert "queue" in set().union(*changes)
    assert not room.errors


@pytest.mark.parametrize("held_most", [follower_module.HELD_EVENTS_MOST, 0], ids=["held", "too many to hold"])
async def test_what_is_listened_to_is_shown_in_order(
    room: Room, monkeypatch: pytest.MonkeyPatch, held_most: int
) -> None:
    monkeypatch.setattr(follower_module, "HELD_EVENTS_MOST", held_most)
    entries: list[Entry[Any]] = []
    with room.engine(room.config(), [kept(entries)]) as engine, following(room) as (follower, changes):
        for number in range(20):
            await room.submit(engine, room.comment(number))
        for entry in entries:
            follower.listen(entry.partition, entry)
        await changes.until(lambda: len(waiting(room)) == 20)
    assert not room.errors


async def test_an_entry_that_nobody_heard_of_is_read_from_the_journal(room: Room) -> None:
    entries: list[Entry[Any]] = []
    with room.engine(room.config(), [kept(entries)]) as engine, following(room) as (follower, changes):
        await room.submit(engine, room.comment(1))
        await room.submit(engine, room.comment(2))
        last = [entry for entry in entries if entry.partition == INTAKE][-1]
        follower.listen(INTAKE, last)
        await changes.until(lambda: len(waiting(room)) == 2)
    assert not room.errors


async def test_nothing_new_changes_no_page(room: Room, engine: Engine) -> None:
    await room.submit(engine, room.comment(1))
    with following(room) as (follower, changes):
        changes.clear()
        await follower.refresh()
        assert changes == []


async def test_views_that_were_deleted_are_filled_again_from_the_journal(room: Room, engine: Engine) -> None:
    await room.submit(engine, room.comment(1))
    with following(room):
        before = waiting(room)
    for path in room.data.glob(f"{VIEWS}*"):
        path.unlink()
    await room.submit(engine, room.comment(2))
    with following(room):
        assert waiting(room) == before | {"p2"}


async def test_a_restart_goes_on_from_where_the_views_were(room: Room, engine: Engine) -> None:
    await room.submit(engine, room.comment(1))
    with following(room):
        pass
    await room.submit(engine, room.comment(2))
    with following(room) as (_, changes):
        assert waiting(room) == {"p1", "p2"}
        assert any("queue" in change for change in changes)
    with following(room) as (_, changes):
        assert waiting(room) == {"p1", "p2"}
        assert changes == []


async def test_views_of_another_journal_are_emptied_first(room: Room, tmp_path: Path) -> None:
    other = Room(tmp_path / "other")
    other.data.parent.mkdir()
    with other.engine(other.config()) as engine:
        await other.submit(engine, other.comment(7))
        with following(other):
            assert waiting(other) == {"p7"}
    with room.engine(room.config()) as engine:
        await room.submit(engine, room.comment(1))
        (other.data / VIEWS).rename(room.data / VIEWS)
        with following(room):
            assert waiting(room) == {"p1"}


async def test_views_that_fail_are_reported_and_caught_up_once_they_work_again(
    room: Room, engine: Engine
) -> None:
    with following(room) as (follower, _), closing(connect(room.data / VIEWS)) as other:
        other.execute("ALTER TABLE positions RENAME TO away")
        await room.submit(engine, room.comment(1))
        refreshed = asyncio.ensure_future(follower.refresh())
        await room.failure()
        other.execute("ALTER TABLE away RENAME TO positions")
        await refreshed
        assert waiting(room) == {"p1"}


def test_files_that_cannot_be_opened_are_told_by_start(tmp_path: Path) -> None:
    follower = Follower(
        tmp_path / STORE_NAME, tmp_path / VIEWS, on_change=lambda _: None, on_error=lambda _: None
    )
    with pytest.raises(Exception, match="there is no journal"):
        follower.start()
