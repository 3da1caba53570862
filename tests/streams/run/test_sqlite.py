"""What the journal in SQLite holds beyond the suite for every journal."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

from streams.events import CommandRefused
from streams.journal import Codec, Entry
from streams.run.sqlite import READ_BYTES, READ_ROWS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CODEC: Codec[CommandRefused] = Codec(CommandRefused)


def test_large_entries_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "fenghuo.db")
    journal = store.journal("intake")
    why = "x" * (READ_BYTES // 2)
    for seq in range(1, READ_ROWS // 2):
        head = journal.head()
        event = CommandRefused(cause=str(seq), key="k", at=NOW, who="lin", what="close", why=why)
        entry = Entry(partition="intake", seq=seq, prev=head.hash, now=NOW, events=(event,))
        journal.append(CODEC.encode(entry), head.hash)
    tracemalloc.start()
    try:
        assert [stored.seq for stored in journal.read()] == list(range(1, READ_ROWS // 2))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        store.close()
    assert most_bytes < 4 * READ_BYTES
