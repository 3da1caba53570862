"""How well promises were kept: attainment and response times, by whatever one asks. Pure functions over waits.

Only what is decided counts: a wait that was answered in time is met; one that was answered late, or is overdue and not
answered, is breached; what still runs, or was cancelled (needs no reply, deleted, folded into a group), is neither.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from streams.sla.clocks import Clock, ClockState

By = Literal["platform", "account", "policy", "agent", "hour", "day", "kind"]
Part = Literal["met", "breached", "answers"]
"""Of some waits, those that a figure counts; lengths of time are those of the answers."""
BYS: tuple[By, ...] = ("platform", "account", "policy", "agent", "hour", "day", "kind")


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """One response clock with what is known around it."""

    conversation: str
    platform: str
    account: str
    brand: str | None = None
    clock: Clock
    state: ClockState
    agent: str | None = None
    """Who answered, where a person of ours said so."""
    counted_s: int | None = None
    """Of its calendar's time; None if its policy is no longer configured."""

    @property
    def wall_s(self) -> float | None:
        """From the first unanswered message to our reply, by the clock on the wall; None while nobody replied.

        None also for a member of a group, whose one wait it shares.
        """
        ended_at = self.clock.ended_at
        if ended_at is None or self.clock.state_end != "met" or self.clock.folded_at is not None:
            return None
        return (ended_at - self.clock.started_at).total_seconds()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a report. Lengths are seconds; the smallest that at least that share of the answers do not exceed."""

    name: str
    met: int
    breached: int
    attainment: float | None
    """met / (met + breached); None where nothing is decided."""
    answers: int
    wall_p50_s: float | None
    wall_p90_s: float | None
    wall_p95_s: float | None
    counted_p50_s: float | None
    counted_p90_s: float | None
    counted_p95_s: float | None


def report(waits: Iterable[Waited], by: By, zone: ZoneInfo) -> tuple[Row, ...]:
    """One row for each value of `by`, sorted by name; hours and days are those in which a wait began, in `zone`."""
    groups: dict[str, list[Waited]] = {}
    for wait in waits:
        groups.setdefault(_KEYS[by](wait, zone), []).append(wait)
    return tuple(row_of(name, groups[name]) for name in sorted(groups))


def named(waits: Iterable[Waited], by: By, name: str, zone: ZoneInfo) -> list[Waited]:
    """Those that stand in the row `name` of a report by `by`."""
    return [wait for wait in waits if _KEYS[by](wait, zone) == name]


def counted(waits: Iterable[Waited], part: Part) -> list[Waited]:
    """Those that a figure counts."""
    if part == "answers":
        return [wait for wait in waits if wait.wall_s is not None]
    return [wait for wait in waits if wait.state == part]


def row_of(name: str, waits: Sequence[Waited]) -> Row:
    """All of some waits as one line."""
    met, breached = len(counted(waits, "met")), len(counted(waits, "breached"))
    answered = counted(waits, "answers")
    wall = sorted(wait.wall_s for wait in answered if wait.wall_s is not None)
    hours = sorted(float(wait.counted_s) for wait in answered if wait.counted_s is not None)
    return Row(
        name=name,
        met=met,
        breached=breached,
        attainment=met / (met + breached) if met + breached else None,
        answers=len(answered),
        wall_p50_s=_percentile(wall, 0.5),
        wall_p90_s=_percentile(wall, 0.9),
        wall_p95_s=_percentile(wall, 0.95),
        counted_p50_s=_percentile(hours, 0.5),
        counted_p90_s=_percentile(hours, 0.9),
        counted_p95_s=_percentile(hours, 0.95),
    )


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else None


def _local(at: datetime, zone: ZoneInfo, form: str) -> str:
    return at.astimezone(zone).strftime(form)


_KEYS: dict[By, Callable[[Waited, ZoneInfo], str]] = {
    "platform": lambda wait, _: wait.platform,
    "account": lambda wait, _: f"{wait.platform}/{wait.account}",
    "policy": lambda wait, _: wait.clock.policy,
    "agent": lambda wait, _: wait.agent or "",
    "hour": lambda wait, zone: _local(wait.clock.started_at, zone, "%H"),
    "day": lambda wait, zone: _local(wait.clock.started_at, zone, "%Y-%m-%d"),
    "kind": lambda wait, _: wait.clock.kind,
}
