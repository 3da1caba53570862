"""Dead letters: what came from files and could not be taken in, kept with its reason until somebody looks.

What was refused may hold anything of anybody, so it is sealed with a vault key of its own and leaves with that month's keys.
"""

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from services.vault import Content, Vault, month_of
from streams import ids
from streams.errors import StoreUnavailable

FILE_NAME = "deadletters.db"
MOST_LETTERS = 100_000
"""Beyond it the oldest leave; `DeadLetters.overflowed` counts them."""
MAX_RAW_BYTES = 65_536
"""What is longer is cut, and marked so."""
SUBJECT = "deadletters"
BUSY_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    line INTEGER NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    cut INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS overflow (one INTEGER PRIMARY KEY CHECK (one = 1), letters INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO overflow VALUES (1, 0);
"""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """One line that cannot be taken in: where it stood, which field, why."""

    line: int
    """1, 2, 3 …"""
    field: str
    reason: str
    code: str
    raw: bytes


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A refused line as it is shown. `raw` and `reason` are None once their key was dropped."""

    number: int
    at: datetime
    source: str
    origin: str
    """The file's name."""
    line: int
    field: str
    code: str
    reason: str | None
    raw: bytes | None
    cut: bool
    """Only the beginning of `raw` was kept."""


class _Private(msgspec.Struct, frozen=True):
    """The sealed part; the reason may quote what was written."""

    reason: str
    raw: bytes


class DeadLetters:
    """The dead letters of one data folder. Safe to use from several threads.

    Every method raises streams.errors.StoreUnavailable when the file cannot be read or written.
    """

    def __init__(self, path: Path, vault: Vault) -> None:
        self._path = path
        self._vault = vault
        self._lock = threading.Lock()
        with self._errors_mapped():
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)

    def add(self, refused: Sequence[Refused], *, source: str, origin: str, at: datetime) -> int:
        """Keep `refused`, durably; the same line for the same reason is kept once. Returns how many are new."""
        rows = self._rows(refused, source, origin, at)
        with self._lock, self._errors_mapped(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            before = self._count()
            self._db.executemany(
                "INSERT OR IGNORE INTO letters (id, at, source, origin, line, field, code, cut, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            kept = self._count()
            self._make_room(kept - MOST_LETTERS)
        return kept - before

    def list(self, *, limit: int = 100, after: int = 0) -> list[DeadLetter]:
        """The letters with a number greater than `after`, oldest first."""
        with self._lock, self._errors_mapped():
            rows = self._db.execute(
                "SELECT number, id, at, source, origin, line, field, code, cut, sealed FROM letters"
                " WHERE number > ? ORDER BY number LIMIT ?",
                (after, limit),
            ).fetchall()
        return [self._letter(*row) for row in rows]

    def count(self) -> int:
        with self._lock, self._errors_mapped():
            return self._count()

    def overflowed(self) -> int:
        """How many letters had to leave for newer ones, ever."""
        with self._lock, self._errors_mapped():
            return int(self._db.execute("SELECT letters FROM overflow").fetchone()[0])

    def remove(self, numbers: Sequence[int]) -> None:
        """Take letters out: they were driven again, or somebody looked and let them go."""
        with self._lock, self._errors_mapped(), self._db:
            self._db.executemany("DELETE FROM letters WHERE number = ?", [(number,) for number in numbers])

    def forget(self, author_id: str) -> int:
        """Take out every letter that names an author, and leave no remains of it; returns how many there were.

        What a refused line says of its platform cannot be relied on, so the id alone decides.
        """
        named = [letter.number for letter in self._all() if letter.raw and names(letter.raw, author_id)]
        self.remove(named)
        self._scrub()
        return len(named)

    def _all(self) -> Iterator[DeadLetter]:
        after = 0
        while letters := self.list(after=after):
            yield from letters
            after = letters[-1].number

    def _scrub(self) -> None:
        """Empty the write-ahead log: it may still hold letters that were removed, and their key stays."""
        with self._lock, self._errors_mapped():
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreUnavailable(f"{self._path}: another process keeps remains of what was removed; repeat")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _rows(
        self, refused: Sequence[Refused], source: str, origin: str, at: datetime
    ) -> Sequence[tuple[object, ...]]:
        month = month_of(at)
        letters = [(self._id(one, source), one) for one in refused]
        encode = msgspec.msgpack.encode
        contents = [
            Content(SUBJECT, month, letter_id, encode(_Private(one.reason, one.raw[:MAX_RAW_BYTES])))
            for letter_id, one in letters
        ]
        sealed = self._vault.seal_many(contents)
        return [
            (
                letter_id,
                at.isoformat(),
                source,
                origin,
                one.line,
                one.field,
                one.code,
                len(one.raw) > MAX_RAW_BYTES,
                seal,
            )
            for (letter_id, one), seal in zip(letters, sealed, strict=True)
        ]

    def _id(self, refused: Refused, source: str) -> str:
        """Keyed by the vault, so that nobody finds out by hashing guesses what a letter says."""
        content = ids.derived(source, refused.field, refused.code, refused.raw.hex())
        return self._vault.pseudonym(SUBJECT, content)

    def _letter(
        self,
        number: int,
        letter_id: str,
        at: str,
        source: str,
        origin: str,
        line: int,
        field: str,
        code: str,
        cut: int,
        sealed: bytes,
    ) -> DeadLetter:
        kept_at = datetime.fromisoformat(at)
        opened = self._vault.open(SUBJECT, month_of(kept_at), letter_id, sealed)
        private = None if opened is None else msgspec.msgpack.decode(opened, type=_Private)
        return DeadLetter(
            number=number,
            at=kept_at,
            source=source,
            origin=origin,
            line=line,
            field=field,
            code=code,
            reason=private.reason if private else None,
            raw=private.raw if private else None,
            cut=bool(cut),
        )

    def _count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM letters").fetchone()[0])

    def _make_room(self, too_many: int) -> None:
        if too_many > 0:
            self._db.execute(
                "DELETE FROM letters WHERE number IN (SELECT number FROM letters ORDER BY number LIMIT ?)",
                (too_many,),
            )
            self._db.execute("UPDATE overflow SET letters = letters + ?", (too_many,))

    @contextmanager
    def _errors_mapped(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error


AUTHOR_FIELDS = ("author_id", "to_author_id")


def names(raw: bytes, author_id: str) -> bool:
    """Whether a refused line names an author: in such a field of its JSON, or anywhere if it cannot be read."""
    try:
        return _holds(msgspec.json.decode(raw), author_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        written = (author_id.encode("utf-8", "replace"), json.dumps(author_id)[1:-1].encode("ascii"))
        return any(_as_word(one).search(raw) for one in written)


def _holds(value: Any, author_id: str) -> bool:
    match value:
        case dict():
            return any(
                _holds(inner, author_id) or (name in AUTHOR_FIELDS and str(inner) == author_id)
                for name, inner in value.items()
            )
        case list():
            return any(_holds(inner, author_id) for inner in value)
        case _:
            return False


def _as_word(written: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w-])" + re.escape(written) + rb"(?![\w-])")
