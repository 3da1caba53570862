"""Dead letters of a house on Kafka: inputs that no worker could read, on a compacted topic, until somebody looks.

A letter is named by a hash of where it was and what it holds, so that one found twice lies there once, and a tombstone
takes it away for good.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

import msgspec

from services.deadletters import names
from streams.run.bundles import CONTENT_TYPE
from streams.run.kafka import DEADLETTERS, Cluster, Reader, Record, Writer
from streams.run.kafka_edges import OFFSET, PARTITION, REASON, TOPIC


class KafkaLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An input that could not be taken in."""

    number: int
    """Of this letter, among all that there ever were."""
    topic: str
    partition: int
    offset: int
    """Of the message that it came in."""
    reason: str
    raw: bytes
    """The message, or the one event of it."""


class KafkaLetters:
    """All methods raise StoreUnavailable when no broker answers."""

    def __init__(self, cluster: Cluster, writer: Writer) -> None:
        self._cluster = cluster
        self._writer = writer
        self._topic = cluster.topic(DEADLETTERS)

    def list(self) -> list[KafkaLetter]:
        """What lies there, the oldest first."""
        return [_letter(record) for record in self._records()]

    def drop(self, numbers: Iterable[int]) -> int:
        """Take letters out; returns how many were there."""
        wanted = frozenset(numbers)
        return self._remove([record for record in self._records() if record.offset in wanted])

    def redrive(self, numbers: Iterable[int]) -> int:
        """Send letters once more to where they came from, and take them out; returns how many.

        What cannot be read this time either comes back as a new letter. A repeat of what was taken in is known by its id.
        """
        wanted = frozenset(numbers)
        records = [record for record in self._records() if record.offset in wanted]
        tickets = [
            self._writer.send(letter.topic, letter.partition, letter.raw, headers=[CONTENT_TYPE])
            for letter in map(_letter, records)
        ]
        for ticket in tickets:
            ticket.offset()
        return self._remove(records)

    def forget(self, author_id: str) -> int:
        """Take out every letter that names an author; returns how many there were."""
        return self._remove([record for record in self._records() if names(record.value, author_id)])

    def _remove(self, records: Sequence[Record]) -> int:
        for ticket in [self._writer.send(self._topic, 0, None, key=record.key) for record in records]:
            ticket.offset()
        return len(records)

    def _records(self) -> Iterator[Record]:
        with closing(Reader(self._cluster, self._topic, 0)) as reader:
            found: dict[bytes | None, Record] = {}
            for one in reader.read(reader.beginning()):
                if isinstance(one, Record):
                    found.pop(one.key, None)
                    if one.headers:
                        found[one.key] = one
        return iter(found.values())


def _letter(record: Record) -> KafkaLetter:
    headers = record.headers
    return KafkaLetter(
        number=record.offset,
        topic=headers[TOPIC].decode(),
        partition=int(headers[PARTITION]),
        offset=int(headers[OFFSET]),
        reason=headers[REASON].decode("utf-8", "replace"),
        raw=record.value,
    )
