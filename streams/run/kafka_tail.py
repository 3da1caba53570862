"""Follows the journals of many partitions with one consumer: how web nodes hear what workers recorded.

The rule of continuation holds here as for every reader. A follower that keeps where its last entry lies goes on from there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition

from streams.errors import BrokenChain
from streams.journal import Head, Stored, linked
from streams.run.kafka import MESSAGE_MAX_BYTES, Cluster, Record, record_of, unavailable
from streams.run.kafka_journal import HASH, number_of, partition_name

FETCH_WAIT_MS = 100
"""A broker with nothing new answers after this long, with something new at once; what else is asked of it waits so long too."""
ENTRIES_A_POLL = 64

Partition = tuple[str, int]
"""A decider's name and the number of its partition."""


class Place(msgspec.Struct, frozen=True):
    """The last entry that a follower took in, and where it lies; without one: the beginning."""

    head: Head = Head()
    offset: int = 0


class Heard(msgspec.Struct, frozen=True):
    """An entry that continues its journal."""

    partition: str
    """`intake/3`."""
    stored: Stored
    place: Place


class JournalTail:
    """Used by one thread. All methods raise StoreUnavailable when no broker answers."""

    def __init__(
        self, cluster: Cluster, partitions: Iterable[Partition], places: Mapping[str, Place]
    ) -> None:
        """`places` by partition name; what is not among them is followed from its beginning.

        Raises:
            StoreUnavailable: no broker answers.
        """
        self._cluster = cluster
        self._places = dict(places)
        self._names = {
            TopicPartition(cluster.journal(decider), number): partition_name(decider, number)
            for decider, number in partitions
        }
        self._unproven: set[str] = set()
        """Followed from a place at which the entry was not seen again yet."""
        self.lost: set[str] = set()
        """Journals that do not hold what stood at the place: they are followed from the beginning."""
        with unavailable(cluster):
            self._consumer = KafkaConsumer(
                **cluster.client_options(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=ENTRIES_A_POLL,
                max_partition_fetch_bytes=MESSAGE_MAX_BYTES,
                fetch_max_bytes=2 * MESSAGE_MAX_BYTES,
                fetch_max_wait_ms=FETCH_WAIT_MS,
            )
            self._consumer.assign(list(self._names))
            for at, name in self._names.items():
                self._go_to(at, name)

    def _go_to(self, at: TopicPartition, name: str) -> None:
        place = self._places.get(name, Place())
        if place.head.seq:
            self._unproven.add(name)
            self._consumer.seek(at, place.offset)
        else:
            self._consumer.seek_to_beginning(at)

    def poll(self, wait_ms: int) -> list[Heard]:
        """What was recorded since, in the order of each journal; waits at most so long for something.

        Raises:
            BrokenChain: an entry is missing, or one was changed so that the next does not link to it.
        """
        with unavailable(self._cluster):
            fetched: Mapping[TopicPartition, list[Any]] = self._consumer.poll(timeout_ms=wait_ms)
        return [heard for at, messages in fetched.items() for heard in self._taken(at, messages)]

    def _taken(self, at: TopicPartition, messages: Iterable[Any]) -> Iterator[Heard]:
        name = self._names[at]
        for record in map(record_of, messages):
            if name in self._unproven and not self._proven(at, name, record):
                return
            place = self._places.get(name, Place())
            stored = Stored(number_of(record), record.headers.get(HASH, b""), record.value)
            if linked(stored, place.head):
                self._places[name] = Place(Head(stored.seq, stored.hash), record.offset)
                yield Heard(name, stored, self._places[name])
            elif stored.seq > place.head.seq + 1:
                # Nobody writes an entry without having seen the one before it.
                raise BrokenChain(name, place.head.seq + 1, "it is missing, or nothing after it links to it")

    def _proven(self, at: TopicPartition, name: str, record: Record) -> bool:
        """Whether the first message is the entry that stood at the place."""
        self._unproven.discard(name)
        place = self._places[name]
        if record.offset == place.offset and record.headers.get(HASH) == place.head.hash:
            return True
        self.lost.add(name)
        del self._places[name]
        with unavailable(self._cluster):
            self._consumer.seek_to_beginning(at)
        return False

    def ends(self) -> Mapping[Any, int]:
        """Where every journal ends now; `reached` takes it."""
        with unavailable(self._cluster):
            ends: Mapping[Any, int] = self._consumer.end_offsets(list(self._names))
            return ends

    def reached(self, ends: Mapping[Any, int]) -> bool:
        """Whether everything before these ends was polled."""
        with unavailable(self._cluster):
            return all(self._consumer.position(at) >= end for at, end in ends.items())

    def behind(self) -> int:
        """Messages that wait in the journal that is furthest behind, as the broker told last."""
        waiting = [(self._consumer.highwater(at) or 0) - self._consumer.position(at) for at in self._names]
        return max(waiting, default=0)

    def heads(self) -> dict[str, Head]:
        """Where each journal stands that has entries."""
        return {name: place.head for name, place in self._places.items()}

    def close(self) -> None:
        with unavailable(self._cluster):
            self._consumer.close()
