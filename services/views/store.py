"""The file of read models: opening it, filling it from entries, and following a journal."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from alerting.events import DeskEvent
from services.views.desk_rows import DeskRows
from services.views.errors import NotFollowing
from services.views.intake_rows import IntakeRows
from services.views.schema import DESK_TABLES, FORMAT, INTAKE_TABLES, SCHEMA
from streams.events import IntakeEvent
from streams.journal import Codec, Entry, Head, Stored, decider_of, follow

INTAKE = "intake"
DESK = "desk"
BATCH_EVENTS = 3_000
"""Events that one transaction holds while a journal is read from far back."""
BUSY_TIMEOUT_S = 5.0
CACHE_KIB = 8 * 1024
"""What the writer keeps of the file; the rest is in the cache of the system."""

CODECS: Mapping[str, Codec[Any]] = {INTAKE: Codec(IntakeEvent), DESK: Codec(DeskEvent)}
_TABLES = {INTAKE: INTAKE_TABLES, DESK: DESK_TABLES}


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that may be handed from thread to thread, never used by two at once."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False,
    )  # fmt: skip
    connection.row_factory = sqlite3.Row
    return connection


class Followed(Protocol):
    """What of a journal the views read."""

    partition: str

    def read(self, after: int = 0) -> Iterator[Stored]: ...


class Views:
    """The one writer of the read models. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect(path)
        # Losing the last moments in a power cut costs nothing: they are read from the journal again.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        if self._connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            self._make_anew()

    def _make_anew(self) -> None:
        tables = self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        drops = "".join(f"DROP TABLE {table['name']};" for table in tables)
        self._connection.executescript(f"BEGIN; {drops} {SCHEMA} PRAGMA user_version={FORMAT}; COMMIT;")

    def close(self) -> None:
        self._connection.close()

    def position(self, partition: str) -> Head:
        """Up to where the views hold this journal."""
        row = self._connection.execute(
            "SELECT seq, hash FROM positions WHERE partition = ?", (partition,)
        ).fetchone()
        return Head(row["seq"], row["hash"]) if row else Head()

    def places(self) -> dict[str, tuple[Head, int]]:
        """Up to where the views hold each journal that has places, and the place of that entry."""
        rows = self._connection.execute(
            "SELECT partition, seq, hash, place FROM positions WHERE place IS NOT NULL"
        )
        return {row["partition"]: (Head(row["seq"], row["hash"]), row["place"]) for row in rows}

    def apply(
        self,
        partition: str,
        entries: Sequence[Entry[Any]],
        head: Head | None = None,
        place: int | None = None,
    ) -> frozenset[str]:
        """Take in entries in one transaction; returns the names of the pages that changed.

        Entries that the views hold already are passed over. `head` is the journal's head after the last entry; without
        it the last entry is encoded once more to know its hash. `place` is where that entry lies, for `places`.

        Raises:
            NotFollowing: the entries do not continue the views' position. Nothing was changed.
        """
        position = self.position(partition)
        fresh = [entry for entry in entries if entry.seq > position.seq]
        if not fresh:
            return frozenset()
        if fresh[0].seq != position.seq + 1 or fresh[0].prev != position.hash:
            raise NotFollowing(
                f"entry {fresh[0].seq} of {partition!r} does not continue entry {position.seq}"
            )
        head = head or _head_of(partition, fresh[-1])
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            changed = self._write(partition, fresh)
            self._connection.execute(
                "REPLACE INTO positions VALUES (?, ?, ?, ?)", (partition, head.seq, head.hash, place)
            )
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return changed

    def _write(self, partition: str, entries: Sequence[Entry[Any]]) -> frozenset[str]:
        rows: IntakeRows | DeskRows = (
            IntakeRows() if decider_of(partition) == INTAKE else DeskRows(self._connection)
        )
        for entry in entries:
            for event in entry.events:
                rows.take(event)
        return rows.write(self._connection)

    def follow(self, journal: Followed) -> frozenset[str]:
        """Read on in `journal` to its end; a journal that the views do not know is read from its beginning.

        Raises:
            streams.errors.JournalError: an entry cannot be read.
        """
        partition, codec = journal.partition, CODECS[decider_of(journal.partition)]
        if not self._continues(journal):
            self.forget(partition)
        changed: frozenset[str] = frozenset()
        batch: list[Entry[Any]] = []
        head = position = self.position(partition)
        for stored in follow(journal.read(position.seq), position):
            batch.append(codec.decode(stored))
            head = Head(stored.seq, stored.hash)
            if sum(len(entry.events) for entry in batch) >= BATCH_EVENTS:
                changed |= self.apply(partition, batch, head)
                batch = []
        return changed | self.apply(partition, batch, head)

    def _continues(self, journal: Followed) -> bool:
        """Whether the journal holds what the views hold, and goes on from there."""
        position = self.position(journal.partition)
        if position.seq == 0:
            return True
        last = next(journal.read(position.seq - 1), None)
        return last is not None and last.seq == position.seq and last.hash == position.hash

    def forget(self, partition: str) -> None:
        """Empty all that came from this journal, and with it from the decider's others: rows do not tell which it was."""
        decider = decider_of(partition)
        self._connection.execute("BEGIN IMMEDIATE")
        for table in _TABLES[decider]:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 (names of this package)
        self._connection.execute(
            "DELETE FROM positions WHERE partition = ? OR partition GLOB ?", (decider, f"{decider}/*")
        )
        self._connection.execute("COMMIT")


def _head_of(partition: str, entry: Entry[Any]) -> Head:
    return Head(entry.seq, CODECS[decider_of(partition)].encode(entry).hash)
