"""What has to be recorded when the clocks of a conversation are other than they were."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from streams import events
from streams.conversations import Conversation, name_of
from streams.sla.clocks import PILE_ON, Clock, state_of
from streams.sla.policy import Asked

SUPERSEDED = "superseded"
"""The reason of a clock that never was, now that more is known."""


def difference(
    conversation: Conversation,
    clocks: Iterable[Clock],
    cause: str,
    now: datetime,
    asked: Asked | None = None,
) -> Iterator[events.AnyClockEvent]:
    """What has to be recorded so that the conversation's clocks become `clocks`, in the order in which it holds.

    `asked` is the message that the policy was chosen by, where this is the conversation's beginning.
    """
    after = {name_of(clock): clock for clock in clocks}
    for name, clock in after.items():
        yield from _clock_difference(conversation, name, clock, cause, now, asked)
        asked = None
    for name, clock in conversation.clocks.items():
        if name not in after and clock.reason != SUPERSEDED:
            yield from _vanished(conversation, name, clock, cause, now)


def _clock_difference(
    conversation: Conversation, name: str, clock: Clock, cause: str, now: datetime, asked: Asked | None
) -> Iterator[events.AnyClockEvent]:
    before = conversation.clocks.get(name)
    if before == clock:
        return
    common = _common(conversation, clock, cause, now)
    if before is None:
        yield events.SlaStarted(**common, asked=asked)
    elif _moved(before, clock):
        yield events.SlaRescheduled(**common)
    if before is not None and before.paused_since is None and clock.paused_since is not None:
        yield events.SlaPaused(**common)
    if before is not None and before.paused_since is not None and clock.paused_since is None:
        yield events.SlaResumed(**common)
    yield from _breach_difference(conversation, name, clock, common, now)
    if clock.folded_at is not None and (before is None or before.folded_at is None):
        yield events.SlaCancelled(**common, reason=PILE_ON)
    if clock.state_end is not None and (before is None or _ending(before) != _ending(clock)):
        yield _ended(clock, common)


def _moved(before: Clock, after: Clock) -> bool:
    """Whether anything about the clock is other than we thought, beyond that it was paused, went on or ended now."""
    if before.folded_at is None and after.folded_at is not None:
        return before.started_at != after.started_at
    if (before.paused_since is None) != (after.paused_since is None):
        return before.started_at != after.started_at
    if before.ended_at is None and after.ended_at is not None:
        return before.started_at != after.started_at or before.due_at != after.due_at
    return True


def _ending(clock: Clock) -> tuple[object, ...]:
    return clock.ended_at, clock.ended_by, clock.state_end, clock.reason


def _breach_difference(
    conversation: Conversation, name: str, clock: Clock, common: dict[str, Any], now: datetime
) -> Iterator[events.AnyClockEvent]:
    stands = name in conversation.breached
    holds = state_of(clock, now) == "breached"
    if holds and not stands:
        yield breach(conversation, clock, now)
    if stands and not holds:
        yield events.SlaBreachVoided(**common, reason=_void_reason(clock))


def _void_reason(clock: Clock) -> str:
    if clock.folded_at is not None:
        return PILE_ON
    return "cancelled" if clock.state_end == "cancelled" else "in_time" if clock.state_end else "moved"


def _ended(clock: Clock, common: dict[str, Any]) -> events.SlaMet | events.SlaCancelled:
    if clock.state_end == "cancelled":
        return events.SlaCancelled(**common, reason=clock.reason or "no_reply_needed")
    return events.SlaMet(**common)


def _vanished(
    conversation: Conversation, name: str, clock: Clock, cause: str, now: datetime
) -> Iterator[events.AnyClockEvent]:
    """Nothing is waited for any more, now that more is known."""
    ended_at = clock.ended_at or max(now, clock.started_at)
    gone = msgspec.structs.replace(clock, ended_at=ended_at, state_end="cancelled", reason=SUPERSEDED)
    common = _common(conversation, gone, cause, now)
    if name in conversation.breached:
        yield events.SlaBreachVoided(**common, reason=SUPERSEDED)
    yield events.SlaCancelled(**common, reason=SUPERSEDED)


def breach(conversation: Conversation, clock: Clock, noticed_at: datetime) -> events.SlaBreached:
    """The breach of a clock. Its cause is the message that waits, so that it is the same event whoever notices."""
    common = _common(conversation, clock, clock.started_by, clock.due_at)
    revision = conversation.voided.get(name_of(clock), 0)
    return events.SlaBreached(**common, revision=revision, noticed_at=noticed_at)


def warning(conversation: Conversation, clock: Clock, number: int, fraction: float) -> events.SlaWarned:
    """The warning `number` (from 0) of a clock."""
    common = _common(conversation, clock, clock.started_by, clock.warn_ats[number])
    return events.SlaWarned(**common, fraction=fraction)


def _common(conversation: Conversation, clock: Clock, cause: str, at: datetime) -> dict[str, Any]:
    """The fields that every clock event has."""
    return {
        "cause": cause,
        "key": conversation.key,
        "at": at,
        "conversation": conversation.id,
        "platform": conversation.platform,
        "account": conversation.account,
        "brand": conversation.brand,
        "severity": conversation.severity,
        "clock": clock,
    }
