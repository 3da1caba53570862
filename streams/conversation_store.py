"""A million conversations in little memory: those touched lately as objects, the rest packed to some two hundred bytes."""

import hashlib
import zlib
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import overload

import msgspec
from msgspec.structs import replace

from streams.conversation import Conversation
from streams.sla.clocks import Clock, ClockKind, Touch
from streams.sla.instants import US, to_us
from streams.sla.policy import Asked

HOT_MOST = 2_500
"""Conversations kept as objects, about 3 KB each."""
COOLED_AT_ONCE = 500
"""Some ten milliseconds of packing, which others wait for."""

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_conversations = msgspec.msgpack.Decoder(Conversation)


def _sample() -> Conversation:
    """What a conversation looks like: its bytes are what the packer knows beforehand."""
    at, item = datetime(2026, 1, 1, tzinfo=UTC), "0" * 32
    touches = [
        Touch(at=at, id=item, what="ours"),
        Touch(at=at, id=item, what="paused", of=item, reason="customer"),
        Touch(at=at, id=item, what="customer"),
    ]

    def clock(kind: ClockKind, *, ended: bool) -> Clock:
        running = Clock(
            kind=kind, ordinal=1, policy="other", started_at=at, started_by=item, due_at=at, target_s=1_800,
            warn_ats=(at, at),
        )  # fmt: skip
        if not ended:
            return running
        return replace(running, ended_at=at, ended_by=item, state_end="met", reason="settled", folded_at=at)

    return Conversation(
        id="", key="", platform="weibo", account="official", brand="brand",
        policy="other", severity="P3", asked=Asked(at, item, "comment", None, "neutral", (), None),
        touches=touches, breached={"first_response/1"}, voided={"first_response/1": 1}, warned={"first_response/1": 1},
        apart=True,
        clocks={
            "next_response/1": clock("next_response", ended=True),
            "resolution/1": clock("resolution", ended=False),
            "first_response/1": clock("first_response", ended=False),
        },
    )  # fmt: skip


DICTIONARY = _encoder.encode(_sample())
"""A packed conversation takes a third of the bytes, since names of fields are known. A release that has other fields has
another dictionary: what was packed with this one is unreadable to it."""
DICTIONARY_ID = hashlib.blake2b(DICTIONARY, digest_size=8).hexdigest()


class AtRest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One conversation, packed, with what must be known of it without unpacking."""

    body: bytes
    due_s: tuple[int, ...] = ()
    """Seconds since 1970 in which its clocks need attention."""
    items: tuple[int, ...] = ()
    """Its customer's messages (`ItemIndex.key`)."""
    quiet_since_us: int | None = None
    """When something happened last; None while it is open."""
    threaded: bool = False
    """It stands under a post, so its key is its id without the author."""
    config: int | None = None
    """Number of its configuration among those that the store knows."""

    def conversation(self, name: str, configs: Sequence[str]) -> Conversation:
        """The conversation; what stands elsewhere is not packed with it."""
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS, DICTIONARY)
        conversation = _conversations.decode(unpacking.decompress(self.body))
        conversation.id = name
        if self.threaded:
            conversation.key = name.rpartition("/")[0]
        if self.config is not None:
            conversation.config = configs[self.config]
        return conversation


_at_rest = msgspec.msgpack.Decoder(AtRest)


class ConversationStore:
    """Conversations by id, in the order in which they began. Looks like a dict of them.

    What it gives out may be changed until `cool` is called; after that it must be asked for anew.
    """

    def __init__(self, hot_most: int = HOT_MOST, cooled_at_once: int = COOLED_AT_ONCE) -> None:
        self._hot_most = hot_most
        self._cooled_at_once = cooled_at_once
        self._rest: dict[str, bytes | None] = {}
        """By id, in order; None: it is among the hot ones."""
        self._hot: dict[str, Conversation] = {}
        self.configs: list[str] = []
        """Hashes of the configurations that packed ones stand under; a handful."""

    def __contains__(self, name: object) -> bool:
        return name in self._rest

    def __len__(self) -> int:
        return len(self._rest)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rest)

    def get(self, name: str) -> Conversation | None:
        """The conversation `name`; None if there is none."""
        found = self._hot.get(name)
        if found is not None:
            return found
        packed = self._rest.get(name)
        if packed is None:
            return None
        found = self._hot[name] = _at_rest.decode(packed).conversation(name, self.configs)
        self._rest[name] = None
        return found

    def __getitem__(self, name: str) -> Conversation:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, conversation: Conversation) -> None:
        self._rest[name] = None
        self._hot[name] = conversation

    def __delitem__(self, name: str) -> None:
        del self._rest[name]
        self._hot.pop(name, None)

    def peek(self, name: str) -> Conversation | None:
        """The conversation `name`, to look at only: a packed one stays packed."""
        found = self._hot.get(name)
        if found is not None:
            return found
        packed = self._rest.get(name)
        return None if packed is None else _at_rest.decode(packed).conversation(name, self.configs)

    def values(self) -> Iterator[Conversation]:
        """All of them in order, to look at only."""
        for name in self._rest:
            conversation = self.peek(name)
            if conversation is not None:
                yield conversation

    def items(self) -> Iterator[tuple[str, Conversation]]:
        """All of them in order with their ids, to look at only."""
        for conversation in self.values():
            yield conversation.id, conversation

    def cool(self) -> None:
        """Pack the ones that were asked for longest ago, if too many are hot."""
        if len(self._hot) > self._hot_most + self._cooled_at_once:
            for name in list(islice(self._hot, self._cooled_at_once)):
                self._rest[name] = self._packed(self._hot.pop(name))

    def _packed(self, conversation: Conversation) -> bytes:
        config = conversation.config
        if config is not None and config not in self.configs:
            self.configs.append(config)
        return _encoder.encode(pack(conversation, None if config is None else self.configs.index(config)))

    def at_rest(self) -> Iterator[tuple[str, bytes]]:
        """All of them packed, in order; the same whether they were hot or not.

        They are as they stand at this moment, also if they are taken later: packed bytes are never changed, only replaced.
        """
        # Encoding takes a fifth of the time of packing: those who wait for this wait for that alone.
        hot = {name: _encoder.encode(conversation) for name, conversation in self._hot.items()}
        names, rest = list(self._rest), list(self._rest.values())
        return (
            (name, packed if packed is not None else self._packed(_conversations.decode(hot[name])))
            for name, packed in zip(names, rest, strict=True)
        )

    def put_at_rest(self, name: str, packed: bytes) -> AtRest:
        """Take in what `at_rest` gave away."""
        self._rest[name] = packed
        return _at_rest.decode(packed)

    def quiet_before(self, horizon: datetime) -> set[str]:
        """The ids of the closed ones in which nothing has happened since `horizon`."""
        horizon_us = to_us(horizon)
        quiet = set()
        for name, packed in self._rest.items():
            rest = _at_rest.decode(packed) if packed is not None else None
            since_us = rest.quiet_since_us if rest is not None else quiet_since_us(self._hot[name])
            if since_us is not None and since_us < horizon_us:
                quiet.add(name)
        return quiet


def pack(conversation: Conversation, config: int | None) -> AtRest:
    """A conversation to be put to rest; `config` is the number of its configuration."""
    threaded = conversation.threaded
    bare = replace(conversation, id="", key="" if threaded else conversation.key, config=None)
    body = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=DICTIONARY)
    due = (conversation.next_timer(name) for name in conversation.clocks)
    return AtRest(
        body=body.compress(_encoder.encode(bare)) + body.flush(),
        due_s=tuple(sorted({to_us(at) // US for at in due if at is not None})),
        items=tuple(ItemIndex.key(touch.id) for touch in conversation.touches if touch.what == "customer"),
        quiet_since_us=quiet_since_us(conversation),
        threaded=threaded,
        config=config,
    )


def quiet_since_us(conversation: Conversation) -> int | None:
    """When something happened last in a closed conversation; None while it is open."""
    return None if conversation.open else to_us(conversation.last_at)


class ItemIndex:
    """Item id → conversation id, in about thirty bytes each: an open table of the ids' first 64 bits.

    Two items that agree in 64 bits are taken for one: among ten million the chance is one in 370,000.
    """

    def __init__(self) -> None:
        self._mask = 1023
        self._keys = array("Q", bytes(8 * 1024))
        self._names: list[str | None] = [None] * 1024
        self._used = 0

    @staticmethod
    def key(item: str) -> int:
        """What is kept of an item's id; never 0."""
        return int(item[:16], 16) or 1

    @overload
    def get(self, item: str) -> str | None: ...
    @overload
    def get(self, item: str, default: str) -> str: ...
    def get(self, item: str, default: str | None = None) -> str | None:
        """The conversation that an item belongs to."""
        place = self._place(self.key(item))
        name = self._names[place]
        return default if name is None else name

    def __getitem__(self, item: str) -> str:
        name = self.get(item)
        if name is None:
            raise KeyError(item)
        return name

    def __setitem__(self, item: str, name: str) -> None:
        self.put(self.key(item), name)

    def put(self, key: int, name: str) -> None:
        """Note that the item with this key belongs to a conversation."""
        place = self._place(key)
        if self._names[place] is None:
            self._used += 1
        self._keys[place], self._names[place] = key, name
        if 3 * self._used > 2 * self._mask:
            self._rebuild(self.entries(), 2 * (self._mask + 1))

    def entries(self) -> list[tuple[int, str]]:
        """Every key with its conversation."""
        return [(key, name) for key, name in zip(self._keys, self._names, strict=True) if name is not None]

    def without(self, gone: set[str]) -> None:
        """Forget the items of some conversations."""
        kept = [(key, name) for key, name in self.entries() if name not in gone]
        self._rebuild(kept, self._mask + 1)

    def _rebuild(self, entries: list[tuple[int, str]], size: int) -> None:
        self._mask, self._used = size - 1, len(entries)
        self._keys, self._names = array("Q", bytes(8 * size)), [None] * size
        for key, name in entries:
            place = self._place(key)
            self._keys[place], self._names[place] = key, name

    def _place(self, key: int) -> int:
        place = key & self._mask
        while self._names[place] is not None and self._keys[place] != key:
            place = (place + 1) & self._mask
        return place
