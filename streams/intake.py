"""Intake, the first decider: an item comes in, is judged, timed, and told to the desk if it matters to a brand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from streams import events, facts, ids
from streams.arrivals import IntakeArrival, IntakeHappening, Judged, Judgement
from streams.commands import ActivateConfig, ErasePerson, MarkConversation
from streams.config import IntakeConfig
from streams.conversations import (
    Conversation,
    breach,
    conversation_of,
    difference,
    name_of,
    new_conversation,
    touch_of_deletion,
    touch_of_mark,
    touch_of_reply,
    warning,
)
from streams.events import IntakeEvent, Match
from streams.intake_state import IntakeState
from streams.judging import Judge, Veil
from streams.signals import measured_again, signals_of
from streams.sla.clocks import Explained, Touch, clocks_of, explain
from streams.sla.policy import Traits, choose
from streams.sla.terms import Terms
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
        self._judges: dict[str | None, Judge] = {}

    def begin(self) -> IntakeState:
        return IntakeState()

    def configuration(self, state: IntakeState) -> str | None:
        return state.config

    def judge(self, state: IntakeState, arrivals: Sequence[IntakeArrival]) -> Sequence[IntakeHappening]:
        return self._judge(state.config).judge(arrivals, state.roots)

    def _judge(self, config_hash: str | None) -> Judge:
        judge = self._judges.get(config_hash)
        if judge is None:
            config = UNCONFIGURED if config_hash is None else self._book[config_hash]
            judge = Judge(config, self._scorer_of(config.scorer), self._topics, self._veil)
            self._judges[config_hash] = judge
        return judge

    def decide(self, state: IntakeState, happening: IntakeHappening, now: datetime) -> Sequence[IntakeEvent]:
        match happening:
            case Judged():
                return self._decide_fact(state, happening, now)
            case ActivateConfig():
                return self._activate(state, happening, now)
            case MarkConversation():
                return list(self._mark(state, happening, now))
            case ErasePerson(id=cause, person=person, who=who):
                return [events.PersonErased(cause=cause, key=person, at=now, person=person, by=who)]

    def _decide_fact(self, state: IntakeState, judged: Judged, now: datetime) -> Sequence[IntakeEvent]:
        fact = judged.fact
        if fact.id in state.seen:
            return []
        known = isinstance(fact, facts.Seen) and fact.item in state.seen
        match fact:
            case facts.ReplySent():
                return [] if known else [fact, *self._answered(state, fact, now)]
            case facts.MentionObserved() | facts.CommentReceived() | facts.ItemEdited():
                return self._decide_seen(state, fact, judged.judgement, now, known=known)
            case facts.ItemMeasured():
                return [fact, *measured_again(state.signals_of(fact.item), fact, now)]
            case facts.ItemDeleted():
                return [fact, *self._deleted(state, fact, now)]
            case facts.CollectorBeat():
                return [fact]

    def _decide_seen(
        self,
        state: IntakeState,
        fact: facts.MentionObserved | facts.CommentReceived | facts.ItemEdited,
        judgement: Judgement | None,
        now: datetime,
        *,
        known: bool,
    ) -> Sequence[IntakeEvent]:
        if judgement is None:
            raise TypeError(f"fact {fact.id} has content and was not judged")
        judge = self._judge(state.config)
        judged = _item_judged(fact, judgement, judgement.matches + _inherited(state, fact, judgement), now)
        decided: list[IntakeEvent] = [as_edit(fact) if known else fact, judged]
        if isinstance(fact, facts.CommentReceived) and not known and not fact.own:
            decided += self._message_clocks(state, judge, fact, judged, now)
        if judged.matches or isinstance(fact, facts.CommentReceived):
            decided += signals_of(judge, fact, judged, judgement, now)
        return decided

    def _message_clocks(
        self,
        state: IntakeState,
        judge: Judge,
        comment: facts.CommentReceived,
        judged: events.ItemJudged,
        now: datetime,
    ) -> Iterator[IntakeEvent]:
        conversation = state.threads.conversations.get(conversation_of(comment))
        terms = self._terms(conversation) or _terms_for(judge, comment, judged)
        if terms is None:
            return
        if conversation is None or conversation.policy is None:
            conversation = new_conversation(
                comment,
                judge.brand_of(comment.platform, comment.account),
                own_severity(judge, judged),
            )
        touches = state.threads.touches_with(comment)
        yield from difference(conversation, clocks_of(touches, terms), comment.id, now)

    def _answered(self, state: IntakeState, reply: facts.ReplySent, now: datetime) -> Iterator[IntakeEvent]:
        touch = touch_of_reply(reply)
        for conversation in state.threads.answered_by(reply):
            yield from self._touched(conversation, touch, reply.id, now)

    def _deleted(self, state: IntakeState, fact: facts.ItemDeleted, now: datetime) -> Iterator[IntakeEvent]:
        conversation_id = state.threads.conversation_of.get(fact.item)
        if conversation_id is not None:
            conversation = state.threads.conversations[conversation_id]
            yield from self._touched(conversation, touch_of_deletion(fact), fact.id, now)

    def _touched(
        self, conversation: Conversation, touch: Touch, cause: str, now: datetime
    ) -> Iterator[events.AnyClockEvent]:
        """The difference that one more touch makes."""
        terms = self._terms(conversation)
        if terms is not None:
            yield from difference(conversation, clocks_of([*conversation.touches, touch], terms), cause, now)

    def _terms(self, conversation: Conversation | None) -> Terms | None:
        """What was promised when the conversation's first clock started; history is never rewritten."""
        if conversation is None or conversation.policy is None:
            return None
        return self._judge(conversation.config).terms[conversation.policy]

    def _mark(self, state: IntakeState, command: MarkConversation, now: datetime) -> Iterator[IntakeEvent]:
        if _seen_as(command.id) in state.seen:
            return
        marked = events.ConversationMarked(
            cause=command.id,
            key=command.key,
            at=command.occurred_at,
            conversation=command.conversation,
            op=command.op,
            by=command.who,
            source=command.source,
        )
        yield marked
        # Of a conversation that is not known yet it is kept, since what is told of it may come in any order.
        conversation = state.threads.conversations.get(command.conversation)
        if conversation is not None:
            yield from self._touched(conversation, touch_of_mark(marked), command.id, now)

    def _activate(self, state: IntakeState, command: ActivateConfig, now: datetime) -> Sequence[IntakeEvent]:
        if command.config == state.config:
            return []
        return [events.ConfigActivated(cause=command.id, key="*", at=now, config=command.config)]

    def next_due(self, state: IntakeState) -> datetime | None:
        timer = state.next_timer()
        return timer[0] if timer else None

    def due(self, state: IntakeState, now: datetime) -> Sequence[IntakeEvent]:
        timer = state.next_timer()
        if timer is None or timer[0] > now:
            return []
        _, conversation, name = timer
        clock = conversation.clocks[name]
        warned = conversation.warned.get(name, 0)
        if warned < len(clock.warn_ats):
            terms = self._terms(conversation)
            fraction = terms.warn_at[warned] if terms is not None else 0.0
            return [warning(conversation, clock, warned, fraction)]
        return [breach(conversation, clock, now)]

    def evolve(self, state: IntakeState, event: IntakeEvent) -> None:
        match event:
            case facts.Fact():
                self._evolve_fact(state, event)
            case events.ItemJudged():
                if event.root and event.matches:
                    state.remember_root(event.item, event.matches)
            case events.SignalRaised():
                if event.kind in _ROOTS:
                    others = tuple(one for one in state.signals_of(event.item) if one.brand != event.brand)
                    state.remember_signals(event.item, (*others, event))
            case events.ClockEvent():
                self._evolve_clock(state, event)
            case events.ConversationMarked():
                state.seen.add(_seen_as(event.cause), event.at)
                state.threads.mark(event)
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
            case facts.ReplySent():
                state.threads.answer(fact)
            case facts.ItemDeleted():
                state.threads.delete(fact)
            case _:
                pass

    def _evolve_clock(self, state: IntakeState, event: events.ClockEvent) -> None:
        conversation = state.threads.conversations[event.conversation]
        name = name_of(event.clock)
        conversation.clocks[name] = event.clock
        match event:
            case events.SlaStarted() if conversation.policy is None:
                conversation.config, conversation.policy = state.config, event.clock.policy
                conversation.brand, conversation.severity = event.brand, event.severity
            case events.SlaWarned():
                conversation.warned[name] = conversation.warned.get(name, 0) + 1
            case events.SlaBreached():
                conversation.breached.add(name)
            case events.SlaBreachVoided():
                conversation.breached.discard(name)
                conversation.voided[name] = conversation.voided.get(name, 0) + 1
            case _:
                pass
        state.set_timer(conversation, name)

    def explained(self, state: IntakeState, now: datetime) -> Iterator[tuple[Conversation, Explained]]:
        """Every clock with its ledger as it stands at `now`, in the order in which the clocks began."""
        found = [
            (conversation, explain(clock, terms, now))
            for conversation in state.threads.conversations.values()
            if (terms := self._terms(conversation)) is not None
            for clock in conversation.clocks.values()
        ]
        yield from sorted(
            found, key=lambda pair: (pair[1].started_at, pair[0].id, pair[1].kind, pair[1].ordinal)
        )

    def dump(self, state: IntakeState) -> Iterable[bytes]:
        return state.dump()

    def load(self, chunks: Iterable[bytes]) -> IntakeState:
        return IntakeState.load(chunks)


def as_edit(fact: facts.MentionObserved | facts.CommentReceived | facts.ItemEdited) -> facts.ItemEdited:
    """A known item that came in with another text."""
    fields = {name: getattr(fact, name) for name in facts.Seen.__struct_fields__}
    return facts.ItemEdited(**fields)


def _seen_as(command_id: str) -> str:
    """A command's id may be any word; what is remembered of it is a digest, as of everything else."""
    return ids.derived("command", command_id)


def _inherited(state: IntakeState, fact: facts.Seen, judgement: Judgement) -> tuple[Match, ...]:
    """The monitors of the post that `fact` stands under, less those that its own words fit."""
    for native_id in (fact.post, fact.parent):
        if native_id is not None:
            matches = state.roots.get(ids.post_id(fact.platform, native_id))
            if matches:
                own = {(match.brand, match.monitor) for match in judgement.matches}
                return tuple([match for match in matches if (match.brand, match.monitor) not in own])
    return ()


def _item_judged(
    fact: facts.Seen, judgement: Judgement, matches: tuple[Match, ...], now: datetime
) -> events.ItemJudged:
    sentiment = judgement.sentiment
    return events.ItemJudged(
        cause=fact.id,
        key=fact.key,
        at=now,
        item=fact.item,
        label=sentiment.label,
        negative=round(sentiment.negative, 4),
        neutral=round(sentiment.neutral, 4),
        positive=round(sentiment.positive, 4),
        abstain=sentiment.abstain,
        matches=matches,
        topic=judgement.topic,
        topic_evidence=judgement.topic_evidence,
        reach=fact.author_followers,
        root=fact.kind in _ROOTS,
        model=judgement.model,
    )


def own_severity(judge: Judge, judged: events.ItemJudged) -> events.Severity | None:
    """The gravest severity that an item's own words earn."""
    gravest = judge.gravest(judged.matches)
    return gravest.severity if gravest else None


def _terms_for(judge: Judge, comment: facts.CommentReceived, judged: events.ItemJudged) -> Terms | None:
    """What is promised to a conversation that begins with `comment`; None if nothing is."""
    traits = Traits(
        platform=comment.platform,
        account=comment.account,
        kind=comment.kind,
        topic=judged.topic,
        severity=own_severity(judge, judged),
        sentiment=judged.label,
        author_tags=comment.author_tags,
        followers=comment.author_followers,
        brand=judge.brand_of(comment.platform, comment.account),
        complaint=judged.label == "negative",
    )
    policy = choose(judge.policies, traits)
    return judge.terms[policy.id] if policy else None
