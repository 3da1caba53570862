"""A snapshot comes in portions beside the entries that follow; until it is whole the older one holds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.errors import NotLinked
from streams.events import CommandRefused
from streams.journal import Codec, Entry, Head, Journal, Snapshot, Stored
from streams.run.sqlite import Store
from streams.run.sqlite_snapshots import PORTION_BYTES_LEAST

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CODEC: Codec[CommandRefused] = Codec(CommandRefused)
OLD = [b"old"]
LARGE = [bytes([number]) * PORTION_BYTES_LEAST for number in range(5)]
"""Each fills the portion of one small entry."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "fenghuo.db")
    yield store
    store.close()


def append(journal: Journal, chunks: Sequence[bytes] | None = None, entries: int = 1) -> None:
    """Small entries, a snapshot with the first of them."""
    for number in range(entries):
        entry = entry_after(journal.head())
        snapshot = Snapshot(Head(entry.seq, entry.hash), NOW, {}, iter(chunks)) if chunks else None
        journal.append(entry, journal.head().hash, snapshot if number == 0 else None)


def entry_after(head: Head) -> Stored:
    event = CommandRefused(cause=str(head.seq), key="k", at=NOW, who="lin", what="close", why="no")
    return CODEC.encode(Entry(partition="intake", seq=head.seq + 1, prev=head.hash, now=NOW, events=(event,)))


def held(journal: Journal) -> list[bytes]:
    found = journal.snapshot()
    return [] if found is None else list(found.chunks)


def chunks_in(store: Store) -> int:
    count: int = store.connection.execute("SELECT count(*) FROM snapshot_chunks").fetchone()[0]
    return count


def test_the_older_snapshot_holds_until_the_new_one_is_whole(store: Store) -> None:
    journal = store.journal("intake")
    append(journal, OLD)
    append(journal, LARGE, entries=len(LARGE))
    assert held(journal) == OLD
    append(journal)
    assert held(journal) == LARGE
    found = journal.snapshot()
    assert found is not None
    assert found.head.seq == 2, "it stands for the entry that it came with, not for that which completed it"


def test_a_large_entry_brings_a_larger_portion(store: Store) -> None:
    journal = store.journal("intake")
    head = journal.head()
    entry = CODEC.encode(
        Entry(
            partition="intake", seq=1, prev=head.hash, now=NOW,
            events=(CommandRefused(cause="1", key="k", at=NOW, who="lin", what="w" * PORTION_BYTES_LEAST, why="no"),),
        )
    )  # fmt: skip
    journal.append(entry, head.hash, Snapshot(Head(1, entry.hash), NOW, {}, iter(LARGE)))
    assert held(journal) == LARGE


def test_a_writer_that_ends_half_way_leaves_the_older_one_and_the_next_cleans_up(store: Store) -> None:
    append(store.journal("intake"), OLD)
    append(store.journal("intake"), LARGE, entries=2)  # its writer goes no further
    after_a_crash = Store(store.path)
    journal = after_a_crash.journal("intake")
    assert held(journal) == OLD
    append(journal)
    assert (held(journal), chunks_in(store)) == (OLD, 1)
    after_a_crash.close()


def test_chunks_of_the_older_one_go_away_with_later_entries(store: Store) -> None:
    journal = store.journal("intake")
    for _ in range(2):
        append(journal, LARGE, entries=len(LARGE) + 1)
    append(journal, entries=2)
    assert (held(journal), chunks_in(store)) == (LARGE, len(LARGE))


def test_a_refused_entry_gives_up_the_snapshot_on_its_way(store: Store) -> None:
    journal = store.journal("intake")
    append(journal, OLD)
    append(journal, LARGE, entries=2)
    with pytest.raises(NotLinked):
        journal.append(entry_after(Head()), Head().hash)
    append(journal, entries=len(LARGE))
    assert (held(journal), chunks_in(store)) == (OLD, 1)


def test_one_that_comes_too_early_is_passed_over(store: Store) -> None:
    journal = store.journal("intake")
    append(journal, LARGE, entries=2)
    append(journal, [b"early"])
    append(journal, entries=len(LARGE))
    assert held(journal) == LARGE


def test_partitions_keep_out_of_each_other_s_snapshots(store: Store) -> None:
    journal, other = store.journal("intake"), store.journal("intake-2")
    append(other, LARGE, entries=len(LARGE) + 1)
    append(journal, OLD)
    append(journal, [b"new"])
    append(journal, entries=5)
    assert (held(journal), held(other)) == ([b"new"], LARGE)
