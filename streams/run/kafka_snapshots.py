"""Snapshots on Kafka: a compacted topic, two slots a partition, so that a whole one stands while the next is written.

A snapshot is cut into pieces under 1 MB, each a message with the key `slot/number`; the last message, `slot/head`, tells
what it stands for, with the hash of every piece. Pieces bear the hash of their entry: a slot counts when all of them agree.
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
PIECES_ON_THE_WAY = 16
SLOTS = (b"a", b"b")
HEAD = b"head"
OF, LAST, DIGEST = "of", "last", "digest"


class _SlotHead(msgspec.Struct, frozen=True):
    """The last message of a snapshot."""

    head: Head
    now: datetime
    next: Mapping[str, int]
    digests: tuple[bytes, ...]
    """SHA-256 of each piece."""
    offset: int
    """Where its entry lies in the journal's topic: where to begin reading."""


class _Found(msgspec.Struct, frozen=True):
    slot: bytes
    head: _SlotHead
    offsets: tuple[int, ...]
    """Of its pieces, in order."""


class KafkaSnapshots:
    """The snapshots of one partition. Used by one thread."""

    def __init__(self, cluster: Cluster, decider: str, number: int, writer: Writer) -> None:
        """Raises StoreUnavailable."""
        self._topic, self._number = cluster.snapshots(decider), number
        self._writer = writer
        self._reader = Reader(cluster, self._topic, number)

    def put(self, snapshot: Snapshot, offset: int) -> None:
        """Write a snapshot of the state after the entry at `offset` over the older of the two.

        Raises:
            StoreUnavailable: it is not whole; the newest stays what it was.
        """
        slot = SLOTS[self._newest_slot() == SLOTS[0]]
        digests: list[bytes] = []
        on_the_way: deque[Ticket] = deque()
        for piece, last in _pieces(snapshot.chunks):
            on_the_way.append(self._send(slot, str(len(digests)).encode(), piece, snapshot.head, last=last))
            digests.append(digest(piece))
            if len(on_the_way) > PIECES_ON_THE_WAY:
                on_the_way.popleft().offset()
        for ticket in on_the_way:
            ticket.offset()
        head = msgspec.msgpack.encode(
            _SlotHead(snapshot.head, snapshot.now, snapshot.next, tuple(digests), offset)
        )
        self._send(slot, HEAD, head, snapshot.head, last=True).offset()

    def _newest_slot(self) -> bytes | None:
        try:
            newest = self._find()
        except SnapshotUnreadable:
            return None
        return newest.slot if newest is not None else None

    def _send(self, slot: bytes, name: bytes, value: bytes, of: Head, *, last: bool) -> Ticket:
        headers = [(OF, of.hash), (LAST, b"1" if last else b""), (DIGEST, digest(value))]
        return self._writer.send(self._topic, self._number, value, key=slot + b"/" + name, headers=headers)

    def newest(self) -> tuple[Snapshot, int] | None:
        """The newest whole snapshot, its chunks to be gone through once, and where its entry lies in the journal.

        Raises:
            SnapshotUnreadable: it is not what was written; going through its chunks may raise the same.
        """
        found = self._find()
        if found is None:
            return None
        head = found.head
        return Snapshot(head.head, head.now, head.next, self._chunks(found)), head.offset

    def _find(self) -> _Found | None:
        """Which slot is whole and newest. Goes through the topic once and keeps no piece."""
        heads: dict[bytes, _SlotHead] = {}
        where: dict[bytes, tuple[int, bytes]] = {}
        for one in self._records(self._reader.beginning()):
            if one.key is None:
                continue
            slot, _, name = one.key.partition(b"/")
            if name == HEAD:
                heads[slot] = self._head(one)
            else:
                where[one.key] = (one.offset, one.headers.get(OF, b""))
        whole = [found for slot, head in heads.items() if (found := _whole(slot, head, where)) is not None]
        return max(whole, key=lambda found: found.head.head.seq, default=None)

    def _head(self, one: Record) -> _SlotHead:
        if digest(one.value) != one.headers.get(DIGEST):
            raise SnapshotUnreadable(f"the head of a snapshot on {self._topic} is not what was written")
        return msgspec.msgpack.decode(one.value, type=_SlotHead)

    def _chunks(self, found: _Found) -> Iterator[bytes]:
        wanted = deque(zip(found.offsets, found.head.digests, strict=True))
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


def _whole(slot: bytes, head: _SlotHead, where: Mapping[bytes, tuple[int, bytes]]) -> _Found | None:
    offsets = []
    for number in range(len(head.digests)):
        offset, of = where.get(slot + b"/" + str(number).encode(), (0, b""))
        if of != head.head.hash:
            return None
        offsets.append(offset)
    return _Found(slot, head, tuple(offsets))


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The chunks cut up, each piece with whether its chunk ends there."""
    for chunk in chunks:
        for start in range(0, len(chunk) or 1, PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES], start + PIECE_BYTES >= len(chunk)
