"""The keyring of a house on Kafka: every node holds a copy of all keys, which a compacted topic keeps in step.

A key is on the topic, wrapped by the master key, before anything is sealed with it; so whoever reads what was sealed finds it
by reading on. Forgetting writes a tombstone for each key: every node drops its copy as soon as it reads that, and compaction
takes the wrapped key off the brokers within two days (`kafka_topics.GONE_MS`). The master key is never on a broker.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.vault import Vault
from services.vault_errors import VaultError, VaultKeyWrong
from services.vault_key import subkey
from services.vault_keyring import (
    NUMBER_BYTES,
    PROOF,
    Keyring,
    Place,
    Row,
    foreign_errors_mapped,
    transaction,
)
from streams.errors import StoreUnavailable
from streams.run.kafka import KEYS, Cluster, Reader, Record, Writer

LOOK_S = 0.2
"""So long, at most, a node goes on with a key that another one dropped."""
PATIENCE_S = 1.0
"""Somebody who wants to open something waits so long for a broker that does not answer."""
AWAY_MOST = timedelta(days=5)
"""A copy that was not kept in step for longer may have missed tombstones, and is made anew."""
PREFIX_BITS, COUNT_BITS = 38, 24
"""Numbers of keys: a prefix that a process draws, and a count. No two processes draw the same."""
BATCH_MOST = 1 << 20
"""Keys that one batch may need."""
LOOKED_EVERY = timedelta(minutes=10)
"""A copy without news notes this often that it is in step."""
PUT_S = 5.0
"""So long a new key may take to be durable; then what it was for is refused."""
_PROOF_KEY = b"proof"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS followed (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, at TEXT NOT NULL) STRICT;
"""


class VaultNotOurs(VaultError):
    """The keys in this folder are not those of the house on Kafka."""


class _Wrapped(msgspec.Struct, frozen=True, array_like=True):
    """A key as it stands on the topic; its number is the message's key."""

    subject: str
    month: int
    wrapped: bytes


_decoder = msgspec.msgpack.Decoder(_Wrapped)


class SharedKeyring(Keyring):
    """A `Keyring` whose file is a copy. A thread keeps it in step until it is closed.

    Raises:
        VaultKeyWrong: the house was made with another master key.
        VaultNotOurs: the file holds keys of another house.
        streams.errors.StoreUnavailable: no broker answers.
    """

    def __init__(
        self, path: Path, master: bytes, cluster: Cluster, writer: Writer, now: Callable[[], datetime]
    ) -> None:
        super().__init__(path, master)
        self._topic = cluster.topic(KEYS)
        self._writer = writer
        self._now = now
        self._reading = threading.Lock()
        self._stopping = threading.Event()
        self._behind = False
        """The last try to read on did not come to its end."""
        self._gone: set[Place] = set()
        """Places whose keys were looked for in vain; a key never comes back."""
        self._next = self._end = 0
        self._looked_at = now()
        self._proof: bytes | None = None
        self._reader = Reader(cluster, self._topic, 0)
        try:
            self._begin(subkey(master, PROOF))
        except BaseException:
            self._reader.close()
            super().close()
            raise
        self._thread = threading.Thread(target=self._follow, name="fenghuo-keys", daemon=True)
        self._thread.start()

    def _begin(self, proof: bytes) -> None:
        if self._followed_before() is None and (rows := self._rows()):
            self._bring_along(rows, proof)
        self._position = self._start()
        self._catch_up()
        if self._proof is None:
            self._writer.send(self._topic, 0, proof, key=_PROOF_KEY).offset()
        elif not hmac.compare_digest(self._proof, proof):
            raise VaultKeyWrong("the house on Kafka was made with another vault key; set the one that it has")

    def _bring_along(self, rows: Sequence[Row], proof: bytes) -> None:
        """The vault was that of a house on one machine, which moves. The proof comes last: it says that all are there."""
        there = (one.key for one in self._reader.read(self._reader.beginning()) if isinstance(one, Record))
        if _PROOF_KEY in there:
            raise VaultNotOurs(
                f"{self._path} holds keys, but the house on Kafka has its own: give this node an empty data folder"
            )
        self._put(rows)
        self._writer.send(self._topic, 0, proof, key=_PROOF_KEY).offset()

    def _followed_before(self) -> tuple[int, datetime] | None:
        with foreign_errors_mapped(self._path):
            self._db.executescript(_SCHEMA)
            row = self._db.execute("SELECT position, at FROM followed").fetchone()
        return None if row is None else (int(row[0]), datetime.fromisoformat(row[1]))

    def _rows(self) -> Sequence[Row]:
        with foreign_errors_mapped(self._path):
            return self._db.execute("SELECT number, subject, month, wrapped FROM keys").fetchall()

    def _start(self) -> int:
        """Where to read on; a copy that may have missed something is thrown away."""
        before = self._followed_before()
        if before is not None and self._now() - before[1] <= AWAY_MOST:
            self._proof = self._stored_proof()
            return before[0]
        if before is not None:
            super().drop("number IS NOT ?", None)
        return self._reader.beginning()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._reader.close()
        super().close()

    def for_opening(self, places: Iterable[Place]) -> dict[Place, AESGCM]:
        """As `Keyring.for_opening`; for keys that are not in the copy yet, the topic is read on."""
        wanted = set(places)
        found = super().for_opening(wanted)
        missing = wanted - found.keys() - self._gone
        if missing and self._read_on():
            found |= super().for_opening(missing)
            self._gone |= missing - found.keys()
        return found

    def drop(self, which: str, value: str | int | None) -> int:
        """As `Keyring.drop`, on every node."""
        self._catch_up()
        with self._lock, foreign_errors_mapped(self._path):
            found = self._db.execute(f"SELECT number FROM keys WHERE {which}", (value,))  # noqa: S608 (literals)
            numbers = [int(row[0]) for row in found]
        for ticket in [self._writer.send(self._topic, 0, None, key=_key(number)) for number in numbers]:
            ticket.offset()
        return super().drop("number IN (SELECT value FROM json_each(?))", json.dumps(numbers))

    def _last_number(self) -> int:
        if self._end - self._next < BATCH_MOST:
            prefix = secrets.randbits(PREFIX_BITS)
            self._next, self._end = (prefix << COUNT_BITS) + 1, (prefix + 1) << COUNT_BITS
        return self._next - 1

    def _insert(self, rows: Sequence[Row]) -> None:
        self._put(rows)
        self._next = rows[-1][0] + 1
        super()._insert(rows)

    def _put(self, rows: Iterable[Row]) -> None:
        encode = msgspec.msgpack.encode
        tickets = [
            self._writer.send(self._topic, 0, encode(_Wrapped(subject, month, wrapped)), key=_key(number))
            for number, subject, month, wrapped in rows
        ]
        for ticket in tickets:
            ticket.offset(PUT_S)

    def _follow(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self._catch_up()
                self._behind = False
            except StoreUnavailable:
                self._behind = True

    def _read_on(self) -> bool:
        """Read on unless the broker seems away; whether everything was read that is there now."""
        if self._behind or not self._reading.acquire(timeout=PATIENCE_S):
            self._behind = True
            return False
        self._reading.release()
        try:
            self._catch_up()
        except StoreUnavailable:
            self._behind = True
            return False
        return True

    def _catch_up(self) -> None:
        with self._reading:
            records: list[Record] = []
            for one in self._reader.read(self._position):
                if isinstance(one, Record):
                    records.append(one)
                else:
                    self._absorb(records, one.offset)
                    records = []
            if self._now() - self._looked_at > LOOKED_EVERY:
                self._absorb((), self._position)

    def _absorb(self, records: Iterable[Record], position: int) -> None:
        """Take in what others put and dropped, with where to read on, in one commit."""
        put: dict[int, Row] = {}
        dropped: set[int] = set()
        for one in records:
            if one.key == _PROOF_KEY:
                self._proof = one.value
                continue
            number = int.from_bytes(one.key or b"", "big")
            if one.value:
                wrapped = _decoder.decode(one.value)
                put[number] = (number, wrapped.subject, wrapped.month, wrapped.wrapped)
            else:
                put.pop(number, None)
                dropped.add(number)
        if dropped:
            super().drop("number IN (SELECT value FROM json_each(?))", json.dumps(sorted(dropped)))
        now = self._now()
        with self._lock, foreign_errors_mapped(self._path), transaction(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO keys (number, subject, month, wrapped) VALUES (?, ?, ?, ?)",
                put.values(),
            )
            self._db.execute("REPLACE INTO followed VALUES (1, ?, ?)", (position, now.isoformat()))
        self._position, self._looked_at = position, now


def _key(number: int) -> bytes:
    return number.to_bytes(NUMBER_BYTES, "big")


def shared_vault(
    folder: Path, environ: Mapping[str, str], cluster: Cluster, writer: Writer, now: Callable[[], datetime]
) -> Vault:
    """The vault of a node: its copy of the keys lies in `folder`.

    Raises:
        services.vault_errors.VaultError: the key is missing or wrong.
        streams.errors.StoreUnavailable: the folder cannot be written, or no broker answers.
    """
    return Vault.of_folder(
        folder, environ, lambda path, master: SharedKeyring(path, master, cluster, writer, now)
    )
