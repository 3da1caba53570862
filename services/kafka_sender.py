"""Sends inputs to the topics of the deciders, bundled: what comes within 20 ms for one partition goes out as one message.

A gateway answers once the broker holds what it took; what the broker does not take is refused, so nothing waits for ever
in a memory that a crash would empty.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from streams.errors import Overloaded, StoreUnavailable
from streams.run.bundles import BUNDLE_MOST, BUNDLE_WAIT_S, CONTENT_TYPE, cut, encode_bundle
from streams.run.kafka import Cluster, Writer

MOST_WAITING = 20_000
"""Inputs that may wait for the broker; beyond that senders are asked to come again."""
RETRY_AFTER_S = 2
STALLED_S = 3.0
"""A broker that has held back an answer for so long is taken for away: what comes now is refused at once."""
ANSWER_S = 6.0
"""So long a sender waits; what the broker takes later is recorded all the same, and a repeat of it is known."""
TRIAL_S = 2.0
TRUSTED_S = 5.0
"""An answer of the broker counts for so long as a sign that it takes what it is sent."""

Place = tuple[str, int]
"""A topic's full name, and a partition."""


class _Bundle(msgspec.Struct, eq=False):
    """What waits for one partition, and where the offset goes."""

    place: Place
    inputs: list[Any]
    sent: "asyncio.Future[int]"
    since_s: float


class Sender:
    """Used in one event loop. Entering begins, leaving sends what waits."""

    def __init__(
        self, cluster: Cluster, writer: Writer, source: str, monotonic_s: Callable[[], float]
    ) -> None:
        """`source` names this node in what it sends, as in `/gateway/3`."""
        self._cluster = cluster
        self._writer = writer
        self._source = source
        self._monotonic_s = monotonic_s
        self._open: dict[Place, _Bundle] = {}
        self._out: set[_Bundle] = set()
        self._waiting = 0
        self._answered_s: float | None = None
        # One thread, so that what is sent first lies first.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fenghuo-sender")

    async def __aenter__(self) -> "Sender":
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._flush_all()
        if self._out:
            await asyncio.wait([one.sent for one in self._out], timeout=ANSWER_S)
        self._thread.shutdown(wait=False)

    async def send(self, topic: str, by_partition: Mapping[int, Sequence[Any]]) -> dict[int, int]:
        """Send inputs; returns, per partition, the offset of the last message, once every replica has them.

        Raises:
            Overloaded: too much waits; nothing was sent.
            StoreUnavailable: the broker is away; some may be recorded, and a repeat is harmless.
        """
        self._admit(sum(map(len, by_partition.values())))
        sent = {
            number: [self._add((topic, number), piece) for piece in cut(inputs)]
            for number, inputs in by_partition.items()
        }
        futures = [each for some in sent.values() for each in some]
        if futures:
            await self._all(futures)
        return {number: some[-1].result() for number, some in sent.items()}

    def _admit(self, count: int) -> None:
        if self.stalled_s() > STALLED_S:
            raise StoreUnavailable(f"Kafka at {self._cluster} does not answer; nothing was sent")
        if self._waiting + count > MOST_WAITING:
            raise Overloaded(RETRY_AFTER_S)

    async def _all(self, futures: Sequence["asyncio.Future[int]"]) -> None:
        done, pending = await asyncio.wait(futures, timeout=ANSWER_S)
        if pending:
            raise StoreUnavailable(
                f"Kafka at {self._cluster} has not answered within {ANSWER_S:g} s; it may be recorded all the same"
            )
        for one in done:
            one.result()

    def stalled_s(self) -> float:
        """How long the oldest message has been on its way."""
        return self._monotonic_s() - min((one.since_s for one in self._out), default=self._monotonic_s())

    def _add(self, place: Place, inputs: Sequence[Any]) -> "asyncio.Future[int]":
        self._waiting += len(inputs)
        bundle = self._open.get(place)
        if bundle is not None and len(bundle.inputs) + len(inputs) > BUNDLE_MOST:
            self._flush(bundle)
            bundle = None
        if bundle is None:
            bundle = _Bundle(place, [], self._loop.create_future(), self._monotonic_s())
            # Whoever waited may have gone; what it sent is no less recorded for that.
            bundle.sent.add_done_callback(_seen)
            self._open[place] = bundle
            self._loop.call_later(BUNDLE_WAIT_S, self._flush, bundle)
        bundle.inputs.extend(inputs)
        if len(bundle.inputs) >= BUNDLE_MOST:
            self._flush(bundle)
        return bundle.sent

    def _flush_all(self) -> None:
        for bundle in tuple(self._open.values()):
            self._flush(bundle)

    def _flush(self, bundle: _Bundle) -> None:
        """Send a bundle, unless it is on its way."""
        if self._open.get(bundle.place) is bundle:
            del self._open[bundle.place]
            bundle.since_s = self._monotonic_s()
            self._out.add(bundle)
            self._thread.submit(self._write, bundle)

    def _write(self, bundle: _Bundle) -> None:
        """In the thread."""
        topic, number = bundle.place
        try:
            body = encode_bundle(bundle.inputs, self._source)
            ticket = self._writer.send(topic, number, body, headers=[CONTENT_TYPE])
        except Exception as error:  # noqa: BLE001  (its sender is told)
            self._tell(bundle, error)
        else:
            ticket.when_known(lambda _: self._tell(bundle, ticket.offset))

    def _tell(self, bundle: _Bundle, outcome: Exception | Callable[[], int]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._known, bundle, outcome)

    def _known(self, bundle: _Bundle, outcome: Exception | Callable[[], int]) -> None:
        self._out.discard(bundle)
        self._waiting -= len(bundle.inputs)
        try:
            if isinstance(outcome, Exception):
                raise outcome
            bundle.sent.set_result(outcome())
        except Exception as error:  # noqa: BLE001  (its sender is told)
            self._answered_s = None
            bundle.sent.set_exception(error)
        else:
            self._answered_s = self._monotonic_s()

    async def trouble(self, place: Place) -> str | None:
        """Why the broker takes nothing at this moment; None if it does. Found out by a message without inputs."""
        if (stalled_s := self.stalled_s()) > STALLED_S:
            return f"Kafka at {self._cluster} has not answered for {stalled_s:.0f} s"
        if self._answered_s is not None and self._monotonic_s() - self._answered_s < TRUSTED_S:
            return None
        trial = self._add(place, ())
        try:
            await asyncio.wait_for(asyncio.shield(trial), TRIAL_S)
        except TimeoutError:
            return f"Kafka at {self._cluster} does not answer"
        except StoreUnavailable as error:
            return str(error)
        return None


def _seen(sent: "asyncio.Future[int]") -> None:
    if not sent.cancelled():
        sent.exception()
