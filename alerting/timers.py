"""Which timer is due next: an ordered index, so that nothing is polled and no list of incidents is walked.

The index is derived from the state and never kept: `set` what changed, `doubt` what can only have moved later.
"""

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Literal, NamedTuple

SLACK = 1000
"""So many outdated entries are borne before the heap is built anew."""


class TimerKey(NamedTuple):
    """Whose timer: an incident's, a silence rule's, of a silence that people started, a duty's, a statement's review, or a plan of reports."""

    kind: Literal["incident", "silence", "quiet", "duty", "content", "report"]
    brand: str
    id: str


class Timers:
    """At most one due time per key."""

    def __init__(self) -> None:
        self._dues: dict[TimerKey, datetime] = {}
        self._heap: list[tuple[datetime, TimerKey]] = []
        self._doubtful: set[TimerKey] = set()

    def set(self, key: TimerKey, due: datetime | None) -> None:
        """The timer of `key` is due then, or (None) there is none any more."""
        self._doubtful.discard(key)
        if due is None:
            self._dues.pop(key, None)
        elif self._dues.get(key) != due:
            self._dues[key] = due
            heappush(self._heap, (due, key))
            if len(self._heap) > 2 * len(self._dues) + SLACK:
                self._heap = [(at, each) for each, at in self._dues.items()]
                heapify(self._heap)

    def doubt(self, key: TimerKey) -> None:
        """The timer may have moved later (never earlier): it is asked for again when it comes up."""
        if key in self._dues:
            self._doubtful.add(key)

    def clear(self) -> None:
        """No timer runs."""
        self._dues.clear()
        self._heap.clear()
        self._doubtful.clear()

    def earliest(self, due_of: Callable[[TimerKey], datetime | None]) -> tuple[datetime, TimerKey] | None:
        """The timer that is due first."""
        while self._heap:
            due, key = self._heap[0]
            if self._dues.get(key) != due:
                heappop(self._heap)
            elif key in self._doubtful:
                self.set(key, due_of(key))
            else:
                return due, key
        return None
