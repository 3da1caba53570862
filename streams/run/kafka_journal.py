"""The journal port on Kafka: one message an entry, and the rule of continuation instead of a lock.

Kafka orders what several writers send, and drops nothing. So whoever believes to own a partition may write; an entry that
does not continue the head is passed over by every reader alike. A writer believes its entry once it has come back linked:
at the very place where its reading had ended, or found there by reading on.
"""

from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

from streams.errors import BrokenChain, NotLinked, StoreUnavailable
from streams.journal import Head, Snapshot, Stored, linked
from streams.run.kafka import Cluster, Passed, Reader, Record, Ticket, Writer
from streams.run.kafka_snapshots import KafkaSnapshots

HASH = "hash"
SEQ = "seq"
ENTRIES_AT_HAND = 2
"""Of so many entries at the end it is known where they lie."""


def partition_name(decider: str, number: int) -> str:
    """The name of a decider's partition, as it stands in its entries: `intake/3`."""
    return f"{decider}/{number}"


class _Place(msgspec.Struct, frozen=True):
    """An entry that is linked, and where it lies."""

    head: Head
    offset: int


class _OnTheWay(msgspec.Struct, frozen=True):
    """An entry that was sent."""

    stored: Stored
    ticket: Ticket | None
    """None: the client would not even take it."""
    snapshot: Snapshot | None


class KafkaJournal:
    """One partition's journal. Used by one thread; the writer may be shared.

    An offset is only ever a place to begin reading at: what an entry is, its number and its link decide.
    """

    def __init__(self, cluster: Cluster, decider: str, number: int, writer: Writer) -> None:
        """Raises StoreUnavailable."""
        self.partition = partition_name(decider, number)
        self._topic, self._number = cluster.journal(decider), number
        self._writer = writer
        self._reader = Reader(cluster, self._topic, number)
        self._snapshots = KafkaSnapshots(cluster, decider, number, writer)
        self._head = Head()
        self._position = 0
        """Everything before it was read, or need not be."""
        self._latest: deque[_Place] = deque(maxlen=ENTRIES_AT_HAND)
        """The last entries that were read or written."""
        self._on_the_way: _OnTheWay | None = None
        self._newest_snapshot: _Place | None = None
        """The entry of the newest snapshot: nobody has to begin before it who folds from there."""

    def head(self) -> Head:
        for _ in self._follow_on():
            pass
        return self._head

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        self.begin(stored, prev, snapshot)
        self.settle()

    def begin(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        """As `streams.run.ahead.SlowJournal.begin`."""
        if prev != self._head.hash or stored.seq != self._head.seq + 1:
            self._refuse_unless_linked(stored, prev)
        self._on_the_way = _OnTheWay(stored, self._sent(stored), snapshot)

    def settle(self) -> None:
        """As `streams.run.ahead.SlowJournal.settle`."""
        sent, self._on_the_way = self._on_the_way, None
        if sent is None:
            return
        stored, offset = sent.stored, self._place_of(sent.ticket)
        if offset == self._position:  # nothing can lie between what was read and this
            self._take(stored, offset)
            self._position = offset + 1
        elif self.head().hash != stored.hash:
            raise self._refused(stored, offset)
        self._write_snapshot(sent)

    def _write_snapshot(self, sent: _OnTheWay) -> None:
        if sent.snapshot is not None:
            self._snapshots.begin(sent.snapshot, self._latest[-1].offset)
        whole = self._snapshots.go_on(len(sent.stored.body))
        if whole is not None:
            self._newest_snapshot = _Place(*whole)

    def _refuse_unless_linked(self, stored: Stored, prev: bytes) -> None:
        head = self.head()
        if prev != head.hash or stored.seq != head.seq + 1:
            raise NotLinked(f"entry {stored.seq} of {self.partition!r} does not continue entry {head.seq}")

    def _sent(self, stored: Stored) -> Ticket | None:
        headers = [(HASH, stored.hash), (SEQ, str(stored.seq).encode())]
        try:
            return self._writer.send(self._topic, self._number, stored.body, headers=headers)
        except StoreUnavailable as error:
            self._why = error
            return None

    def _place_of(self, ticket: Ticket | None) -> int | None:
        """Where it lies; None if nobody acknowledged it, which does not mean that it is not there."""
        try:
            return None if ticket is None else ticket.offset()
        except StoreUnavailable as error:
            self._why = error
            return None

    def _refused(self, stored: Stored, offset: int | None) -> Exception:
        if offset is None:
            return self._why
        return NotLinked(f"entry {stored.seq} of {self.partition!r}: another writer was here first")

    def read(self, after: int = 0) -> Iterator[Stored]:
        """The entries after `after` that continue one another, in order.

        Raises:
            BrokenChain: an entry is missing, or one was changed so that the next does not link to it.
        """
        if not self._latest or after < self._latest[0].head.seq - 1:
            self._begin_before(after)
        elif after < self._latest[-1].head.seq:
            yield from self._again([place for place in self._latest if place.head.seq > after])
        for stored in self._follow_on():
            if stored.seq > after:
                yield stored

    def _begin_before(self, after: int) -> None:
        place = self._newest_snapshot
        if place is not None and place.head.seq <= after:
            self._stand_at(place)
        else:
            self._head, self._position = Head(), self._reader.beginning()
            self._latest.clear()

    def _stand_at(self, place: _Place) -> None:
        self._head, self._position = place.head, place.offset
        self._latest.clear()
        self._latest.append(place)

    def _again(self, places: Sequence[_Place]) -> Iterator[Stored]:
        """Linked entries once more."""
        seqs = {place.head.hash: place.head.seq for place in places}
        for one in self._reader.read(places[0].offset):
            if isinstance(one, Record) and (seq := seqs.pop(one.headers.get(HASH, b""), None)) is not None:
                yield Stored(seq, one.headers[HASH], one.value)
            if not seqs:
                return

    def _follow_on(self) -> Iterator[Stored]:
        for one in self._reader.read(self._position):
            if isinstance(one, Passed):
                self._position = max(self._position, one.offset)
                continue
            stored = Stored(number_of(one), one.headers.get(HASH, b""), one.value)
            if linked(stored, self._head):
                self._take(stored, one.offset)
                self._position = one.offset + 1
                yield stored
            elif stored.seq > self._head.seq + 1:
                # Nobody writes an entry without having seen the one before it.
                raise BrokenChain(
                    self.partition, self._head.seq + 1, "it is missing, or nothing after it links to it"
                )

    def _take(self, stored: Stored, offset: int) -> None:
        self._head = Head(stored.seq, stored.hash)
        self._latest.append(_Place(self._head, offset))

    def snapshot(self) -> Snapshot | None:
        found = self._snapshots.newest()
        if found is None:
            return None
        snapshot, offset = found
        self._newest_snapshot = place = _Place(snapshot.head, offset)
        if self._head.seq < snapshot.head.seq:
            self._stand_at(place)
        return snapshot

    @property
    def last_offset(self) -> int:
        """Where the last linked entry lies that was read or written."""
        return self._latest[-1].offset if self._latest else 0

    def close(self) -> None:
        self._reader.close()
        self._snapshots.close()


def number_of(record: Record) -> int:
    """The number that was written with an entry."""
    written = record.headers.get(SEQ, b"")
    return int(written) if written.isdigit() else 0
