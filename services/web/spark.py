"""The small chart of an alarm: the slices of time that its evidence holds, as bars; the window that fired stands out."""

from datetime import datetime, timedelta

import msgspec

from alerting.events import Evidence

WIDTH, HEIGHT = 120, 28
GAP = 1.0


class Bar(msgspec.Struct, frozen=True):
    """One slice of time."""

    x: float
    y: float
    width: float
    height: float
    fired: bool
    """It lies in the window that the rule looked at."""


class Spark(msgspec.Struct, frozen=True, kw_only=True):
    """Ready to be drawn in a box of `WIDTH` by `HEIGHT`."""

    bars: tuple[Bar, ...]
    peak: int
    from_at: datetime
    to_at: datetime


def spark_of(evidence: Evidence) -> Spark | None:
    """The chart; None where the evidence holds no counts over time (also of alarms of earlier releases)."""
    peak = max(evidence.trace, default=0)
    if not peak:
        return None
    number = len(evidence.trace)
    width, slice_s = WIDTH / number, evidence.trace_s / number
    first_fired = number - max(1, round((evidence.window_s or 0) / slice_s))
    bars = (
        Bar(
            place * width,
            HEIGHT * (1 - count / peak),
            width - GAP,
            HEIGHT * count / peak,
            place >= first_fired,
        )
        for place, count in enumerate(evidence.trace)
    )
    return Spark(
        bars=tuple(bar for bar in bars if bar.height),
        peak=peak,
        from_at=evidence.at - timedelta(seconds=evidence.trace_s),
        to_at=evidence.at,
    )
