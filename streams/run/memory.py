"""The journal in memory: for tests, and for `backtest`, which must leave nothing behind."""

from collections.abc import Iterator

import msgspec

from streams.errors import NotLinked
from streams.journal import Head, Snapshot, Stored


class MemoryJournal:
    """A journal that ends with the process."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self._entries: list[Stored] = []
        self._snapshot: Snapshot | None = None

    def head(self) -> Head:
        return Head(self._entries[-1].seq, self._entries[-1].hash) if self._entries else Head()

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        _check_link(stored, prev, self.head(), self.partition)
        self._entries.append(stored)
        if snapshot is not None:
            self._snapshot = msgspec.structs.replace(snapshot, chunks=tuple(snapshot.chunks))

    def read(self, after: int = 0) -> Iterator[Stored]:
        yield from self._entries[after:]

    def snapshot(self) -> Snapshot | None:
        return self._snapshot


class ForgetfulJournal(MemoryJournal):
    """Links entries and keeps none: a backtest of a million items needs the chain's head, not its body."""

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:  # noqa: ARG002 - the port's
        super().append(stored, prev)
        del self._entries[:-1]


def _check_link(stored: Stored, prev: bytes, head: Head, partition: str) -> None:
    if prev != head.hash or stored.seq != head.seq + 1:
        raise NotLinked(f"entry {stored.seq} of {partition!r} does not continue entry {head.seq}")
