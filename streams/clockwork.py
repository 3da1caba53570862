"""The clocks of all conversations: which terms hold for one, what a new touch changes, what is due."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from streams import events, facts, ids
from streams.clock_changes import breach, difference, warning
from streams.commands import MarkConversation, ReviewNoReply
from streams.conversations import (
    Conversation,
    conversation_of,
    is_group,
    name_of,
    new_conversation,
    touch_of_deletion,
    touch_of_mark,
    touch_of_reply,
    touch_of_review,
)
from streams.courtesies import EDIT, courtesy_mark, review_of, reviewed, rule_of
from streams.intake_state import IntakeState
from streams.manners import Manner
from streams.pile_ons import (
    Changed,
    changes_in,
    crowd_under,
    kept_apart,
    members_waiting,
    take_in,
)
from streams.policies import (
    asked_with,
    moment_of,
    own_severity,
    policy_changed,
    policy_for,
    stand_under,
    under,
)
from streams.rulebook import Rulebook
from streams.sla.calendar import Calendar
from streams.sla.clocks import Clock, Explained, Touch, clocks_of, clocks_over, explain, is_promised
from streams.sla.policy import Asked, NoReplyRule, PileOn
from streams.sla.terms import Terms

RulesOf = Callable[[str | None], Rulebook]
"""The compiled configuration with a hash."""


class Clockwork:
    """Decides and folds everything about clocks for `Intake`; keeps no state of its own."""

    def __init__(self, rules_of: RulesOf) -> None:
        self._rules_of = rules_of

    def message(
        self,
        state: IntakeState,
        comment: facts.CommentReceived,
        judged: events.ItemJudged,
        manner: Manner,
        now: datetime,
    ) -> Iterator[events.IntakeEvent]:
        """What a customer's new message changes."""
        conversation = state.threads.conversations.get(conversation_of(comment))
        asked = asked_with(comment, judged)
        begins = conversation is None or conversation.policy is None
        if conversation is None or conversation.policy is None:
            conversation = self._begun(state, comment, judged, asked)
        elif conversation.asked is not None and moment_of(asked) < moment_of(conversation.asked):
            for changed in self._asked_earlier(conversation, judged, asked, comment.id, now):
                yield changed
                conversation = under(conversation, changed)
        if conversation.policy is None:
            return
        touches = state.threads.touches_with(comment)
        marked = courtesy_mark(comment, conversation.id, judged, manner, self._no_reply_of(state.config))
        if marked is not None:
            yield marked
            touches.append(touch_of_mark(marked))
        changed_to = Changed(
            conversation,
            self.clocks(conversation, touches),
            conversation.apart or judged.apart,
            asked if begins else None,
        )
        yield from self.changes(state, comment.key, [changed_to], comment.id, now)

    def _begun(
        self, state: IntakeState, comment: facts.CommentReceived, judged: events.ItemJudged, asked: Asked
    ) -> Conversation:
        """The conversation that a message begins, under the policy that fits it, if any does."""
        rules = self._rules_of(state.config)
        conversation = new_conversation(
            comment, rules.brand_of(comment.platform, comment.account), own_severity(rules, judged)
        )
        policy = policy_for(rules, conversation, asked, conversation.severity)
        conversation.config = state.config
        conversation.policy = policy.id if policy is not None else None
        return conversation

    def changes(
        self, state: IntakeState, key: str, changed: Sequence[Changed], cause: str, now: datetime
    ) -> Iterator[events.AnyClockEvent]:
        """What has to be recorded when conversations under one post get these clocks."""
        crowd = crowd_under(state, key, self._pile_on_of, more=len(changed))
        if crowd is not None:
            yield from changes_in(state, crowd, changed, cause, now)
            return
        for one in changed:
            yield from difference(one.conversation, one.clocks, cause, now, one.asked)

    def _pile_on_of(self, config_hash: str | None) -> PileOn | None:
        sla = self._rules_of(config_hash).config.sla
        return sla.pile_on if sla is not None else None

    def _no_reply_of(self, config_hash: str | None) -> NoReplyRule | None:
        sla = self._rules_of(config_hash).config.sla
        return sla.no_reply if sla is not None else None

    def edited(
        self, state: IntakeState, judged: events.ItemJudged, manner: Manner, cause: str, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """What it changes that a message to us reads otherwise now: too grave for a group, or no courtesy any more."""
        conversation = state.threads.conversations.get(state.threads.conversation_of.get(judged.item, ""))
        if conversation is None:
            return
        if judged.apart and not conversation.apart:
            yield from self.changes(state, conversation.key, [kept_apart(conversation)], cause, now)
        said = rule_of(conversation, judged.item) if manner.courtesy is None else None
        if said is not None:
            rule = self._no_reply_of(state.config)
            event = reviewed(
                conversation, judged.item, said, rule, "overturned", by=EDIT, cause=cause, at=now
            )
            yield from self._reviewed(state, conversation, event, now)

    def review(
        self, state: IntakeState, command: ReviewNoReply, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """What a person says about what the rule for courtesies said."""
        if seen_as(command.id) in state.seen:
            return
        conversation = state.threads.conversations.get(command.conversation)
        rule = self._no_reply_of(state.config)
        event = review_of(conversation, command, rule) if conversation is not None else None
        if conversation is None or event is None:
            why = f"no rule says of {command.item} in {command.conversation} that it needs no reply"
            yield events.CommandRefused(
                cause=command.id, key=command.key, at=now, who=command.who, what=command.verdict, why=why
            )
            return
        yield from self._reviewed(state, conversation, event, now)

    def _reviewed(
        self, state: IntakeState, conversation: Conversation, event: events.NoReplyReviewed, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        yield event
        touch = touch_of_review(event)
        if touch is not None:
            yield from self.touched(state, [(conversation, touch)], event.cause, now)

    def _asked_earlier(
        self, conversation: Conversation, judged: events.ItemJudged, asked: Asked, cause: str, now: datetime
    ) -> Iterator[events.SlaPolicyChanged]:
        """The first message is what a policy is chosen by, also when it is the last to arrive."""
        rules = self._rules_of(conversation.config)
        severity = own_severity(rules, judged)
        policy = policy_for(rules, conversation, asked, severity)
        if policy is not None:
            yield policy_changed(
                conversation,
                policy.id,
                "earlier_message",
                config=conversation.config,
                asked=asked,
                severity=severity,
                cause=cause,
                now=now,
            )

    def reply(
        self, state: IntakeState, reply: facts.ReplySent, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """What a reply of ours changes."""
        touch = touch_of_reply(reply)
        touched = [(conversation, touch) for conversation in state.threads.answered_by(reply)]
        yield from self.touched(state, touched, reply.id, now)

    def deletion(
        self, state: IntakeState, fact: facts.ItemDeleted, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """What the loss of a message changes."""
        conversation_id = state.threads.conversation_of.get(fact.item)
        if conversation_id is not None:
            conversation = state.threads.conversations[conversation_id]
            yield from self.touched(state, [(conversation, touch_of_deletion(fact))], fact.id, now)

    def mark(
        self, state: IntakeState, command: MarkConversation, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """What our people did with a conversation, and what that changes."""
        if seen_as(command.id) in state.seen:
            return
        if is_group(command.conversation):
            yield from self._mark_group(state, command, now)
            return
        marked = marked_by(command, command.conversation)
        yield marked
        # Of a conversation that is not known yet it is kept, since what is told of it may come in any order.
        conversation = state.threads.conversations.get(command.conversation)
        if conversation is not None:
            yield from self.touched(state, [(conversation, touch_of_mark(marked))], command.id, now)

    def _mark_group(
        self, state: IntakeState, command: MarkConversation, now: datetime
    ) -> Iterator[events.IntakeEvent]:
        """The same for everybody who waits in a group. A group as a whole cannot be paused: many wait for no one reason."""
        if command.op in {"paused", "resumed"}:
            yield events.CommandRefused(
                cause=command.id,
                key=command.key,
                at=now,
                who=command.who,
                what=command.op,
                why=f"{command.conversation} is a group: it can be answered, or marked as needing no reply",
            )
            return
        members = list(members_waiting(state, command.key))
        marks = [marked_by(command, one.id, number) for number, one in enumerate(members)]
        yield from marks
        touched = [(one, touch_of_mark(mark)) for one, mark in zip(members, marks, strict=True)]
        yield from self.touched(state, touched, command.id, now)

    def touched(
        self, state: IntakeState, touched: Iterable[tuple[Conversation, Touch]], cause: str, now: datetime
    ) -> Iterator[events.AnyClockEvent]:
        """The difference that one more touch makes to each of some conversations under one post."""
        changed = [
            Changed(
                conversation, self.clocks(conversation, [*conversation.touches, touch]), conversation.apart
            )
            for conversation, touch in touched
            if conversation.policy is not None
        ]
        if changed:
            yield from self.changes(state, changed[0].conversation.key, changed, cause, now)

    def clocks(self, conversation: Conversation, touches: Sequence[Touch]) -> tuple[Clock, ...]:
        """The clocks that `touches` give a conversation, what is over under the terms that held then.

        Raises:
            LookupError: nothing is promised to it.
        """
        terms = self._terms(conversation.config, conversation.policy or "")
        if not conversation.eras:
            return clocks_of(touches, terms)
        earlier = [(era.until, self._terms(era.config, era.policy)) for era in conversation.eras]
        return clocks_over(touches, earlier, terms)

    def _terms(self, config_hash: str | None, policy: str) -> Terms:
        return self._rules_of(config_hash).terms[policy]

    def _terms_of(self, conversation: Conversation, clock: Clock) -> Terms:
        """What `clock` was promised under; an era that promised just the same serves as well."""
        for era in conversation.eras:
            terms = self._terms(era.config, era.policy)
            if clock.policy == era.policy and is_promised(clock, terms):
                return terms
        return self._terms(conversation.config, conversation.policy or "")

    def calendar_of(self, conversation: Conversation) -> Calendar:
        """The calendar of the policy that a conversation stands under.

        Raises:
            LookupError: nothing is promised to it.
        """
        return self._terms(conversation.config, conversation.policy or "").calendar

    def due(self, state: IntakeState, now: datetime) -> list[events.IntakeEvent]:
        """The warning or breach that is due first, if any is at `now`."""
        timer = state.next_timer()
        if timer is None or timer[0] > now:
            return []
        _, conversation_id, name = timer
        conversation = state.threads.conversations[conversation_id]
        clock = conversation.clocks[name]
        warned = conversation.warned.get(name, 0)
        if warned < len(clock.warn_ats):
            fraction = self._terms_of(conversation, clock).warn_at[warned]
            return [warning(conversation, clock, warned, fraction)]
        return [breach(conversation, clock, now)]

    def evolve(self, state: IntakeState, event: events.ClockEvent) -> None:
        """Fold one clock event."""
        conversation = state.threads.conversations.get(event.conversation)
        if conversation is None:  # only a group begins without a message of its own
            conversation = state.threads.add_group(event)
        name = name_of(event.clock)
        conversation.clocks[name] = event.clock
        if is_group(conversation.id):
            lead = state.threads.conversations[state.threads.conversation_of[event.clock.started_by]]
            conversation.config, conversation.policy = lead.config, lead.policy
            conversation.eras = list(lead.eras)
        match event:
            case events.SlaStarted() if conversation.policy is None:
                conversation.config, conversation.policy = state.config, event.clock.policy
                conversation.brand, conversation.severity = event.brand, event.severity
                conversation.asked = event.asked
            case events.SlaWarned():
                conversation.warned[name] = conversation.warned.get(name, 0) + 1
            case events.SlaBreached():
                conversation.breached.add(name)
            case events.SlaBreachVoided():
                conversation.breached.discard(name)
                conversation.voided[name] = conversation.voided.get(name, 0) + 1
            case _:
                pass
        take_in(state, conversation)
        state.set_timer(conversation, name)

    def evolve_apart(self, state: IntakeState, item: str) -> None:
        """Fold that a message keeps its conversation out of groups."""
        conversation = state.threads.conversations.get(state.threads.conversation_of.get(item, ""))
        if conversation is not None:
            conversation.apart = True
            take_in(state, conversation)

    def evolve_policy(self, state: IntakeState, event: events.SlaPolicyChanged) -> None:
        """Fold a change of the policy that a conversation stands under."""
        stand_under(state.threads.conversations[event.conversation], event)

    def explained(self, state: IntakeState, now: datetime) -> Iterator[tuple[Conversation, Explained]]:
        """Every clock with its ledger as it stands at `now`, in the order in which the clocks began."""
        found = [
            (conversation, explain(clock, self._terms_of(conversation, clock), now))
            for conversation in state.threads.conversations.values()
            if conversation.policy is not None
            for clock in conversation.clocks.values()
        ]
        yield from sorted(
            found, key=lambda pair: (pair[1].started_at, pair[0].id, pair[1].kind, pair[1].ordinal)
        )


def seen_as(command_id: str) -> str:
    """A command's id may be any word; what is remembered of it is a digest, as of everything else."""
    return ids.derived("command", command_id)


def marked_by(command: MarkConversation, conversation: str, number: int = 0) -> events.ConversationMarked:
    """That somebody did something with a conversation; `number` tells the marks of one command apart."""
    return events.ConversationMarked(
        cause=command.id,
        key=command.key,
        at=command.occurred_at,
        revision=number,
        conversation=conversation,
        op=command.op,
        by=command.who,
        source=command.source,
        item=command.item,
        reason=command.reason,
    )
