"""What waits for each stand-in in a drill: one thing at a time, letting texts go out before reading others."""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from alerting.commands import DeskCommand
from services.attendants import Job


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes a person so long; `job` asks for nothing where it is no longer wanted by then."""

    person: str
    length: timedelta
    job: Job
    is_wanted: Callable[[], bool]
    """Whether it is worth beginning."""
    is_urgent: bool = False


class Worklists:
    """`later` puts down what a person asks for, for the time at which they are done."""

    def __init__(self, later: Callable[[datetime, Job], int]) -> None:
        self._later = later
        self._waiting: dict[str, list[tuple[bool, int, Task]]] = {}
        self._busy: set[str] = set()
        self._count = 0

    def add(self, task: Task, now: datetime) -> None:
        """Somebody has one more thing to do."""
        self._count += 1
        waiting = self._waiting.setdefault(task.person, [])
        heapq.heappush(waiting, (not task.is_urgent, self._count, task))
        if task.person not in self._busy:
            self._begin(task.person, now)

    def _begin(self, person: str, now: datetime) -> None:
        waiting = self._waiting[person]
        while waiting:
            *_, task = heapq.heappop(waiting)
            if task.is_wanted():
                self._busy.add(person)
                self._later(now + task.length, partial(self._done, task))
                return

    def _done(self, task: Task, at: datetime) -> Sequence[DeskCommand]:
        self._busy.discard(task.person)
        asked = task.job(at)
        self._begin(task.person, at)
        return asked
