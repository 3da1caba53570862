"""Counts over time: what is happening now, in slots of ten seconds, and what is usual, by the hour of the week."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

import msgspec

from alerting.rules import LONGEST_WINDOW_S
from alerting.trace import SLICES, WINDOWS_SHOWN

SLOT_S = 10
"""A window is exact to one slot."""
SLOTS_KEPT = LONGEST_WINDOW_S // SLOT_S
HOUR_S = 3600
HOURS_A_DAY = 24
HOURS_A_WEEK = 168
WEEKS_KEPT = 5
HOURS_KEPT = WEEKS_KEPT * HOURS_A_WEEK
PEERS_LEAST = 3
"""From so many hours of the same kind on their median says what is usual."""
MAD_TO_SIGMA = 1.4826
"""Median absolute deviation of a normal distribution, to its standard deviation."""


def epoch_s(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


class SlotCounts(msgspec.Struct, kw_only=True):
    """Counts in slots of ten seconds, the last six hours of them, as running sums. Mutable."""

    first: int = 0
    """Number of the slot that `sums[0]` stands for."""
    sums: list[int] = []
    """How many came up to the end of each slot, so that a window is one subtraction."""
    before: int = 0
    """How many had come before the first slot."""

    def add(self, at_s: int, number: int = 1) -> None:
        """Count `number` at `at_s`; what is older than the oldest slot kept is left out."""
        slot = at_s // SLOT_S
        if not self.sums:
            self.first = slot
        place = slot - self.first
        if place < 0:
            return
        last = len(self.sums) - 1
        if place > last:
            place = last = self._extend(place)
        for each in range(place, last + 1):  # one slot, unless it comes late
            self.sums[each] += number

    def _extend(self, place: int) -> int:
        so_far = self.sums[-1] if self.sums else self.before
        if place >= len(self.sums) + SLOTS_KEPT:
            self.first, self.sums, self.before = self.first + place, [so_far], so_far
            return 0
        self.sums.extend([so_far] * (place + 1 - len(self.sums)))
        # Dropping the past in large pieces keeps this cheap.
        if len(self.sums) > 2 * SLOTS_KEPT:
            dropped = len(self.sums) - SLOTS_KEPT
            self.before = self.sums[dropped - 1]
            del self.sums[:dropped]
            self.first += dropped
            place -= dropped
        return place

    def within(self, from_s: int, to_s: int) -> int:
        """The sum over the slots that begin after `from_s` less one slot, up to the slot of `to_s`."""
        return self._up_to(to_s // SLOT_S) - self._up_to(from_s // SLOT_S)

    def trace(self, at_s: int, window_s: int) -> tuple[tuple[int, ...], int]:
        """Slices of the last windows of a rule, and how long they are together."""
        slice_s = max(SLOT_S, WINDOWS_SHOWN * window_s // SLICES // SLOT_S * SLOT_S)
        ends = [at_s - slice_s * back for back in range(SLICES)]
        return tuple(self.within(end - slice_s, end) for end in reversed(ends)), slice_s * SLICES

    def _up_to(self, slot: int) -> int:
        place = slot - self.first
        if place < 0 or not self.sums:
            return self.before
        return self.sums[place] if place < len(self.sums) else self.sums[-1]


class Usual(msgspec.Struct, frozen=True):
    """What is usual for one hour."""

    median: float
    spread: float
    """Robust standard deviation."""


class HourCounts(msgspec.Struct, kw_only=True):
    """Counts by the hour for five weeks. Mutable."""

    first: int | None = None
    """The first hour that was watched: earlier ones are unknown, not empty."""
    counts: dict[int, int] = {}

    def add(self, at_s: int) -> None:
        """Count one at `at_s`."""
        hour = at_s // HOUR_S
        known = self.counts.get(hour)
        if known is not None:
            self.counts[hour] = known + 1
            return
        if self.first is None:
            self.first = hour
        self.counts[hour] = 1
        for old in [kept for kept in self.counts if kept < hour - HOURS_KEPT]:
            del self.counts[old]

    def trace(self, at_s: int) -> tuple[tuple[int, ...], int]:
        """The last hours, this one as far as it went, and how long they are together."""
        hour = at_s // HOUR_S
        return tuple(self.counts.get(hour - back, 0) for back in range(SLICES - 1, -1, -1)), SLICES * HOUR_S

    def same_hour_of_week(self, at_s: int) -> Usual | None:
        """From the weeks before, at the same hour of the week; None with fewer than three of them."""
        return self._usual(at_s // HOUR_S, HOURS_A_WEEK, WEEKS_KEPT)

    def same_hour_of_day(self, at_s: int) -> Usual | None:
        """From the week before, at the same hour of the day; None with fewer than three days."""
        return self._usual(at_s // HOUR_S, HOURS_A_DAY, 7)

    def last_week(self, at_s: int) -> Usual | None:
        """From all hours of the week before; None with less than a day."""
        hour = at_s // HOUR_S
        if self.first is None or hour - self.first < HOURS_A_DAY:
            return None
        return self._usual(hour, 1, HOURS_A_WEEK)

    def so_far(self, at_s: int) -> Usual | None:
        """From all whole hours of the first day; None with fewer than three of them."""
        hour = at_s // HOUR_S
        if self.first is None or hour - self.first < PEERS_LEAST:
            return None
        return usual_of([self.counts.get(each, 0) for each in range(self.first, hour)])

    def _usual(self, hour: int, stride: int, most: int) -> Usual | None:
        if self.first is None:
            return None
        hours = [hour - stride * back for back in range(1, most + 1)]
        known = [self.counts.get(each, 0) for each in hours if each >= self.first]
        return usual_of(known) if len(known) >= PEERS_LEAST else None


def usual_of(counts: Sequence[int]) -> Usual:
    """Median and spread of `counts`, which is not empty."""
    middle = median(counts)
    return Usual(middle, MAD_TO_SIGMA * median(abs(count - middle) for count in counts))
