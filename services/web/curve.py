"""The curve of an incident: volume and negatives as an SVG path, drawn by the server, every part of it a link."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from services.views.rows import MinuteCount

WIDTH = 560
HEIGHT = 180
BARS_MOST = 60
STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440))
HEADROOM = 1.15
"""The highest bar leaves a little room for the marks."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, as a line across the curve."""

    at: datetime
    words: str
    tone: str
    """A level, or `done`."""
    x: float = 0.0
    row: int = 0
    """Marks that are close to each other stand one below the other."""
    flipped: bool = False
    """The words stand left of the line."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time."""

    from_at: datetime
    to_at: datetime
    items: int
    negative: int
    x: float
    width: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Ready to be drawn in a box of `WIDTH` by `HEIGHT`."""

    from_at: datetime
    to_at: datetime
    bars: tuple[Bar, ...]
    line: str
    area: str
    grid: tuple[float, ...]
    peak: int
    marks: tuple[Mark, ...]


def curve_of(
    counts: Sequence[MinuteCount], marks: Sequence[Mark], from_at: datetime, to_at: datetime
) -> Curve | None:
    """The curve from `from_at` to `to_at`; None if nothing was said in that time."""
    step = next((step for step in STEPS if (to_at - from_at) / step <= BARS_MOST), STEPS[-1])
    from_at = from_at.replace(second=0, microsecond=0)
    number = max(2, -(-(to_at - from_at) // step))
    to_at = from_at + number * step
    items, negative = [0] * number, [0] * number
    for count in counts:
        place = (count.at - from_at) // step
        if 0 <= place < number:
            items[place] += count.items
            negative[place] += count.negative
    peak = max(items)
    if peak == 0:
        return None
    width = WIDTH / number
    return Curve(
        from_at=from_at,
        to_at=to_at,
        bars=tuple(
            Bar(
                from_at=from_at + place * step,
                to_at=from_at + (place + 1) * step,
                items=items[place],
                negative=negative[place],
                x=place * width,
                width=width,
            )
            for place in range(number)
        ),
        line=_path(items, peak),
        area=f"{_path(negative, peak)} L{WIDTH:.1f},{HEIGHT} L0,{HEIGHT} Z",
        grid=tuple(HEIGHT * part / 3 for part in (1, 2)),
        peak=peak,
        marks=_placed(marks, from_at, to_at),
    )


def _path(values: Sequence[int], peak: int) -> str:
    """A line through the middle of every bar, drawn out to both edges."""
    width = WIDTH / len(values)
    points = [
        (place * width + width / 2, HEIGHT - HEIGHT * value / (peak * HEADROOM))
        for place, value in enumerate(values)
    ]
    points = [(0.0, points[0][1]), *points, (float(WIDTH), points[-1][1])]
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _placed(marks: Sequence[Mark], from_at: datetime, to_at: datetime) -> tuple[Mark, ...]:
    """Marks with their places; words that would run into each other go down a row."""
    placed: list[Mark] = []
    free_from = [0.0] * 5
    for mark in sorted(marks, key=lambda mark: mark.at):
        if not from_at <= mark.at <= to_at:
            continue
        x = WIDTH * ((mark.at - from_at) / (to_at - from_at))
        wide = 12 + 11 * len(mark.words)
        flipped = x + wide > WIDTH
        left = x - wide if flipped else x
        row = next((row for row, free in enumerate(free_from) if left >= free), None)
        if row is None:
            continue
        free_from[row] = left + wide
        placed.append(msgspec.structs.replace(mark, x=x, row=row, flipped=flipped))
    return tuple(placed)
