"""One partition's journal on Kafka as somebody reads it who writes nothing: whole, from a time on, or only its end.

The broker knows when a message was written, not what number an entry has. So reading from a time on begins a little earlier,
at an entry that a later one links to: nobody writes after an entry that fell out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Self

from streams.errors import BrokenChain
from streams.journal import Head, Stored, decided_at, linked
from streams.run.kafka import Cluster, Reader, Record
from streams.run.kafka_journal import HASH, number_of, partition_name

SKEW = timedelta(minutes=5)
"""An entry may bear a time so much later than its message: another machine's clock, which ran fast, was there before."""
BEFORE = 64
"""Messages before a time, or before the end, of which at least two are entries that continue one another."""
FETCH_BYTES = 4 * 1024 * 1024
"""A house has many journals, and some are read side by side."""


class KafkaHistory:
    """Used by one thread. Raises StoreUnavailable when no broker answers, BrokenChain where an entry is missing or was changed."""

    def __init__(self, cluster: Cluster, decider: str, number: int) -> None:
        self.partition = partition_name(decider, number)
        self._reader = Reader(cluster, cluster.journal(decider), number, FETCH_BYTES)

    def read(self, after: int = 0) -> Iterator[Stored]:
        """The entries after `after`, in order; all of them are gone through."""
        whole = self._following(self._stored(self._reader.beginning()), Head())
        return (stored for stored in whole if stored.seq > after)

    def since(self, at: datetime) -> Iterator[Stored]:
        """The entries that were decided at `at` or later, in order."""
        found = self._from(self._reader.offset_at(at - SKEW))
        return (stored for stored in found if decided_at(stored) >= at)

    def head(self) -> Head:
        """Where it ends now."""
        head = Head()
        for stored in self._from(self._reader.end()):
            head = Head(stored.seq, stored.hash)
        return head

    def _from(self, offset: int) -> Iterator[Stored]:
        """The entries from some place before `offset` on."""
        beginning = self._reader.beginning()
        start = offset - BEFORE
        if start > beginning and (proven := self._proven(start)) is not None:
            return proven
        return self.read()

    def _proven(self, start: int) -> Iterator[Stored] | None:
        """The entries from the first that another one links to; None: there is none."""
        stored = self._stored(start)
        seen: dict[Head, Stored] = {}
        for each in stored:
            for head, before in seen.items():
                if linked(each, head):
                    return chain((before, each), self._following(stored, Head(each.seq, each.hash)))
            seen[Head(each.seq, each.hash)] = each
        return None

    def _following(self, stored: Iterator[Stored], head: Head) -> Iterator[Stored]:
        for each in stored:
            if linked(each, head):
                head = Head(each.seq, each.hash)
                yield each
            elif each.seq > head.seq + 1:
                # Nobody writes an entry without having seen the one before it.
                raise BrokenChain(
                    self.partition, head.seq + 1, "it is missing, or nothing after it links to it"
                )

    def _stored(self, start: int) -> Iterator[Stored]:
        return (
            Stored(number_of(one), one.headers.get(HASH, b""), one.value)
            for one in self._reader.read(start)
            if isinstance(one, Record)
        )

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
