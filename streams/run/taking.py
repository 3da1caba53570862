"""What a host does with its messages: decide, write, hand on, in stages that overlap.

While one entry is on its way to the journal, and what the one before it tells others is on its way to them, the next batch
is decided. It is written when both have arrived: so only the last two entries can ever be in doubt.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from streams.errors import JournalError, NotLinked, StoreUnavailable
from streams.journal import Entry
from streams.run.ahead import AnyPartitionAhead
from streams.run.bundles import ORIGIN, ORIGIN_SEQ
from streams.run.loop import Prepared

IN_DOUBT = 2
"""Entries at the journal's end that others may not know of, if their writer died."""
T = TypeVar("T")


class Delivery(msgspec.Struct, frozen=True):
    """One message of the input topic."""

    offset: int
    value: bytes
    headers: Mapping[str, bytes]
    taken: Callable[[], None]
    """Called, in the thread, when everything that it led to is durable."""


class Unreadable(msgspec.Struct, frozen=True):
    """A message, or one input of it, that nothing can be made of."""

    offset: int
    reason: str
    raw: bytes


class Edges(Protocol):
    """What a host does beside its journal. All methods may raise StoreUnavailable and are then called again."""

    def read(self, delivery: Delivery) -> tuple[Sequence[Any], Sequence[Unreadable]]:
        """The inputs in a message, as the decider takes them, and what in it cannot be read.

        Raises:
            UnknownEvent: a later release sent it; this one must not go on.
        """
        ...

    def hand_on(self, entry: Entry[Any]) -> Callable[[], None]:
        """Send what others must know of an entry that is linked; what is returned waits until it is durable.

        May be called again for the same entry.
        """
        ...

    def bury(self, unreadable: Sequence[Unreadable]) -> None:
        """Keep what cannot be taken in, with its reason and where it was."""
        ...


class UntilDone(Protocol):
    """Acts again and again while the store refuses."""

    def __call__(self, act: Callable[[], T], /) -> T: ...


class _Message(msgspec.Struct, frozen=True):
    delivery: Delivery
    inputs: Sequence[Any]


class _Written(msgspec.Struct, frozen=True):
    """An entry that was sent to the journal, and the messages that it takes in."""

    entry: Entry[Any] | None
    messages: Sequence[_Message]


class _HandedOn(msgspec.Struct, frozen=True):
    """An entry that is linked and was sent to others."""

    written: _Written
    arrived: Callable[[], None]


class Taker:
    """Takes in messages for one partition. Used by one thread."""

    def __init__(
        self,
        partition: AnyPartitionAhead,
        edges: Edges,
        *,
        topic: str,
        batch_inputs: int,
        clock: Callable[[], datetime],
        on_error: Callable[[BaseException], None],
        until_done: UntilDone,
    ) -> None:
        self.partition = partition
        self._topic = topic
        self._batch_inputs = batch_inputs
        self._edges = edges
        self._clock = clock
        self._on_error = on_error
        self._until_done = until_done
        self._written: _Written | None = None
        """The newest entry, as long as it is on its way to the journal."""
        self._handed_on: _HandedOn | None = None
        """The entry before it, as long as it is on its way to others."""

    def hold(self) -> None:
        """Hand on what the last entries tell: whoever wrote them may have died before. Raises StoreUnavailable."""
        if self.partition.passed_over is not None:
            self._on_error(self.partition.passed_over)
        for entry in self.partition.last_entries(IN_DOUBT):
            self._edges.hand_on(entry)()

    def take_in(self, deliveries: Iterable[Delivery]) -> None:
        """Decide on messages and write what follows; the end of it may still be on its way."""
        for group in self._groups(deliveries):
            self._act(partial(self._decide_ahead, group), group)

    def fire(self) -> None:
        """Fire the timers that are due; what follows may still be on its way."""
        self._act(lambda: self._write(self.partition.prepare_due(self._clock()), ()), ())

    def settle(self) -> None:
        """Return once everything that was on its way has arrived."""
        self._act(self._settle, ())

    def leave(self) -> None:
        """As `settle`, and if it does not arrive, let go of it: whoever takes over reads what was written."""
        try:
            self._settle()
        except JournalError as error:
            self._on_error(error)
        self._written = self._handed_on = None

    def _groups(self, deliveries: Iterable[Delivery]) -> Iterator[list[_Message]]:
        group: list[_Message] = []
        count = 0
        for delivery in deliveries:
            inputs, unreadable = self._edges.read(delivery)
            self._bury(unreadable)
            group.append(_Message(delivery, inputs))
            count += len(inputs)
            if count >= self._batch_inputs:
                yield group
                group, count = [], 0
        if group:
            yield group

    def _bury(self, unreadable: Sequence[Unreadable]) -> None:
        if unreadable:
            self._until_done(lambda: self._edges.bury(unreadable))

    def _act(self, act: Callable[[], None], group: Sequence[_Message]) -> None:
        """`act`; if it fails, what it was about, and what was on its way, is taken once more, step by step."""
        try:
            act()
        except (NotLinked, StoreUnavailable) as error:
            self._take_anew(group, error)
        except JournalError:
            raise
        except Exception as error:
            if not group:
                raise
            self.settle()
            self._take_anew(group, error)

    def _decide_ahead(self, group: Sequence[_Message]) -> None:
        fresh = self._fresh(group)
        self._write(self.partition.prepare(_inputs(fresh), self._clock(), self._next_after(fresh)), group)

    def _write(self, prepared: Prepared[Any], group: Sequence[_Message]) -> None:
        """Send it to the journal, once the entry before is linked and what the one before that tells has arrived."""
        self._next_stage()
        self._written = _Written(self.partition.write(prepared), group)

    def _settle(self) -> None:
        while self._written is not None or self._handed_on is not None:
            self._next_stage()

    def _next_stage(self) -> None:
        if self._handed_on is not None:
            self._await_arrival(self._handed_on)
            self._handed_on = None
        if self._written is not None:
            self.partition.settle()
            self._handed_on = self._sent_on(self._written)
            self._written = None

    def _sent_on(self, written: _Written) -> _HandedOn:
        entry = written.entry
        arrived = _at_once if entry is None else self._until_done(lambda: self._edges.hand_on(entry))
        return _HandedOn(written, arrived)

    def _await_arrival(self, handed_on: _HandedOn) -> None:
        try:
            handed_on.arrived()
        except StoreUnavailable as error:
            self._on_error(error)
            self._hand_on(handed_on.written.entry)
        _tell_taken(handed_on.written.messages)

    def _hand_on(self, entry: Entry[Any] | None) -> None:
        if entry is not None:
            self._until_done(partial(self._handed_on_whole, entry))

    def _handed_on_whole(self, entry: Entry[Any]) -> None:
        arrived = self._edges.hand_on(entry)
        arrived()

    def _take_anew(self, group: Sequence[_Message], error: BaseException) -> None:
        """Somebody else wrote here, or nobody knows what was written, or an input makes the decider fail."""
        handed_on = self._handed_on.written.messages if self._handed_on is not None else ()
        written = self._written.messages if self._written is not None else ()
        self._written = self._handed_on = None
        messages = [*handed_on, *written, *group]
        self._refold(error)
        while fresh := self._fresh(messages):
            try:
                self._take_whole(fresh)
            except (NotLinked, StoreUnavailable) as again:
                self._refold(again)
        _tell_taken(messages)

    def _refold(self, error: BaseException) -> None:
        """The journal tells what was written."""
        self._on_error(error)
        self._until_done(self.partition.fold)
        self._until_done(self.hold)

    def _take_whole(self, messages: Sequence[_Message]) -> None:
        try:
            turn = self.partition.take(_inputs(messages), self._clock(), self._next_after(messages))
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001  (as above)
            self._refold(error)
            self._take_singly(messages)
        else:
            self._hand_on(turn.entry)

    def _take_singly(self, messages: Sequence[_Message]) -> None:
        """One input at a time, so that one cannot harm another; what fails alone is buried."""
        for message in messages:
            for number, one in enumerate(message.inputs):
                try:
                    self._hand_on(self.partition.take([one], self._clock()).entry)
                except JournalError:
                    raise
                except Exception as error:  # noqa: BLE001  (kept with its reason)
                    self._refold(error)
                    reason = f"input {number}: {type(error).__name__}: {error}"
                    self._bury([Unreadable(message.delivery.offset, reason, message.delivery.value)])
            self.partition.next.update(self._next_after([message]))

    def _fresh(self, group: Iterable[_Message]) -> list[_Message]:
        """Those that were not taken in yet, whoever wrote the entry, and each once."""
        after = dict(self.partition.next)
        fresh: list[_Message] = []
        for message in group:
            origin, seq = _origin(message.delivery)
            repeated = origin is not None and seq <= after.get(origin, 0)
            if message.delivery.offset >= after.get(self._topic, 0) and not repeated:
                fresh.append(message)
                after |= self._next_after([message])
        return fresh

    def _next_after(self, messages: Iterable[_Message]) -> dict[str, int]:
        """Where to go on: the offset after the last message, and of each journal the last entry that was handed on."""
        after: dict[str, int] = {}
        for message in messages:
            after[self._topic] = message.delivery.offset + 1
            origin, seq = _origin(message.delivery)
            if origin is not None:
                after[origin] = seq
        return after


def _at_once() -> None:
    """Nobody has to be waited for."""


def _inputs(messages: Iterable[_Message]) -> list[Any]:
    return [one for message in messages for one in message.inputs]


def _tell_taken(messages: Iterable[_Message]) -> None:
    for message in messages:
        message.delivery.taken()


def _origin(delivery: Delivery) -> tuple[str | None, int]:
    """From which journal a message was handed on, and the number of the entry."""
    origin = delivery.headers.get(ORIGIN)
    return (None, 0) if origin is None else (origin.decode(), int(delivery.headers[ORIGIN_SEQ]))
