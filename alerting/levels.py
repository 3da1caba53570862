"""Levels of an incident: blue 蓝 IV, yellow 黄 III, orange 橙 II, red 红 I."""

from typing import Literal

Level = Literal["blue", "yellow", "orange", "red"]

LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
"""From the lowest to the highest."""
EASES_BY_ITSELF: frozenset[Level] = frozenset({"blue", "yellow"})
"""The others come down by a person only."""
_RANK: dict[Level, int] = {level: rank for rank, level in enumerate(LEVELS, start=1)}


def rank(level: Level) -> int:
    """1 for blue to 4 for red."""
    return _RANK[level]


def below(level: Level) -> Level | None:
    """The next lower level; None below blue."""
    return LEVELS[rank(level) - 2] if rank(level) > 1 else None
