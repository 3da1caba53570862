"""Single CloudEvents of other producers: they lie wherever their producer put them, in the clear, and nobody has judged them.

A worker that finds them prepares them as a gateway does and sends them, bundled, to the partitions where they belong. If it
dies in between they are prepared again, and the repeats are known by their ids.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from streams.arrivals import IntakeArrival
from streams.errors import StoreUnavailable
from streams.run.bundles import BUNDLE_WAIT_S, CONTENT_TYPE, cut, encode_bundle, placed
from streams.run.hosting import RETRY_S
from streams.run.kafka import INTAKE_INPUTS, Cluster, Writer
from streams.run.kafka_edges import bury
from streams.run.taking import Unreadable

EVENTS_WAITING = 2_000
"""Events that may wait; then reading stops."""
NO_VAULT = "this worker has no vault (--data) and can seal nothing"
SOURCE = "/worker"


class Found(msgspec.Struct, frozen=True):
    """A single event and where it lay."""

    partition: int
    offset: int
    value: bytes
    taken: Callable[[], None]
    """Called, in the thread, when it lies where it belongs."""


class Wrong(msgspec.Struct, frozen=True):
    """Why an event cannot be taken in."""

    number: int
    reason: str


Prepare = Callable[[Sequence[bytes]], tuple[Sequence[IntakeArrival], Sequence[Wrong]]]
"""From CloudEvents to judged and sealed inputs, and what is wrong, by number. May raise StoreUnavailable."""


class Sorter:
    """A thread that sorts what is offered."""

    def __init__(
        self,
        cluster: Cluster,
        writer: Writer,
        partitions: int,
        prepare: Prepare | None,
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._cluster = cluster
        self._writer = writer
        self._topic = cluster.topic(INTAKE_INPUTS)
        self._partitions = partitions
        self._prepare = prepare
        self._on_error = on_error
        self._changed = threading.Condition()
        self._found: list[Found] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="fenghuo-sorter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what waits is found again by whoever reads next."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def offer(self, found: Found) -> bool:
        """Hand an event over; False if too many wait."""
        with self._changed:
            if len(self._found) >= EVENTS_WAITING:
                return False
            self._found.append(found)
            self._changed.notify_all()
        return True

    def forget(self) -> None:
        """Let go of what waits: partitions were taken away, and whoever has them now reads it again."""
        with self._changed:
            self._found.clear()
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Return when an event may be offered, or after a while."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._found) < EVENTS_WAITING or self._stopping, RETRY_S)

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            while not self._sorted(batch):
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopping, RETRY_S):
                        return
            for one in batch:
                one.taken()

    def _next_batch(self) -> list[Found] | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._found) or self._stopping)
            self._changed.wait_for(lambda: self._stopping, BUNDLE_WAIT_S)
            if self._stopping:
                return None
            batch, self._found = self._found, []
            self._changed.notify_all()
            return batch

    def _sorted(self, batch: Sequence[Found]) -> bool:
        """Whether everything lies where it belongs; if not, all of it is tried again."""
        try:
            arrivals, wrong = self._prepared(batch)
            self._send(arrivals)
            for one in wrong:
                found = batch[one.number]
                lost = Unreadable(found.offset, one.reason, found.value)
                bury(self._cluster, self._writer, self._topic, found.partition, [lost])
        except StoreUnavailable as error:
            self._on_error(error)
            return False
        return True

    def _prepared(self, batch: Sequence[Found]) -> tuple[Sequence[IntakeArrival], Sequence[Wrong]]:
        if self._prepare is None:
            return (), [Wrong(number, NO_VAULT) for number in range(len(batch))]
        try:
            return self._prepare([one.value for one in batch])
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  (kept with its reason; nothing that comes in may end the thread)
            self._on_error(error)
            return self._prepared_singly(batch, self._prepare)

    def _prepared_singly(
        self, batch: Sequence[Found], prepare: Prepare
    ) -> tuple[Sequence[IntakeArrival], Sequence[Wrong]]:
        arrivals: list[IntakeArrival] = []
        wrong: list[Wrong] = []
        for number, one in enumerate(batch):
            try:
                taken, refused = prepare([one.value])
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (as above)
                wrong.append(Wrong(number, f"{type(error).__name__}: {error}"))
            else:
                arrivals += taken
                wrong += [Wrong(number, each.reason) for each in refused]
        return arrivals, wrong

    def _send(self, arrivals: Sequence[IntakeArrival]) -> None:
        send_inputs(self._cluster, self._writer, arrivals, self._partitions, SOURCE)


def send_inputs(
    cluster: Cluster, writer: Writer, arrivals: Sequence[Any], partitions: int, source: str
) -> None:
    """Send inputs of Intake, judged, to the partitions where they belong; returns when all of them are durable.

    Raises:
        StoreUnavailable: some may be durable and some not; a repeat is harmless.
    """
    topic = cluster.topic(INTAKE_INPUTS)
    tickets = [
        writer.send(topic, place, encode_bundle(piece, source), headers=[CONTENT_TYPE])
        for place, inputs in placed(arrivals, partitions).items()
        for piece in cut(inputs)
    ]
    for ticket in tickets:
        ticket.offset()
