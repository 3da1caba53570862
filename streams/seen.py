"""Which ids were seen in the last 35 days, in eight bytes each.

A Python set takes ninety bytes for an id; with millions of items that is most of the memory. Here the first 64 bits
of an id stand in sorted arrays. Two different ids share those 64 bits once in 1.8 · 10^19 pairs; among a hundred million
items the chance of one such pair is under one in three thousand.

New ids gather in a set; a few thousand of them become a sorted run, and runs of about the same size are merged
(a log-structured merge tree, O'Neil et al. 1996). A whole batch is looked up at once (`look_up`), since asking the arrays
for one id costs as much as asking for a hundred.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

import msgspec
import numpy as np
import numpy.typing as npt

HORIZON = timedelta(days=35)
"""An id that comes again after this long counts as new."""
GENERATION = timedelta(days=7)
FRESH_MOST = 1 << 13
"""New ids of a week that wait to become a run."""
MERGED_BELOW = 4
"""A run is merged with the one before it if that is less than so many times as long."""
LONGEST_RUN = 1 << 22
"""32 MB: merging takes less than a tenth of a second."""
CHUNK_IDS = 1 << 16
"""Ids in one chunk of a snapshot: half a megabyte."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Run = npt.NDArray[np.uint64]
"""Sorted, each once."""


class SeenIds:
    """A set of hex ids that forgets what is older than `HORIZON`, a week at a time."""

    def __init__(self) -> None:
        self._weeks: dict[int, _Week] = {}
        self._current: _Week | None = None
        """The week that `add` was called for last (None: beyond the horizon), and when it begins and ends."""
        self._begins = self._ends = _EPOCH
        self._absent: set[int] = set()
        """Ids that were looked up and not found; what came since stands among the fresh ones of the current week."""

    def __contains__(self, hex_id: str) -> bool:
        number = int(hex_id[:16], 16)
        if self._current is not None and number in self._current.fresh:
            return True
        return number not in self._absent and any(week.holds(number) for week in self._weeks.values())

    def look_up(self, hex_ids: Iterable[str]) -> None:
        """Look for a batch at once, so that asking for each of them is cheap; changes no answer."""
        numbers = np.array([int(hex_id[:16], 16) for hex_id in hex_ids], np.uint64)
        numbers.sort()  # neighbours are found in places that are in the cache already
        held = np.zeros(len(numbers), np.bool_)
        for week in self._weeks.values():
            held |= week.settled(numbers)
        self._absent = set(numbers[~held].tolist()).difference(*(week.fresh for week in self._weeks.values()))

    def add(self, hex_id: str, at: datetime) -> None:
        """Remember `hex_id` as seen at `at`; opening a new week forgets the weeks beyond the horizon."""
        if not self._begins <= at < self._ends:
            self._turn_to((at - _EPOCH) // GENERATION)
        if self._current is None:
            return
        fresh = self._current.fresh
        fresh.add(int(hex_id[:16], 16))
        if len(fresh) > FRESH_MOST:
            self._absent -= fresh  # from now on they stand in a run, and are found there
            self._current.settle()

    def add_new(self, hex_id: str, at: datetime) -> bool:
        """`add`; true if it was not among them before."""
        known = hex_id in self  # before a new week forgets an old one
        self.add(hex_id, at)
        return not known

    def _turn_to(self, number: int) -> None:
        if number not in self._weeks:
            self._weeks[number] = _Week()
            oldest = max(self._weeks) - HORIZON // GENERATION
            self._weeks = {kept: self._weeks[kept] for kept in sorted(self._weeks) if kept >= oldest}
        self._current = self._weeks.get(number)
        self._begins = _EPOCH + number * GENERATION
        self._ends = self._begins + GENERATION
        self._absent.clear()

    def dump(self) -> Iterator["SeenChunk"]:
        """The ids of every week in order, cut into chunks; what was seen alone decides where.

        They are those of this moment, also if chunks are taken later.
        """
        weeks = [(number, week.still()) for number, week in self._weeks.items()]
        return (SeenChunk(week=number, ids=ids.tobytes()) for number, week in weeks for ids in week.pieces())

    @classmethod
    def load(cls, chunks: Iterable["SeenChunk"]) -> "SeenIds":
        """What `dump` gave away."""
        pieces: defaultdict[int, list[Run]] = defaultdict(list)
        for chunk in chunks:
            pieces[chunk.week].append(np.frombuffer(chunk.ids, np.uint64))
        seen = cls()
        seen._weeks = {number: _Week(np.concatenate(each)) for number, each in pieces.items()}
        return seen


class SeenChunk(msgspec.Struct, frozen=True, kw_only=True, tag="seen_run"):
    """A piece of a snapshot: ids of one week, eight bytes each."""

    week: int
    ids: bytes


class _Week:
    """The ids of one week: a few fresh ones, all others in sorted runs, the longest first."""

    __slots__ = ("__weakref__", "_stills", "fresh", "runs")

    def __init__(self, *runs: Run) -> None:
        self.fresh: set[int] = set()
        self.runs = list(runs)
        self._stills: WeakSet[_Week] = WeakSet()
        """What `still` gave away and somebody goes on reading."""

    def holds(self, number: int) -> bool:
        return number in self.fresh or bool(self.settled(np.array([number], np.uint64))[0])

    def settled(self, numbers: Run) -> npt.NDArray[np.bool_]:
        """Whether each of `numbers` stands in a run."""
        held = np.zeros(len(numbers), np.bool_)
        for run in self.runs:
            held |= run.take(run.searchsorted(numbers), mode="clip") == numbers
        return held

    def settle(self) -> None:
        """Make a run of what is fresh, merged with those that are not much longer.

        A run that somebody reads is merged later: until then there would be all of its ids twice.
        """
        run = _sorted(self.fresh)
        self.fresh.clear()
        while self.runs and _are_merged(self.runs[-1], run) and not self._is_read(self.runs[-1]):
            run = _union(self.runs.pop(), run)
        self.runs.append(run)

    def still(self) -> "_Week":
        """The same, as it stands at this moment: runs are never changed, only replaced."""
        still = _Week(*self.runs, *([_sorted(self.fresh)] if self.fresh else []))
        self._stills.add(still)
        return still

    def _is_read(self, run: Run) -> bool:
        return any(run is read for still in self._stills for read in still.runs)

    def pieces(self, first: int = 0, bits: int = 64) -> Iterator[Run]:
        """All ids in order, in pieces of at most CHUNK_IDS: those from `first` on that differ in the last `bits` bits."""
        fresh = [_sorted(self.fresh)] if self.fresh else []
        within = [_within(run, first, bits) for run in [*self.runs, *fresh]]
        if sum(map(len, within)) > CHUNK_IDS:
            half = 1 << (bits - 1)
            yield from self.pieces(first, bits - 1)
            yield from self.pieces(first + half, bits - 1)
        elif any(map(len, within)):
            yield _union(*within)


def _sorted(numbers: Collection[int]) -> Run:
    run = np.fromiter(numbers, np.uint64, len(numbers))
    run.sort()
    return run


def _union(*runs: Run) -> Run:
    """The runs as one. (`np.unique` would do, and loads a tenth of a second's worth of modules for it.)"""
    run = np.concatenate(runs)
    run.sort()
    new = np.ones(len(run), np.bool_)
    np.not_equal(run[1:], run[:-1], out=new[1:])
    return run[new]


def _within(run: Run, first: int, bits: int) -> Run:
    last = np.uint64(first + (1 << bits) - 1)
    return run[run.searchsorted(np.uint64(first)) : run.searchsorted(last, side="right")]


def _are_merged(longer: Run, run: Run) -> bool:
    return len(longer) < MERGED_BELOW * len(run) and len(longer) + len(run) <= LONGEST_RUN
