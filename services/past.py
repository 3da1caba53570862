"""The views as they stood at a moment: both journals folded up to it, once, into a file that is thrown away.

Sealed content stays sealed in it, so who was forgotten since is forgotten in the past as well.
"""

import asyncio
import shutil
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from services.config.model import Decisions, parse
from services.errors import HistoryTooLong
from services.views.reader import Reader
from services.views.store import CODECS, Views
from streams.journal import Stored, decided_at
from streams.run.embedded import DESK, INTAKE
from streams.run.sqlite import SqliteJournal, Store

FOLDER_NAME = "past"
KEPT_MOST = 4
"""Moments whose files are kept; the one that was asked for longest ago goes first."""
BYTES_MOST = 512 * 1024 * 1024
"""Of entries that are folded for one moment: some 280,000 items, ten seconds of a core."""


class Standpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What pages of the past are drawn from."""

    reader: Reader
    decisions: Decisions | None
    """The configuration that held; None: none did yet."""


class Past:
    """Folds for one moment at a time, in a thread. `folder` is a data folder; other processes do not read its past."""

    def __init__(self, folder: Path, store_name: str, bytes_most: int = BYTES_MOST) -> None:
        self._store = folder / store_name
        self._folder = folder / FOLDER_NAME
        self._bytes_most = bytes_most
        self._kept: OrderedDict[tuple[int, int], Standpoint] = OrderedDict()
        self._turn = asyncio.Lock()

    async def at(self, moment: datetime) -> Standpoint:
        """How things stood when everything up to `moment`, that one included, had been recorded.

        Raises:
            HistoryTooLong: more was recorded until then than is folded at once.
            streams.errors.JournalError: an entry cannot be read.
        """
        async with self._turn:
            standing = await asyncio.to_thread(self._at, moment)
            # Here and not in the thread: pages read in this one, and none is in the midst of a query now.
            while len(self._kept) > KEPT_MOST:
                self._drop(next(iter(self._kept)))
            return standing

    def close(self) -> None:
        """Throw all of it away."""
        while self._kept:
            self._drop(next(iter(self._kept)))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, moment: datetime) -> Standpoint:
        with closing(Store(self._store, read_only=True)) as store:
            journals = [_Until(store.journal(name), moment) for name in (INTAKE, DESK)]
            name = (journals[0].last, journals[1].last)
            if name not in self._kept:
                self._kept[name] = self._folded(journals, store)
            self._kept.move_to_end(name)
            return self._kept[name]

    def _folded(self, journals: list["_Until"], store: Store) -> Standpoint:
        size_bytes = sum(journal.size_bytes(store) for journal in journals)
        if size_bytes > self._bytes_most:
            raise HistoryTooLong(f"{size_bytes >> 20} MB until then, at most {self._bytes_most >> 20} MB")
        if not self._kept:  # what a process that was killed left behind
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{journals[0].last}-{journals[1].last}.db"
        with closing(Views(path)) as views:
            for journal in journals:
                views.follow(journal)
        return Standpoint(reader=Reader(path), decisions=_held(journals[1], store))

    def _drop(self, name: tuple[int, int]) -> None:
        reader = self._kept.pop(name).reader
        reader.close()
        for ending in ("", "-wal", "-shm"):
            reader.path.with_name(reader.path.name + ending).unlink(missing_ok=True)


class _Until:
    """A journal that ends with the last entry that was decided at `moment` or before: what `Views.follow` reads."""

    def __init__(self, journal: SqliteJournal, moment: datetime) -> None:
        self.partition = journal.partition
        self._journal = journal
        seqs = range(1, journal.head().seq + 1)
        self.last = bisect_right(seqs, moment, key=lambda seq: decided_at(next(journal.read(seq - 1))))

    def read(self, after: int = 0) -> Iterator[Stored]:
        for stored in self._journal.read(after):
            if stored.seq > self.last:
                return
            yield stored

    def size_bytes(self, store: Store) -> int:
        row = store.connection.execute(
            "SELECT total(length(body)) FROM entries WHERE partition = ? AND seq <= ?",
            (self.partition, self.last),
        ).fetchone()
        return int(row[0])


def _held(desk: _Until, store: Store) -> Decisions | None:
    last = next(desk.read(desk.last - 1), None) if desk.last else None
    held = CODECS[DESK].decode(last).config if last is not None else None
    stored = store.configs().get(held) if held is not None else None
    return None if stored is None else parse(stored)
