"""A host on a journal in memory: whatever is read again, refused or written by others, the journal ends up the same."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.commands import ActivateConfig
from streams.errors import JournalError, NotLinked, StoreUnavailable, UnknownEvent
from streams.events import IntakeEvent, SlaBreached
from streams.intake import Intake
from streams.journal import Codec, Entry, Journal, Snapshot, Stored
from streams.run.ahead import PartitionAhead
from streams.run.bundles import ORIGIN, ORIGIN_SEQ, BundleCodec, IntakeInput, NotABundle, encode_bundle
from streams.run.hosting import MESSAGES_WAITING, PartitionHost, PartitionStopped
from streams.run.memory import MemoryJournal
from streams.run.taking import Delivery, Unreadable
from tests.builders import at, comment, intake

CODEC: Codec[IntakeEvent] = Codec(IntakeEvent)
BUNDLES: BundleCodec[Any] = BundleCodec(IntakeInput)
TOPIC = "t.intake"
PATIENCE_S = 20


def message(offset: int, *texts: str) -> bytes:
    """A bundle of comments, each with its own id."""
    decider = intake()
    arrivals = [comment(text, native_id=f"{offset}-{number}") for number, text in enumerate(texts)]
    return encode_bundle(decider.judge(decider.begin(), arrivals), "/test")


class Edges:
    """Reads bundles; remembers what was handed on and buried; refuses on demand."""

    def __init__(self) -> None:
        self.handed_on: list[int] = []
        self.buried: list[Unreadable] = []
        self.refusals = 0

    def read(self, delivery: Delivery) -> tuple[Sequence[Any], Sequence[Unreadable]]:
        try:
            inputs, _ = BUNDLES.decode(delivery.value)
        except NotABundle as error:
            return (), [Unreadable(delivery.offset, str(error), delivery.value)]
        return inputs, ()

    def hand_on(self, entry: Entry[Any]) -> Callable[[], None]:
        self._refuse()
        return lambda: self._arrive(entry.seq)

    def _arrive(self, seq: int) -> None:
        self._refuse()
        self.handed_on.append(seq)

    def _refuse(self) -> None:
        if self.refusals > 0:
            self.refusals -= 1
            raise StoreUnavailable("not now")

    def bury(self, unreadable: Sequence[Unreadable]) -> None:
        self.buried += unreadable


class Troubled(MemoryJournal):
    """A journal whose next appends go wrong as `troubles` says: refused, or written and not acknowledged."""

    def __init__(self) -> None:
        super().__init__("intake/0")
        self.troubles: list[str] = []

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        trouble = self.troubles.pop(0) if self.troubles else "none"
        if trouble == "refused":
            raise StoreUnavailable("the broker is away")
        super().append(stored, prev, snapshot)
        if trouble == "unacknowledged":
            raise StoreUnavailable("nobody knows")


class Line:
    """One writer's way to a journal: what it sends arrives when it is sent, or only when it is settled."""

    def __init__(self, journal: Journal, *, late: bool) -> None:
        self.partition = journal.partition
        self.head, self.read, self.snapshot, self.append = (
            journal.head, journal.read, journal.snapshot, journal.append,
        )  # fmt: skip
        self._late = late
        self._waits: Callable[[], None] | None = None
        self._error: JournalError | None = None

    def begin(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        assert self._waits is None, "the entry before was not settled"
        self._waits = partial(self.append, stored, prev, snapshot)
        if not self._late:
            self._arrive()

    def _arrive(self) -> None:
        waits, self._waits = self._waits, None
        try:
            if waits is not None:
                waits()
        except JournalError as error:
            self._error = error

    def settle(self) -> None:
        self._arrive()
        error, self._error = self._error, None
        if error is not None:
            raise error


class House:
    """A host, its journal and its clock."""

    def __init__(self, decider: Intake | None = None, *, late: bool = False) -> None:
        self.journal = Troubled()
        self._late = late
        self.edges = Edges()
        self.errors: list[BaseException] = []
        self.now = at("10:00")
        self._taken = threading.Semaphore(0)
        self._decider = decider or intake()
        self.host = self.another()

    def another(self) -> PartitionHost:
        """One more host of the same partition, as another process would have it."""
        return PartitionHost(
            TOPIC,
            lambda: PartitionAhead(Line(self.journal, late=self._late), self._decider, CODEC),
            self.edges,
            clock=lambda: self.now,
            on_error=self.errors.append,
            batch_inputs=2,  # many entries, so that one is on its way while the next is decided
        )

    @contextmanager
    def running(self) -> Iterator[int | None]:
        yield self.host.start().result(PATIENCE_S)
        self.host.stop()

    def offer(
        self,
        offset: int,
        value: bytes,
        host: PartitionHost | None = None,
        headers: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        assert (host or self.host).offer(Delivery(offset, value, headers, self._taken.release))

    def await_taken(self, count: int) -> None:
        for _ in range(count):
            assert self._taken.acquire(timeout=PATIENCE_S), self.errors

    def events(self) -> list[Any]:
        return [event for stored in self.journal.read() for event in CODEC.decode(stored).events]

    def facts(self) -> list[str]:
        return [event.native_id for event in self.events() if hasattr(event, "native_id")]

    def next(self) -> int | None:
        *_, last = (CODEC.decode(stored) for stored in self.journal.read())
        return last.next.get(TOPIC)


def test_messages_are_taken_in_order_and_handed_on_once_each() -> None:
    house = House()
    with house.running() as start:
        assert start is None
        house.offer(3, message(3, "一", "二"))
        house.offer(7, message(7, "三"))
        house.await_taken(2)
    assert house.facts() == ["3-0", "3-1", "7-0"]
    assert house.next() == 8
    assert house.edges.handed_on == [stored.seq for stored in house.journal.read()]


def test_a_host_that_comes_back_tells_where_to_go_on() -> None:
    house = House()
    with house.running():
        house.offer(3, message(3, "一"))
        house.await_taken(1)
    with house.running() as start:
        assert start == 4
        house.offer(3, message(3, "一"))
        house.offer(4, message(4, "二"))
        house.await_taken(2)
    assert house.facts() == ["3-0", "4-0"]


def test_whoever_waits_for_a_host_may_be_called_away() -> None:
    house = House()
    ready = house.host.start()
    assert not ready.cancel()
    house.offer(0, message(0, "一"))
    house.await_taken(1)
    house.host.stop()
    assert house.host.stopped_by is None


def test_another_hosts_last_entries_are_handed_on_once_more() -> None:
    """Their writer may have died in between, and only of the last two can that be."""
    house = House()
    with house.running():
        for offset in range(3):
            house.offer(offset, message(offset, "一"))
            house.await_taken(1)
    house.edges.handed_on.clear()
    house.host = house.another()
    with house.running():
        house.offer(3, message(3, "二"))
        house.await_taken(1)
    assert house.edges.handed_on == [2, 3, 4]


@given(
    cuts=st.lists(st.integers(1, 3), min_size=1, max_size=8),
    troubles=st.lists(st.sampled_from(["none", "refused", "unacknowledged"]), max_size=6),
    again=st.lists(st.integers(0, 7), max_size=4),
    refusals=st.integers(0, 4),
    late=st.booleans(),
)
def test_trouble_changes_nothing(
    cuts: list[int], troubles: list[str], again: list[int], refusals: int, late: bool
) -> None:
    """Refusals, entries that nobody acknowledged and messages that come again: each input is there once, in its order."""
    bodies = [message(offset, *("差" for _ in range(count))) for offset, count in enumerate(cuts)]
    house = House(late=late)
    house.journal.troubles = troubles
    house.edges.refusals = refusals
    house.host.retry_s = 0.001
    with house.running():
        for offset, body in enumerate(bodies):
            house.offer(offset, body)
            if offset in again:
                house.offer(offset, body)
        house.await_taken(len(bodies) + sum(offset in again for offset in range(len(bodies))))
    assert house.facts() == [
        f"{offset}-{number}" for offset, count in enumerate(cuts) for number in range(count)
    ]
    assert house.next() == len(bodies)
    assert sorted(set(house.edges.handed_on)) == [stored.seq for stored in house.journal.read()]


@pytest.mark.parametrize("late", [False, True])
def test_two_hosts_that_believe_to_own_it_write_one_journal(*, late: bool) -> None:
    house = House(late=late)
    other = house.another()
    for host in (house.host, other):
        host.start().result(PATIENCE_S)
    for offset in range(20):
        body = message(offset, "一", "二")
        for host in (house.host, other):
            house.offer(offset, body, host)
    house.await_taken(40)
    for host in (house.host, other):
        host.stop()
    assert house.facts() == [f"{offset}-{number}" for offset in range(20) for number in range(2)]
    assert any(isinstance(error, NotLinked) for error in house.errors)


def test_what_a_journal_handed_on_is_taken_once_whoever_sent_it() -> None:
    house = House()
    with house.running():
        for offset, seq in enumerate((1, 2, 2, 1, 3)):
            value = message(offset, f"第 {seq} 条")
            house.offer(offset, value, headers={ORIGIN: b"intake/5", ORIGIN_SEQ: str(seq).encode()})
        house.await_taken(5)
    assert house.facts() == ["0-0", "1-0", "4-0"]


def test_poison_is_buried_and_the_rest_goes_on() -> None:
    house = House()
    with house.running():
        house.offer(0, b"\x00 no bundle")
        house.offer(1, message(1, "一"))
        house.await_taken(2)
    assert house.facts() == ["1-0"]
    assert [one.offset for one in house.edges.buried] == [0]


class Choking(Intake):
    """An Intake with a bug: one text makes it raise."""

    def decide(self, state: Any, happening: Any, now: datetime) -> Sequence[IntakeEvent]:
        if getattr(getattr(happening, "fact", None), "native_id", "").endswith("-1"):
            raise ZeroDivisionError("a bug")
        return super().decide(state, happening, now)


def test_an_input_that_nothing_can_be_made_of_harms_no_other() -> None:
    usual = intake()
    house = House(decider=Choking(usual._book, usual._scorer_of, usual._topics, usual._veil))
    with house.running():
        house.offer(0, message(0, "一", "二", "三"))
        house.offer(1, message(1, "四"))
        house.await_taken(2)
    assert house.facts() == ["0-0", "0-2", "1-0"]
    assert ["ZeroDivisionError" in one.reason for one in house.edges.buried] == [True]


def test_an_unknown_type_stops_the_partition_with_a_clear_error() -> None:
    house = House()
    with house.running():
        house.offer(0, message(0, "一"))
        house.await_taken(1)
        house.offer(1, message(1, "二").replace(b'"judged"', b'"dreamt"'))
        wait_until(lambda: house.host.stopped_by is not None)
    assert isinstance(house.host.stopped_by, UnknownEvent)
    assert [str(error) for error in house.errors if isinstance(error, PartitionStopped)] == [
        "a partition of t.intake stands still: an input of the type 'dreamt': Invalid value 'dreamt' - at"
        " `$.data.type`"
    ]
    assert house.facts() == ["0-0"]
    assert not house.host.running


def test_timers_fire_without_any_message() -> None:
    house = House()
    activate = ActivateConfig(id="a", who="lin", config="c1")
    with house.running():
        house.offer(0, encode_bundle([activate], "/test"))
        house.offer(1, message(1, "什么时候营业"))
        house.await_taken(2)
    house.now = at("10:00") + timedelta(hours=30)
    with house.running():
        wait_until(lambda: any(isinstance(event, SlaBreached) for event in house.events()))
    breaches = [event for event in house.events() if isinstance(event, SlaBreached)]
    assert [breach.at < house.now for breach in breaches] == [True]


def wait_until(found: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE_S * 100):
        if found():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


def test_too_many_messages_are_not_taken() -> None:
    house = House()
    offered = [
        house.host.offer(Delivery(offset, b"", {}, lambda: None)) for offset in range(MESSAGES_WAITING + 3)
    ]
    assert offered == [True] * MESSAGES_WAITING + [False] * 3
