"""The house on Kafka, as its edges see it: what they hand in goes to the deciders' input topics, durable once the broker has it.

What it leads to stands in the journals. A gateway does not wait for that; the desk in the browser does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from services.kafka_sender import Place, Sender
from services.ports import Outcome
from streams.arrivals import Arrival, IntakeArrival, Judged
from streams.errors import StoreUnavailable
from streams.journal import Entry
from streams.run.bundles import placed
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import DESK_INPUTS, INTAKE_INPUTS, Cluster
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_journal import partition_name

DECIDED_S = 10.0
"""So long a person at the desk waits for what was decided."""
QUIET_S = 1.0
"""An input that led to nothing leaves no entry; after this long without one the workers' own offsets are asked."""

Taken = Callable[[], Mapping[str, int]]
"""Up to where the workers have taken in, by partition name. Blocks."""


class KafkaInlet:
    """The house as a gateway or an outbox sees it: durable, and no more is known."""

    def __init__(self, cluster: Cluster, sender: Sender, partitions: int) -> None:
        """`partitions` of Intake."""
        self._sender = sender
        self._intake = cluster.topic(INTAKE_INPUTS)
        self._desk = cluster.topic(DESK_INPUTS)
        self._partitions = partitions

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> None:
        """As `services.ports.TakesIn.submit`."""
        await self.send(arrivals)

    async def send(self, arrivals: Sequence[IntakeArrival]) -> dict[int, int]:
        """The offset of the last message in each partition. Raises as `Sender.send`."""
        return await self._sender.send(self._intake, placed(arrivals, self._partitions))

    async def command(self, command: Any) -> Outcome[Any]:
        """Hand a command to the Desk; returns when it is durable, with no events. Raises as `Sender.send`."""
        await self.send_to_desk(command)
        return Outcome()

    async def send_to_desk(self, command: Any) -> int:
        """Its offset. Raises as `Sender.send`."""
        return (await self._sender.send(self._desk, {DESK_PARTITION: [command]}))[DESK_PARTITION]

    async def trouble(self) -> str | None:
        """Why nothing can be handed in at this moment; None if it can."""
        place: Place = (self._desk, DESK_PARTITION)
        return await self._sender.trouble(place)


class KafkaHouse:
    """A `services.ports.House` that waits for what was decided: it hears every entry of the journals."""

    def __init__(
        self, cluster: Cluster, inlet: KafkaInlet, taken: Taken, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        """`refresh` returns once everything was heard that is in the journals now."""
        self._inlet = inlet
        self._taken = taken
        self._refresh = refresh
        self._topics = {INTAKE: cluster.topic(INTAKE_INPUTS), DESK: cluster.topic(DESK_INPUTS)}
        self._loop = asyncio.get_running_loop()
        self._asked: defaultdict[str, list[list[Any]]] = defaultdict(list)
        """By the id of what was handed in: where the events go that it causes."""
        self._next: dict[str, int] = {}
        """By partition: every input before it was taken in, as far as the entries tell that were heard."""
        self._changed = asyncio.Event()

    def listen(self, partition: str, entry: Entry[Any]) -> None:
        """Hear an entry, in its order. Safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._heard, partition, entry)

    def _heard(self, partition: str, entry: Entry[Any]) -> None:
        for topic in self._topics.values():
            if topic in entry.next:
                self._next[partition] = max(self._next.get(partition, 0), entry.next[topic])
        for event in entry.events if self._asked else ():
            for events in self._asked.get(getattr(event, "cause", None) or event.id, ()):
                events.append(event)
        self._changed.set()

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        """As `services.ports.House.submit`."""
        return await asyncio.gather(*(self._outcome(_id_of(one), self._to_intake(one)) for one in arrivals))

    async def command(self, command: Any) -> Outcome[Any]:
        """As `services.ports.House.command`."""
        return await self._outcome(command.id, self._to_desk(command))

    async def _to_intake(self, arrival: IntakeArrival) -> dict[str, int]:
        sent = await self._inlet.send([arrival])
        return {partition_name(INTAKE, number): offset for number, offset in sent.items()}

    async def _to_desk(self, command: Any) -> dict[str, int]:
        return {partition_name(DESK, DESK_PARTITION): await self._inlet.send_to_desk(command)}

    async def _outcome(self, asked: str, sending: Awaitable[Mapping[str, int]]) -> Outcome[Any]:
        """Raises StoreUnavailable: it is durable, and no worker has decided on it yet."""
        events: list[Any] = []
        self._asked[asked].append(events)
        try:
            sent = await sending
            async with asyncio.timeout(DECIDED_S):
                await self._until_taken(sent)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"it is recorded, but no worker has decided on it within {DECIDED_S:g} s; it is not lost, and asking"
                " again does no harm"
            ) from error
        finally:
            self._ended(asked, events)
        return Outcome(tuple(events))

    def _ended(self, asked: str, events: list[Any]) -> None:
        waiting = self._asked[asked]
        waiting[:] = [one for one in waiting if one is not events]
        if not waiting:
            del self._asked[asked]

    async def _until_taken(self, sent: Mapping[str, int]) -> None:
        while not await self._heard_within(QUIET_S, sent):
            if _beyond(await asyncio.to_thread(self._taken), sent):
                await self._refresh()
                return

    async def _heard_within(self, within_s: float, sent: Mapping[str, int]) -> bool:
        """Whether the entries tell, in that time, that it was taken in."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not _beyond(self._next, sent):
                    self._changed.clear()
                    await self._changed.wait()
        return _beyond(self._next, sent)


def _beyond(taken: Mapping[str, int], sent: Mapping[str, int]) -> bool:
    return all(taken.get(partition, 0) > offset for partition, offset in sent.items())


def _id_of(arrival: IntakeArrival) -> str:
    return arrival.fact.id if isinstance(arrival, Judged | Arrival) else arrival.id
