"""What Intake remembers of its partition, and how it is written to a snapshot."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

import msgspec

from streams.attention_state import Attention, AttentionTimers
from streams.case_state import CaseIndex, Cases
from streams.case_state import forget_before as forget_cases
from streams.conversation_store import DICTIONARY_ID
from streams.conversations import Conversation, Threads
from streams.due_times import DueTimes
from streams.errors import SnapshotUnreadable
from streams.events import Match, SignalRaised
from streams.seen import HORIZON, SeenChunk, SeenIds
from streams.sla.clocks import Touch
from streams.sla.pileon import Crowd

MOST_RECENT_POSTS = 20_000
"""Posts whose signals are kept, so that new counts of them can be told to the desk."""
CONVERSATIONS_A_CHUNK = 1_000
ROOTS_A_CHUNK = 10_000


class IntakeState:
    """Mutable; changed by `Intake.evolve` alone."""

    def __init__(self) -> None:
        self.config: str | None = None
        self.seen = SeenIds()
        self.threads = Threads()
        self.roots: dict[str, tuple[Match, ...]] = {}
        """Item id of a post under which others may stand → the monitors that they inherit."""
        self.recent: dict[str, bytes] = {}
        """Item id of a post → its last signals, encoded; oldest first."""
        self.crowds: dict[str, Crowd] = {}
        """Who waits under a post where many do, by partition key. Derived from conversations, filled on demand."""
        self.cases = Cases()
        self.case_index = CaseIndex(self.cases)
        self.attention = Attention()
        self.attention_timers = AttentionTimers(self.attention)
        self.day = datetime(1970, 1, 1, tzinfo=UTC)
        self._due_times = DueTimes(self._due_in)
        self._shared: dict[tuple[Match, ...], tuple[Match, ...]] = {}

    def next_timer(self) -> tuple[datetime, str, str] | None:
        """The earliest timer: when, of which conversation, which clock."""
        return self._due_times.first()

    def set_timer(self, conversation: Conversation, name: str) -> None:
        """Put the clock's next timer into the order of due times."""
        at = conversation.next_timer(name)
        if at is not None:
            self._due_times.add(at, conversation.id, name)

    def _due_in(self, conversation_id: str) -> Iterator[tuple[datetime, str]]:
        conversation = self.threads.conversations.peek(conversation_id)
        if conversation is not None:
            for name in conversation.clocks:
                at = conversation.next_timer(name)
                if at is not None:
                    yield at, name

    def remember_root(self, item: str, matches: tuple[Match, ...]) -> None:
        """What stands under `item` from now on inherits `matches`."""
        inherited = tuple(Match(match.brand, match.monitor, "parent") for match in matches)
        # A few combinations of monitors recur a million times; one copy of each is enough.
        self.roots[item] = self._shared.setdefault(inherited, inherited)

    def remember_signals(self, item: str, signals: tuple[SignalRaised, ...]) -> None:
        """Keep the signals of a post; the oldest post gives way."""
        self.recent.pop(item, None)
        self.recent[item] = _encode(signals)
        if len(self.recent) > MOST_RECENT_POSTS:
            del self.recent[next(iter(self.recent))]

    def signals_of(self, item: str) -> tuple[SignalRaised, ...]:
        """The last signals of a post, if it is among the recent ones."""
        encoded = self.recent.get(item)
        return _signals.decode(encoded) if encoded is not None else ()

    def begin_day(self, day: datetime) -> None:
        """Once a day: forget what is beyond the horizon."""
        self.day = day
        self.threads.forget_before(day - HORIZON)
        self.crowds.clear()
        self.attention.forget_before(day - HORIZON)
        self._hold_cases(forget_cases(self.cases, day - HORIZON))

    def _hold_cases(self, cases: Cases) -> None:
        self.cases, self.case_index = cases, CaseIndex(cases)

    def dump(self) -> Iterator[bytes]:
        """The state as it stands at this moment, in chunks that are made when they are taken.

        What may change is encoded at once; of the rest, nearly all of it, only what it consists of is noted.
        """
        changing = [
            _encode(
                _Base(
                    config=self.config, day=self.day, early=self.threads.early, replies=self.threads.replies()
                )
            ),
            _encode(self.attention),
            _encode(self.cases),
        ]
        return chain(
            changing,
            map(_encode, self.seen.dump()),
            self._dump_conversations(),
            _dump_roots(list(self.roots), list(self.roots.values())),
            map(_encode, [_Recent(recent=self.recent.copy())]),
        )

    def _dump_conversations(self) -> Iterator[bytes]:
        rows = self.threads.conversations.at_rest()
        configs = self.threads.conversations.configs  # grows at its end alone
        chunks = iter(lambda: list(islice(rows, CONVERSATIONS_A_CHUNK)), [])
        return (
            _encode(_Conversations(dictionary=DICTIONARY_ID, configs=configs, rows=chunk)) for chunk in chunks
        )

    @classmethod
    def load(cls, chunks: Iterable[bytes]) -> "IntakeState":
        """What `dump` gave away.

        Raises:
            SnapshotUnreadable: a chunk is none of ours.
        """
        try:
            return cls._loaded(map(_chunks.decode, chunks))
        except msgspec.DecodeError as error:
            raise SnapshotUnreadable(f"a chunk of Intake's snapshot cannot be read: {error}") from error

    @classmethod
    def _loaded(cls, chunks: "Iterable[_Chunk]") -> "IntakeState":
        state = cls()
        seen: list[SeenChunk] = []
        for chunk in chunks:
            match chunk:
                case _Base():
                    state.config, state.day = chunk.config, chunk.day
                    state.threads.early = chunk.early
                    state.threads.hold_replies(chunk.replies)
                case Attention():
                    state.attention, state.attention_timers = chunk, AttentionTimers(chunk)
                case Cases():
                    state._hold_cases(chunk)
                case SeenChunk():
                    seen.append(chunk)
                case _Conversations():
                    if chunk.dictionary != DICTIONARY_ID:
                        raise SnapshotUnreadable("conversations are packed as another release packs them")
                    state.threads.conversations.configs = chunk.configs
                    state._load_conversations(chunk.rows)
                case _Roots():
                    for item, matches in chunk.roots.items():
                        state.remember_root(item, matches)
                case _Recent():
                    state.recent.update(chunk.recent)
        state.seen = SeenIds.load(seen)
        return state

    def _load_conversations(self, rows: Iterable[tuple[str, bytes]]) -> None:
        for name, packed in rows:
            for second in self.threads.put_at_rest(name, packed).due_s:
                self._due_times.add_second(second, name)


def _dump_roots(items: list[str], matches: list[tuple[Match, ...]]) -> Iterator[bytes]:
    for start in range(0, len(items), ROOTS_A_CHUNK):
        part = slice(start, start + ROOTS_A_CHUNK)
        yield _encode(_Roots(roots=dict(zip(items[part], matches[part], strict=True))))


class _Base(msgspec.Struct, frozen=True, kw_only=True, tag="base/2"):
    config: str | None
    day: datetime
    early: dict[str, list[Touch]]
    replies: dict[str, list[Touch]]
    """Those to a whole post, by its key."""


class _Conversations(msgspec.Struct, frozen=True, kw_only=True, tag="packed"):
    dictionary: str
    configs: list[str]
    rows: list[tuple[str, bytes]]
    """Ids with what is packed (`streams.conversation_store`)."""


class _Roots(msgspec.Struct, frozen=True, kw_only=True, tag="roots"):
    roots: dict[str, tuple[Match, ...]]


class _Recent(msgspec.Struct, frozen=True, kw_only=True, tag="recent"):
    recent: dict[str, bytes]


_encode = msgspec.msgpack.Encoder().encode
_Chunk = _Base | Attention | Cases | SeenChunk | _Conversations | _Roots | _Recent
_chunks: msgspec.msgpack.Decoder[_Chunk] = msgspec.msgpack.Decoder(_Chunk)
_signals = msgspec.msgpack.Decoder(tuple[SignalRaised, ...])
