"""Snapshots in the journal's file, written a portion at a time along with the entries that follow.

The snapshot of a million conversations has 230 MB: written at once it held up the loop for two seconds. So each entry that
is appended brings a portion of it along, in its own transaction, until it is whole; then it takes the place of the one
before it, whose chunks go away in the same manner. A writer that ends meanwhile leaves the older snapshot as it was.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain

import msgspec

from streams.errors import SnapshotUnreadable
from streams.journal import Head, Snapshot, digest

PORTION_BYTES_LEAST = 256 * 1024
PORTION_PER_ENTRY_BYTE = 8
"""A portion is so many times as large as the entry it comes with: a million conversations are written after a third of
the events that lie between two snapshots."""
DROPPED_AT_ONCE = 8
"""Chunks of an older snapshot that go away with one entry."""


class _SnapshotHead(msgspec.Struct, frozen=True):
    """A snapshot without its chunks."""

    head: Head
    now: datetime
    next: Mapping[str, int]
    digests: tuple[bytes, ...] = ()
    """SHA-256 of each chunk."""


class SnapshotWriter:
    """Writes the snapshots of one partition. Every call must be part of a transaction."""

    def __init__(self, connection: sqlite3.Connection, partition: str) -> None:
        self._connection = connection
        self._partition = partition
        self._snapshot: Snapshot | None = None
        self._chunks: Iterator[bytes] = iter(())
        self._digests: list[bytes] = []
        """Of the chunks that are written."""
        self._has_older = True
        """Also after a start: whoever wrote before may have left an unfinished one."""

    def go_on(self, entry_bytes: int, snapshot: Snapshot | None) -> None:
        """Write a portion beside an entry of this size. A `snapshot` that comes while one is on its way is passed over."""
        if self._snapshot is None and snapshot is not None:
            self._begin(snapshot)
        if self._snapshot is not None:
            self._write(self._snapshot, max(PORTION_BYTES_LEAST, PORTION_PER_ENTRY_BYTE * entry_bytes))
        elif self._has_older:
            self._has_older = self._drop_older(DROPPED_AT_ONCE)

    def forget(self) -> None:
        """Give up the one on its way: its transaction was rolled back."""
        self._snapshot, self._chunks, self._has_older = None, iter(()), True

    def _begin(self, snapshot: Snapshot) -> None:
        while self._has_older:
            self._has_older = self._drop_older(DROPPED_AT_ONCE)
        self._snapshot, self._chunks, self._digests = snapshot, iter(snapshot.chunks), []

    def _write(self, snapshot: Snapshot, portion_bytes: int) -> None:
        name, written = _name(self._partition, snapshot.head.seq), 0
        while written < portion_bytes:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._finish(snapshot)
                return
            self._connection.execute(
                "INSERT INTO snapshot_chunks VALUES (?, ?, ?)", (name, len(self._digests), chunk)
            )
            self._digests.append(digest(chunk))
            written += len(chunk)

    def _finish(self, snapshot: Snapshot) -> None:
        """`snapshots.hash` is that of the head's bytes, which hold the hash of every chunk."""
        head = msgspec.msgpack.encode(
            _SnapshotHead(snapshot.head, snapshot.now, snapshot.next, tuple(self._digests))
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
            (self._partition, snapshot.head.seq, digest(head), head),
        )
        self._snapshot, self._chunks, self._has_older = None, iter(()), True

    def _drop_older(self, most: int) -> bool:
        """Whether there may be more."""
        deleted = self._connection.execute(
            "DELETE FROM snapshot_chunks WHERE rowid IN (SELECT rowid FROM snapshot_chunks"
            " WHERE (partition = :partition OR (partition > :partition || '/' AND partition < :partition || '0'))"
            " AND partition IS NOT (SELECT partition || '/' || seq FROM snapshots WHERE partition = :partition)"
            " LIMIT :most)",
            {"partition": self._partition, "most": most},
        )
        return deleted.rowcount == most


def read_snapshot(connection: sqlite3.Connection, partition: str) -> Snapshot | None:
    """The newest snapshot that is whole.

    Raises:
        SnapshotUnreadable: it is not what was written; reading its chunks may raise the same.
    """
    # One statement, so that head and chunks are of one snapshot also if a new one takes its place meanwhile.
    rows = connection.execute(
        "SELECT hash, head, chunk FROM snapshots JOIN snapshot_chunks"
        " ON snapshot_chunks.partition = snapshots.partition || '/' || snapshots.seq"
        " WHERE snapshots.partition = ? ORDER BY number",
        (partition,),
    )
    first = next(rows, None)
    if first is None:
        return None
    if digest(first[1]) != first[0]:
        raise SnapshotUnreadable(
            f"the snapshot of {partition!r} is not what was written, or of a release without its hash"
        )
    head = msgspec.msgpack.decode(first[1], type=_SnapshotHead)
    chunks = (chunk for _, _, chunk in chain([first], rows))
    return Snapshot(head.head, head.now, head.next, _checked(chunks, head.digests, partition))


def _checked(chunks: Iterable[bytes], digests: tuple[bytes, ...], partition: str) -> Iterator[bytes]:
    """The chunks, each checked before it is given away.

    Raises:
        SnapshotUnreadable: one is not what was written, or is missing.
    """
    number = 0
    for number, chunk in enumerate(chunks, 1):
        if number > len(digests) or digest(chunk) != digests[number - 1]:
            raise SnapshotUnreadable(
                f"chunk {number} of the snapshot of {partition!r} is not what was written"
            )
        yield chunk
    if number < len(digests):
        raise SnapshotUnreadable(f"the snapshot of {partition!r} has {number} of {len(digests)} chunks")


def _name(partition: str, seq: int) -> str:
    """Under which the chunks of a snapshot stand."""
    return f"{partition}/{seq}"
