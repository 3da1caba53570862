"""Complaints are followed until they are settled: what opens a case, what joins it, what was promised, what ends it.

A case lives under its customer's own key (platform, our account, customer: the key of their private messages), not under
that of the thread in which it began. So the comment, the private messages after "请私信" and the promise meet in one place; where
partitions are many, everything of one of our accounts lies in one of them (`streams.run.bundles.home_of`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from streams import case_events as told
from streams import events, facts, ids
from streams.case_state import REOPENED_WITHIN, Case, Promised, evolve
from streams.clockwork import Clockwork, marked_by, seen_as
from streams.commands import (
    AnyCaseCommand,
    AssignCase,
    LinkCase,
    MarkConversation,
    OpenCase,
    ReopenCase,
    SettleCase,
)
from streams.conversations import Conversation, conversation_of, is_group, touch_of_mark
from streams.intake_state import IntakeState
from streams.manners import Manner
from streams.policies import own_severity
from streams.promises import Promise, due_of
from streams.rulebook import Rulebook

NO_COMPLAINT = frozenset((None, "other"))
"""Topics that are none: nothing there could be settled."""
GRAVE = frozenset(("P0", "P1"))
TEXT_MOST = 2_000

Decided = Iterator[events.IntakeEvent]


class Casework:
    """Decides and folds everything about cases for `Intake`; keeps no state of its own."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork

    def message(
        self,
        state: IntakeState,
        rules: Rulebook,
        comment: facts.CommentReceived,
        judged: events.ItemJudged,
        manner: Manner,
        now: datetime,
    ) -> Decided:
        """What a customer's new message means for their case."""
        if comment.author is None or rules.config.sla is None or not rules.config.sla.cases:
            return
        conversation = conversation_of(comment)
        case = state.case_index.newest_of(customer_key(comment.platform, comment.account, comment.author))
        severity = own_severity(rules, judged)
        if case is not None and self._goes_on(case, comment, manner):
            if not case.is_open:
                yield told.CaseReopened(
                    cause=comment.id,
                    key=case.key,
                    at=now,
                    case=case.id,
                    item=comment.item,
                    reason="came_back",
                )
            if conversation not in case.conversations:
                yield _linked(case, comment.id, now, conversation=conversation)
        elif is_complaint(judged, severity) and (case is None or not case.is_open):
            yield told.CaseOpened(
                cause=comment.id,
                key=customer_key(comment.platform, comment.account, comment.author),
                at=now,
                case=case_id(comment.item),
                platform=comment.platform,
                account=comment.account or "",
                person=comment.author,
                conversation=conversation,
                item=comment.item,
                brand=rules.brand_of(comment.platform, comment.account),
                topic=judged.topic,
                severity=severity,
                reason="complaint",
            )

    def _goes_on(self, case: Case, comment: facts.CommentReceived, manner: Manner) -> bool:
        if case.settled_at is None:
            return True
        since = comment.occurred_at - case.settled_at
        return manner.courtesy is None and since <= REOPENED_WITHIN and comment.occurred_at > case.settled_at

    def mention(
        self, state: IntakeState, fact: facts.MentionObserved, judged: events.ItemJudged, now: datetime
    ) -> Sequence[events.IntakeEvent]:
        """Somebody with an open case writes about the brand elsewhere."""
        if fact.author is None:
            return ()
        open_cases = state.case_index.open_of(fact.platform, fact.author)
        brands = {match.brand for match in judged.matches} if open_cases else ()
        return [
            _linked(case, fact.id, now, item=fact.item)
            for case in open_cases
            if case.brand in brands and fact.item not in case.mentions
        ]

    def reply(
        self, state: IntakeState, reply: facts.ReplySent, promise: Promise | None, now: datetime
    ) -> Decided:
        """Our answer keeps what was promised before, and may promise something."""
        if reply.auto:
            return
        answered = state.threads.answered_by(reply)
        for conversation in answered:
            case = self._case_of(state, conversation)
            if case is not None:
                yield from _kept(case, reply.id, reply.occurred_at)
        if promise is not None and len(answered) == 1 and answered[0].policy is not None:
            yield from self._promised(state, answered[0], reply, promise, now)

    def _promised(
        self,
        state: IntakeState,
        conversation: Conversation,
        reply: facts.ReplySent,
        promise: Promise,
        now: datetime,
    ) -> Decided:
        case = self._case_of(state, conversation)
        person = conversation.id.rsplit("/", 1)[1]
        key = customer_key(conversation.platform, conversation.account, person)
        name = case.id if case is not None and case.is_open else case_id(reply.item)
        if case is None or not case.is_open:
            yield told.CaseOpened(
                cause=reply.id,
                key=key,
                at=now,
                case=name,
                platform=conversation.platform,
                account=conversation.account,
                person=person,
                conversation=conversation.id,
                item=reply.item,
                brand=conversation.brand,
                reason="promise",
            )
        due_at = due_of(promise, reply.occurred_at, self._clockwork.calendar_of(conversation))
        yield told.PromiseMade(
            cause=reply.id, key=key, at=reply.occurred_at, case=name, item=reply.item, due_at=due_at
        )
        later = [
            touch.at
            for touch in conversation.touches
            if touch.what == "ours" and touch.at > reply.occurred_at
        ]
        if later:  # it arrived after the answer that keeps it
            promised = Promised(item=reply.item, made_at=reply.occurred_at, due_at=due_at)
            yield _keeps(name, key, promised, reply.id, min(later))

    def _case_of(self, state: IntakeState, conversation: Conversation) -> Case | None:
        person = conversation.id.rsplit("/", 1)[1]
        return state.case_index.newest_of(customer_key(conversation.platform, conversation.account, person))

    def decide(self, state: IntakeState, rules: Rulebook, command: AnyCaseCommand, now: datetime) -> Decided:
        """What follows from a command, or that it is refused."""
        if seen_as(command.id) in state.seen:
            return iter(())
        if isinstance(command, OpenCase):
            return self._opened(state, rules, command, now)
        case = state.cases.by_id.get(command.case)
        if case is None:
            return _refused(command, "unknown_case", now)
        match command:
            case AssignCase():
                return iter([_assigned(case, command, now)])
            case LinkCase():
                return self._linked(state, case, command, now)
            case SettleCase():
                return self._settled(state, case, command, now)
            case ReopenCase():
                return _reopened(case, command, now)

    def _opened(self, state: IntakeState, rules: Rulebook, command: OpenCase, now: datetime) -> Decided:
        conversation = state.threads.conversations.get(command.conversation)
        if conversation is None or is_group(conversation.id):
            yield from _refused(command, "unknown_conversation", now)
            return
        case = self._case_of(state, conversation)
        if case is not None and case.is_open:
            yield from _refused(command, "case_is_open_already", now)
            return
        person = conversation.id.rsplit("/", 1)[1]
        asked = conversation.asked
        yield told.CaseOpened(
            cause=command.id,
            key=customer_key(conversation.platform, conversation.account, person),
            at=now,
            case=case_id(command.id),
            platform=conversation.platform,
            account=conversation.account,
            person=person,
            conversation=conversation.id,
            item=asked.item if asked is not None else None,
            brand=rules.brand_of(conversation.platform, conversation.account),
            topic=asked.topic if asked is not None else None,
            severity=conversation.severity,
            reason="person",
            by=command.who,
        )

    def _linked(self, state: IntakeState, case: Case, command: LinkCase, now: datetime) -> Decided:
        if command.conversation is not None:
            if command.conversation not in state.threads.conversations:
                yield from _refused(command, "unknown_conversation", now)
            elif command.conversation not in case.conversations:
                yield _linked(case, command.id, now, conversation=command.conversation, by=command.who)
        elif command.item is not None and command.item not in case.mentions:
            yield _linked(case, command.id, now, item=command.item, by=command.who)

    def _settled(self, state: IntakeState, case: Case, command: SettleCase, now: datetime) -> Decided:
        """Settling takes an outcome and evidence; it keeps what is promised and ends what its conversations wait for."""
        if not case.is_open:
            yield from _refused(command, "case_is_settled_already", now)
            return
        if not command.evidence.strip():
            yield from _refused(command, "no_evidence", now)
            return
        yield told.CaseSettled(
            cause=command.id,
            key=case.key,
            at=now,
            case=case.id,
            outcome=command.outcome,
            evidence=command.evidence.strip()[:TEXT_MOST],
            note=command.note.strip()[:TEXT_MOST],
            by=command.who,
        )
        yield from _kept(case, command.id, now)
        for number, name in enumerate(case.conversations, start=1):
            conversation = state.threads.conversations.get(name)
            if conversation is None:
                continue
            mark = MarkConversation(
                id=command.id,
                who=command.who,
                conversation=name,
                key=conversation.key,
                op="settled",
                occurred_at=now,
                reason=command.outcome,
            )
            settled = marked_by(mark, name, number)
            yield settled
            yield from self._clockwork.touched(
                state, [(conversation, touch_of_mark(settled))], command.id, now
            )

    def due(self, state: IntakeState, now: datetime) -> Decided:
        """The promise that runs out first."""
        timer = state.case_index.first_due()
        if timer is not None and timer[0] <= now:
            at, case, promise = timer
            yield told.PromiseBroken(
                cause=promise.item, key=case.key, at=at, case=case.id, item=promise.item, noticed_at=now
            )

    def evolve(self, state: IntakeState, event: told.CaseEvent) -> None:
        """Fold one event of a case."""
        state.seen.add(seen_as(event.cause), event.at)
        evolve(state.cases, state.case_index, event)  # type: ignore[arg-type]  # every case event is one of these


def customer_key(platform: str, account: str | None, person: str) -> str:
    """Under which a customer's cases stand, whichever thread they write in: the key of their private messages."""
    return ids.thread_key(platform, account or "", None, person)


def case_id(cause: str) -> str:
    """The id of the case that an item or a command opens."""
    return ids.derived("case", cause)


def is_complaint(judged: events.ItemJudged, severity: str | None) -> bool:
    """Whether a message complains of something that can be settled."""
    return severity in GRAVE or (judged.label == "negative" and judged.topic not in NO_COMPLAINT)


def _kept(case: Case, cause: str, at: datetime) -> Iterator[told.PromiseKept]:
    """What something that we did at `at` keeps: every promise from before that nothing earlier kept."""
    for promise in case.promises:
        if promise.made_at < at and (promise.kept_at is None or at < promise.kept_at):
            yield _keeps(case.id, case.key, promise, cause, at)


def _keeps(case: str, key: str, promise: Promised, cause: str, at: datetime) -> told.PromiseKept:
    return told.PromiseKept(cause=cause, key=key, at=at, case=case, item=promise.item, due_at=promise.due_at)


def _linked(
    case: Case,
    cause: str,
    now: datetime,
    *,
    conversation: str | None = None,
    item: str | None = None,
    by: str | None = None,
) -> told.CaseLinked:
    reason: told.LinkReason = "same_customer" if by is None else "person"
    return told.CaseLinked(
        cause=cause,
        key=case.key,
        at=now,
        case=case.id,
        conversation=conversation,
        item=item,
        reason=reason,
        by=by,
    )


def _assigned(case: Case, command: AssignCase, now: datetime) -> told.CaseAssigned:
    return told.CaseAssigned(
        cause=command.id, key=case.key, at=now, case=case.id, owner=command.owner, by=command.who
    )


def _reopened(case: Case, command: ReopenCase, now: datetime) -> Decided:
    if case.is_open:
        yield from _refused(command, "case_is_open_already", now)
        return
    yield told.CaseReopened(
        cause=command.id,
        key=case.key,
        at=now,
        case=case.id,
        reason="person",
        by=command.who,
        note=command.note.strip()[:TEXT_MOST],
    )


def _refused(command: AnyCaseCommand, why: str, now: datetime) -> Decided:
    what = str(type(command).__struct_config__.tag)
    yield events.CommandRefused(
        cause=command.id, key=command.key, at=now, who=command.who, what=what, why=why
    )
