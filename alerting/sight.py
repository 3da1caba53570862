"""How a signal is looked at: when it was seen, whether in time, and whose voice it is."""

from datetime import datetime, timedelta

from alerting.rules import STALE_AFTER_S
from streams.events import SignalRaised

_STALE_AFTER = timedelta(seconds=STALE_AFTER_S)
AUTHOR_DIGITS = 16
"""So much of a pseudonym tells authors apart: 64 bits."""


def seen_at(signal: SignalRaised) -> datetime:
    """When it was seen; a collector's clock that runs ahead does not count."""
    return min(signal.observed_at, signal.at)


def in_time(signal: SignalRaised) -> bool:
    """Whether it was not old when it was seen."""
    return signal.observed_at - signal.occurred_at <= _STALE_AFTER


def author_of(signal: SignalRaised) -> str:
    """Who wrote it; an item without an author is a voice of its own."""
    return (signal.author or signal.item)[:AUTHOR_DIGITS]
