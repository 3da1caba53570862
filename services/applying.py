"""Running clocks under a new configuration: what would move is read from the journal, moving it is asked of its holder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from alerting.commands import LOCAL_ADMIN
from services.config.model import Config
from services.engine import CODECS, STORE_NAME, Book, cached_scorers
from services.errors import ServicesError, WrongUse
from services.journals import Where, opened_journals
from services.ports import House
from streams import ids
from streams.applying import Move, moves_of, to_move
from streams.commands import APPLY_MOST, ApplySla
from streams.conversations import Conversation
from streams.events import CommandRefused, SlaPolicyChanged
from streams.intake import Intake
from streams.intake_state import IntakeState
from streams.journal import Journal
from streams.run.embedded import INTAKE
from streams.run.loop import AnyPartition, Partition
from streams.run.sqlite import Store
from streams.text.topics import load_topics

PATH = "/v1/sla/apply"


class NotApplied(ServicesError):
    """The house refused to move clocks."""


class Apply(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations are to follow which configuration."""

    config: str
    conversations: tuple[str, ...]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    conversations: int
    """That stand under the configuration now."""


class Preview:
    """What would move, as of the journals' ends. Reads only; others may write meanwhile."""

    def __init__(self, where: Where, config: Config | None, now: datetime) -> None:
        """`config` is the one to look at; None: the one that holds.

        Raises:
            WrongUse: there is no journal, or no configuration ever held in it.
            streams.errors.StreamsError: the journals cannot be read.
        """
        book = Book({}, {})
        with closing(opened_journals(where)) as journals:
            book.add(journals.configs())
        if config is not None:
            book.intake[config.hash] = config.intake
        self._intake = Intake(book.intake, cached_scorers(), load_topics(), str)
        self._states = _folded(where, self._intake)
        self._now = now
        held = self._states[0].config
        chosen = config.hash if config is not None else held
        if chosen is None:
            raise WrongUse(f"no configuration ever held in {where} (从未启用过配置)")
        self.config: str = chosen
        """Hash of the configuration that is looked at."""
        self.holds = self.config == held
        """Whether it is the one that holds."""

    def conversations(self) -> Iterator[Conversation]:
        """The conversations that would follow."""
        rules = self._intake.rules(self.config)
        for state in self._states:
            yield from to_move(state, rules, self.config)

    def moves(self) -> Iterator[Move]:
        """The clocks of theirs that would run otherwise."""
        rules = self._intake.rules(self.config)
        for conversation in self.conversations():
            yield from moves_of(self._intake.clockwork, conversation, rules, self.config, self._now)


def _folded(where: Where, intake: Intake) -> Sequence[IntakeState]:
    """The states of all partitions, from their newest snapshots on."""
    if isinstance(where, Path):
        with closing(Store(where / STORE_NAME, read_only=True)) as store:
            return [_fold(store.journal(INTAKE), intake)]
    from services.kafka_journals import folded_on_kafka

    return folded_on_kafka(where, lambda journal: _fold(journal, intake))


def _fold(journal: Journal, intake: Intake) -> IntakeState:
    partition: AnyPartition = Partition(journal, intake, CODECS[INTAKE])
    state: IntakeState = partition.state
    return state


class Applier:
    """Moves clocks of one house."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self._house = house
        self._now = now

    async def apply(self, asked: Apply) -> Applied:
        """Let the conversations follow, portion by portion; what was moved before an error stays moved.

        Raises:
            NotApplied: the house refused.
            streams.errors.StoreUnavailable, streams.errors.Overloaded: it is not complete; repeat it.
        """
        moved = 0
        for command in _commands(asked, self._now()):
            (outcome,) = await self._house.submit([command])
            for event in outcome.events:
                if isinstance(event, CommandRefused):
                    raise NotApplied(event.why)
            moved += sum(isinstance(event, SlaPolicyChanged) for event in outcome.events)
        return Applied(conversations=moved)


def _commands(asked: Apply, now: datetime) -> Iterator[ApplySla]:
    for start in range(0, len(asked.conversations), APPLY_MOST):
        yield ApplySla(
            id=ids.derived("sla.apply", asked.config, now.isoformat(), str(start)),
            who=LOCAL_ADMIN,
            config=asked.config,
            conversations=asked.conversations[start : start + APPLY_MOST],
        )
