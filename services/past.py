"""The views as they stood at a moment: both journals folded up to it, once, into a file that is thrown away.

Sealed content stays sealed in it, so who was forgotten since is forgotten in the past as well.
"""

import asyncio
import shutil
import sqlite3
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from weakref import finalize

import msgspec

from services.config.model import Decisions, parse
from services.errors import HistoryTooLong
from services.journals import History, Journals, Where, opened_journals
from services.views.reader import Reader
from services.views.store import CODECS, Views
from streams.errors import Overloaded
from streams.journal import Stored, decided_at, decider_of
from streams.run.embedded import DESK, INTAKE

FOLDER_NAME = "past"
KEPT_MOST = 4
"""Moments whose files are kept; the one that was asked for longest ago goes first."""
BYTES_MOST = 512 * 1024 * 1024
"""Of entries that are folded for one moment: some 280,000 items, ten seconds of a core."""


WAITING_MOST = 8
"""Who may wait for a fold, or be served one; whoever asks beyond that is asked to come again."""
RETRY_AFTER_S = 10


class Standpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What pages of the past are drawn from."""

    reader: Reader
    decisions: Decisions | None
    """The configuration that held; None: none did yet."""


class Past:
    """Folds for one moment at a time, in a thread; into a data folder of which other processes do not read the past."""

    def __init__(self, folder: Path, where: Where, bytes_most: int = BYTES_MOST) -> None:
        """The files lie in `folder`, the journals are `where`."""
        self._where = where
        self._folder = folder / FOLDER_NAME
        self._bytes_most = bytes_most
        self._kept: OrderedDict[Hashable, Standpoint] = OrderedDict()
        self._made = 0
        self._too_long_at: datetime | None = None
        """The earliest moment until which there was too much: for later ones nothing is read."""
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def at(self, moment: datetime) -> Standpoint:
        """How things stood when everything up to `moment`, that one included, had been recorded.

        Raises:
            HistoryTooLong: more was recorded until then than is folded at once.
            streams.errors.StreamsError: the journals cannot be read.
            streams.errors.Overloaded: `WAITING_MOST` others asked before.
        """
        if self._waiting >= WAITING_MOST:
            raise Overloaded(RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await self._in_turn(moment)
        finally:
            self._waiting -= 1

    async def _in_turn(self, moment: datetime) -> Standpoint:
        async with self._turn:
            standing = await asyncio.to_thread(self._at, moment)
            while len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
            return standing

    def close(self) -> None:
        """Throw all of it away."""
        self._kept.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, moment: datetime) -> Standpoint:
        with closing(opened_journals(self._where)) as journals:
            mark = journals.mark(moment)
            if mark not in self._kept:
                self._kept[mark] = self._folded(journals, moment)
            self._kept.move_to_end(mark)
            return self._kept[mark]

    def _folded(self, journals: Journals, moment: datetime) -> Standpoint:
        limit = _Limit(self._bytes_most)
        if self._too_long_at is not None and moment >= self._too_long_at:
            limit.exceeded()
        try:
            limit.check(journals.bytes_until(moment))
            return self._filled(journals, moment, limit)
        except HistoryTooLong:
            self._too_long_at = moment
            raise

    def _filled(self, journals: Journals, moment: datetime, limit: "_Limit") -> Standpoint:
        if not self._kept:  # what a process that was killed left behind
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._made += 1
        path = self._folder / f"{self._made}.db"
        decisions = None
        try:
            with closing(Views(path)) as views:
                for history in (*journals.of(INTAKE), *journals.of(DESK)):
                    until = _Until(history, moment, limit)
                    views.follow(until)
                    if decider_of(until.partition) == DESK:
                        decisions = _held(until.last, journals)
        except BaseException:
            _remove(path)
            raise
        reader = Reader(path)
        # Whoever still reads there when it is let go of, a report that takes seconds, goes on; the last one out closes it.
        finalize(reader, _end, reader.connection, path)
        return Standpoint(reader=reader, decisions=decisions)


def _end(connection: sqlite3.Connection, path: Path) -> None:
    connection.close()
    _remove(path)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


class _Limit:
    """How much may be folded in all."""

    def __init__(self, bytes_most: int) -> None:
        self._bytes_most = bytes_most
        self._bytes = 0

    def add(self, size_bytes: int) -> None:
        self._bytes += size_bytes
        self.check(self._bytes)

    def check(self, size_bytes: int) -> None:
        if size_bytes > self._bytes_most:
            self.exceeded()

    def exceeded(self) -> NoReturn:
        raise HistoryTooLong(f"more than {self._bytes_most >> 20} MB until then")


class _Until:
    """A journal that ends with the last entry that was decided at `moment` or before: what `Views.follow` reads."""

    def __init__(self, history: History, moment: datetime, limit: _Limit) -> None:
        self.partition = history.partition
        self.last: Stored | None = None
        """The last that was read."""
        self._history = history
        self._moment = moment
        self._limit = limit

    def read(self, after: int = 0) -> Iterator[Stored]:
        for stored in self._history.read(after):
            if decided_at(stored) > self._moment:
                return
            self._limit.add(len(stored.body))
            self.last = stored
            yield stored


def _held(last: Stored | None, journals: Journals) -> Decisions | None:
    """The configuration that held with the last entry of the desk."""
    held = CODECS[DESK].decode(last).config if last is not None else None
    stored = journals.configs().get(held) if held is not None else None
    return None if stored is None else parse(stored)
