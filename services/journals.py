"""The journals of a house for whoever looks back: in a folder or on Kafka, read the same way; others may write meanwhile."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from services.engine import CODECS, STORE_NAME
from services.errors import WrongUse
from streams.errors import BrokenChain
from streams.journal import CHANGED, Entry, Head, Stored, decided_at, decider_of, digest
from streams.run.embedded import DESK, INTAKE
from streams.run.sqlite import SqliteJournal, Store

if TYPE_CHECKING:  # Kafka is an extra
    from streams.run.kafka import Cluster

Where: TypeAlias = "Path | Cluster"
"""A data folder, or the Kafka on which a house lives."""


class History(Protocol):
    """One journal."""

    @property
    def partition(self) -> str: ...

    def read(self, after: int = 0) -> Iterator[Stored]:
        """The entries after `after`, in order."""
        ...

    def since(self, at: datetime) -> Iterator[Stored]:
        """The entries that were decided at `at` or later, in order."""
        ...

    def head(self) -> Head:
        """Where it ends now."""
        ...


class Journals(Protocol):
    """All journals of a house. Raises StreamsError where they cannot be read."""

    def of(self, decider: str) -> Sequence[History]:
        """Those of a decider."""
        ...

    def configs(self) -> Mapping[str, bytes]:
        """Every configuration that was ever active, as it was stored, by its hash."""
        ...

    def mark(self, moment: datetime) -> Hashable:
        """Two moments with the same mark stand for the same entries."""
        ...

    def bytes_until(self, moment: datetime) -> int:
        """Of all entries that were decided at `moment` or before, as far as that is known without reading them."""
        ...

    def close(self) -> None: ...


def opened_journals(where: Where) -> Journals:
    """The journals, to read.

    Raises:
        WrongUse: the folder holds none.
        streams.errors.StreamsError: they cannot be read.
    """
    if isinstance(where, Path):
        return _InFolder(where)
    from services.kafka_journals import OnKafka

    return OnKafka(where)


def entries_of(
    history: History, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Entry[Any]]:
    """The entries that were decided from `since` to `until`, both included, in order."""
    stored = history.read() if since is None else history.since(since)
    entries = map(CODECS[decider_of(history.partition)].decode, stored)
    return entries if until is None else takewhile(lambda entry: entry.now <= until, entries)


def entries_since(journals: Journals, decider: str, since: datetime | None = None) -> Iterator[Entry[Any]]:
    """The entries of all journals of a decider that were decided since then, by the time of their decisions."""
    return merge(
        *(entries_of(history, since) for history in journals.of(decider)), key=lambda entry: entry.now
    )


def unchanged_entries(history: History) -> Iterator[Entry[Any]]:
    """All entries as they were written: what somebody changed is not given out as a record of anything.

    Raises:
        BrokenChain: the first entry that is not what was written.
    """
    for stored in history.read():
        if digest(stored.body) != stored.hash:
            raise BrokenChain(history.partition, stored.seq, CHANGED)
        yield CODECS[decider_of(history.partition)].decode(stored)


class _InFolder:
    """`Journals` of a data folder."""

    def __init__(self, folder: Path) -> None:
        if not (folder / STORE_NAME).exists():
            raise WrongUse(f"{folder} holds no journal (目录里没有日志)")
        self._store = Store(folder / STORE_NAME, read_only=True)

    def of(self, decider: str) -> Sequence[History]:
        return (_Journal(self._store.journal(decider)),)

    def configs(self) -> Mapping[str, bytes]:
        return self._store.configs()

    def mark(self, moment: datetime) -> Hashable:
        return tuple(_Journal(self._store.journal(name)).decided_by(moment) for name in (INTAKE, DESK))

    def bytes_until(self, moment: datetime) -> int:
        return sum(
            self._store.bytes_until(name, _Journal(self._store.journal(name)).decided_by(moment))
            for name in (INTAKE, DESK)
        )

    def close(self) -> None:
        self._store.close()


class _Journal:
    """`History` of one journal in a folder."""

    def __init__(self, journal: SqliteJournal) -> None:
        self.partition = journal.partition
        self.read = journal.read
        self.head = journal.head

    def since(self, at: datetime) -> Iterator[Stored]:
        # What was decided before `at` holds nothing that began later.
        return self.read(bisect_left(self._seqs(), at, key=self._decided_at))

    def decided_by(self, moment: datetime) -> int:
        """The last entry that was decided at `moment` or before."""
        return bisect_right(self._seqs(), moment, key=self._decided_at)

    def _seqs(self) -> range:
        return range(1, self.head().seq + 1)

    def _decided_at(self, seq: int) -> datetime:
        return decided_at(next(self.read(seq - 1)))
