"""The course of a conversation: who waited for what, from when, and what ended it. No due times here.

The rules, in the order of the life of a conversation:
- A customer's message with no response wait open begins one: `first_response` while nobody has answered yet,
  `next_response` after that. Further messages join the wait; they do not restart it.
- Our reply ends the response wait. A reply before any customer message means nothing. A robot's reply counts only where
  the policy says so.
- `resolution` runs from the first message until the conversation is settled. Settling is no answer: a response wait
  that is still open is cancelled by it, not met. What the customer writes after that waits for a next response.
- `no_reply_needed`, `deleted` and `spam` take messages out. A wait is cancelled when none of its messages is left; while
  one is left it goes on as it began, since that customer still waits. They take out the message they name; without
  one, `no_reply_needed` means all that still wait for an answer, and the other two the whole conversation.
- `reply_needed` takes back an earlier `no_reply_needed` of the message it names: that customer waited all the time.
- A pause holds the waits that are open then, until `resumed`; where the pause was for the customer (reason `customer`),
  the customer's next message ends it as well. A message that begins a wait during somebody's pause is not held by it:
  nobody who writes may wait unseen.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never

import msgspec

from streams.sla.instants import to_us
from streams.sla.terms import ClockKind

What = Literal[
    "customer",
    "ours",
    "auto",
    "paused",
    "resumed",
    "settled",
    "no_reply_needed",
    "reply_needed",
    "deleted",
    "spam",
]
End = Literal["met", "cancelled"]

FOR_CUSTOMER = "customer"
"""The reason of a pause that the customer's next message ends."""


class Touch(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One thing that happened in a conversation."""

    at: datetime
    """When it happened, with a zone."""
    id: str
    what: What
    of: str | None = None
    """Id of the message that is gone, is spam or needs no reply."""
    reason: str | None = None
    """Why it was paused, settled or needs no reply."""


class Pause(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A stretch that counts nothing; `to_at` is None while it lasts."""

    from_at: datetime
    to_at: datetime | None = None
    reason: str | None = None


class Wait(msgspec.Struct, kw_only=True):
    """Somebody waits: from the message that began it to what ended it, if anything has."""

    kind: ClockKind
    ordinal: int
    started: Touch
    pauses: list[Pause]
    ended_at: datetime | None = None
    ended_by: str | None = None
    end: End | None = None
    reason: str | None = None

    def pause(self, touch: Touch) -> None:
        if not self.pauses or self.pauses[-1].to_at is not None:
            self.pauses.append(Pause(touch.at, None, touch.reason))

    def resume(self, at: datetime) -> None:
        if self.pauses and self.pauses[-1].to_at is None:
            last = self.pauses[-1]
            self.pauses[-1] = Pause(last.from_at, at, last.reason)

    def finish(self, end: End, touch: Touch, reason: str | None = None) -> None:
        """Ends the wait, and with it a pause that still lasts."""
        self.ended_at = max(touch.at, self.started.at, key=to_us)
        self.ended_by = touch.id
        self.end = end
        self.reason = reason
        self.resume(self.ended_at)


def waits_of(touches: Iterable[Touch], *, auto_replies_count: bool) -> list[Wait]:
    """Every wait of a conversation in the order of its beginning; depends on the set of touches, not on their order."""
    course = _Course(auto_replies_count)
    for touch in _without_overturned(sorted(touches, key=_moment)):
        course.take(touch)
    return course.waits


def _without_overturned(touches: list[Touch]) -> list[Touch]:
    """The touches in order, less each `no_reply_needed` of one message that a `reply_needed` takes back.

    Of the two at one instant the latter holds: who is in doubt answers.
    """
    needed_us = {touch.of: to_us(touch.at) for touch in touches if touch.what == "reply_needed"}
    if not needed_us:
        return touches
    return [
        touch
        for touch in touches
        if touch.what != "no_reply_needed"
        or touch.of is None
        or to_us(touch.at) > needed_us.get(touch.of, -1)
    ]


def _moment(touch: Touch) -> tuple[int, str]:
    # Not `touch.at` itself: datetimes of one zone compare by the wall clock, which repeats an hour in autumn.
    return to_us(touch.at), touch.id


class _Course:
    """The scan: which waits are open, and which messages they stand on."""

    def __init__(self, auto_replies_count: bool) -> None:
        self.waits: list[Wait] = []
        self._auto_replies_count = auto_replies_count
        self._response: Wait | None = None
        self._resolution: Wait | None = None
        self._answered_before = False
        self._unanswered: set[str] = set()
        self._unsettled: set[str] = set()
        self._taken_out: dict[str, Touch] = {}
        self._ordinals: dict[ClockKind, int] = {}

    def take(self, touch: Touch) -> None:
        match touch.what:
            case "customer":
                self._customer(touch)
            case "ours":
                self._reply(touch)
            case "auto":
                if self._auto_replies_count:
                    self._reply(touch)
            case "paused":
                for wait in self._open():
                    wait.pause(touch)
            case "resumed":
                for wait in self._open():
                    wait.resume(touch.at)
            case "settled":
                self._settled(touch)
            case "no_reply_needed":
                self._take_out(touch, {touch.of} if touch.of is not None else set(self._unanswered))
            case "reply_needed":
                pass  # what it took back is out already
            case "deleted" | "spam":
                self._take_out(touch, {touch.of} if touch.of is not None else set(self._unsettled))
            case _:
                assert_never(touch.what)

    def _customer(self, touch: Touch) -> None:
        for wait in self._open():
            if wait.pauses and wait.pauses[-1].reason == FOR_CUSTOMER:
                wait.resume(touch.at)
        if self._response is None:
            self._response = self._begin(
                "next_response" if self._answered_before else "first_response", touch
            )
        if self._resolution is None:
            self._resolution = self._begin("resolution", touch)
        self._unanswered.add(touch.id)
        self._unsettled.add(touch.id)
        if (earlier := self._taken_out.get(touch.id)) is not None:  # taken out by a clock that runs behind
            self._take_out(earlier, {touch.id})

    def _reply(self, touch: Touch) -> None:
        if not self.waits:
            return
        self._answered_before = True
        self._unanswered.clear()
        if self._response is not None:
            self._response.finish("met", touch)
            self._response = None

    def _settled(self, touch: Touch) -> None:
        if not self.waits:
            return
        self._answered_before = True
        self._unanswered.clear()
        self._unsettled.clear()
        if self._response is not None:
            self._response.finish("cancelled", touch, "settled")
            self._response = None
        if self._resolution is not None:
            self._resolution.finish("met", touch, touch.reason)
            self._resolution = None

    def _take_out(self, touch: Touch, ids: set[str]) -> None:
        if touch.of is not None:
            self._taken_out.setdefault(touch.of, touch)
        self._unanswered -= ids
        self._unsettled -= ids
        if self._response is not None and not self._unanswered:
            self._response.finish("cancelled", touch, touch.reason or touch.what)
            self._response = None
        if self._resolution is not None and not self._unsettled:
            self._resolution.finish("cancelled", touch, touch.reason or touch.what)
            self._resolution = None

    def _begin(self, kind: ClockKind, touch: Touch) -> Wait:
        ordinal = self._ordinals[kind] = self._ordinals.get(kind, 0) + 1
        wait = Wait(kind=kind, ordinal=ordinal, started=touch, pauses=[])
        self.waits.append(wait)
        return wait

    def _open(self) -> list[Wait]:
        return [wait for wait in (self._response, self._resolution) if wait is not None]
