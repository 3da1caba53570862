"""Every response clock of a folder's journal, as it was promised, or as another configuration would have promised it.

The journal holds all that the other configuration needs: facts, what was thought of them, and what people did. They go
through the real decider once more on a journal that is thrown away; no text is read again.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from services.engine import Book
from services.errors import HistoryTooLong
from services.journal_since import entries_since, opened_store
from streams import events, facts
from streams.arrivals import IntakeHappening, Judged, Judgement
from streams.attention_events import ReplyMatched, ReplyRecorded
from streams.clock_changes import SUPERSEDED
from streams.commands import ActivateConfig, MarkConversation
from streams.config import IntakeConfig
from streams.conversations import name_of
from streams.events import IntakeEvent
from streams.intake import Intake
from streams.journal import Codec, Entry
from streams.rulebook import Rulebook
from streams.run.embedded import INTAKE
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal
from streams.run.sqlite import Store
from streams.sla.clocks import Clock, explain, state_of
from streams.sla.report import Waited
from streams.sla.terms import Terms
from streams.text.sentiment import Scorer, Sentiment
from streams.text.topics import load_topics

EVENTS_MOST = 1_000_000
"""Events that a report of the desk reads: some five seconds of a core, beside the daemon's own work."""

WHAT_IF = "what-if"
"""Stands for the configuration that did not hold."""

TermsOf = Callable[[str | None, str], Terms | None]
"""The terms of a policy in the configuration with this hash."""


class History:
    """Folds clock events into the last state of every response clock."""

    def __init__(self, terms_of: TermsOf) -> None:
        self._terms_of = terms_of
        self._clocks: dict[tuple[str, str], tuple[events.ClockEvent, str | None]] = {}
        self._agents: dict[str, str] = {}
        self.now: datetime | None = None

    def take(self, event: IntakeEvent, config: str | None, now: datetime) -> None:
        """Fold one event of an entry that was decided under `config` at `now`."""
        self.now = now
        match event:
            case events.ClockEvent() if event.clock.kind != "resolution":
                key = (event.conversation, name_of(event.clock))
                known = self._clocks.get(key)
                self._clocks[key] = (event, known[1] if known else config)
            case ReplyRecorded():
                self._agents[event.item] = event.by
            case ReplyMatched() if event.item in self._agents:
                self._agents[event.seen] = self._agents[event.item]
            case _:
                pass

    def waits(self, now: datetime, agents: "dict[str, str] | None" = None) -> Iterator[Waited]:
        """Every response clock as it stands at `now`; `agents` tells who sent a reply where this history does not."""
        known = self._agents if agents is None else agents
        for event, config in self._clocks.values():
            clock = event.clock
            if clock.reason == SUPERSEDED:
                continue
            terms = self._terms_of(config, clock.policy)
            yield Waited(
                conversation=event.conversation,
                platform=event.platform,
                account=event.account,
                brand=event.brand,
                clock=clock,
                state=state_of(clock, now),
                agent=known.get(clock.ended_by or ""),
                counted_s=_counted_s(clock, terms, now),
            )

    @property
    def agents(self) -> dict[str, str]:
        """Who sent which reply, by its item id."""
        return self._agents


def _counted_s(clock: Clock, terms: Terms | None, now: datetime) -> int | None:
    return None if terms is None else explain(clock, terms, now).elapsed_s


def history_of(folder: Path, since: datetime | None = None, events_most: int | None = None) -> History:
    """What happened; with `since`, whole for every clock that began since then.

    Raises:
        HistoryTooLong: more than `events_most` events were recorded since.
        WrongUse: the folder holds no journal.
        streams.errors.StreamsError: it cannot be read.
    """
    with closing(opened_store(folder)) as store:
        history, number = History(_terms_in(store)), 0
        for entry in entries_since(store, INTAKE, since):
            number += len(entry.events)
            if events_most is not None and number > events_most:
                raise HistoryTooLong(f"more than {events_most:,} events since {since}")
            for event in entry.events:
                history.take(event, entry.config, entry.now)
    return history


def waits_since(folder: Path, since: datetime, now: datetime, events_most: int = EVENTS_MOST) -> list[Waited]:
    """Every response clock that began since then, as it stands at `now`.

    Raises: as `history_of`.
    """
    waits = history_of(folder, since, events_most).waits(now)
    return [wait for wait in waits if wait.clock.started_at >= since]


def history_under(
    folder: Path,
    config: IntakeConfig,
    scorer_of: Callable[[str], Scorer],
    since: datetime | None = None,
    events_most: int | None = None,
) -> History:
    """What would have happened, had `config` held all the time.

    With `since`, what was recorded before stays unknown: whoever wrote before and again after counts as new then.

    Raises: as `history_of`.
    """
    rules = Rulebook(config)
    history, number = History(lambda _, policy: rules.terms.get(policy)), 0
    decider = Intake({WHAT_IF: config}, scorer_of, load_topics(), str)
    partition: AnyPartition = Partition(ForgetfulJournal(INTAKE), decider, Codec(IntakeEvent))
    with closing(opened_store(folder)) as store:
        begun = False
        for entry in entries_since(store, INTAKE, since):
            number += len(entry.events)
            if events_most is not None and number > events_most:
                raise HistoryTooLong(f"more than {events_most:,} events since {since}")
            if not begun:
                partition.take([ActivateConfig(id=WHAT_IF, who="report", config=WHAT_IF)], entry.now)
                begun = True
            for turn in (
                partition.fire(entry.now, inclusive=False),
                partition.take(list(_happenings(entry)), entry.now),
            ):
                for event in turn.entry.events if turn.entry else ():
                    history.take(event, WHAT_IF, entry.now)
    return history


def _happenings(entry: Entry[IntakeEvent]) -> Iterator[IntakeHappening]:
    """What an entry took in, as it was judged then."""
    judged = {event.cause: event for event in entry.events if isinstance(event, events.ItemJudged)}
    for event in entry.events:
        match event:
            case facts.CommentReceived() if event.id in judged:
                yield Judged(fact=event, judgement=_judgement(judged[event.id]))
            case facts.ReplySent() | facts.ItemDeleted():
                yield Judged(fact=event)
            case events.ConversationMarked():
                yield MarkConversation(
                    id=event.id, who=event.by, conversation=event.conversation, key=event.key, op=event.op,
                    occurred_at=event.at, source=event.source, item=event.item, reason=event.reason,
                )  # fmt: skip
            case _:
                pass


def _judgement(judged: events.ItemJudged) -> Judgement:
    return Judgement(
        sentiment=Sentiment(
            label=judged.label, negative=judged.negative, neutral=judged.neutral, positive=judged.positive,
            abstain=judged.abstain,
        ),
        matches=judged.matches,
        topic=judged.topic,
    )  # fmt: skip


def _terms_in(store: Store) -> TermsOf:
    book = Book({}, {})
    book.add(store.configs())
    rules = {name: Rulebook(config) for name, config in book.intake.items()}

    def terms_of(config: str | None, policy: str) -> Terms | None:
        return rules[config].terms.get(policy) if config in rules else None

    return terms_of
