"""What Intake remembers of its partition, and how it is written to a snapshot."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from streams.attention_state import Attention, AttentionTimers
from streams.case_state import CaseIndex, Cases
from streams.case_state import forget_before as forget_cases
from streams.conversations import Conversation, Thread, Threads
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
        self._timers: list[tuple[datetime, str, str]] = []
        self._shared: dict[tuple[Match, ...], tuple[Match, ...]] = {}

    def next_timer(self) -> tuple[datetime, Conversation, str] | None:
        """The earliest timer: when, of which conversation, which clock.

        Timers of clocks that moved on are left in the heap and thrown away here; that changes nothing anybody can see.
        """
        while self._timers:
            at, conversation_id, name = self._timers[0]
            conversation = self.threads.conversations.get(conversation_id)
            if conversation is not None and conversation.next_timer(name) == at:
                return at, conversation, name
            heapq.heappop(self._timers)
        return None

    def set_timer(self, conversation: Conversation, name: str) -> None:
        """Put the clock's next timer into the order of due times."""
        at = conversation.next_timer(name)
        if at is not None:
            heapq.heappush(self._timers, (at, conversation.id, name))

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
        """The state in chunks."""
        yield _encode(
            _Base(config=self.config, day=self.day, early=self.threads.early, threads=self.threads.threads)
        )
        yield _encode(self.attention)
        yield _encode(self.cases)
        for chunk in self.seen.dump():
            yield _encode(chunk)
        conversations = list(self.threads.conversations.values())
        for start in range(0, len(conversations), CONVERSATIONS_A_CHUNK):
            yield _encode(_Conversations(conversations=conversations[start : start + CONVERSATIONS_A_CHUNK]))
        roots = list(self.roots.items())
        for start in range(0, len(roots), ROOTS_A_CHUNK):
            yield _encode(_Roots(roots=dict(roots[start : start + ROOTS_A_CHUNK])))
        yield _encode(_Recent(recent=self.recent))

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
                    state.threads.early, state.threads.threads = chunk.early, chunk.threads
                case Attention():
                    state.attention, state.attention_timers = chunk, AttentionTimers(chunk)
                case Cases():
                    state._hold_cases(chunk)
                case SeenChunk():
                    seen.append(chunk)
                case _Conversations():
                    state._load_conversations(chunk.conversations)
                case _Roots():
                    for item, matches in chunk.roots.items():
                        state.remember_root(item, matches)
                case _Recent():
                    state.recent.update(chunk.recent)
        state.seen = SeenIds.load(seen)
        return state

    def _load_conversations(self, conversations: Iterable[Conversation]) -> None:
        for conversation in conversations:
            self.threads.conversations[conversation.id] = conversation
            for touch in conversation.touches:
                if touch.what == "customer":
                    self.threads.conversation_of[touch.id] = conversation.id
            for name in conversation.clocks:
                self.set_timer(conversation, name)


class _Base(msgspec.Struct, frozen=True, kw_only=True, tag="base"):
    config: str | None
    day: datetime
    early: dict[str, list[Touch]]
    threads: dict[str, Thread]


class _Conversations(msgspec.Struct, frozen=True, kw_only=True, tag="conversations"):
    conversations: list[Conversation]


class _Roots(msgspec.Struct, frozen=True, kw_only=True, tag="roots"):
    roots: dict[str, tuple[Match, ...]]


class _Recent(msgspec.Struct, frozen=True, kw_only=True, tag="recent"):
    recent: dict[str, bytes]


_encode = msgspec.msgpack.Encoder().encode
_Chunk = _Base | Attention | Cases | SeenChunk | _Conversations | _Roots | _Recent
_chunks: msgspec.msgpack.Decoder[_Chunk] = msgspec.msgpack.Decoder(_Chunk)
_signals = msgspec.msgpack.Decoder(tuple[SignalRaised, ...])
