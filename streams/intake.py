"""Intake, the first decider: an item comes in, is judged, timed, and told to the desk if it matters to a brand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from streams import events, facts, ids
from streams.applying import apply
from streams.arrivals import Arrival, IntakeArrival, IntakeHappening, Judged, Judgement
from streams.attendance import Attendance
from streams.attention_events import AttentionEvent
from streams.case_events import CaseEvent
from streams.casework import Casework
from streams.clockwork import Clockwork, seen_as
from streams.commands import (
    ActivateConfig,
    ApplySla,
    CaseCommand,
    Command,
    ConversationCommand,
    CorrectJudgement,
    ErasePerson,
    MarkConversation,
    RecordReply,
    ReviewNoReply,
    TagCustomer,
    command_type,
)
from streams.config import IntakeConfig
from streams.corrections import correct, remember
from streams.events import IntakeEvent, Match
from streams.intake_state import IntakeState
from streams.judging import Judge, Veil
from streams.policies import is_apart
from streams.rulebook import Rulebook
from streams.signals import measured_again, signals_of
from streams.text.sentiment import Scorer
from streams.text.topics import Topics

DAY = timedelta(days=1)
_ROOTS = frozenset(("post", "repost"))
"""Kinds of items that others may stand under."""
UNCONFIGURED = IntakeConfig()
"""What holds until a configuration is activated: items are journalled and judged, and match nothing."""


class Intake:
    """Implements `streams.decider.Decider`.

    `book` gives every configuration that was ever active by its hash; `scorer_of` gives a scorer by its name; `veil`
    names rare words in signals.
    """

    def __init__(
        self,
        book: Mapping[str, IntakeConfig],
        scorer_of: Callable[[str], Scorer],
        topics: Topics,
        veil: Veil,
    ) -> None:
        self._book = book
        self._scorer_of = scorer_of
        self._topics = topics
        self._veil = veil
        self._rulebooks: dict[str | None, Rulebook] = {}
        self._judges: dict[str | None, Judge] = {}
        self.clockwork = Clockwork(self.rules)
        self._attendance = Attendance(self.clockwork)
        self._casework = Casework(self.clockwork)

    def begin(self) -> IntakeState:
        return IntakeState()

    def configuration(self, state: IntakeState) -> str | None:
        return state.config

    def judge(self, state: IntakeState, arrivals: Sequence[IntakeArrival]) -> Sequence[IntakeHappening]:
        state.seen.look_up(_ids_in(arrivals))
        judged = [arrival for arrival in arrivals if not isinstance(arrival, Arrival)]
        if len(judged) == len(arrivals):
            return judged
        return self._judge(state.config).judge(arrivals)

    def _config(self, config_hash: str | None) -> IntakeConfig:
        return UNCONFIGURED if config_hash is None else self._book[config_hash]

    def rules(self, config_hash: str | None) -> Rulebook:
        """What the configuration with this hash lets Intake decide."""
        rules = self._rulebooks.get(config_hash)
        if rules is None:
            rules = self._rulebooks[config_hash] = Rulebook(self._config(config_hash))
        return rules

    def _topics_of(self, config: IntakeConfig) -> Topics:
        return self._topics.amended_by(config.topics)

    def _judge(self, config_hash: str | None) -> Judge:
        """The judge of a configuration; none is needed where everything comes in judged."""
        judge = self._judges.get(config_hash)
        if judge is None:
            config = self._config(config_hash)
            judge = Judge(config, self._scorer_of(config.scorer), self._topics_of(config), self._veil)
            self._judges[config_hash] = judge
        return judge

    def decide(self, state: IntakeState, happening: IntakeHappening, now: datetime) -> Sequence[IntakeEvent]:
        if isinstance(happening, Command) and self._bars(state, happening):
            return [_not_permitted(happening, now)]
        match happening:
            case Judged():
                return self._decide_fact(state, happening, now)
            case ActivateConfig():
                return self._activate(state, happening, now)
            case MarkConversation():
                return list(self.clockwork.mark(state, happening, now))
            case ApplySla():
                rules = self.rules(state.config)
                return list(apply(self.clockwork, state, rules, happening, now))
            case ReviewNoReply():
                return list(self.clockwork.review(state, happening, now))
            case CorrectJudgement():
                return self._correct(state, happening, now)
            case CaseCommand():
                return list(self._casework.decide(state, self.rules(state.config), happening, now))
            case RecordReply():
                recorded = list(self._attendance.decide(state, happening, now))
                if happening.reply in recorded:
                    recorded += self._casework.reply(state, happening.reply, happening.promise, now)
                return recorded
            case ConversationCommand() | TagCustomer():
                return list(self._attendance.decide(state, happening, now))
            case ErasePerson(id=cause, person=person, who=who):
                return [events.PersonErased(cause=cause, key=person, at=now, person=person, by=who)]

    def _bars(self, state: IntakeState, command: Command) -> bool:
        """Whether the roles of whoever asks forbid it. Who is no person of the configuration is a source or the house."""
        what = command_type(command)
        barred = self._config(state.config).barred
        return any(each.command == what and command.who in each.people for each in barred)

    def _decide_fact(self, state: IntakeState, judged: Judged, now: datetime) -> Sequence[IntakeEvent]:
        fact = judged.fact
        if fact.id in state.seen:
            return []
        known = isinstance(fact, facts.Seen) and fact.item in state.seen
        match fact:
            case facts.MentionObserved() | facts.CommentReceived() | facts.ItemEdited():
                return self._decide_seen(state, fact, judged, now, known=known)
            case facts.ReplySent():
                if known:
                    return []
                matched = list(self._attendance.matched(state, fact, now))
                # What a person recorded has promised already.
                promise = None if matched else judged.manner.promise
                clocks = self.clockwork.reply(state, fact, now)
                return [
                    *matched,
                    fact,
                    *clocks,
                    *self._casework.reply(state, fact, promise, now),
                ]
            case facts.ItemMeasured():
                return [fact, *measured_again(state.signals_of(fact.item), fact, now)]
            case facts.ItemDeleted():
                return [fact, *self.clockwork.deletion(state, fact, now)]
            case facts.CollectorBeat():
                return [fact]

    def _decide_seen(
        self,
        state: IntakeState,
        fact: facts.MentionObserved | facts.CommentReceived | facts.ItemEdited,
        happening: Judged,
        now: datetime,
        *,
        known: bool,
    ) -> Sequence[IntakeEvent]:
        judgement = happening.judgement
        if judgement is None:
            raise TypeError(f"fact {fact.id} has content and was not judged")
        rules = self.rules(state.config)
        judged = _item_judged(fact, judgement, _with_inherited(state, fact, judgement.matches), now)
        if fact.account is not None and is_apart(rules, fact, judged, happening.manner):
            judged = msgspec.structs.replace(judged, apart=True)
        decided: list[IntakeEvent] = [as_edit(fact) if known else fact, judged]
        if isinstance(fact, facts.CommentReceived) and not known and not fact.own:
            decided += self.clockwork.message(state, fact, judged, happening.manner, now)
            decided += self._casework.message(state, rules, fact, judged, happening.manner, now)
        elif known and fact.account is not None:
            decided += self.clockwork.edited(state, judged, happening.manner, fact.id, now)
        if judged.matches and isinstance(fact, facts.MentionObserved) and not known:
            decided += self._casework.mention(state, fact, judged, now)
        if judged.matches or isinstance(fact, facts.CommentReceived):
            decided += signals_of(rules, fact, judged, judgement, now)
        return decided

    def _correct(self, state: IntakeState, command: CorrectJudgement, now: datetime) -> Sequence[IntakeEvent]:
        if seen_as(command.id) in state.seen:
            return []
        return [correct(state, command, self._topics_of(self._config(state.config)).ids, now)]

    def _activate(self, state: IntakeState, command: ActivateConfig, now: datetime) -> Sequence[IntakeEvent]:
        if command.config == state.config:
            return []
        return [events.ConfigActivated(cause=command.id, key="*", at=now, config=command.config)]

    def next_due(self, state: IntakeState) -> datetime | None:
        timers = (state.next_timer(), state.attention_timers.first(), state.case_index.first_due())
        return min((timer[0] for timer in timers if timer is not None), default=None)

    def due(self, state: IntakeState, now: datetime) -> Sequence[IntakeEvent]:
        clock, attention, promise = (
            state.next_timer(),
            state.attention_timers.first(),
            state.case_index.first_due(),
        )
        if (
            promise is not None
            and promise[0] <= now
            and all(other is None or promise[0] < other[0] for other in (clock, attention))
        ):
            return list(self._casework.due(state, now))
        if attention is not None and attention[0] <= now and (clock is None or attention[0] < clock[0]):
            return list(self._attendance.due(state))
        return self.clockwork.due(state, now)

    def evolve(self, state: IntakeState, event: IntakeEvent) -> None:
        match event:
            case events.ItemJudged():
                if event.root and event.matches:
                    state.remember_root(event.item, event.matches)
                if event.apart:
                    self.clockwork.evolve_apart(state, event.item)
            case events.SignalRaised():
                if event.kind in _ROOTS:
                    others = tuple(one for one in state.signals_of(event.item) if one.brand != event.brand)
                    state.remember_signals(event.item, (*others, event))
            case facts.Fact():
                state.threads.conversations.cool()
                self._evolve_fact(state, event)
            case _:
                state.threads.conversations.cool()
                self._evolve_other(state, event)

    def _evolve_other(self, state: IntakeState, event: IntakeEvent) -> None:
        match event:
            case events.ClockEvent():
                self.clockwork.evolve(state, event)
                self._attendance.evolve_clock(state, event)
            case CaseEvent():
                self._casework.evolve(state, event)
            case AttentionEvent():
                self._attendance.evolve(state, event)
            case events.SlaPolicyChanged():
                self.clockwork.evolve_policy(state, event)
                if event.reason == "applied":
                    state.seen.add(seen_as(event.cause), event.at)
            case events.ConversationMarked():
                if event.rule is None:
                    state.seen.add(seen_as(event.cause), event.at)
                state.threads.mark(event)
            case events.NoReplyReviewed():
                state.seen.add(seen_as(event.cause), event.at)
                state.threads.review(event)
            case events.JudgementCorrected():
                state.seen.add(seen_as(event.cause), event.at)
                remember(state, event)
            case events.ConfigActivated(config=config):
                state.config = config
            case _:
                pass

    def _evolve_fact(self, state: IntakeState, fact: facts.Fact) -> None:
        recorded_at = fact.recorded_at
        if recorded_at >= state.day + DAY:
            state.begin_day(recorded_at)
        state.seen.add(fact.id, recorded_at)
        if isinstance(fact, facts.Seen):
            state.seen.add(fact.item, recorded_at)
        match fact:
            case facts.CommentReceived():
                if not fact.own:
                    state.threads.add(fact)
                    self._attendance.evolve_comment(state, fact)
            case facts.ReplySent():
                state.threads.answer(fact)
            case facts.ItemDeleted():
                state.threads.delete(fact)
            case _:
                pass

    def dump(self, state: IntakeState) -> Iterable[bytes]:
        return state.dump()

    def load(self, chunks: Iterable[bytes]) -> IntakeState:
        return IntakeState.load(chunks)


def _ids_in(arrivals: Sequence[IntakeArrival]) -> Iterator[str]:
    """The ids that deciding about `arrivals` will ask for."""
    for arrival in arrivals:
        if isinstance(arrival, Arrival | Judged):
            yield arrival.fact.id
            yield arrival.fact.item


def as_edit(fact: facts.MentionObserved | facts.CommentReceived | facts.ItemEdited) -> facts.ItemEdited:
    """A known item that came in with another text."""
    fields = {name: getattr(fact, name) for name in facts.Seen.__struct_fields__}
    return facts.ItemEdited(**fields)


def _not_permitted(command: Command, now: datetime) -> events.CommandRefused:
    key = str(getattr(command, "key", "*"))
    what = command_type(command)
    return events.CommandRefused(
        cause=command.id, key=key, at=now, who=command.who, what=what, why="not_permitted"
    )


def _with_inherited(state: IntakeState, fact: facts.Seen, own: tuple[Match, ...]) -> tuple[Match, ...]:
    """The monitors that its own words fit, and then those of the post that `fact` stands under."""
    for native_id in (fact.post, fact.parent):
        if native_id is not None:
            matches = state.roots.get(ids.post_id(fact.platform, native_id))
            if matches and not own:
                return matches
            if matches:
                fitting = {(match.brand, match.monitor) for match in own}
                return own + tuple(
                    [match for match in matches if (match.brand, match.monitor) not in fitting]
                )
    return own


def _item_judged(
    fact: facts.Seen, judgement: Judgement, matches: tuple[Match, ...], now: datetime
) -> events.ItemJudged:
    sentiment = judgement.sentiment
    matters = bool(matches) or isinstance(fact, facts.CommentReceived)
    return events.ItemJudged(
        cause=fact.id,
        key=fact.key,
        at=now,
        item=fact.item,
        label=sentiment.label,
        negative=sentiment.negative,
        neutral=sentiment.neutral,
        positive=sentiment.positive,
        abstain=sentiment.abstain,
        matches=matches,
        topic=judgement.topic if matters else None,
        topic_evidence=judgement.topic_evidence if matters else (),
        reach=fact.author_followers,
        root=fact.kind in _ROOTS,
        model=judgement.model,
    )
