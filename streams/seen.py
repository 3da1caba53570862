"""Which ids were seen in the last 35 days, in eleven to twenty-one bytes each.

A Python set takes ninety bytes for an id; with millions of items that is most of the memory. Here the first 64 bits
of an id stand in open-addressing tables. Two different ids share those 64 bits once in 1.8 · 10^19 pairs; among a
hundred million items the chance of one such pair is under one in three thousand.

A week's tables are an extendible hash (Fagin 1979): an id's last bits say in which table it must be, so that a new id is
looked for in one place, however many there are, and growing splits one small table at a time.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt

HORIZON = timedelta(days=35)
"""An id that comes again after this long counts as new."""
GENERATION = timedelta(days=7)
FIRST_TABLE_SLOTS = 1 << 8
LARGEST_TABLE_SLOTS = 1 << 14
"""128 KB, so that splitting a table takes a few milliseconds; a table is one chunk of a snapshot."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE_SHIFT = 32
"""The bits of an id above these say where in its table it stands, the lowest ones in which table."""


class SeenIds:
    """A set of hex ids that forgets what is older than `HORIZON`, a week at a time."""

    def __init__(self) -> None:
        self._weeks: dict[int, _Week] = {}
        self._newest_first: tuple[_Week, ...] = ()
        self._current = _Week()
        """The week that `add` was called for last, and when it begins and ends."""
        self._begins = self._ends = _EPOCH

    def __contains__(self, hex_id: str) -> bool:
        number = int(hex_id[:16], 16) or 1
        for week in self._newest_first:
            # What `_Table.holds` would do: it is asked for several times an item, and calls are half of the price.
            table = week.tables[number & week.mask]
            slots, mask = table.slots, table.mask
            place = (number >> _PLACE_SHIFT) & mask
            while found := slots[place]:
                if found == number:
                    return True
                place = (place + 1) & mask
        return False

    def add_new(self, hex_id: str, at: datetime) -> bool:
        """`add`; true if it was not among them before. Half the price of asking first."""
        if not self._begins <= at < self._ends:
            known = hex_id in self  # before a new week forgets an old one
            self.add(hex_id, at)
            return not known
        number = int(hex_id[:16], 16) or 1
        week = self._current
        table = week.tables[number & week.mask]
        if not table.add(number):
            return False
        if table.used > table.most:
            week.make_room(table)
        return not any(other.holds(number) for other in self._newest_first if other is not week)

    def add(self, hex_id: str, at: datetime) -> None:
        """Remember `hex_id` as seen at `at`; opening a new week forgets the weeks beyond the horizon."""
        if not self._begins <= at < self._ends:
            self._turn_to((at - _EPOCH) // GENERATION)
        number = int(hex_id[:16], 16) or 1
        week = self._current
        table = week.tables[number & week.mask]
        table.add(number)
        if table.used > table.most:
            week.make_room(table)

    def _turn_to(self, number: int) -> None:
        week = self._weeks.get(number)
        if week is None:
            week = self._weeks[number] = _Week()
            oldest = max(self._weeks) - HORIZON // GENERATION
            self._weeks = {kept: self._weeks[kept] for kept in self._weeks if kept >= oldest}
            self._order()
        self._current = week
        self._begins = _EPOCH + number * GENERATION
        self._ends = self._begins + GENERATION

    def _order(self) -> None:
        self._newest_first = tuple(self._weeks[number] for number in sorted(self._weeks, reverse=True))

    def dump(self) -> Iterator["SeenChunk"]:
        """The tables, one chunk each."""
        for number, week in self._weeks.items():
            for table in dict.fromkeys(week.tables):
                yield SeenChunk(
                    week=number,
                    used=table.used,
                    slots=table.slots.tobytes(),
                    depth=table.depth,
                    ending=table.ending,
                )

    @classmethod
    def load(cls, chunks: Iterable["SeenChunk"]) -> "SeenIds":
        """What `dump` gave away."""
        tables: dict[int, list[_Table]] = {}
        for chunk in chunks:
            slots = array("Q", chunk.slots)
            table = _Table(slots, depth=chunk.depth, ending=chunk.ending, used=chunk.used)
            tables.setdefault(chunk.week, []).append(table)
        seen = cls()
        seen._weeks = {number: _Week.of(each) for number, each in tables.items()}
        seen._order()
        return seen


class SeenChunk(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """One table of a snapshot."""

    week: int
    used: int
    slots: bytes
    depth: int
    """It holds the ids of which so many last bits …"""
    ending: int
    """… are these."""


class _Week:
    """The ids of one week; `tables[id & mask]` is the table of an id, where one table may stand at several places."""

    __slots__ = ("mask", "tables")

    def __init__(self) -> None:
        self.tables = [_filled(np.empty(0, np.uint64), FIRST_TABLE_SLOTS, depth=0, ending=0)]
        self.mask = 0

    @classmethod
    def of(cls, tables: Iterable["_Table"]) -> "_Week":
        """The week that consists of `tables`."""
        week = cls()
        for table in tables:
            week._place(table)
        return week

    def holds(self, number: int) -> bool:
        """Whether an id is among them."""
        table = self.tables[number & self.mask]
        slots, mask = table.slots, table.mask
        place = (number >> _PLACE_SHIFT) & mask
        while found := slots[place]:
            if found == number:
                return True
            place = (place + 1) & mask
        return False

    def make_room(self, table: "_Table") -> None:
        """Put larger tables in the place of one that is full."""
        for larger in table.with_room():
            self._place(larger)

    def _place(self, table: "_Table") -> None:
        while len(self.tables) < 1 << table.depth:
            self.tables += self.tables
            self.mask = len(self.tables) - 1
        for place in range(table.ending, len(self.tables), 1 << table.depth):
            self.tables[place] = table


class _Table:
    """Open addressing with linear probing; zero marks a free slot."""

    __slots__ = ("depth", "ending", "mask", "most", "slots", "used")

    def __init__(self, slots: "array[int]", *, depth: int, ending: int, used: int = 0) -> None:
        self.slots = slots
        self.mask = len(slots) - 1
        self.most = len(slots) * 3 // 4
        self.used = used
        self.depth = depth
        self.ending = ending

    def add(self, number: int) -> bool:
        """True if it was not there."""
        slots, mask = self.slots, self.mask
        place = (number >> _PLACE_SHIFT) & mask
        while found := slots[place]:
            if found == number:
                return False
            place = (place + 1) & mask
        slots[place] = number
        self.used += 1
        return True

    def with_room(self) -> "tuple[_Table, ...]":
        """What takes its place when it is full: a larger one, or two that share its ids by one more of their bits."""
        numbers = np.frombuffer(self.slots, np.uint64)
        numbers = numbers[numbers != 0]
        size = len(self.slots)
        if size < LARGEST_TABLE_SLOTS:
            return (_filled(numbers, 2 * size, depth=self.depth, ending=self.ending),)
        bits = numbers >> np.uint64(self.depth) & np.uint64(1)
        return tuple(
            _filled(numbers[bits == bit], size, depth=self.depth + 1, ending=self.ending | bit << self.depth)
            for bit in (0, 1)
        )


def _filled(numbers: npt.NDArray[np.uint64], size: int, *, depth: int, ending: int) -> _Table:
    """The table that holds `numbers`: laid out at once, fifty times as fast as one by one.

    In the order of where they should stand, each stands there or right behind the one before.
    """
    wanted = (numbers >> np.uint64(_PLACE_SHIFT) & np.uint64(size - 1)).astype(np.int64)
    order = np.argsort(wanted)
    steps = np.arange(len(numbers))
    places = np.maximum.accumulate(wanted[order] - steps) + steps
    inside = places < size
    slots = np.zeros(size, np.uint64)
    slots[places[inside]] = numbers[order][inside]
    table = _Table(array("Q", slots.tobytes()), depth=depth, ending=ending, used=int(inside.sum()))
    for number in numbers[order][~inside].tolist():
        table.add(number)  # goes on at the front
    return table
