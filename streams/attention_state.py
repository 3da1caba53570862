"""Who has which conversation, what is put off, and which replies our people recorded."""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

IDLE_AFTER = timedelta(minutes=10)
"""A claim that nobody worked on for so long is taken back."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody answers a conversation."""

    by: str
    since: datetime
    active_at: datetime
    """The last sign that they work on it."""
    key: str
    cause: str


class Snooze(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation that is put off."""

    until: datetime
    key: str
    cause: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A reply that somebody recorded."""

    item: str
    at: datetime
    seen: str | None = None
    """The same reply as a collector saw it on the platform, once one has."""


class Attention(msgspec.Struct, kw_only=True, tag="attention"):
    """By conversation. Mutable; changed by `Intake.evolve` alone."""

    claims: dict[str, Claim] = {}
    snoozes: dict[str, Snooze] = {}
    recorded: dict[str, list[Recorded]] = {}

    def timer_of(self, conversation: str) -> datetime | None:
        """When something of this conversation ends by itself."""
        claim, snooze = self.claims.get(conversation), self.snoozes.get(conversation)
        idle_at = None if claim is None else claim.active_at + IDLE_AFTER
        if snooze is None or idle_at is None:
            return idle_at if snooze is None else snooze.until
        return min(idle_at, snooze.until)

    def end_wait(self, conversation: str) -> None:
        """Nobody waits there any more: nothing is left to claim or to put off."""
        self.claims.pop(conversation, None)
        self.snoozes.pop(conversation, None)

    def wake(self, conversation: str) -> None:
        """It is back among the others."""
        self.snoozes.pop(conversation, None)

    def forget_before(self, horizon: datetime) -> None:
        """Drop recorded replies that no collector will see any more."""
        kept = {
            name: [one for one in replies if one.at >= horizon] for name, replies in self.recorded.items()
        }
        self.recorded = {name: replies for name, replies in kept.items() if replies}


class AttentionTimers:
    """The order in which claims and snoozes end by themselves; derived from `Attention`, never written down."""

    def __init__(self, attention: Attention) -> None:
        self._attention = attention
        self._heap: list[tuple[datetime, str]] = []
        for conversation in {*attention.claims, *attention.snoozes}:
            self.set(conversation)

    def set(self, conversation: str) -> None:
        at = self._attention.timer_of(conversation)
        if at is not None:
            heapq.heappush(self._heap, (at, conversation))

    def first(self) -> tuple[datetime, str] | None:
        """The earliest; what moved on is thrown away here, which changes nothing anybody can see."""
        while self._heap:
            at, conversation = self._heap[0]
            if self._attention.timer_of(conversation) == at:
                return at, conversation
            heapq.heappop(self._heap)
        return None


def nearest(replies: Iterable[Recorded], at: datetime, within: timedelta) -> Recorded | None:
    """The reply not seen yet that was recorded nearest to `at`, and not further away than `within`."""
    near = [one for one in replies if one.seen is None and abs(one.at - at) <= within]
    return min(near, key=lambda one: (abs(one.at - at), one.item), default=None)
