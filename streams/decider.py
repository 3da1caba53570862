"""The contract that both runtimes run: judge, decide, evolve, and timers.

A decider is pure. It never writes, reads no clock and draws no random number; `now` is an argument. `evolve` is the
only place where state changes, and whatever state needs stands in an event: replaying a journal evolves and never
decides again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

S = TypeVar("S")
"""State of one partition. Mutable, touched by `evolve` alone."""
A_contra = TypeVar("A_contra", contravariant=True)
"""What arrives: a fact, a command, a signal."""
H = TypeVar("H")
"""What arrived, judged: the form that `decide` takes."""
E = TypeVar("E")
"""The decider's events, one tagged union."""


class Decider(Protocol[S, A_contra, H, E]):
    """One of the two minds of the house: Intake (hot) or Desk (rare)."""

    def begin(self) -> S:
        """The state of a partition in which nothing has happened."""
        ...

    def judge(self, state: S, arrivals: Sequence[A_contra]) -> Sequence[H]:
        """Judge a whole batch at once: a pure function of the active configuration, one result per arrival."""
        ...

    def decide(self, state: S, happening: H, now: datetime) -> Sequence[E]:
        """What follows from `happening`, in order. Empty means it was known already. Never changes `state`."""
        ...

    def next_due(self, state: S) -> datetime | None:
        """When the earliest timer is due; None when there is none."""
        ...

    def due(self, state: S, now: datetime) -> Sequence[E]:
        """What follows from the earliest timer that is due at `now`.

        Evolving the result must move `next_due` on: the loop calls again until nothing is due.
        """
        ...

    def evolve(self, state: S, event: E) -> None:
        """Fold one event into `state`. Must not fail on any event that a decider has once decided."""
        ...

    def configuration(self, state: S) -> str | None:
        """Hash of the configuration that holds in `state`, if any."""
        ...

    def dump(self, state: S) -> Iterable[bytes]:
        """The state in chunks of at most about 1 MB, for a snapshot.

        They stand for the state at the time of the call, although they may be taken one by one while it goes on.
        """
        ...

    def load(self, chunks: Iterable[bytes]) -> S:
        """The state that `dump` gave away."""
        ...
