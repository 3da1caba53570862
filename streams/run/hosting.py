"""A worker's hold on one partition: a thread that folds its journal, takes its inputs and fires its timers.

The same for both deciders, and the same loop (`loop.py`) as on one machine. A worker that lost its partition without knowing
does no harm: what it writes does not link, and then it folds and finds that its inputs were taken.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from streams.errors import JournalError, NotLinked, StoreUnavailable, StreamsError
from streams.journal import Entry
from streams.run.bundles import ORIGIN, ORIGIN_SEQ
from streams.run.loop import AnyPartition

BATCH_INPUTS = 1_000
"""Inputs that one entry takes in, except where one message holds more."""
MESSAGES_WAITING = 64
"""Messages that may wait for the thread; then reading stops."""
T = TypeVar("T")

RETRY_S = 0.5
"""After the store refused, it is asked again after this long."""
CLOCK_TRUSTED_S = 1.0
"""A clock may be set forward while a thread waits for its next timer; after so long it is looked at again."""


class Delivery(msgspec.Struct, frozen=True):
    """One message of the input topic."""

    offset: int
    value: bytes
    headers: Mapping[str, bytes]
    taken: Callable[[], None]
    """Called, in the thread, when everything that it led to is durable."""


class Unreadable(msgspec.Struct, frozen=True):
    """A message, or one input of it, that nothing can be made of."""

    offset: int
    reason: str
    raw: bytes


class Edges(Protocol):
    """What a host does beside its journal. All methods may raise StoreUnavailable and are then called again."""

    def read(self, delivery: Delivery) -> tuple[Sequence[Any], Sequence[Unreadable]]:
        """The inputs in a message, as the decider takes them, and what in it cannot be read.

        Raises:
            UnknownEvent: a later release sent it; this one must not go on.
        """
        ...

    def hand_on(self, entry: Entry[Any]) -> None:
        """Hand on what others must know of an entry that is linked. May be called again for the same entry."""
        ...

    def bury(self, unreadable: Sequence[Unreadable]) -> None:
        """Keep what cannot be taken in, with its reason and where it was."""
        ...


class _Stopping(Exception):
    """The host is to let go of its partition."""


class _Message(msgspec.Struct, frozen=True):
    delivery: Delivery
    inputs: Sequence[Any]


class PartitionStopped(StreamsError):
    """A partition stands still until somebody does something about it."""


class PartitionHost:
    """Holds one partition from `start` to `stop`; may be started again, and goes on from memory if nobody else wrote."""

    def __init__(
        self,
        topic: str,
        open_partition: Callable[[], AnyPartition],
        edges: Edges,
        *,
        clock: Callable[[], datetime],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """`topic` is the input topic, under whose name a journal's `next` tells where to go on."""
        self._topic = topic
        self._open_partition = open_partition
        self._edges = edges
        self._clock = clock
        self._on_error = on_error
        self._changing = threading.Lock()
        """Starting and stopping: rebalances come one upon the other."""
        self._changed = threading.Condition()
        self._deliveries: deque[Delivery] = deque()
        self._stopping = False
        self._partition: AnyPartition | None = None
        self._linked: Entry[Any] | None = None
        """The newest entry, as long as it was not handed on."""
        self._thread: threading.Thread | None = None
        self.retry_s = RETRY_S
        self.stopped_by: BaseException | None = None
        """Why it stands still, if it does."""

    def start(self) -> "Future[int | None]":
        """Fold, then take in. The future gives the offset of the input topic from which to go on; None: from wherever.

        Asked again while it runs, it gives the offset as it is now.
        """
        with self._changing:
            return self._started()

    def _started(self) -> "Future[int | None]":
        if self._thread is not None and self._thread.is_alive():
            if not self._stopping:
                return self._now_at()
            self._thread.join()
        with self._changed:
            self._stopping = False
            self._deliveries.clear()
        ready: Future[int | None] = Future()
        ready.set_running_or_notify_cancel()  # whoever waits may be called away; the thread goes on
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="fenghuo-partition", daemon=True
        )
        self._thread.start()
        return ready

    def _now_at(self) -> "Future[int | None]":
        at: Future[int | None] = Future()
        with self._changed:  # what waits will be read again from there
            self._deliveries.clear()
        at.set_result(self._partition.next.get(self._topic) if self._partition is not None else None)
        return at

    def stop(self) -> None:
        """Finish what is in hand, let go of what waits, end the thread."""
        with self._changing:
            self.let_go()
            if self._thread is not None:
                self._thread.join()

    def let_go(self) -> None:
        """As `stop`, but return at once."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def offer(self, delivery: Delivery) -> bool:
        """Hand a message over; False if too many wait."""
        with self._changed:
            if len(self._deliveries) >= MESSAGES_WAITING:
                return False
            self._deliveries.append(delivery)
            self._changed.notify_all()
        return True

    def wait_for_room(self) -> None:
        """Return when a message may be offered, or when it would be in vain."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._deliveries) < MESSAGES_WAITING or not self.running, timeout=RETRY_S
            )

    @property
    def running(self) -> bool:
        """Whether it takes in what is offered."""
        return not self._stopping and self.stopped_by is None

    def _run(self, ready: "Future[int | None]") -> None:
        try:
            partition = self._until_done(self._hold)
            self.stopped_by = None
            ready.set_result(partition.next.get(self._topic))
            while True:
                self._turn(partition)
        except _Stopping:
            pass
        except BaseException as error:  # noqa: BLE001  (the other partitions go on; this one says why it does not)
            self.stopped_by = error
            self._on_error(PartitionStopped(f"a partition of {self._topic} stands still: {error}"))
        if not ready.done():
            ready.set_result(None)

    def _hold(self) -> AnyPartition:
        """The partition as its journal stands now."""
        if self._partition is None:
            self._partition = self._open_partition()
        elif not self._partition.is_current():
            self._partition.fold()
        return self._held(self._partition)

    def _held(self, partition: AnyPartition) -> AnyPartition:
        """Whoever wrote the last entry may have died before it was handed on."""
        if partition.passed_over is not None:
            self._on_error(partition.passed_over)
        self._linked = partition.last_entry()
        return partition

    def _until_done(self, act: Callable[[], T]) -> T:
        """`act`, again and again while the store refuses. Raises _Stopping."""
        while True:
            try:
                return act()
            except StoreUnavailable as error:
                self._on_error(error)
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopping, self.retry_s):
                        raise _Stopping from error

    def _turn(self, partition: AnyPartition) -> None:
        batch = self._next_batch(partition)
        self._until_done(self._hand_on)
        for group in self._groups(batch):
            self._take(partition, group)
            for message in group:
                message.delivery.taken()
        due_at = partition.next_due
        if due_at is not None and due_at <= self._clock():
            self._fire(partition)

    def _next_batch(self, partition: AnyPartition) -> list[Delivery]:
        """Messages that wait; none if a timer is due. Raises _Stopping."""
        with self._changed:
            while not self._deliveries and not self._stopping and self._linked is None:
                due_at = partition.next_due
                wait_s = None if due_at is None else (due_at - self._clock()).total_seconds()
                if wait_s is not None and wait_s <= 0:
                    break
                self._changed.wait(wait_s if wait_s is None else min(wait_s, CLOCK_TRUSTED_S))
            if self._stopping:
                raise _Stopping
            batch = list(self._deliveries)
            self._deliveries.clear()
            self._changed.notify_all()
            return batch

    def _hand_on(self) -> None:
        """Before anything else is written: so only the last entry can ever be in doubt."""
        if self._linked is not None:
            self._edges.hand_on(self._linked)
            self._linked = None

    def _groups(self, batch: Iterable[Delivery]) -> Iterator[list[_Message]]:
        group: list[_Message] = []
        for delivery in batch:
            inputs, unreadable = self._edges.read(delivery)
            self._bury(unreadable)
            group.append(_Message(delivery, inputs))
            if sum(len(message.inputs) for message in group) >= BATCH_INPUTS:
                yield group
                group = []
        if group:
            yield group

    def _bury(self, unreadable: Sequence[Unreadable]) -> None:
        if unreadable:
            self._until_done(lambda: self._edges.bury(unreadable))

    def _take(self, partition: AnyPartition, group: Sequence[_Message]) -> None:
        """Record what follows from these messages, except from those that were taken already."""
        while fresh := self._fresh(partition, group):
            inputs = [one for message in fresh for one in message.inputs]
            try:
                self._take_whole(partition, fresh, inputs)
            except (NotLinked, StoreUnavailable) as error:
                self._fold_after(partition, error)

    def _take_whole(
        self, partition: AnyPartition, messages: Sequence[_Message], inputs: Sequence[Any]
    ) -> None:
        try:
            turn = partition.take(inputs, self._clock(), self._next_after(messages))
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001  (nothing that comes in may end the host)
            self._on_error(error)
            self._refold(partition)
            self._take_singly(partition, messages)
        else:
            self._recorded(turn.entry)

    def _recorded(self, entry: Entry[Any] | None) -> None:
        self._linked = entry
        self._until_done(self._hand_on)

    def _fold_after(self, partition: AnyPartition, error: JournalError) -> None:
        """Somebody else wrote here, or nobody knows what was written: the journal tells."""
        self._on_error(error)
        self._refold(partition)

    def _refold(self, partition: AnyPartition) -> None:
        self._until_done(partition.fold)
        self._until_done(lambda: self._held(partition))
        self._until_done(self._hand_on)

    def _take_singly(self, partition: AnyPartition, messages: Sequence[_Message]) -> None:
        """One input at a time, so that one cannot harm another; what fails alone is buried."""
        for message in messages:
            for number, one in enumerate(message.inputs):
                try:
                    self._recorded(partition.take([one], self._clock()).entry)
                except JournalError:
                    raise
                except Exception as error:  # noqa: BLE001  (kept with its reason)
                    self._on_error(error)
                    self._refold(partition)
                    reason = f"input {number}: {type(error).__name__}: {error}"
                    self._bury([Unreadable(message.delivery.offset, reason, message.delivery.value)])
            partition.next.update(self._next_after([message]))

    def _fire(self, partition: AnyPartition) -> None:
        try:
            self._recorded(partition.fire(self._clock()).entry)
        except (NotLinked, StoreUnavailable) as error:
            self._fold_after(partition, error)

    def _fresh(self, partition: AnyPartition, group: Iterable[_Message]) -> list[_Message]:
        """Those that were not taken in yet, whoever wrote the entry, and each once."""
        after = dict(partition.next)
        fresh: list[_Message] = []
        for message in group:
            origin, seq = _origin(message.delivery)
            repeated = origin is not None and seq <= after.get(origin, 0)
            if message.delivery.offset >= after.get(self._topic, 0) and not repeated:
                fresh.append(message)
                after |= self._next_after([message])
        return fresh

    def _next_after(self, messages: Iterable[_Message]) -> dict[str, int]:
        """Where to go on: the offset after the last message, and of each journal the last entry that was handed on."""
        after: dict[str, int] = {}
        for message in messages:
            after[self._topic] = message.delivery.offset + 1
            origin, seq = _origin(message.delivery)
            if origin is not None:
                after[origin] = seq
        return after


def _origin(delivery: Delivery) -> tuple[str | None, int]:
    """From which journal a message was handed on, and the number of the entry."""
    origin = delivery.headers.get(ORIGIN)
    return (None, 0) if origin is None else (origin.decode(), int(delivery.headers[ORIGIN_SEQ]))
