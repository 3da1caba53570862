"""The runtime of one machine: one thread owns both partitions and runs the loop.

What is handed in waits in memory until its entry is durable, and only then is its sender told so: there is no separate
table of inputs to write twice. Everything that waits is committed together, up to `BATCH_ARRIVALS` at a time, so the
price of a commit is shared under load and nobody waits for a batch to fill when it is quiet.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Generic

import msgspec

from streams.arrivals import IntakeArrival
from streams.errors import NotLinked, Overloaded, StoreUnavailable
from streams.events import SignalRaised, SlaBreached, SlaBreachVoided
from streams.journal import Entry
from streams.run.loop import A, AnyPartition, Outcome

BATCH_ARRIVALS = 500
"""Arrivals that one entry holds, except where one sender handed in more at once."""
MOST_WAITING = 50_000
"""Arrivals that may wait for the thread; beyond that senders are asked to come again."""
RETRY_AFTER_S = 2
STORE_RETRY_S = 1.0
"""After the store refused, timers are tried again after this long."""

INTAKE = "intake"
DESK = "desk"
FORWARDED = frozenset((SignalRaised, SlaBreached, SlaBreachVoided))
"""What Intake's journal hands on to the Desk."""


class Forwarded(msgspec.Struct, frozen=True):
    """What one of Intake's entries hands on to the Desk."""

    seq: int
    happenings: tuple[Any, ...]


def forwarded(entry: Entry[Any]) -> Forwarded | None:
    """What `entry` of Intake hands on; None if nothing."""
    happenings = tuple([event for event in entry.events if type(event) in FORWARDED])
    return Forwarded(entry.seq, happenings) if happenings else None


Listener = Callable[[str, Entry[Any]], None]
"""Called with partition and entry in the runtime's thread once the entry is durable. Must not block or raise."""


class _Waiting(msgspec.Struct, Generic[A]):
    """Arrivals of one sender, and where the answer goes."""

    arrivals: Sequence[A]
    answer: "Future[tuple[Outcome[Any], ...]]"


class Embedded:
    """Both partitions in one thread.

    `open_partitions` is called in that thread (SQLite connections stay in one thread) and returns Intake's and the
    Desk's partition and what of Intake's journal the Desk has not seen.
    """

    def __init__(
        self,
        open_partitions: Callable[[], "Opened"],
        clock: Callable[[], datetime],
        *,
        listeners: Sequence[Listener] = (),
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._open_partitions = open_partitions
        self._clock = clock
        self._listeners = tuple(listeners)
        self._on_error = on_error
        self._changed = threading.Condition()
        self._arrivals: deque[_Waiting[IntakeArrival]] = deque()
        self._commands: deque[_Waiting[Any]] = deque()
        self._waiting = 0
        self._stopping = False
        self._refused_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="fenghuo-loop", daemon=True)
        self._ready: Future[None] = Future()

    def start(self) -> None:
        """Fold both journals and begin; returns when the loop runs.

        Raises: what opening raised.
        """
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._thread.is_alive()

    def submit(self, arrivals: Sequence[IntakeArrival]) -> "Future[tuple[Outcome[Any], ...]]":
        """Hand arrivals to Intake; the future gives one outcome each once they are durable.

        Raises:
            Overloaded: too much is waiting.
        """
        return self._enqueue(self._arrivals, arrivals)

    def command(self, command: Any) -> "Future[tuple[Outcome[Any], ...]]":
        """Hand one command to the Desk."""
        return self._enqueue(self._commands, (command,))

    def _enqueue(
        self, queue: "deque[_Waiting[A]]", arrivals: Sequence[A]
    ) -> "Future[tuple[Outcome[Any], ...]]":
        waiting = _Waiting(arrivals, Future())
        with self._changed:
            if self._stopping or self._waiting + len(arrivals) > MOST_WAITING:
                raise Overloaded(RETRY_AFTER_S)
            self._waiting += len(arrivals)
            queue.append(waiting)
            self._changed.notify()
        return waiting.answer

    def _run(self) -> None:
        try:
            opened = self._open_partitions()
        except BaseException as error:  # noqa: BLE001  (handed to whoever called start)
            self._ready.set_exception(error)
            return
        self._intake, self._desk, self._unseen = opened.intake, opened.desk, deque(opened.unseen)
        self._ready.set_result(None)
        while self._turn():
            pass
        opened.close()

    def _turn(self) -> bool:
        arrivals, commands = self._next_batch()
        self._refused_at = None
        if arrivals:
            self._serve(self._intake, arrivals)
        self._serve_timers(self._intake)
        self._serve_desk(commands)
        self._serve_timers(self._desk)
        with self._changed:
            return not (self._stopping and not self._arrivals and not self._commands)

    def _next_batch(self) -> tuple[list[_Waiting[IntakeArrival]], list[_Waiting[Any]]]:
        with self._changed:
            while not (self._arrivals or self._commands or self._stopping):
                timeout_s = self._until_due_s()
                if timeout_s is not None and timeout_s <= 0:
                    break
                self._changed.wait(timeout_s)
            arrivals: list[_Waiting[IntakeArrival]] = []
            while self._arrivals and sum(len(one.arrivals) for one in arrivals) < BATCH_ARRIVALS:
                arrivals.append(self._arrivals.popleft())
            commands = list(self._commands)
            self._commands.clear()
            self._waiting -= sum(len(one.arrivals) for one in [*arrivals, *commands])
            return arrivals, commands

    def _until_due_s(self) -> float | None:
        """Seconds until the earliest timer of either partition; None without timers."""
        if self._refused_at is not None:
            return STORE_RETRY_S - (self._clock() - self._refused_at).total_seconds()
        due = [at for at in (self._intake.next_due, self._desk.next_due) if at is not None]
        if self._unseen:
            return 0.0
        return (min(due) - self._clock()).total_seconds() if due else None

    def _serve(self, partition: AnyPartition, batch: Sequence[_Waiting[Any]]) -> None:
        """One entry for the whole batch; if that fails, one for each sender, so that one cannot harm another."""
        try:
            outcomes = self._take(partition, [arrival for one in batch for arrival in one.arrivals])
        except StoreUnavailable as error:
            self._refused(error)
            for one in batch:
                one.answer.set_exception(error)
        except Exception as error:  # noqa: BLE001  (nothing that comes in may end the loop)
            self._on_error(error)
            self._serve_each(partition, batch, error)
        else:
            self._answer(batch, outcomes)

    def _serve_each(self, partition: AnyPartition, batch: Sequence[_Waiting[Any]], error: Exception) -> None:
        if len(batch) == 1 and not isinstance(error, NotLinked):
            batch[0].answer.set_exception(error)
            return
        for one in batch:
            try:
                one.answer.set_result(self._take(partition, one.arrivals))
            except Exception as alone:  # noqa: BLE001  (its sender is told; the others go on)
                self._on_error(alone)
                one.answer.set_exception(alone)

    def _take(self, partition: AnyPartition, arrivals: Sequence[Any]) -> tuple[Outcome[Any], ...]:
        turn = partition.take(arrivals, self._clock())
        self._recorded(partition, turn.entry)
        return turn.outcomes

    def _answer(self, batch: Sequence[_Waiting[Any]], outcomes: Sequence[Outcome[Any]]) -> None:
        start = 0
        for one in batch:
            one.answer.set_result(tuple(outcomes[start : start + len(one.arrivals)]))
            start += len(one.arrivals)

    def _serve_desk(self, commands: Sequence[_Waiting[Any]]) -> None:
        while self._unseen:
            if not self._forward(self._unseen[0]):
                break
            self._unseen.popleft()
        for one in commands:
            self._serve(self._desk, [one])

    def _forward(self, unseen: Forwarded) -> bool:
        """Whether the Desk has taken them in; if not, they are tried again after a while, never skipped."""
        try:
            turn = self._desk.take(unseen.happenings, self._clock(), {INTAKE: unseen.seq})
        except Exception as error:  # noqa: BLE001  (tried again, and reported each time)
            self._refused(error)
            return False
        self._recorded(self._desk, turn.entry)
        return True

    def _serve_timers(self, partition: AnyPartition) -> None:
        due_at = partition.next_due
        if due_at is None or due_at > self._clock():
            return
        try:
            turn = partition.fire(self._clock())
        except Exception as error:  # noqa: BLE001  (tried again, and reported each time)
            self._refused(error)
            return
        self._recorded(partition, turn.entry)

    def _refused(self, error: BaseException) -> None:
        self._refused_at = self._clock()
        self._on_error(error)

    def _recorded(self, partition: AnyPartition, entry: Entry[Any] | None) -> None:
        if entry is None:
            return
        if partition is self._intake and (unseen := forwarded(entry)) is not None:
            self._unseen.append(unseen)
        for listener in self._listeners:
            listener(entry.partition, entry)


class Opened(msgspec.Struct, frozen=True):
    """What the loop's thread works on."""

    intake: AnyPartition
    desk: AnyPartition
    unseen: Iterable[Forwarded]
    """What Intake handed on and the Desk has not taken in."""
    close: Callable[[], None]
