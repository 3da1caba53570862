"""The keyring: keys of persons in `vault.db`, wrapped by the master key.

Keys are only ever appended and what they seal names its key by number. An index by author would make every batch touch
hundreds of random pages (most authors write once); dropping, which is rare, scans instead. An author whose key fell out of
the memory gets one more key for the month; dropping takes them all.
"""

import hmac
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.vault_errors import VaultKeyWrong
from services.vault_key import KEY_BYTES, subkey
from streams.errors import StoreUnavailable

NUMBER_BYTES = 8
NONCE_BYTES = 12
KEYS_IN_MEMORY = 2048
"""Ciphers kept ready at most, for sealing and for opening each; one takes about 2.3 kB."""
BUSY_S = 10.0
"""How long to wait for another process that writes to the vault."""
PROOF = b"fenghuo proof of key"
"""What the proof of a master key is derived for."""
ROWS_A_STATEMENT = 32
"""New keys that one INSERT takes: half the cost of a statement each; more gain nothing."""

Owner = tuple[str, int]
"""Whose key, of which month (YYYYMM)."""
SealingKey = tuple[bytes, AESGCM]
"""Its number as it stands in sealed bytes, and the cipher."""
Place = tuple[bytes, str, int]
"""Number, owner and month of a key that sealed something."""
_DRAWN_BYTES = KEY_BYTES + NONCE_BYTES
"""What is drawn at random for a new key: itself, and the nonce that it is wrapped with."""
Row = tuple[int, str, int, bytes]
"""Number, owner, month and the wrapped key."""
_K = TypeVar("_K")
_V = TypeVar("_V")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS proof (one INTEGER PRIMARY KEY CHECK (one = 1), digest BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, also after the last ones were dropped
    subject TEXT NOT NULL,
    month INTEGER NOT NULL,
    wrapped BLOB NOT NULL
) STRICT;
"""
_INSERT_ONE = "INSERT INTO keys (number, subject, month, wrapped) VALUES (?, ?, ?, ?)"
_INSERT_MANY = _INSERT_ONE + ", (?, ?, ?, ?)" * (ROWS_A_STATEMENT - 1)


class _Recent(Generic[_K, _V]):
    """The entries used last, in two generations: at most `KEYS_IN_MEMORY`, at least the last half of that."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._young: dict[_K, _V] = {}
        self._old: dict[_K, _V] = {}

    def recall(self, key: _K) -> _V | None:
        value = self._young.get(key)
        if value is None and (value := self._old.pop(key, None)) is not None:
            self.keep(key, value)
        return value

    def keep(self, key: _K, value: _V) -> None:
        self._young[key] = value
        if len(self._young) > KEYS_IN_MEMORY // 2:
            self._old, self._young = self._young, {}


class Keyring:
    """The keys in one file. Safe to use from several threads; other processes may drop keys at any time.

    Every method raises streams.errors.StoreUnavailable if the file cannot be read or written.

    Raises:
        services.vault_errors.VaultKeyWrong: the file was made with another master key.
    """

    def __init__(self, path: Path, master: bytes) -> None:
        self._lock = threading.Lock()
        self._wrapping = AESGCM(subkey(master, b"fenghuo wrap data keys"))
        self._sealing: _Recent[Owner, SealingKey] = _Recent()
        self._opening: _Recent[Place, AESGCM] = _Recent()
        self._path = path
        with foreign_errors_mapped(path):
            self._db = _connected(path)
            self._seen_version = self._data_version()
        try:
            self._prove(subkey(master, PROOF))
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def for_sealing(self, owners: Iterable[Owner]) -> dict[Owner, SealingKey]:
        """A key for each of `owners`; those that are new are durable, in one commit, before this returns."""
        with self._lock, foreign_errors_mapped(self._path):
            self._forget_what_others_dropped()
            keys: dict[Owner, SealingKey] = {}
            missing: dict[Owner, None] = {}
            for owner in owners:
                key = keys.get(owner) or self._sealing.recall(owner)
                if key is None:
                    missing[owner] = None
                else:
                    keys[owner] = key
            if missing:
                for owner, key in self._made(missing):
                    keys[owner] = key
                    self._sealing.keep(owner, key)
            return keys

    def for_opening(self, places: Iterable[Place]) -> dict[Place, AESGCM]:
        """The ciphers of those keys that are still there."""
        with self._lock, foreign_errors_mapped(self._path):
            self._forget_what_others_dropped()
            found = ((place, self._cipher_at(place)) for place in places)
            return {place: cipher for place, cipher in found if cipher is not None}

    def drop(self, which: str, value: str | int | None) -> int:
        """Drop, for good, the keys that the SQL condition `which` (with one `?`) holds for; returns how many."""
        with self._lock, foreign_errors_mapped(self._path):
            self._sealing.clear()
            self._opening.clear()
            with transaction(self._db):
                dropped = self._db.execute(f"DELETE FROM keys WHERE {which}", (value,)).rowcount  # noqa: S608 (literals)
            self._scrub()
            return dropped

    def _scrub(self) -> None:
        """Empty the write-ahead log, which may still hold what was deleted from the tables (there it is overwritten)."""
        busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreUnavailable(
                f"{self._path}: the keys are dropped, but another process keeps their remains; repeat"
            )

    def _made(self, owners: Collection[Owner]) -> list[tuple[Owner, SealingKey]]:
        made: list[tuple[Owner, SealingKey]] = []
        rows: list[Row] = []
        wrap = self._wrapping.encrypt
        randomness = os.urandom(_DRAWN_BYTES * len(owners))
        with transaction(self._db):
            before = self._last_number()
            for index, owner in enumerate(owners):
                drawn = randomness[index * _DRAWN_BYTES : (index + 1) * _DRAWN_BYTES]
                key, nonce = drawn[:KEY_BYTES], drawn[KEY_BYTES:]
                number = before + 1 + index
                rows.append((number, *owner, nonce + wrap(nonce, key, _binding(number, *owner))))
                made.append((owner, (number.to_bytes(NUMBER_BYTES, "big"), AESGCM(key))))
            self._insert(rows)
        return made

    def _insert(self, rows: Sequence[Row]) -> None:
        whole = len(rows) - len(rows) % ROWS_A_STATEMENT
        for start in range(0, whole, ROWS_A_STATEMENT):
            self._db.execute(_INSERT_MANY, [*chain.from_iterable(rows[start : start + ROWS_A_STATEMENT])])
        self._db.executemany(_INSERT_ONE, rows[whole:])

    def _last_number(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'keys'").fetchone()
        return int(row[0]) if row else 0

    def _cipher_at(self, place: Place) -> AESGCM | None:
        cipher = self._opening.recall(place)
        if cipher is None:
            cipher = self._read_cipher(*place)
            if cipher is not None:
                self._opening.keep(place, cipher)
        return cipher

    def _read_cipher(self, number_bytes: bytes, subject: str, month: int) -> AESGCM | None:
        number = int.from_bytes(number_bytes, "big", signed=True)
        row = self._db.execute(
            "SELECT wrapped FROM keys WHERE number = ? AND subject = ? AND month = ?",
            (number, subject, month),
        ).fetchone()
        if row is None:
            return None
        wrapped = row[0]
        try:
            binding = _binding(number, subject, month)
            return AESGCM(self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], binding))
        except InvalidTag as error:
            raise StoreUnavailable(
                f"{self._path}: key {number} was changed or damaged on the disk"
            ) from error

    def _forget_what_others_dropped(self) -> None:
        """Another process wrote to the vault since we looked: it may have dropped keys that we still hold."""
        version = self._data_version()
        if version != self._seen_version:
            self._seen_version = version
            self._sealing.clear()
            self._opening.clear()

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _prove(self, digest: bytes) -> None:
        """The first master key leaves a proof of itself; a later one must give the same."""
        with foreign_errors_mapped(self._path):
            if (stored := self._stored_proof()) is None:
                with transaction(self._db):
                    self._db.execute("INSERT OR IGNORE INTO proof (one, digest) VALUES (1, ?)", (digest,))
                stored = self._stored_proof()
        if stored is None or not hmac.compare_digest(stored, digest):
            raise VaultKeyWrong(f"{self._path} was made with another key; the vault stays as it was")

    def _stored_proof(self) -> bytes | None:
        row = self._db.execute("SELECT digest FROM proof").fetchone()
        return row[0] if row else None


def _binding(number: int, subject: str, month: int) -> bytes:
    """What a wrapped key is bound to, so that rows cannot be exchanged."""
    return f"{number}/{month}/{subject}".encode()


def _connected(path: Path) -> sqlite3.Connection:
    """A connection whose files keep no remains of deleted rows: they are overwritten, and `_scrub` empties the log.

    A write-ahead log costs one fsync a commit; the rollback journal costs four (24 ms instead of 4 where it was measured).
    """
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(_SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk may have ended it already
            db.execute("ROLLBACK")
        raise


@contextmanager
def foreign_errors_mapped(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors as `StoreUnavailable`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"{path}: {error}") from error
