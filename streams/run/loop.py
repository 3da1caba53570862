"""The loop that both runtimes share: fold a partition's journal, decide a batch, append one entry."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from streams.decider import Decider, E, H, S
from streams.errors import BrokenChain, SnapshotUnreadable, TimerStuck
from streams.journal import CHANGED, Codec, Entry, Head, Journal, Snapshot, Stored, digest, follow

SNAPSHOT_EVERY_EVENTS = 200_000
"""A fold reads at most about this many events after the newest snapshot."""
MOST_TIMERS_A_TURN = 10_000
"""Timers fired in one entry; the rest fire in the next turn, so that no entry grows without bound."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
A = TypeVar("A")


class Outcome(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """What one arrival led to, once it is durable. No events: it was known already (a duplicate)."""

    events: tuple[E, ...] = ()


class Turn(msgspec.Struct, Generic[E], frozen=True):
    """What one turn of the loop led to."""

    entry: Entry[E] | None
    """The entry that was appended; None if there was nothing to record."""
    outcomes: tuple[Outcome[E], ...] = ()
    """One per arrival, in order."""


class Prepared(msgspec.Struct, Generic[E], frozen=True):
    """What a batch led to, before it is written."""

    decided: Sequence[Sequence[E]]
    """What followed from each arrival, in order."""
    entry: Entry[E] | None = None
    """None if there is nothing to record."""
    stored: Stored | None = None
    """The entry's bytes."""
    snapshot: Snapshot | None = None


class Partition(Generic[S, A, H, E]):
    """One partition: its state is the fold of its journal, and nobody else's business.

    Not thread-safe; one thread (or task) owns it.
    """

    def __init__(
        self,
        journal: Journal,
        decider: Decider[S, A, H, E],
        codec: Codec[E],
        *,
        snapshot_every_events: int = SNAPSHOT_EVERY_EVENTS,
    ) -> None:
        self._journal = journal
        self._decider = decider
        self._codec = codec
        self._snapshot_every_events = snapshot_every_events
        self._stale = False
        self.passed_over: SnapshotUnreadable | None = None
        """Why the newest snapshot was not believed when the state was folded last."""
        self.folded_from = Head()
        """The entry of the snapshot that the state was folded from."""
        self.fold()

    def fold(self) -> None:
        """Throw the state away and rebuild it from the newest snapshot and the entries after it.

        A snapshot that is not what was written, or that another release wrote in another shape, is passed over: the journal
        holds all that it stood for.

        Raises:
            BrokenChain: an entry among them is not what was written.
        """
        self._events_since_snapshot = 0
        if not self._load():
            self.state, self.head, self.now = self._decider.begin(), Head(), _BEGINNING
            self.next = dict[str, int]()
        self.folded_from = self.head
        for stored in follow(self._unchanged(self._journal.read(self.head.seq)), self.head):
            self._evolve_entry(self._codec.decode(stored))
            self.head = Head(stored.seq, stored.hash)
        self._stale = False

    def _load(self) -> bool:
        """Whether there is a snapshot that can be read; then the state is what it stands for."""
        self.passed_over = None
        try:
            snapshot = self._journal.snapshot()
            if snapshot is None:
                return False
            self.state = self._decider.load(snapshot.chunks)
        except SnapshotUnreadable as error:
            self.passed_over = error
            return False
        self.head, self.now, self.next = snapshot.head, snapshot.now, dict(snapshot.next)
        return True

    def _unchanged(self, entries: Iterator[Stored]) -> Iterator[Stored]:
        for stored in entries:
            if digest(stored.body) != stored.hash:
                raise BrokenChain(self._journal.partition, stored.seq, CHANGED)
            yield stored

    def _evolve_entry(self, entry: Entry[E]) -> None:
        for event in entry.events:
            self._decider.evolve(self.state, event)
        self._events_since_snapshot += len(entry.events)
        self.now = entry.now
        self.next.update(entry.next)

    def is_current(self) -> bool:
        """Whether the state is the fold of the journal as it stands now."""
        return not self._stale and self._journal.head() == self.head

    @property
    def next_due(self) -> datetime | None:
        """When the earliest timer is due."""
        return self._decider.next_due(self.state)

    def take(
        self, arrivals: Sequence[A], now: datetime, next_offsets: Mapping[str, int] | None = None
    ) -> Turn[E]:
        """Judge and decide `arrivals` as one batch and append what follows as one entry.

        Timers that were due before `now` fire first. `now` never runs backwards: it is floored by the journal's last.

        Raises:
            NotLinked: another writer was here; the state will be folded anew.
            StoreUnavailable: nothing was recorded; the state will be folded anew.
        """
        prepared = self._prepare(arrivals, now, next_offsets or {})
        self._append(prepared)
        return Turn(prepared.entry, tuple([Outcome(tuple(decided)) for decided in prepared.decided]))

    def _prepare(self, arrivals: Sequence[A], now: datetime, next_offsets: Mapping[str, int]) -> Prepared[E]:
        now = self._begin(now)
        events: list[E] = []
        self._fire(now, events, inclusive=False)
        decided = [
            self._decide(happening, now, events) for happening in self._decider.judge(self.state, arrivals)
        ]
        self.next.update(next_offsets)
        return self._prepared(events, now, decided)

    def fire(self, now: datetime, *, inclusive: bool = True) -> Turn[E]:
        """Fire the timers due at `now` (or, not `inclusive`, before it) and append what follows.

        Raises: as `take`.
        """
        prepared = self._prepare_due(now, inclusive=inclusive)
        self._append(prepared)
        return Turn(prepared.entry)

    def _prepare_due(self, now: datetime, *, inclusive: bool = True) -> Prepared[E]:
        now = self._begin(now)
        events: list[E] = []
        self._fire(now, events, inclusive=inclusive)
        return self._prepared(events, now)

    def _begin(self, now: datetime) -> datetime:
        """From here on state runs ahead of the journal; until the entry is appended it must not be trusted."""
        if self._stale:
            self.fold()
        self._stale = True
        return max(now, self.now)

    def _decide(self, happening: H, now: datetime, events: list[E]) -> Sequence[E]:
        decided = self._decider.decide(self.state, happening, now)
        self._evolve(decided, events)
        return decided

    def _evolve(self, decided: Sequence[E], events: list[E]) -> None:
        evolve, state = self._decider.evolve, self.state
        for event in decided:
            evolve(state, event)
        events += decided

    def _fire(self, now: datetime, events: list[E], *, inclusive: bool) -> None:
        for _ in range(MOST_TIMERS_A_TURN):
            due_at = self._decider.next_due(self.state)
            if due_at is None or due_at > now or (due_at == now and not inclusive):
                return
            decided = self._decider.due(self.state, now)
            if not decided and self._decider.next_due(self.state) == due_at:
                raise TimerStuck(
                    f"partition {self._journal.partition!r}: the timer due at {due_at} did not move on"
                )
            self._evolve(decided, events)

    def _prepared(self, events: list[E], now: datetime, decided: Sequence[Sequence[E]] = ()) -> Prepared[E]:
        if not events:
            return Prepared(decided)
        entry = Entry(
            partition=self._journal.partition,
            seq=self.head.seq + 1,
            prev=self.head.hash,
            now=now,
            next=dict(self.next),
            config=self._decider.configuration(self.state),
            events=tuple(events),
        )
        stored = self._codec.encode(entry)
        snapshot = self._snapshot_if_due(len(events), Head(stored.seq, stored.hash), now)
        return Prepared(decided, entry, stored, snapshot)

    def _append(self, prepared: Prepared[E]) -> None:
        if prepared.stored is not None:
            self._journal.append(prepared.stored, self.head.hash, prepared.snapshot)
        self._stand_after(prepared)

    def _stand_after(self, prepared: Prepared[E]) -> None:
        entry, stored = prepared.entry, prepared.stored
        if entry is not None and stored is not None:
            self.head, self.now = Head(stored.seq, stored.hash), entry.now
        self._stale = False

    def _snapshot_if_due(self, new_events: int, head: Head, now: datetime) -> Snapshot | None:
        self._events_since_snapshot += new_events
        if self._events_since_snapshot < self._snapshot_every_events:
            return None
        self._events_since_snapshot = 0
        return Snapshot(head, now, dict(self.next), self._decider.dump(self.state))


AnyPartition = Partition[Any, Any, Any, Any]
