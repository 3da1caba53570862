"""What a measurement gives: a figure with its name, its unit and, where there is one, its aim."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

ROUNDS = 3
"""Short measurements are repeated, and the median counts: other programs share the machine."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `key` is its name in bench.json; without a key it is only printed."""

    value: float
    unit: str
    what: str
    key: str | None = None
    aim: float | None = None
    better: Literal["more", "less"] = "more"

    @property
    def meets_aim(self) -> bool | None:
        """None without an aim."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.better == "more" else self.value <= self.aim


Section = Callable[[float], Iterator[Figure]]
"""A group of figures; the argument is the share of the full load (1.0) to measure with."""


def took_s(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def rate(count: int, work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How many of `count` things `work` does in a second: the median of some rounds."""
    return count / statistics.median(took_s(work) for _ in range(rounds))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1)]
