"""Which ids were seen in the last 35 days, in about twelve bytes each.

A Python set takes ninety bytes for an id; with millions of items that is most of the memory. Here the first 64 bits
of an id stand in open-addressing tables. Two different ids share those 64 bits once in 1.8 · 10^19 pairs; among a
hundred million items the chance of one such pair is under one in three thousand.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

HORIZON = timedelta(days=35)
"""An id that comes again after this long counts as new."""
GENERATION = timedelta(days=7)
FIRST_TABLE_SLOTS = 1 << 14
LARGEST_TABLE_SLOTS = 1 << 17
"""One megabyte, so that a table is one chunk of a snapshot."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SeenIds:
    """A set of hex ids that forgets what is older than `HORIZON`, a week at a time."""

    def __init__(self) -> None:
        self._generations: dict[int, list[_Table]] = {}
        self._all: list[_Table] = []
        """Every table of every week: membership is asked several times an item."""

    def __contains__(self, hex_id: str) -> bool:
        number = _number(hex_id)
        for table in self._all:  # noqa: SIM110  (a generator would cost as much as the search)
            if table.holds(number):
                return True
        return False

    def add(self, hex_id: str, at: datetime) -> None:
        """Remember `hex_id` as seen at `at`; opening a new week forgets the weeks beyond the horizon."""
        week = (at - _EPOCH) // GENERATION
        tables = self._generations.get(week)
        if tables is None:
            tables = self._open(week)
        newest = tables[-1]
        if newest.full:
            newest = _Table.empty(min(len(newest.slots) * 2, LARGEST_TABLE_SLOTS))
            tables.append(newest)
            self._all.append(newest)
        newest.add(_number(hex_id))

    def _open(self, week: int) -> "list[_Table]":
        tables = [_Table.empty(FIRST_TABLE_SLOTS)]
        self._generations[week] = tables
        oldest = max(self._generations) - HORIZON // GENERATION
        self._generations = {kept: self._generations[kept] for kept in self._generations if kept >= oldest}
        self._list_tables()
        return tables

    def _list_tables(self) -> None:
        self._all = [table for tables in self._generations.values() for table in tables]

    def dump(self) -> Iterator["SeenChunk"]:
        """The tables, one chunk each."""
        for week, tables in self._generations.items():
            for table in tables:
                yield SeenChunk(week=week, used=table.used, slots=table.slots.tobytes())

    @classmethod
    def load(cls, chunks: Iterable["SeenChunk"]) -> "SeenIds":
        """What `dump` gave away."""
        seen = cls()
        for chunk in chunks:
            table = _Table(array("Q", chunk.slots))
            table.used = chunk.used
            seen._generations.setdefault(chunk.week, []).append(table)
        seen._list_tables()
        return seen


class SeenChunk(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """One table of a snapshot."""

    week: int
    used: int
    slots: bytes


class _Table:
    """Open addressing with linear probing; zero marks a free slot."""

    __slots__ = ("mask", "slots", "used")

    def __init__(self, slots: "array[int]") -> None:
        self.slots = slots
        self.mask = len(slots) - 1
        self.used = 0

    @classmethod
    def empty(cls, slots: int) -> "_Table":
        return cls(array("Q", bytes(8 * slots)))

    @property
    def full(self) -> bool:
        return self.used * 3 > len(self.slots) * 2

    def holds(self, number: int) -> bool:
        slots, mask = self.slots, self.mask
        place = number & mask
        while found := slots[place]:
            if found == number:
                return True
            place = (place + 1) & mask
        return False

    def add(self, number: int) -> None:
        slots, mask = self.slots, self.mask
        place = number & mask
        while found := slots[place]:
            if found == number:
                return
            place = (place + 1) & mask
        slots[place] = number
        self.used += 1


def _number(hex_id: str) -> int:
    return int(hex_id[:16], 16) or 1
