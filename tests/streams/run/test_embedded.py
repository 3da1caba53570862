"""The runtime of one machine on a real SQLite file: durable before answered, shared commits, the desk told once."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.arrivals import IntakeArrival
from streams.commands import ActivateConfig
from streams.errors import Overloaded, StoreUnavailable
from streams.events import CommandRefused, IntakeEvent, SignalRaised, SlaBreached, SlaBreachVoided
from streams.journal import Codec, Entry
from streams.run.embedded import DESK, INTAKE, MOST_WAITING, Embedded, Forwarded, Opened, forwarded
from streams.run.loop import AnyPartition, Partition
from streams.run.sqlite import SqliteJournal, Store
from tests.builders import at, comment, intake, mention

INTAKE_CODEC: Codec[IntakeEvent] = Codec(IntakeEvent)
ToldEvent = SignalRaised | SlaBreached | SlaBreachVoided | CommandRefused
TOLD_CODEC: Codec[ToldEvent] = Codec(ToldEvent)


class Told:
    """A desk that only writes down what it is told, once; a real decider, if a dull one."""

    def begin(self) -> set[str]:
        return set()

    def judge(self, state: set[str], arrivals: Sequence[ToldEvent]) -> Sequence[ToldEvent]:
        return arrivals

    def decide(self, state: set[str], happening: ToldEvent, now: datetime) -> Sequence[ToldEvent]:
        return [] if happening.id in state else [happening]

    def next_due(self, state: set[str]) -> datetime | None:
        return None

    def due(self, state: set[str], now: datetime) -> Sequence[ToldEvent]:
        return []

    def evolve(self, state: set[str], event: ToldEvent) -> None:
        state.add(event.id)

    def configuration(self, state: set[str]) -> str | None:
        return None

    def dump(self, state: set[str]) -> Iterable[bytes]:
        return [one.encode() for one in sorted(state)]

    def load(self, chunks: Iterable[bytes]) -> set[str]:
        return {one.decode() for one in chunks}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = at("10:00")

    def __call__(self) -> datetime:
        return self.now


class House:
    """A runtime on one file, with what its listeners heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.entries: list[tuple[str, Entry[Any]]] = []
        self.errors: list[BaseException] = []

    @contextmanager
    def running(self) -> Iterator[Embedded]:
        runtime = Embedded(self._open, self.clock, listeners=[self._heard], on_error=self.errors.append)
        runtime.start()
        try:
            runtime.submit([ActivateConfig(id="a", who="t", config="c1")]).result(10)
            yield runtime
        finally:
            runtime.stop()

    def _heard(self, partition: str, entry: Entry[Any]) -> None:
        self.entries.append((partition, entry))

    def _open(self) -> Opened:
        store = Store(self.path)
        first: AnyPartition = Partition(store.journal(INTAKE), intake(), INTAKE_CODEC)
        desk: AnyPartition = Partition(store.journal(DESK), Told(), TOLD_CODEC)
        return Opened(first, desk, list(self._unseen(store, desk.next.get(INTAKE, 0))), store.close)

    def _unseen(self, store: Store, after: int) -> Iterator[Forwarded]:
        for stored in store.journal(INTAKE).read(after):
            if (unseen := forwarded(INTAKE_CODEC.decode(stored))) is not None:
                yield unseen

    def recorded(self, partition: str, codec: Codec[Any]) -> list[Any]:
        store = Store(self.path, read_only=True)
        try:
            return [
                event for stored in store.journal(partition).read() for event in codec.decode(stored).events
            ]
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "fenghuo.db")


def mentions(count: int) -> list[IntakeArrival]:
    return [mention(f"西贝 {number}", native_id=f"m{number}") for number in range(count)]


def test_what_is_answered_is_on_the_disk(house: House) -> None:
    with house.running() as runtime:
        (outcome,) = runtime.submit(mentions(1)).result(10)
        assert outcome.events[0] in house.recorded(INTAKE, INTAKE_CODEC)


def test_one_outcome_for_each_arrival_in_order(house: House) -> None:
    with house.running() as runtime:
        outcomes = runtime.submit([*mentions(3), *mentions(1)]).result(10)
    assert [len(outcome.events) > 0 for outcome in outcomes] == [True, True, True, False]


def test_what_waits_together_is_committed_together(house: House) -> None:
    with house.running() as runtime:
        answers = [runtime.submit([one]) for one in mentions(50)]
        for answer in answers:
            answer.result(10)
    entries = [entry for partition, entry in house.entries if partition == INTAKE]
    assert sum(len(entry.events) for entry in entries) == 1 + 50 * 3
    assert len(entries) <= 51


def test_the_desk_is_told_of_each_signal_once(house: House) -> None:
    with house.running() as runtime:
        runtime.submit(mentions(5)).result(10)
    told = house.recorded(DESK, TOLD_CODEC)
    assert sorted(signal.item for signal in told) == sorted(one.fact.item for one in mentions(5))  # type: ignore[union-attr]


def test_after_a_restart_the_desk_goes_on_where_it_stood(house: House) -> None:
    with house.running() as runtime:
        runtime.submit(mentions(2)).result(10)
    with house.running() as runtime:
        runtime.submit(mentions(4)).result(10)
    assert len(house.recorded(DESK, TOLD_CODEC)) == 4


def test_a_command_gets_its_outcome(house: House) -> None:
    refused = CommandRefused(
        cause="c", key="k", at=at("10:00"), who="lin", what="close", why="no such incident"
    )
    with house.running() as runtime:
        (outcome,) = runtime.command(refused).result(10)
    assert outcome.events == (refused,)


def test_a_breach_is_recorded_when_its_time_comes(house: House) -> None:
    with house.running() as runtime:
        runtime.submit([comment(when=at("10:00"))]).result(10)
        house.clock.now = at("10:30") + timedelta(milliseconds=1)
        # Any arrival wakes the loop, as the due time itself does on a clock that runs by itself.
        runtime.submit(mentions(1)).result(10)
    breached = [event for event in house.recorded(INTAKE, INTAKE_CODEC) if isinstance(event, SlaBreached)]
    assert [event.at for event in breached] == [at("10:30")]
    assert any(isinstance(event, SlaBreached) for event in house.recorded(DESK, TOLD_CODEC))


def test_downtime_breaches_are_recorded_at_start_with_their_true_times(house: House) -> None:
    with house.running() as runtime:
        runtime.submit([comment(when=at("10:00"))]).result(10)
    house.clock.now = at("14:00")
    with house.running():
        pass
    breached = next(event for event in house.recorded(INTAKE, INTAKE_CODEC) if isinstance(event, SlaBreached))
    assert (breached.at, breached.noticed_at) == (at("10:30"), at("14:00"))


def test_too_much_waiting_is_refused_with_a_time_to_come_again(house: House) -> None:
    with house.running() as runtime, pytest.raises(Overloaded) as refused:
        runtime.submit(mentions(1) * (MOST_WAITING + 1))
    assert refused.value.retry_after_s > 0


def test_one_senders_poison_does_not_harm_another(house: House) -> None:
    poison: Any = object()
    with house.running() as runtime:
        bad, good = runtime.submit([poison]), runtime.submit(mentions(1))
        assert good.result(10)[0].events
        with pytest.raises(TypeError):
            bad.result(10)
    assert house.errors


def test_a_full_disk_refuses_and_what_was_recorded_stays(house: House) -> None:
    with house.running() as runtime:
        runtime.submit(mentions(1)).result(10)
    store = Store(house.path)
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.close()
    with (
        full_disk(house, pages) as runtime,
        pytest.raises(StoreUnavailable, match="what was recorded is safe"),
    ):
        runtime.submit(mentions(3000)).result(10)
    assert len(house.recorded(INTAKE, INTAKE_CODEC)) == 4


@contextmanager
def full_disk(house: House, pages: int) -> Iterator[Embedded]:
    """SQLite itself refuses to grow the file: the same error as a disk that is full."""
    opened = house._open

    def bounded() -> Opened:
        parts = opened()
        journal = parts.intake._journal
        assert isinstance(journal, SqliteJournal)
        journal._connection.execute(f"PRAGMA max_page_count={pages + 4}")
        return parts

    runtime = Embedded(bounded, house.clock, on_error=house.errors.append)
    runtime.start()
    try:
        yield runtime
    finally:
        runtime.stop()
