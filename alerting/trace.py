"""The small chart of an alarm: what it counted, in equal slices of time that end with it. Stored, so that it never changes."""

from collections.abc import Iterable

SLICES = 24
WINDOWS_SHOWN = 6
"""So many windows of a rule are shown: the one that fired, and what was before."""


def traced(moments: Iterable[int], at_s: int, span_s: int) -> tuple[int, ...]:
    """How many of `moments` (epoch seconds) lie in each slice of the `span_s` seconds up to `at_s`, the newest last."""
    counts = [0] * SLICES
    for moment in moments:
        age_s = at_s - moment
        if 0 <= age_s < span_s:
            counts[SLICES - 1 - age_s * SLICES // span_s] += 1
    return tuple(counts)
