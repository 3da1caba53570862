"""When which conversation needs attention: by the second, so that a million due times take a few bytes each."""

import heapq
from bisect import insort
from collections.abc import Callable, Iterator
from datetime import datetime

from streams.sla.instants import US, to_us

Due = tuple[datetime, str, str]
"""When, conversation, name of the clock."""
DueIn = Callable[[str], Iterator[tuple[datetime, str]]]
"""When the clocks of a conversation need attention, each with its name."""


class DueTimes:
    """An order of due times. An entry of a clock that has moved on stays until its second comes, and is dropped then."""

    def __init__(self, due_in: DueIn) -> None:
        self._due_in = due_in
        self._seconds: list[int] = []
        """A heap of the seconds that have entries, but for the one in front."""
        self._conversations: dict[int, list[str]] = {}
        self._front_s: int | None = None
        self._front: list[Due] = []
        """The entries of the second in front, the first last; possibly outdated ones among them."""

    def add(self, at: datetime, conversation: str, name: str) -> None:
        """Note that a clock needs attention at a time."""
        second = to_us(at) // US
        if second == self._front_s:
            insort(self._front, (at, conversation, name), key=_backwards)
        else:
            self.add_second(second, conversation)

    def add_second(self, second: int, conversation: str) -> None:
        """Note that some clock of a conversation needs attention within a second of time."""
        waiting = self._conversations.get(second)
        if waiting is not None:
            waiting.append(conversation)
            return
        self._conversations[second] = [conversation]
        heapq.heappush(self._seconds, second)

    def first(self) -> Due | None:
        """The earliest due time that still holds; of several the first by conversation and name."""
        while True:
            self._bring_forward()
            if not self._front:
                return None
            at, conversation, name = self._front[-1]
            if any(due == (at, name) for due in self._due_in(conversation)):
                return self._front[-1]
            self._front.pop()

    def _bring_forward(self) -> None:
        """Let the earliest second be the one in front."""
        if self._front and (not self._seconds or self._seconds[0] > (self._front_s or 0)):
            return
        if self._front and self._front_s is not None:
            for _, conversation, _ in self._front:
                self.add_second(self._front_s, conversation)
        self._front, self._front_s = [], None
        while self._seconds and not self._front:
            second = heapq.heappop(self._seconds)
            found = {
                (at, conversation, name)
                for conversation in set(self._conversations.pop(second))
                for at, name in self._due_in(conversation)
                if to_us(at) // US == second
            }
            self._front, self._front_s = sorted(found, reverse=True), second


def _backwards(due: Due) -> "_Backwards":
    return _Backwards(due)


class _Backwards:
    """A due time that sorts after the later ones."""

    __slots__ = ("due",)

    def __init__(self, due: Due) -> None:
        self.due = due

    def __lt__(self, other: "_Backwards") -> bool:
        return other.due < self.due
