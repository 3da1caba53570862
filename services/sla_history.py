"""Every response clock of a house's journals, as it was promised, or as another configuration would have promised it.

The journal holds all that the other configuration needs: facts, what was thought of them, and what people did. They go
through the real decider once more on a journal that is thrown away; no text is read again.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from services.engine import Book
from services.errors import HistoryTooLong
from services.journals import Journals, Where, entries_of, opened_journals
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


def history_of(
    where: Where,
    since: datetime | None = None,
    events_most: int | None = None,
    until: datetime | None = None,
) -> History:
    """What was recorded by `until`; with `since`, whole for every clock that began since then.

    Raises:
        HistoryTooLong: more than `events_most` events were recorded since.
        WrongUse: there is no journal.
        streams.errors.StreamsError: it cannot be read.
    """
    with closing(opened_journals(where)) as journals:
        history, bound = History(_terms_in(journals)), _Bound(events_most, since)
        for journal in journals.of(INTAKE):
            for entry in bound.within(entries_of(journal, since, until)):
                for event in entry.events:
                    history.take(event, entry.config, entry.now)
    return history


class _Bound:
    """How many events of all journals are read."""

    def __init__(self, events_most: int | None, since: datetime | None) -> None:
        self._events_most = events_most
        self._since = since
        self._events = 0

    def within(self, entries: Iterator[Entry[IntakeEvent]]) -> Iterator[Entry[IntakeEvent]]:
        """The entries, until there are too many.

        Raises:
            HistoryTooLong: that is so.
        """
        for entry in entries:
            self._events += len(entry.events)
            if self._events_most is not None and self._events > self._events_most:
                raise HistoryTooLong(f"more than {self._events_most:,} events since {self._since}")
            yield entry


def waits_since(where: Where, since: datetime, now: datetime, events_most: int = EVENTS_MOST) -> list[Waited]:
    """Every response clock that began since then, as it stood at `now` by what was recorded then.

    Raises: as `history_of`.
    """
    waits = history_of(where, since, events_most, now).waits(now)
    return [wait for wait in waits if wait.clock.started_at >= since]


def history_under(
    where: Where,
    config: IntakeConfig,
    scorer_of: Callable[[str], Scorer],
    since: datetime | None = None,
    events_most: int | None = None,
    until: datetime | None = None,
) -> History:
    """What would have happened until then, had `config` held all the time.

    With `since`, what was recorded before stays unknown: whoever wrote before and again after counts as new then.

    Raises: as `history_of`.
    """
    rules = Rulebook(config)
    history, bound = History(lambda _, policy: rules.terms.get(policy)), _Bound(events_most, since)
    with closing(opened_journals(where)) as journals:
        for journal in journals.of(INTAKE):  # each was decided for itself
            decider = Intake({WHAT_IF: config}, scorer_of, load_topics(), str)
            _decide_again(decider, bound.within(entries_of(journal, since, until)), history)
    return history


def _decide_again(decider: Intake, entries: Iterator[Entry[IntakeEvent]], history: History) -> None:
    partition: AnyPartition = Partition(ForgetfulJournal(INTAKE), decider, Codec(IntakeEvent))
    begun = False
    for entry in entries:
        if not begun:
            partition.take([ActivateConfig(id=WHAT_IF, who="report", config=WHAT_IF)], entry.now)
            begun = True
        for turn in (
            partition.fire(entry.now, inclusive=False),
            partition.take(list(_happenings(entry)), entry.now),
        ):
            for event in turn.entry.events if turn.entry else ():
                history.take(event, WHAT_IF, entry.now)


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


def _terms_in(journals: Journals) -> TermsOf:
    book = Book({}, {})
    book.add(journals.configs())
    rules = {name: Rulebook(config) for name, config in book.intake.items()}

    def terms_of(config: str | None, policy: str) -> Terms | None:
        return rules[config].terms.get(policy) if config in rules else None

    return terms_of
