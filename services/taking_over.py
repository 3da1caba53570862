"""What an outbox that takes over from another process must know, and what it asks for that: a port."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from alerting.desk_state import DeskState
from alerting.events import PageRequested
from streams.journal import Entry


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand when one takes over."""

    state: DeskState
    pending: Sequence[PageRequested]
    """Pages without an outcome, neither recorded nor on its way."""
    sent_at: Mapping[bytes, Sequence[datetime]]
    """When each robot was sent something in the last minute, in the order of time."""


class Owned(Protocol):
    """A share in the group of processes of which one owns the outbox."""

    def poll(self) -> bool:
        """Take part; call it without end, from one thread. Raises StoreUnavailable: nobody tells."""
        ...

    def held(self) -> bool:
        """Whether this process may act as the owner at this very moment. Safe to ask from any thread."""
        ...

    def close(self) -> None: ...


class Heard(Protocol):
    """What the desk records from a moment on. Used by one thread at a time."""

    def poll(self, wait_ms: int) -> Sequence[tuple[str, Entry[Any]]]:
        """Partition and entry, in their order; waits at most so long. Raises StoreUnavailable."""
        ...

    def close(self) -> None: ...


class DeskSource(Protocol):
    """Where an outbox finds its desk. Every method blocks, and raises StoreUnavailable."""

    def join(self) -> Owned:
        """Take part in the group."""
        ...

    def note(self, robot: bytes, at: datetime) -> None:
        """Tell whoever takes over that a robot is sent something now. Returns at once, raises nothing."""
        ...

    def take_over(self, now: datetime) -> tuple[Known, Heard]:
        """How things stand, and all that is recorded from there on."""
        ...
