"""Snapshots on Kafka: a compacted topic, two slots a partition, so that a whole one stands while the next is written.

A snapshot is cut into pieces under 1 MB, each a message with the key `slot/number`, and written a portion at a time beside
the entries that follow it. The last message, `slot/head`, tells what it stands for, where every piece lies and its hash: so
the newest one is found near the topic's end, whatever older ones nobody has cleared away yet.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from streams.errors import SnapshotUnreadable
from streams.journal import Head, Snapshot, digest
from streams.run.kafka import Cluster, Reader, Record, Ticket, Writer

PIECE_BYTES = 900_000
"""Under the megabyte that brokers allow by default."""
PORTION_BYTES_LEAST = 1_000_000
PORTION_PER_ENTRY_BYTE = 2
"""A portion is so many times as large as the entry it comes with. If a snapshot takes longer than the time until the next,
that one is passed over: snapshots never take more of the broker than twice what the entries take."""
SEARCHED_FIRST = 4
"""Messages at the end among which a head is looked for; then four times as many, and so on."""
SLOTS = (b"a", b"b")
HEAD = b"head"
LAST, DIGEST = "last", "digest"


class _SlotHead(msgspec.Struct, frozen=True):
    """The last message of a snapshot."""

    head: Head
    now: datetime
    next: Mapping[str, int]
    digests: tuple[bytes, ...]
    """SHA-256 of each piece."""
    places: tuple[int, ...]
    """The offset of each piece."""
    offset: int
    """Where its entry lies in the journal's topic: where to begin reading."""


class _Writing:
    """A snapshot that is written a portion at a time."""

    def __init__(self, snapshot: Snapshot, offset: int, slot: bytes) -> None:
        self.snapshot = snapshot
        self.offset = offset
        self.slot = slot
        self.pieces = _pieces(snapshot.chunks)
        self.digests: list[bytes] = []
        self.places: list[int] = []
        self.on_the_way: deque[Ticket] = deque()

    def arrive(self) -> None:
        """Wait for the pieces that were sent. Raises StoreUnavailable."""
        while self.on_the_way:
            self.places.append(self.on_the_way.popleft().offset())

    def slot_head(self) -> _SlotHead:
        found = self.snapshot
        return _SlotHead(
            found.head, found.now, found.next, tuple(self.digests), tuple(self.places), self.offset
        )


class KafkaSnapshots:
    """The snapshots of one partition. Used by one thread."""

    def __init__(self, cluster: Cluster, decider: str, number: int, writer: Writer) -> None:
        """Raises StoreUnavailable."""
        self._topic, self._number = cluster.snapshots(decider), number
        self._writer = writer
        self._reader = Reader(cluster, self._topic, number)
        self._writing: _Writing | None = None

    def begin(self, snapshot: Snapshot, offset: int) -> None:
        """Write, from now on, a snapshot of the state after the entry at `offset` over the older of the two.

        One that comes while another is on its way is passed over. Raises StoreUnavailable.
        """
        if self._writing is None:
            # Asked each time, since somebody else may have written one.
            self._writing = _Writing(snapshot, offset, SLOTS[self._newest_slot() == SLOTS[0]])

    def go_on(self, entry_bytes: int) -> tuple[Head, int] | None:
        """Write a portion beside an entry of this size. Once the snapshot is whole, it tells its entry and where that lies.

        Raises:
            StoreUnavailable: this snapshot is given up; the newest stays what it was.
        """
        writing = self._writing
        if writing is None:
            return None
        self._writing = None
        writing.arrive()
        if self._send_portion(writing, max(PORTION_BYTES_LEAST, PORTION_PER_ENTRY_BYTE * entry_bytes)):
            self._finish(writing)
            return writing.snapshot.head, writing.offset
        self._writing = writing
        return None

    def _send_portion(self, writing: _Writing, portion_bytes: int) -> bool:
        """Whether that was the last."""
        sent = 0
        for piece, last in writing.pieces:
            name = str(len(writing.digests)).encode()
            writing.on_the_way.append(self._send(writing.slot, name, piece, last=last))
            writing.digests.append(digest(piece))
            sent += len(piece)
            if sent >= portion_bytes:
                return False
        return True

    def _finish(self, writing: _Writing) -> None:
        writing.arrive()
        head = msgspec.msgpack.encode(writing.slot_head())
        self._send(writing.slot, HEAD, head, last=True).offset()

    def _newest_slot(self) -> bytes | None:
        try:
            newest = self._find()
        except SnapshotUnreadable:
            return None
        return newest[0] if newest is not None else None

    def _send(self, slot: bytes, name: bytes, value: bytes, *, last: bool) -> Ticket:
        headers = [(LAST, b"1" if last else b""), (DIGEST, digest(value))]
        return self._writer.send(self._topic, self._number, value, key=slot + b"/" + name, headers=headers)

    def newest(self) -> tuple[Snapshot, int] | None:
        """The newest whole snapshot, its chunks to be gone through once, and where its entry lies in the journal.

        Raises:
            SnapshotUnreadable: it is not what was written; going through its chunks may raise the same.
        """
        found = self._find()
        if found is None:
            return None
        _, head = found
        return Snapshot(head.head, head.now, head.next, self._chunks(head)), head.offset

    def _find(self) -> tuple[bytes, _SlotHead] | None:
        """The newest head and its slot."""
        beginning, end = self._reader.beginning(), self._reader.end()
        searched = SEARCHED_FIRST
        while True:
            heads = self._heads(max(beginning, end - searched))
            if heads or end - searched <= beginning:
                return max(reversed(heads), key=lambda found: found[1].head.seq, default=None)
            searched *= SEARCHED_FIRST

    def _heads(self, start: int) -> list[tuple[bytes, _SlotHead]]:
        return [
            (one.key.partition(b"/")[0], self._head(one))
            for one in self._records(start)
            if one.key is not None and one.key.endswith(b"/" + HEAD)
        ]

    def _head(self, one: Record) -> _SlotHead:
        if digest(one.value) != one.headers.get(DIGEST):
            raise SnapshotUnreadable(f"the head of a snapshot on {self._topic} is not what was written")
        try:
            return msgspec.msgpack.decode(one.value, type=_SlotHead)
        except msgspec.DecodeError as error:
            raise SnapshotUnreadable(f"the head of a snapshot on {self._topic}: {error}") from error

    def _chunks(self, head: _SlotHead) -> Iterator[bytes]:
        wanted = deque(zip(head.places, head.digests, strict=True))
        chunk = bytearray()
        for one in self._records(wanted[0][0]) if wanted else ():
            if not wanted:
                return
            if one.offset != wanted[0][0]:
                continue
            if digest(one.value) != wanted.popleft()[1]:
                raise SnapshotUnreadable(f"a piece of a snapshot on {self._topic} is not what was written")
            chunk += one.value
            if one.headers.get(LAST):
                yield bytes(chunk)
                chunk.clear()
        if wanted:
            raise SnapshotUnreadable("a newer snapshot took the place of this one while it was read")

    def _records(self, start: int) -> Iterator[Record]:
        return (one for one in self._reader.read(start) if isinstance(one, Record))

    def close(self) -> None:
        self._reader.close()


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The chunks cut up, each piece with whether its chunk ends there."""
    for chunk in chunks:
        for start in range(0, len(chunk) or 1, PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES], start + PIECE_BYTES >= len(chunk)
