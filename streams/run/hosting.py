"""A worker's hold on one partition: a thread that folds its journal, takes its inputs and fires its timers.

The same for both deciders, and the same loop (`loop.py`) as on one machine. A worker that lost its partition without knowing
does no harm: what it writes does not link, and then it folds and finds that its inputs were taken.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import TypeVar

from streams.errors import StoreUnavailable, StreamsError
from streams.run.ahead import AnyPartitionAhead
from streams.run.taking import Delivery, Edges, Taker

BATCH_INPUTS = 1_000
"""Inputs that one entry takes in, except where one message holds more."""
MESSAGES_WAITING = 64
"""Messages that may wait for the thread; then reading stops."""
T = TypeVar("T")

RETRY_S = 0.5
"""After the store refused, it is asked again after this long."""
CLOCK_TRUSTED_S = 1.0
"""A clock may be set forward while a thread waits for its next timer; after so long it is looked at again."""


class _Stopping(Exception):
    """The host is to let go of its partition."""


class PartitionStopped(StreamsError):
    """A partition stands still until somebody does something about it."""


class PartitionHost:
    """Holds one partition from `start` to `stop`; may be started again, and goes on from memory if nobody else wrote."""

    def __init__(
        self,
        topic: str,
        open_partition: Callable[[], AnyPartitionAhead],
        edges: Edges,
        *,
        clock: Callable[[], datetime],
        on_error: Callable[[BaseException], None],
        batch_inputs: int = BATCH_INPUTS,
    ) -> None:
        """`topic` is the input topic, under whose name a journal's `next` tells where to go on."""
        self._topic = topic
        self._open_partition = open_partition
        self._edges = edges
        self._clock = clock
        self._on_error = on_error
        self._batch_inputs = batch_inputs
        self._changing = threading.Lock()
        """Starting and stopping: rebalances come one upon the other."""
        self._changed = threading.Condition()
        self._deliveries: deque[Delivery] = deque()
        self._stopping = False
        self._taker: Taker | None = None
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
        at.set_result(self._taker.partition.next.get(self._topic) if self._taker is not None else None)
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
            taker = self._until_done(self._hold)
            self.stopped_by = None
            ready.set_result(taker.partition.next.get(self._topic))
            self._work(taker)
        except _Stopping:
            pass
        except BaseException as error:  # noqa: BLE001  (the other partitions go on; this one says why it does not)
            self.stopped_by = error
            self._on_error(PartitionStopped(f"a partition of {self._topic} stands still: {error}"))
        if not ready.done():
            ready.set_result(None)

    def _hold(self) -> Taker:
        """The partition as its journal stands now."""
        if self._taker is None:
            self._taker = self._taker_of(self._open_partition())
        elif not self._taker.partition.is_current():
            self._taker.partition.fold()
        self._taker.hold()
        return self._taker

    def _taker_of(self, partition: AnyPartitionAhead) -> Taker:
        return Taker(
            partition,
            self._edges,
            topic=self._topic,
            batch_inputs=self._batch_inputs,
            clock=self._clock,
            on_error=self._on_error,
            until_done=self._until_done,
        )

    def _work(self, taker: Taker) -> None:
        try:
            while True:
                self._turn(taker)
        finally:
            taker.leave()

    def _turn(self, taker: Taker) -> None:
        if not self._deliveries:
            taker.settle()
        taker.take_in(self._next_batch(taker.partition))
        due_at = taker.partition.next_due
        if due_at is not None and due_at <= self._clock():
            taker.fire()

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

    def _next_batch(self, partition: AnyPartitionAhead) -> list[Delivery]:
        """Messages that wait; none if a timer is due. Raises _Stopping."""
        with self._changed:
            while not self._deliveries and not self._stopping:
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
