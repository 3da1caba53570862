"""The engine on a real folder: it goes on where it stopped, whoever stopped it."""

from pathlib import Path

import pytest

from alerting.commands import OUTBOX, ReportPage
from alerting.events import PageRequested
from services.engine import STORE_NAME, verify_folder
from services.rehearsal import NOBODY
from streams.errors import BrokenChain, FolderLocked, JournalError, StoreUnavailable
from streams.events import ConfigActivated, ItemJudged, SlaBreached, SlaStarted
from streams.facts import CommentReceived
from streams.run.embedded import DESK, INTAKE
from streams.run.sqlite import Store
from tests.daemons import CONFIGURATION
from tests.services.engine_room import Room

GRAVE = "青禾小馆的汤里有异物"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_what_was_taken_in_before_a_restart_is_known_after_it(room: Room) -> None:
    config = room.config()
    with room.engine(config) as engine:
        first = await room.submit(engine, room.comment(1), room.comment(2))
        assert all(outcome.events for outcome in first)
    heads = engine.heads
    with room.engine(config) as engine:
        assert engine.heads == heads
        again = await room.submit(engine, room.comment(1), room.comment(2), room.comment(3))
        assert [bool(outcome.events) for outcome in again] == [False, False, True]
        assert engine.heads[INTAKE] == heads[INTAKE] + 1
    assert not room.errors
    assert verify_folder(room.data) == len(room.events)


def test_the_rehearsal_leaves_nothing_behind(room: Room) -> None:
    with room.engine(room.config()) as engine:
        assert engine.unsent_pages == ()
    assert {type(event) for event in room.events} == {ConfigActivated}
    assert verify_folder(room.data) == len(room.events) == 2
    assert NOBODY.encode() not in (room.data / STORE_NAME).read_bytes()


async def test_clocks_run_on_while_nothing_runs_and_break_at_their_own_time(room: Room) -> None:
    config = room.config()
    with room.engine(config) as engine:
        await room.submit(engine, room.comment(1))
        (started,) = room.wait_for(SlaStarted)
    room.later(minutes=300)
    with room.engine(config):
        breached = room.wait_for(SlaBreached)
    assert {one.at for one in breached if one.clock.kind == "first_response"} == {started.clock.due_at}


async def test_pages_whose_outcome_nobody_recorded_are_offered_again_after_a_restart(room: Room) -> None:
    config = room.config()
    with room.engine(config) as engine:
        assert engine.unsent_pages == ()
        await room.submit(engine, room.comment(1, GRAVE))
        page = room.wait_for(PageRequested)[0]
    with room.engine(config) as engine:
        assert page.page in [one.page for one in engine.unsent_pages]
        for one in engine.unsent_pages:
            await engine.command(delivered(one))
    with room.engine(config) as engine:
        assert page.page not in [one.page for one in engine.unsent_pages]


def delivered(page: PageRequested) -> ReportPage:
    return ReportPage(
        id=f"told-{page.page}", who=OUTBOX, brand=page.key, incident=page.incident, page=page.page, outcome="delivered",
    )  # fmt: skip


async def test_what_intake_recorded_and_the_desk_did_not_see_reaches_it_after_a_restart(room: Room) -> None:
    config = room.config()
    with room.engine(config) as engine:
        await room.submit(engine, room.comment(1, GRAVE))
        requested = room.wait_for(PageRequested)
    cut_desk_back_to(room, entry=1)
    room.events.clear()
    with room.engine(config):
        again = room.wait_for(PageRequested, len(requested))
    assert {page.page for page in again} == {page.page for page in requested}


def cut_desk_back_to(room: Room, entry: int) -> None:
    """As if the process had been killed between Intake's commit and the desk's."""
    store = Store(room.data / STORE_NAME)
    store.connection.execute("DELETE FROM entries WHERE partition = ? AND seq > ?", (DESK, entry))
    store.close()


def test_a_configuration_is_activated_once_in_both_journals_and_a_changed_one_again(room: Room) -> None:
    with room.engine(room.config()):
        pass
    with room.engine(room.config()):
        pass
    assert len(room.wait_for(ConfigActivated)) == 2
    with room.engine(room.config(CONFIGURATION.replace("first_response: 30m", "first_response: 20m"))):
        pass
    assert len(room.wait_for(ConfigActivated, 4)) == 4


async def test_without_a_configuration_the_one_that_holds_goes_on_to_hold(room: Room) -> None:
    with room.engine(room.config()):
        pass
    with room.engine(None) as engine:
        await room.submit(engine, room.comment(1, GRAVE))
        room.wait_for(SlaStarted)
        room.wait_for(PageRequested)


async def test_a_folder_that_never_had_a_configuration_takes_things_in_and_matches_nothing(
    room: Room,
) -> None:
    with room.engine(None) as engine:
        (outcome,) = await room.submit(engine, room.comment(1, GRAVE))
        assert [type(event) for event in outcome.events] == [CommentReceived, ItemJudged]


def test_one_engine_at_a_time_holds_a_folder(room: Room) -> None:
    config = room.config()
    with room.engine(config):
        with pytest.raises(FolderLocked, match="in use by process"), room.engine(config):
            pass
        assert verify_folder(room.data) > 0
    with room.engine(config):
        pass


def test_a_start_that_fails_gives_the_folder_back(room: Room) -> None:
    config = room.config()
    with room.engine(config):
        pass
    (room.data / STORE_NAME).rename(room.data / "away")
    (room.data / STORE_NAME).mkdir()
    with pytest.raises(StoreUnavailable, match=STORE_NAME), room.engine(config):
        pass
    (room.data / STORE_NAME).rmdir()
    (room.data / "away").rename(room.data / STORE_NAME)
    with room.engine(config):
        pass


async def test_an_entry_that_was_changed_or_taken_out_stops_the_start(room: Room) -> None:
    config = room.config()
    with room.engine(config) as engine:
        for number in range(3):
            await room.submit(engine, room.comment(number))
    store = Store(room.data / STORE_NAME)
    (body,) = store.connection.execute(
        "SELECT body FROM entries WHERE partition = ? AND seq = 2", (INTAKE,)
    ).fetchone()
    write = "UPDATE entries SET body = ? WHERE partition = ? AND seq = 2"
    store.connection.execute(write, (body[:-1] + bytes([body[-1] ^ 1]), INTAKE))
    with pytest.raises(BrokenChain, match="entry 2"), room.engine(config):
        pass
    store.connection.execute(write, (body, INTAKE))
    with room.engine(config):
        pass
    store.connection.execute("DELETE FROM entries WHERE partition = ? AND seq = 2", (INTAKE,))
    with pytest.raises(BrokenChain, match="entry 2"), room.engine(config):
        pass
    store.close()


def test_a_stored_configuration_that_was_changed_stops_the_start(room: Room) -> None:
    with room.engine(room.config()):
        pass
    store = Store(room.data / STORE_NAME)
    store.connection.execute("UPDATE configs SET body = CAST(body || ' ' AS BLOB)")
    store.close()
    with pytest.raises(JournalError, match="was changed"), room.engine(None):
        pass


def test_a_folder_that_went_away_is_told_as_long_as_it_is_away(room: Room) -> None:
    with room.engine(room.config()) as engine:
        assert engine.store_error() is None
        away = room.data.rename(room.data.with_name("away"))
        assert str(room.data) in (engine.store_error() or "")
        away.rename(room.data)
        assert engine.store_error() is None
