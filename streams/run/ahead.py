"""A partition that decides its next batch while its last entry is on its way to a store that takes time to answer.

Nothing is written before the entry in front has come back linked. What was decided on top of an entry that did not is thrown
away with the state, as after any entry that does not link.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol

from streams.decider import Decider, E, H, S
from streams.journal import Codec, Entry, Journal, Snapshot, Stored
from streams.run.loop import SNAPSHOT_EVERY_EVENTS, A, Partition, Prepared


class SlowJournal(Journal, Protocol):
    """A journal whose `append` is cut in two: send, and see whether it is there."""

    def begin(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        """Send an entry on its way. The one before must have been settled.

        Raises:
            NotLinked: `prev` is not the head's hash. Nothing was written.
            StoreUnavailable: the head cannot be read. Nothing was written.
        """
        ...

    def settle(self) -> None:
        """Return once what is on its way is durable and linked.

        Raises:
            NotLinked: another writer was here first.
            StoreUnavailable: nobody knows whether it was written.
        """
        ...


class PartitionAhead(Partition[S, A, H, E], Generic[S, A, H, E]):
    """Between `prepare` and `write` there may be a `settle`; whoever gets an error from any of them folds anew."""

    def __init__(
        self,
        journal: SlowJournal,
        decider: Decider[S, A, H, E],
        codec: Codec[E],
        *,
        snapshot_every_events: int = SNAPSHOT_EVERY_EVENTS,
    ) -> None:
        self._slow = journal
        super().__init__(journal, decider, codec, snapshot_every_events=snapshot_every_events)

    def prepare(self, arrivals: Sequence[A], now: datetime, next_offsets: Mapping[str, int]) -> Prepared[E]:
        """As `take`, and nothing is written yet."""
        return self._prepare(arrivals, now, next_offsets)

    def prepare_due(self, now: datetime) -> Prepared[E]:
        """As `fire`, and nothing is written yet."""
        return self._prepare_due(now)

    def write(self, prepared: Prepared[E]) -> Entry[E] | None:
        """Send what was prepared last on its way. Raises as the journal's `begin`."""
        if prepared.stored is not None:
            self._slow.begin(prepared.stored, self.head.hash, prepared.snapshot)
        self._stand_after(prepared)
        return prepared.entry

    def settle(self) -> None:
        """Return once what was written last is linked. Raises as the journal's `settle`."""
        try:
            self._slow.settle()
        except BaseException:
            self._stale = True
            raise

    def last_entries(self, count: int) -> Iterator[Entry[E]]:
        """The newest entries of the state, read from the journal, as far back as the snapshot that it was folded from."""
        after = max(self.head.seq - count, self.folded_from.seq - 1, 0)
        for stored in self._journal.read(after) if self.head.seq else ():
            if stored.seq <= self.head.seq:
                yield self._codec.decode(stored)


AnyPartitionAhead = PartitionAhead[Any, Any, Any, Any]
