"""What was said before and after a statement went out, and how sure one may be that anything changed.

A comparison in time is no proof of cause: the wording says so, and so do small numbers. Shares are compared by Newcombe's
interval from two Wilson intervals (Newcombe 1998, method 10), volumes by the ratio of two counts whose spread is taken from
the counts of their own slices (quasi-Poisson), since posts come in bursts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log, sqrt
from typing import Literal

import msgspec

from services.views.mentions import minute_counts
from services.views.reader import Reader
from services.views.rows import MinuteCount

WINDOW = timedelta(hours=2)
"""So long before and after; less, while less has passed."""
SLICES = 12
"""Of each window, for how much the counts spread by themselves."""
FEW = 30
"""Below so many items on either side nothing is concluded."""
Z = 1.96
"""95 %."""

Finding = Literal["few", "unclear", "fell", "rose"]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about the brand in one stretch of time, half-open."""

    from_at: datetime
    to_at: datetime
    items: int
    negative: int

    @property
    def share(self) -> float | None:
        """Of negatives; None where nothing was said."""
        return self.negative / self.items if self.items else None


class Range(msgspec.Struct, frozen=True):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after a statement."""

    at: datetime
    before: Stretch
    after: Stretch
    partial: bool
    """Less than `WINDOW` has passed since."""
    share_change: Range | None
    """After less before; None where one side is empty."""
    share: Finding
    volume_ratio: Range | None
    """After divided by before; None where one side is empty."""
    volume: Finding


def effect_of(reader: Reader, brand: str, at: datetime, now: datetime) -> Effect | None:
    """Before and after `at`, counted by minutes; None while not even a minute has passed."""
    at = at.replace(second=0, microsecond=0)
    window = min(WINDOW, now.replace(second=0, microsecond=0) - at)
    if window < timedelta(minutes=1):
        return None
    counts = minute_counts(reader, brand, at - window, at + window)
    return compared(counts, at, window)


def compared(counts: Sequence[MinuteCount], at: datetime, window: timedelta) -> Effect:
    """The counts of `window` on either side of `at`."""
    before, after = _stretch(counts, at - window, at), _stretch(counts, at, at + window)
    change, ratio = _share_change(before, after), _volume_ratio(counts, before, after)
    few = min(before.items, after.items) < FEW
    return Effect(
        at=at,
        before=before,
        after=after,
        partial=window < WINDOW,
        share_change=change,
        share="few" if few else _finding(change, 0.0),
        volume_ratio=ratio,
        volume="few" if before.items + after.items < FEW else _finding(ratio, 1.0),
    )


def _stretch(counts: Sequence[MinuteCount], from_at: datetime, to_at: datetime) -> Stretch:
    within = [count for count in counts if from_at <= count.at < to_at]
    return Stretch(
        from_at=from_at,
        to_at=to_at,
        items=sum(count.items for count in within),
        negative=sum(count.negative for count in within),
    )


def _finding(found: Range | None, still: float) -> Finding:
    if found is None or found.low <= still <= found.high:
        return "unclear"
    return "rose" if found.value > still else "fell"


def _share_change(before: Stretch, after: Stretch) -> Range | None:
    if before.share is None or after.share is None:
        return None
    first, second = wilson(before.negative, before.items), wilson(after.negative, after.items)
    change = second.value - first.value
    low = change - sqrt((second.value - second.low) ** 2 + (first.high - first.value) ** 2)
    high = change + sqrt((second.high - second.value) ** 2 + (first.value - first.low) ** 2)
    return Range(change, low, high)


def wilson(part: int, whole: int) -> Range:
    """A share with its 95 % interval; `whole` is at least 1."""
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return Range(share, max(0.0, middle - half), min(1.0, middle + half))


def _volume_ratio(counts: Sequence[MinuteCount], before: Stretch, after: Stretch) -> Range | None:
    if not before.items or not after.items:
        return None
    spread = max(_spread(counts, before), _spread(counts, after))
    ratio = after.items / before.items
    half = Z * sqrt(spread * (1 / before.items + 1 / after.items))
    return Range(ratio, exp(log(ratio) - half), exp(log(ratio) + half))


def _spread(counts: Sequence[MinuteCount], stretch: Stretch) -> float:
    """Variance by mean of the counts in equal slices; 1 where they are no more uneven than chance."""
    slices = [0] * SLICES
    width = (stretch.to_at - stretch.from_at) / SLICES
    for count in counts:
        if stretch.from_at <= count.at < stretch.to_at:
            slices[min(SLICES - 1, int((count.at - stretch.from_at) / width))] += count.items
    mean = stretch.items / SLICES
    variance = sum((number - mean) ** 2 for number in slices) / (SLICES - 1)
    return max(1.0, variance / mean)
