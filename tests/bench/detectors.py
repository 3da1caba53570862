"""Who is compared: the desk under the rules of the sample configuration, some of these alone, and three baselines.

A baseline sees the same items (those that the brand's monitor fits) at the same times and answers after each one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import fmean, pstdev

import msgspec

from alerting.config import DeskConfig, Escalation
from alerting.desk import Desk
from alerting.events import DeskEvent, Evidence, IncidentJoined, IncidentOpened, IncidentRaised
from streams.commands import ActivateConfig
from streams.events import SignalRaised
from streams.journal import Codec
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ONE_ALARM_WITHIN = HOUR
FIXED_AN_HOUR = 50
"""The fixed threshold: so many items in an hour."""
SIGMAS, DAYS_COMPARED = 3.0, 7
TIMES_USUAL, HOURS_COMPARED = 3.0, 12
LEAST_ITEMS = 10
"""No baseline calls fewer items than this unusual; without that they would all cry at a second item after a quiet night."""

Heard = tuple[datetime, SignalRaised]
Detector = Callable[[Sequence[Heard]], list[datetime]]
"""Items in the order in which they were heard → the moments at which it says that something is the matter."""


def alarms(moments: Iterable[datetime]) -> list[datetime]:
    """The first moment of each alarm."""
    found: list[datetime] = []
    last: datetime | None = None
    for at in sorted(moments):
        if last is None or at - last > ONE_ALARM_WITHIN:
            found.append(at)
        last = at
    return found


def desk_under(config: DeskConfig, only: frozenset[str] | None = None) -> Detector:
    """The desk with all of its rules, or with these alone; nobody is paged."""
    brand = config.brands[0]
    chosen = tuple(rule for rule in brand.rules if only is None or rule.id in only)
    alone = DeskConfig(
        brands=(msgspec.structs.replace(brand, rules=chosen, playbooks=()),), escalation=Escalation()
    )

    def detect(heard: Sequence[Heard]) -> list[datetime]:
        return [evidence.at for evidence in fired(alone, heard) if evidence.level != "blue"]

    return detect


def fired(config: DeskConfig, heard: Sequence[Heard]) -> Iterator[Evidence]:
    """Why the desk's rules fire; timers fire in between."""
    partition: AnyPartition = Partition(
        ForgetfulJournal("desk"), Desk({"measured": config}), Codec(DeskEvent)
    )
    if heard:
        partition.take([ActivateConfig(id="activate", who="bench", config="measured")], heard[0][0])
    for at, signal in heard:
        while (due := partition.next_due) is not None and due < at:
            yield from _evidence(entry.events if (entry := partition.fire(due).entry) else ())
        yield from _evidence(partition.take([signal], at).outcomes[0].events)


def _evidence(events: Iterable[DeskEvent]) -> Iterator[Evidence]:
    for event in events:
        if isinstance(event, IncidentOpened | IncidentJoined | IncidentRaised) and event.evidence is not None:
            yield event.evidence


def fixed_threshold(heard: Sequence[Heard]) -> list[datetime]:
    """So many items in the last hour, whatever is usual."""
    window = _Window(HOUR)
    return [at for at, _ in heard if window.count(at) >= FIXED_AN_HOUR]


def three_sigma(heard: Sequence[Heard]) -> list[datetime]:
    """The last 24 hours against mean + 3σ of the seven times 24 hours before (those that were watched, two at least)."""
    windows = [_Window(days * DAY) for days in range(1, DAYS_COMPARED + 2)]
    found, begin = list[datetime](), heard[0][0] if heard else None
    for at, _ in heard:
        sums = [window.count(at) for window in windows]
        assert begin is not None
        watched = min(DAYS_COMPARED, (at - begin) // DAY - 1)
        if watched < 2 or sums[0] < LEAST_ITEMS:
            continue
        days = [sums[day] - sums[day - 1] for day in range(1, watched + 1)]
        if sums[0] > fmean(days) + SIGMAS * pstdev(days):
            found.append(at)
    return found


def last_hour(heard: Sequence[Heard]) -> list[datetime]:
    """The last hour at least three times the mean of the twelve hours before it."""
    hour, longer = _Window(HOUR), _Window((HOURS_COMPARED + 1) * HOUR)
    found: list[datetime] = []
    for at, _ in heard:
        count, before = hour.count(at), longer.count(at)
        if count >= max(LEAST_ITEMS, TIMES_USUAL * (before - count) / HOURS_COMPARED):
            found.append(at)
    return found


class _Window:
    """How many items the last stretch of time holds."""

    def __init__(self, length: timedelta) -> None:
        self._length = length
        self._moments: deque[datetime] = deque()

    def count(self, at: datetime) -> int:
        """Count one item at `at`."""
        self._moments.append(at)
        while at - self._moments[0] >= self._length:
            self._moments.popleft()
        return len(self._moments)


BASELINES: dict[str, Detector] = {
    f"{FIXED_AN_HOUR} an hour": fixed_threshold,
    "24 h > mean + 3σ of 7 d": three_sigma,
    "1 h ≥ 3 × mean of 12 h": last_hour,
}
