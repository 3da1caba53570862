"""The vault: keys of persons, so that a person can be forgotten though the journal never changes.

Author ids stand in events as pseudonyms (HMAC-SHA256); texts, names and links are sealed (AES-256-GCM) with a key of that
author and month. Keys lie in `vault.db`, wrapped by the master key. Forgetting drops keys: what they sealed stays in the
journal as noise, its hashes and judgements stay true.

Keys are only ever appended and the sealed bytes name their key by number. An index by author would make every batch
touch hundreds of random pages (most authors write once); dropping, which is rare, scans instead. An author whose key fell
out of the memory gets one more key for the month; dropping takes them all.

    sealed = version (1 byte) | key number (8) | nonce (12) | AES-GCM of the content, bound to the fact's id
"""

import hmac
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from services.vault_errors import VaultKeyWrong
from services.vault_key import KEY_BYTES, master_key
from streams.errors import StoreUnavailable
from streams.facts import Private, Seen

SEALED_VERSION = b"\x01"
NUMBER_BYTES = 8
NONCE_BYTES = 12
HEAD_BYTES = len(SEALED_VERSION) + NUMBER_BYTES + NONCE_BYTES
PSEUDONYM_BYTES = 16
KEYS_IN_MEMORY = 8192
"""Ciphers kept ready, for sealing and for opening each; one takes about 2.3 kB."""
BUSY_S = 10.0
"""How long to wait for another process that writes to the vault."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS proof (one INTEGER PRIMARY KEY CHECK (one = 1), digest BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, also after the last ones were dropped
    subject TEXT NOT NULL,
    month INTEGER NOT NULL,
    wrapped BLOB NOT NULL
) STRICT;
"""


class Content(msgspec.Struct, frozen=True, gc=False):
    """Something to seal: whose key (`subject`), of which month (YYYYMM), bound to which fact."""

    subject: str
    month: int
    fact_id: str
    plaintext: bytes


class SealedContent(msgspec.Struct, frozen=True, gc=False):
    """Something sealed, with all that is needed to open it."""

    subject: str
    month: int
    fact_id: str
    sealed: bytes


class Sealer(Protocol):
    """What the gateway asks of a vault."""

    def pseudonym(self, platform: str, author_id: str) -> str:
        """The name under which an author stands in events: 32 hex digits."""
        ...

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        """Seal a batch, in order. New keys are durable before this returns.

        Raises:
            streams.errors.StoreUnavailable: the vault refuses to write; nothing was sealed.
        """
        ...


class Opener(Protocol):
    """What those ask of a vault who show content to people."""

    def private(self, content: SealedContent) -> Private | None:
        """The content in the clear, or None if its key was dropped."""
        ...


def month_of(occurred_at: datetime) -> int:
    """The month of a key: YYYYMM of the time as it is kept (UTC)."""
    return occurred_at.year * 100 + occurred_at.month


_private_encoder = msgspec.json.Encoder()
_private_decoder = msgspec.json.Decoder(Private)


def content_of(fact: Seen, private: Private) -> Content:
    """What is sealed for `fact`: `private` as JSON, which holds numbers of any size in unknown fields."""
    return Content(fact.sealed_for, month_of(fact.occurred_at), fact.id, _private_encoder.encode(private))


def private_of(opener: Opener, fact: Seen) -> Private | None:
    """The content of `fact` in the clear, or None if it was sealed with a key that was dropped."""
    return opener.private(SealedContent(fact.sealed_for, month_of(fact.occurred_at), fact.id, fact.sealed))


class ClearVault:
    """Seals nothing and keeps nothing: for `backtest` and `sla explain`, where no fact is kept.

    Authors go by their own ids, so that a person recognises the conversations that are explained.
    """

    def pseudonym(self, platform: str, author_id: str) -> str:  # noqa: ARG002 (port)
        return author_id

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        return [b""] * len(contents)

    def private(self, content: SealedContent) -> Private | None:  # noqa: ARG002 (port)
        return None


_Owner = tuple[str, int]
_Key = tuple[bytes, AESGCM]
"""Number (as it stands in sealed bytes) and cipher."""
_K = TypeVar("_K")
_V = TypeVar("_V")


class _Recent(OrderedDict[_K, _V]):
    """The entries used last, at most `KEYS_IN_MEMORY`."""

    def recall(self, key: _K) -> _V | None:
        if key in self:
            self.move_to_end(key)
            return self[key]
        return None

    def keep(self, key: _K, value: _V) -> None:
        self[key] = value
        if len(self) > KEYS_IN_MEMORY:
            self.popitem(last=False)


class Vault:
    """The vault of one data folder. Safe to use from several threads; other processes may drop keys at any time.

    Raises:
        services.vault_errors.VaultKeyWrong: the vault was made with another master key.
        streams.errors.StoreUnavailable: the file cannot be opened or written.
    """

    def __init__(self, path: Path, master: bytes) -> None:
        self._lock = threading.Lock()
        self._wrapping = AESGCM(_subkey(master, b"fenghuo wrap data keys"))
        self._naming = hmac.new(_subkey(master, b"fenghuo pseudonyms"), digestmod="sha256")
        self._sealing: _Recent[_Owner, _Key] = _Recent()
        self._opening: _Recent[tuple[bytes, str, int], AESGCM] = _Recent()
        with _foreign_errors_mapped(path):
            self._db = _connected(path)
            self._seen_version = self._data_version()
        self._path = path
        try:
            self._prove(_subkey(master, b"fenghuo proof of key"))
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def of_folder(cls, folder: Path, environ: Mapping[str, str]) -> "Vault":
        """The vault of a data folder, made if there is none: `vault.db`, and `vault.key` unless `environ` holds the key.

        Raises:
            services.vault_errors.VaultError: the key is missing or wrong.
            streams.errors.StoreUnavailable: the folder cannot be written.
        """
        path = folder / "vault.db"
        with _foreign_errors_mapped(path):
            key = master_key(folder / "vault.key", environ, vault_exists=path.exists())
        return cls(path, key)

    def pseudonym(self, platform: str, author_id: str) -> str:
        """The name under which an author stands in events: 32 hex digits, the same for ever."""
        naming = self._naming.copy()
        naming.update(f"{platform}\0{author_id}".encode("utf-8", "surrogatepass"))
        return naming.digest()[:PSEUDONYM_BYTES].hex()

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        """Seal a batch, in order; all keys it needs are made in one durable commit."""
        keys = self._keys_for(contents)
        nonces = os.urandom(NONCE_BYTES * len(contents))
        sealed = []
        for index, content in enumerate(contents):
            number, cipher = keys[content.subject, content.month]
            nonce = nonces[index * NONCE_BYTES : (index + 1) * NONCE_BYTES]
            ciphertext = cipher.encrypt(nonce, content.plaintext, content.fact_id.encode("ascii"))
            sealed.append(SEALED_VERSION + number + nonce + ciphertext)
        return sealed

    def open(self, subject: str, month: int, fact_id: str, sealed: bytes) -> bytes | None:
        """The content, or None if its key was dropped or does not fit (a vault older than the journal)."""
        return self.open_many([SealedContent(subject, month, fact_id, sealed)])[0]

    def private(self, content: SealedContent) -> Private | None:
        """The content of a fact in the clear, or None where `open` gives None."""
        opened = self.open_many([content])[0]
        return None if opened is None else _private_decoder.decode(opened)

    def open_many(self, contents: Sequence[SealedContent]) -> list[bytes | None]:
        """The contents in order; None where `open` gives None."""
        with self._lock, _foreign_errors_mapped(self._path):
            self._forget_what_others_dropped()
            ciphers = [self._cipher_of(content) for content in contents]
        return [_opened(content, cipher) for content, cipher in zip(contents, ciphers, strict=True)]

    def forget(self, *subjects: str) -> int:
        """Drop all keys of `subjects`, for good; returns how many there were. What they sealed opens no more."""
        return self._drop(
            "subject IN (SELECT value FROM json_each(?))", msgspec.json.encode(subjects).decode()
        )

    def drop_before(self, month: int) -> int:
        """Drop all keys of months before `month` (YYYYMM): the retention date."""
        return self._drop("month < ?", month)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _drop(self, which: str, value: str | int) -> int:
        with self._lock, _foreign_errors_mapped(self._path):
            self._sealing.clear()
            self._opening.clear()
            with _transaction(self._db):
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

    def _keys_for(self, contents: Sequence[Content]) -> dict[_Owner, _Key]:
        owners = dict.fromkeys((content.subject, content.month) for content in contents)
        with self._lock, _foreign_errors_mapped(self._path):
            self._forget_what_others_dropped()
            known = {owner: key for owner in owners if (key := self._sealing.recall(owner)) is not None}
            if missing := [owner for owner in owners if owner not in known]:
                made = self._make_keys(missing)
                known.update(made)
                for owner, key in made.items():
                    self._sealing.keep(owner, key)
            return known

    def _make_keys(self, owners: Sequence[_Owner]) -> dict[_Owner, _Key]:
        randomness = os.urandom((KEY_BYTES + NONCE_BYTES) * len(owners))
        keys: dict[_Owner, _Key] = {}
        rows = []
        with _transaction(self._db):
            number = self._last_number()
            for index, (subject, month) in enumerate(owners):
                number += 1
                drawn = randomness[
                    index * (KEY_BYTES + NONCE_BYTES) : (index + 1) * (KEY_BYTES + NONCE_BYTES)
                ]
                key, nonce = drawn[:KEY_BYTES], drawn[KEY_BYTES:]
                wrapped = nonce + self._wrapping.encrypt(nonce, key, _binding(number, subject, month))
                rows.append((number, subject, month, wrapped))
                keys[subject, month] = (number.to_bytes(NUMBER_BYTES, "big"), AESGCM(key))
            self._db.executemany(
                "INSERT INTO keys (number, subject, month, wrapped) VALUES (?, ?, ?, ?)", rows
            )
        return keys

    def _last_number(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'keys'").fetchone()
        return int(row[0]) if row else 0

    def _cipher_of(self, content: SealedContent) -> AESGCM | None:
        sealed = content.sealed
        if not sealed.startswith(SEALED_VERSION) or len(sealed) < HEAD_BYTES:
            return None
        place = (sealed[1 : 1 + NUMBER_BYTES], content.subject, content.month)
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
        with _foreign_errors_mapped(self._path):
            if (stored := self._stored_proof()) is None:
                with _transaction(self._db):
                    self._db.execute("INSERT OR IGNORE INTO proof (one, digest) VALUES (1, ?)", (digest,))
                stored = self._stored_proof()
        if stored is None or not hmac.compare_digest(stored, digest):
            raise VaultKeyWrong(f"{self._path} was made with another key; the vault stays as it was")

    def _stored_proof(self) -> bytes | None:
        row = self._db.execute("SELECT digest FROM proof").fetchone()
        return row[0] if row else None


def _subkey(master: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(hashes.SHA256(), KEY_BYTES, purpose).derive(master)


def _binding(number: int, subject: str, month: int) -> bytes:
    """What a wrapped key is bound to, so that rows cannot be exchanged."""
    return f"{number}/{month}/{subject}".encode()


def _opened(content: SealedContent, cipher: AESGCM | None) -> bytes | None:
    if cipher is None:
        return None
    nonce, ciphertext = content.sealed[HEAD_BYTES - NONCE_BYTES : HEAD_BYTES], content.sealed[HEAD_BYTES:]
    try:
        return cipher.decrypt(nonce, ciphertext, content.fact_id.encode())
    except InvalidTag:
        return None


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
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk may have ended it already
            db.execute("ROLLBACK")
        raise


@contextmanager
def _foreign_errors_mapped(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"{path}: {error}") from error
