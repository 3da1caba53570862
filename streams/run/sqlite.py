"""The journal on one machine: a SQLite file in WAL mode, one row per entry, `synchronous=FULL`.

Entry and input offsets commit together, in one transaction; a snapshot follows in portions (`sqlite_snapshots`).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from streams.errors import JournalError, NotLinked, StoreUnavailable
from streams.journal import Head, Snapshot, Stored
from streams.run.sqlite_snapshots import SnapshotWriter, read_snapshot

FORMAT = 1
"""Of the file; kept in SQLite's `user_version`."""
PAGE_BYTES = 16 * 1024
"""An entry of a full batch fills 550 KB; with pages of 4 KB, SQLite's own, its commit takes twice the time."""
READ_ROWS = 64
READ_BYTES = 1024 * 1024
"""Rows are read at a time until there are so many, or so many bytes: a reader holds no transaction open between them, so
that the WAL can be folded back. (Sixty-four full batches are 35 MB.)"""
BUSY_TIMEOUT_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    partition TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
    UNIQUE (partition, seq));
CREATE TABLE IF NOT EXISTS snapshots (partition TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    head BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot_chunks (partition TEXT NOT NULL, number INTEGER NOT NULL, chunk BLOB NOT NULL,
    PRIMARY KEY (partition, number));
CREATE TABLE IF NOT EXISTS configs (hash TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class Store:
    """The file with the journals, snapshots and configurations. One per thread."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open (and, unless `read_only`, create) the file.

        Raises:
            StoreUnavailable: it cannot be opened; the message says why.
        """
        self.path = path
        with _store_errors(path):
            self.connection = _connect(path, read_only=read_only)
            if not read_only:
                self._prepare()
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if version != FORMAT:
            raise StoreUnavailable(f"{path} has format {version}, this release reads {FORMAT}")

    def _prepare(self) -> None:
        self.connection.execute(f"PRAGMA page_size={PAGE_BYTES}")  # heeded only before there is anything
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        if self.connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            self.connection.executescript(f"{_SCHEMA} PRAGMA user_version={FORMAT};")

    def try_out(self) -> None:
        """Write and sync as an entry does, leaving everything as it is.

        Raises:
            StoreUnavailable: the store refuses to write.
        """
        with _store_errors(self.path):
            self.connection.executescript(f"BEGIN IMMEDIATE; PRAGMA user_version={FORMAT}; COMMIT;")

    def journal(self, partition: str) -> "SqliteJournal":
        """The journal of one partition."""
        return SqliteJournal(self, partition)

    def partitions(self) -> tuple[str, ...]:
        """The partitions that have entries, sorted."""
        with _store_errors(self.path):
            rows = self.connection.execute("SELECT DISTINCT partition FROM entries ORDER BY partition")
            return tuple(row[0] for row in rows)

    def put_config(self, config_hash: str, body: bytes) -> None:
        """Keep a configuration by its hash; a repeat changes nothing."""
        with _store_errors(self.path), self.connection:
            self.connection.execute("INSERT OR IGNORE INTO configs VALUES (?, ?)", (config_hash, body))

    def configs(self) -> dict[str, bytes]:
        """Every configuration that was ever active, by hash."""
        with _store_errors(self.path):
            return dict(self.connection.execute("SELECT hash, body FROM configs"))

    def bytes_until(self, partition: str, seq: int) -> int:
        """Of all entries of a partition up to `seq`."""
        query = "SELECT total(length(body)) FROM entries WHERE partition = ? AND seq <= ?"
        with _store_errors(self.path):
            return int(self.connection.execute(query, (partition, seq)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


class SqliteJournal:
    """One partition's journal in a `Store`."""

    def __init__(self, store: Store, partition: str) -> None:
        self.partition = partition
        self._store = store
        self._connection = store.connection
        self._snapshots = SnapshotWriter(store.connection, partition)

    def head(self) -> Head:
        with _store_errors(self._store.path):
            row = self._connection.execute(
                "SELECT seq, hash FROM entries WHERE partition = ? ORDER BY seq DESC LIMIT 1",
                (self.partition,),
            ).fetchone()
        return Head(*row) if row else Head()

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        try:
            with _store_errors(self._store.path), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._append(stored, prev)
                self._snapshots.go_on(len(stored.body), snapshot)
        except BaseException:
            self._snapshots.forget()
            raise

    def _append(self, stored: Stored, prev: bytes) -> None:
        head = self.head()
        if prev != head.hash or stored.seq != head.seq + 1:
            raise NotLinked(f"entry {stored.seq} of {self.partition!r} does not continue entry {head.seq}")
        self._connection.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?)",
            (self.partition, stored.seq, stored.hash, stored.body),
        )

    def read(self, after: int = 0) -> Iterator[Stored]:
        while rows := self._rows_after(after):
            for seq, entry_hash, body in rows:
                yield Stored(seq, entry_hash, body)
            after = rows[-1][0]

    def _rows_after(self, after: int) -> list[tuple[int, bytes, bytes]]:
        with _store_errors(self._store.path), closing(self._connection.cursor()) as cursor:
            cursor.execute(
                "SELECT seq, hash, body FROM entries WHERE partition = ? AND seq > ? ORDER BY seq LIMIT ?",
                (self.partition, after, READ_ROWS),
            )
            rows: list[tuple[int, bytes, bytes]] = []
            while sum(len(body) for _, _, body in rows) < READ_BYTES and (row := cursor.fetchone()):
                rows.append(row)
            return rows

    def snapshot(self) -> Snapshot | None:
        with _store_errors(self._store.path):
            found = read_snapshot(self._connection, self.partition)
        if found is None:
            return None
        return msgspec.structs.replace(found, chunks=self._read(found.chunks))

    def _read(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        with _store_errors(self._store.path):
            yield from chunks


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only and not path.exists():
        raise StoreUnavailable(f"there is no journal at {path}")
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{reading(path) if read_only else 'mode=rwc'}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def reading(path: Path) -> str:
    """How to open a file to read it: beside one in WAL mode SQLite makes files, which a read-only medium forbids."""
    has_log = path.with_name(path.name + "-wal").exists()
    return "mode=ro" if has_log or os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each one clear sentence."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise JournalError(f"{path}: {error}") from error
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(
            f"{path} cannot be written or read ({error}); what was recorded is safe"
        ) from error
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} is damaged ({error}); put a backup in its place") from error
