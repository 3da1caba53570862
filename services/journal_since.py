"""Reading the journals of a folder from some time on; a daemon may write meanwhile."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from services.engine import CODECS, STORE_NAME
from services.errors import WrongUse
from streams.journal import Entry, decided_at
from streams.run.sqlite import Store


def opened_store(folder: Path) -> Store:
    """The journals, to read.

    Raises:
        WrongUse: the folder holds none.
        streams.errors.StoreUnavailable: they cannot be read.
    """
    if not (folder / STORE_NAME).exists():
        raise WrongUse(f"{folder} holds no journal (目录里没有日志)")
    return Store(folder / STORE_NAME, read_only=True)


def entries_since(store: Store, partition: str, since: datetime | None = None) -> Iterator[Entry[Any]]:
    """The entries that were decided since then, in order."""
    journal = store.journal(partition)
    after = 0 if since is None else _decided_before(store, partition, since)
    return map(CODECS[partition].decode, journal.read(after))


def _decided_before(store: Store, partition: str, at: datetime) -> int:
    """How many entries were decided before `at`; nothing that began later stands in them."""
    journal = store.journal(partition)
    seqs = range(1, journal.head().seq + 1)
    return bisect_left(seqs, at, key=lambda seq: decided_at(next(journal.read(seq - 1))))
