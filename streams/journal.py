"""The journal: the only record of a partition.

An entry holds what one batch led to. Entries are linked by `prev`, the SHA-256 of the entry before; a reader takes an
entry only if `prev` is the head it holds. That one rule gives: nothing twice after a crash, no harm by a writer that
lost its partition, tamper evidence, and replay.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from streams import upcast
from streams.errors import BrokenChain, UnknownEvent

E = TypeVar("E")

GENESIS = bytes(32)
"""What the first entry of a journal links to."""
CHANGED = "its bytes do not give the hash that was written with it"
"""Why an entry breaks the chain that anybody has touched."""


class Entry(msgspec.Struct, Generic[E], frozen=True, kw_only=True):
    """What one batch led to: the facts taken in and the events decided, in order."""

    partition: str
    seq: int
    """1, 2, 3 …"""
    prev: bytes
    now: datetime
    next: Mapping[str, int] = {}
    """Per input topic the offset from which to go on."""
    config: str | None = None
    """Hash of the configuration under which it was decided."""
    vocabulary: int = upcast.VOCABULARY
    events: tuple[E, ...] = ()


def decider_of(partition: str) -> str:
    """Whose journal it is: `intake` of `intake`, and of `intake/3` where a decider has many partitions."""
    return partition.partition("/")[0]


class Head(msgspec.Struct, frozen=True):
    """Where a journal ends."""

    seq: int = 0
    hash: bytes = GENESIS


class Stored(msgspec.Struct, frozen=True):
    """An entry as it lies in the journal: its bytes, and the hash that was written beside them."""

    seq: int
    hash: bytes
    body: bytes


class Snapshot(msgspec.Struct, frozen=True):
    """A partition's state in chunks, and the entry after which it stood so.

    Chunks are made one by one while they are written and read one by one while they are loaded, since all of them together
    would double the memory that the state takes: they can be gone through once.
    """

    head: Head
    now: datetime
    next: Mapping[str, int]
    chunks: Iterable[bytes]


class Journal(Protocol):
    """The port: one partition's journal. Memory, SQLite and Kafka stand behind it."""

    partition: str

    def head(self) -> Head:
        """The last entry that was appended."""
        ...

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        """Append durably. If there is a `snapshot`, it is `snapshot()` from now on, or once it is written.

        Raises:
            NotLinked: `prev` is not the head's hash. Nothing was written.
            StoreUnavailable: the store refuses. Nothing was written.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Stored]:
        """The entries with `seq` greater than `after`, in order."""
        ...

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot that is whole, if any.

        Raises:
            SnapshotUnreadable: it is not what was written; reading its chunks may raise the same.
        """
        ...


def digest(body: bytes) -> bytes:
    """SHA-256 of an entry's bytes: what the next entry links to."""
    return hashlib.sha256(body).digest()


class Codec(Generic[E]):
    """Entries of one vocabulary to bytes and back."""

    def __init__(self, vocabulary: Any) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Entry[E]] = msgspec.msgpack.Decoder(Entry[vocabulary])
        self._raw: msgspec.msgpack.Decoder[Entry[dict[str, Any]]] = msgspec.msgpack.Decoder(
            Entry[dict[str, Any]]
        )
        self._entry_type = Entry[vocabulary]

    def encode(self, entry: Entry[E]) -> Stored:
        """The entry's bytes and their hash."""
        body = self._encoder.encode(entry)
        return Stored(entry.seq, digest(body), body)

    def decode(self, stored: Stored) -> Entry[E]:
        """The entry, brought to today's vocabulary.

        Raises:
            UnknownEvent: it holds an event type that this release does not know.
        """
        link = _link_decoder.decode(stored.body)
        try:
            if link.vocabulary < upcast.VOCABULARY:
                return self._decode_older(stored)
            return self._decoder.decode(stored.body)
        except msgspec.ValidationError as error:
            raise UnknownEvent(f"entry {stored.seq} of {link.partition!r}: {error}") from error

    def _decode_older(self, stored: Stored) -> Entry[E]:
        raw = self._raw.decode(stored.body)
        entry = msgspec.structs.asdict(raw)
        entry["events"] = upcast.upcast(raw.events, raw.vocabulary)
        entry["vocabulary"] = upcast.VOCABULARY
        decoded: Entry[E] = msgspec.convert(entry, self._entry_type)
        return decoded


def follow(stored: Iterator[Stored], head: Head) -> Iterator[Stored]:
    """The entries that continue `head`; any that does not link to what came before falls out."""
    for entry in stored:
        if linked(entry, head):
            head = Head(entry.seq, entry.hash)
            yield entry


def linked(entry: Stored, head: Head) -> bool:
    """Whether `entry` continues `head`: the rule of continuation."""
    return entry.seq == head.seq + 1 and _prev_of(entry.body) == head.hash


class _Link(msgspec.Struct):
    """The few fields of an entry that the chain is checked by; its events are skipped, not decoded."""

    partition: str
    seq: int
    prev: bytes
    vocabulary: int


_link_decoder = msgspec.msgpack.Decoder(_Link)


class _Decided(msgspec.Struct):
    """When an entry was decided; nothing else of it is decoded."""

    now: datetime


_decided_decoder = msgspec.msgpack.Decoder(_Decided)


def decided_at(stored: Stored) -> datetime:
    """When the entry was decided. Never earlier than the entry before."""
    return _decided_decoder.decode(stored.body).now


def _prev_of(body: bytes) -> bytes:
    return _link_decoder.decode(body).prev


def verify(partition: str, stored: Iterator[Stored], count: Callable[[Stored], int]) -> int:
    """Check every byte and link of a journal; returns what `count` finds in its entries, summed.

    Raises:
        BrokenChain: the first entry that is not what was written.
    """
    head = Head()
    counted = 0
    for entry in stored:
        _verify_one(partition, entry, head)
        counted += count(entry)
        head = Head(entry.seq, entry.hash)
    return counted


def _verify_one(partition: str, entry: Stored, head: Head) -> None:
    if digest(entry.body) != entry.hash:
        raise BrokenChain(partition, entry.seq, CHANGED)
    try:
        link = _link_decoder.decode(entry.body)
    except msgspec.DecodeError as error:
        raise BrokenChain(partition, entry.seq, f"it cannot be read ({error})") from error
    if link.partition != partition or link.seq != entry.seq:
        raise BrokenChain(partition, entry.seq, f"it says that it is entry {link.seq} of {link.partition!r}")
    if entry.seq != head.seq + 1:
        raise BrokenChain(partition, entry.seq, f"entry {head.seq + 1} is missing")
    if link.prev != head.hash:
        raise BrokenChain(partition, entry.seq, "it does not link to the entry before it")
