"""Two people must not answer the same message: claims, snoozes and recorded replies, decided and folded.

A claim and a snooze belong to a wait: when the response clock ends, however it ends, they end with it. A snooze also ends
when the clock runs out and when the customer writes again, so that nobody waits unseen.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from streams import attention_events as told
from streams import events, facts
from streams.attention_state import IDLE_AFTER, Claim, Recorded, Snooze, nearest
from streams.clockwork import Clockwork
from streams.commands import (
    AttentionCommand,
    ClaimConversation,
    ConversationCommand,
    RecordReply,
    ReleaseConversation,
    SnoozeConversation,
    TagCustomer,
    WakeConversation,
)
from streams.conversations import Conversation, conversation_of, group_id, name_of
from streams.intake_state import IntakeState
from streams.sla.clocks import Clock

RENEWED_AFTER = timedelta(minutes=1)
"""Signs of work on a claim within so short a time are not recorded again."""
SNOOZE_MOST = timedelta(days=7)
TAG_LENGTH_MOST = 40
SAME_REPLY_WITHIN = timedelta(minutes=15)
"""A reply that a collector saw is the recorded one of the same conversation if they lie no further apart."""
BY_DESK = "desk"

Decided = Iterator[events.IntakeEvent]


class Attendance:
    """Keeps no state of its own; `clockwork` knows what a reply does to clocks."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork

    def decide(self, state: IntakeState, command: AttentionCommand, now: datetime) -> Decided:
        """What follows from a command, or that it is refused."""
        if isinstance(command, TagCustomer):
            return _tagged(command, now)
        conversation = state.threads.conversations.get(command.conversation)
        if conversation is None:
            return _refused(command, "unknown_conversation", now)
        match command:
            case ClaimConversation():
                return _claimed(state, conversation, command, now)
            case ReleaseConversation():
                return _released(state, command, now)
            case SnoozeConversation():
                return _snoozed(conversation, command, now)
            case WakeConversation():
                return _woken(state, command, now)
            case RecordReply():
                return self._recorded(state, conversation, command, now)

    def _recorded(
        self, state: IntakeState, conversation: Conversation, command: RecordReply, now: datetime
    ) -> Decided:
        reply = command.reply
        if reply.id in state.seen:
            return
        claim = state.attention.claims.get(conversation.id)
        if claim is not None and claim.by != command.who:
            yield from _refused(command, "claimed_by_other", now)
            return
        seen = None
        if command.answering is not None and command.answering != waiting_in(conversation):
            seen = _seen_already(state, conversation, command.answering, reply.occurred_at)
            if seen is None:
                yield from _refused(command, "answered_meanwhile", now)
                return
        yield reply
        yield told.ReplyRecorded(
            cause=command.id,
            key=conversation.key,
            at=reply.occurred_at,
            conversation=conversation.id,
            item=reply.item,
            by=command.who,
            script=command.script,
            strayed=command.strayed,
        )
        if seen is not None:
            yield _match(conversation, command.id, reply.item, seen, now)
        yield from self._clockwork.reply(state, reply, now)

    def matched(
        self, state: IntakeState, reply: facts.ReplySent, now: datetime
    ) -> Iterator[told.ReplyMatched]:
        """Whether a reply that a collector saw is one that somebody recorded."""
        if reply.auto or not state.attention.recorded:
            return
        for name in _answered(state, reply):
            recorded = nearest(state.attention.recorded.get(name, ()), reply.occurred_at, SAME_REPLY_WITHIN)
            if recorded is not None:
                yield _match(state.threads.conversations[name], reply.id, recorded.item, reply.item, now)

    def due(self, state: IntakeState) -> Decided:
        """What ends by itself first: a claim that nobody works on, a snooze."""
        timer = state.attention_timers.first()
        if timer is None:
            return
        at, conversation = timer
        snooze, claim = state.attention.snoozes.get(conversation), state.attention.claims.get(conversation)
        if snooze is not None and snooze.until == at:
            yield told.ConversationWoken(
                cause=snooze.cause,
                key=snooze.key,
                at=at,
                conversation=conversation,
                reason="time",
                by=BY_DESK,
            )
        if claim is not None and claim.active_at + IDLE_AFTER == at:
            yield told.ConversationReleased(
                cause=claim.cause, key=claim.key, at=at, conversation=conversation, person=claim.by, by=BY_DESK,
                reason="idle",
            )  # fmt: skip

    def evolve(self, state: IntakeState, event: told.AnyAttentionEvent) -> None:
        """Fold one event of this file's kind."""
        attention = state.attention
        match event:
            case told.ConversationClaimed():
                attention.claims[event.conversation] = Claim(
                    by=event.by, since=event.since, active_at=event.at, key=event.key, cause=event.cause
                )
            case told.ConversationReleased():
                attention.claims.pop(event.conversation, None)
            case told.ConversationSnoozed():
                attention.snoozes[event.conversation] = Snooze(
                    until=event.until, key=event.key, cause=event.cause
                )
            case told.ConversationWoken():
                attention.wake(event.conversation)
            case told.ReplyRecorded():
                attention.recorded.setdefault(event.conversation, []).append(
                    Recorded(item=event.item, at=event.at)
                )
                return
            case told.ReplyMatched():
                attention.recorded[event.conversation] = [
                    replace(one, seen=event.seen) if one.item == event.item else one
                    for one in attention.recorded.get(event.conversation, ())
                ]
                return
            case told.CustomerTagged():
                return
        state.attention_timers.set(event.conversation)

    def evolve_clock(self, state: IntakeState, event: events.ClockEvent) -> None:
        """What a change of clocks means for claims and snoozes."""
        attention = state.attention
        if event.conversation not in attention.claims and event.conversation not in attention.snoozes:
            return
        if isinstance(event, events.SlaBreached):
            attention.wake(event.conversation)
        elif event.clock.kind != "resolution" and not _runs(event.clock):
            attention.end_wait(event.conversation)
        state.attention_timers.set(event.conversation)

    def evolve_comment(self, state: IntakeState, comment: facts.CommentReceived) -> None:
        """What a customer's new message means for a snooze."""
        if state.attention.snoozes:
            conversation = conversation_of(comment)
            state.attention.wake(conversation)
            state.attention_timers.set(conversation)


def waiting_in(conversation: Conversation) -> str | None:
    """Name of the response clock that is open; None if nobody waits for an answer."""
    for clock in conversation.clocks.values():
        if clock.kind != "resolution" and _runs(clock):
            return name_of(clock)
    return None


def _runs(clock: Clock) -> bool:
    """Whether somebody waits for it here; who folded into a group waits there."""
    return clock.ended_at is None and clock.folded_at is None


def _claimed(
    state: IntakeState, conversation: Conversation, command: ClaimConversation, now: datetime
) -> Decided:
    claim = state.attention.claims.get(conversation.id)
    if waiting_in(conversation) is None:
        yield from _refused(command, "nobody_waits", now)
        return
    if claim is not None and claim.by == command.who:
        if now - claim.active_at >= RENEWED_AFTER:
            yield _claim(command, now, claim.since)
        return
    if claim is not None:
        if not command.take_over:
            yield from _refused(command, "claimed_by_other", now)
            return
        yield _release(command, claim, now, "taken_over")
    yield _claim(command, now, now)


def _claim(command: ClaimConversation, now: datetime, since: datetime) -> told.ConversationClaimed:
    return told.ConversationClaimed(
        cause=command.id,
        key=command.key,
        at=now,
        conversation=command.conversation,
        by=command.who,
        since=since,
    )


def _release(
    command: ConversationCommand, claim: Claim, now: datetime, reason: told.ReleaseReason
) -> told.ConversationReleased:
    return told.ConversationReleased(
        cause=command.id,
        key=command.key,
        at=now,
        conversation=command.conversation,
        person=claim.by,
        by=command.who,
        reason=reason,
    )


def _released(state: IntakeState, command: ReleaseConversation, now: datetime) -> Decided:
    claim = state.attention.claims.get(command.conversation)
    if claim is None:
        return
    if claim.by != command.who and not command.shift:
        yield from _refused(command, "claimed_by_other", now)
        return
    yield _release(command, claim, now, "shift" if command.shift else "person")


def _snoozed(conversation: Conversation, command: SnoozeConversation, now: datetime) -> Decided:
    if waiting_in(conversation) is None:
        yield from _refused(command, "nobody_waits", now)
    elif not now < command.until <= now + SNOOZE_MOST:
        yield from _refused(command, "snooze_out_of_range", now)
    else:
        yield told.ConversationSnoozed(
            cause=command.id,
            key=command.key,
            at=now,
            conversation=command.conversation,
            by=command.who,
            until=command.until,
        )


def _woken(state: IntakeState, command: WakeConversation, now: datetime) -> Decided:
    if command.conversation in state.attention.snoozes:
        yield told.ConversationWoken(
            cause=command.id,
            key=command.key,
            at=now,
            conversation=command.conversation,
            reason="person",
            by=command.who,
        )


def _tagged(command: TagCustomer, now: datetime) -> Decided:
    tag = command.customer_tag.strip()
    if not tag or len(tag) > TAG_LENGTH_MOST:
        yield _refusal(command.id, command.person, command.who, "customer.tag", "tag_out_of_range", now)
        return
    yield told.CustomerTagged(
        cause=command.id, key=command.person, at=now, person=command.person, tag=tag, on=command.on, by=command.who
    )  # fmt: skip


def _refused(command: ConversationCommand, why: str, now: datetime) -> Decided:
    what = str(command.__struct_config__.tag)
    yield _refusal(command.id, command.key, command.who, what, why, now)


def _refusal(cause: str, key: str, who: str, what: str, why: str, now: datetime) -> events.CommandRefused:
    return events.CommandRefused(cause=cause, key=key, at=now, who=who, what=what, why=why)


def _match(conversation: Conversation, cause: str, item: str, seen: str, now: datetime) -> told.ReplyMatched:
    return told.ReplyMatched(
        cause=cause, key=conversation.key, at=now, conversation=conversation.id, item=item, seen=seen
    )


def _seen_already(state: IntakeState, conversation: Conversation, answering: str, at: datetime) -> str | None:
    """The reply that a collector saw before the person who wrote it could say so."""
    clock = conversation.clocks.get(answering)
    if clock is None or clock.ended_by is None or clock.ended_at is None or clock.state_end != "met":
        return None
    if any(
        clock.ended_by in (one.item, one.seen) for one in state.attention.recorded.get(conversation.id, ())
    ):
        return None
    return clock.ended_by if abs(at - clock.ended_at) <= SAME_REPLY_WITHIN else None


def _answered(state: IntakeState, reply: facts.ReplySent) -> list[str]:
    """The conversation that a reply is meant for; a reply to a whole post is meant for the group there."""
    if reply.to_author is None and (reply.parent is None or reply.parent == reply.post):
        return [group_id(reply.key)]
    return [conversation.id for conversation in state.threads.answered_by(reply)]
