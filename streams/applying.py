"""Running clocks under a new configuration: what would move, and moving it. What is over stays as it was promised."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from streams import events
from streams.clockwork import Clockwork, seen_as
from streams.commands import APPLY_MOST, ApplySla
from streams.conversations import Conversation, is_group, name_of
from streams.intake_state import IntakeState
from streams.pile_ons import Changed
from streams.policies import policy_changed, policy_for, under
from streams.rulebook import Rulebook
from streams.sla.clocks import Clock, ClockKind

WHAT = "sla.apply"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that would run otherwise. None: there would be no such clock, or there is none yet."""

    conversation: str
    kind: ClockKind
    ordinal: int
    policy_before: str | None
    policy_after: str | None
    due_before: datetime | None
    due_after: datetime | None
    overdue: bool
    """It would be overdue at once."""


def to_move(state: IntakeState, rules: Rulebook, config: str | None) -> Iterator[Conversation]:
    """The open conversations that stand under another configuration than `config`, whose rules are `rules`.

    One to which the new rules promise nothing stays under the old ones.
    """
    for conversation in state.threads.conversations.values():
        if conversation.config != config and _may_move(conversation, rules):
            yield conversation


def moves_of(
    clockwork: Clockwork, conversation: Conversation, rules: Rulebook, config: str | None, now: datetime
) -> Iterator[Move]:
    """Which clocks of a conversation would run otherwise, were the rules applied at `now`."""
    changed = _changed(conversation, rules, config, cause="preview", now=now, by=None)
    before = {name: clock for name, clock in conversation.clocks.items() if clock.ended_at is None}
    after = {
        name_of(clock): clock
        for clock in clockwork.clocks(under(conversation, changed), conversation.touches)
        if clock.ended_at is None
    }
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None or (old.due_at, old.policy) != (new.due_at, new.policy):
            yield _move(conversation.id, old, new, now)


def apply(
    clockwork: Clockwork, state: IntakeState, rules: Rulebook, command: ApplySla, now: datetime
) -> Iterator[events.IntakeEvent]:
    """Let the running clocks that a command names follow the configuration that holds."""
    if seen_as(command.id) in state.seen:
        return
    if (why := _refusal(state, command)) is not None:
        yield events.CommandRefused(cause=command.id, key="*", at=now, who=command.who, what=WHAT, why=why)
        return
    by_key: dict[str, list[Changed]] = {}
    for name in command.conversations:
        conversation = state.threads.conversations.get(name)
        if (
            conversation is None
            or conversation.config == command.config
            or not _may_move(conversation, rules)
        ):
            continue
        changed = _changed(conversation, rules, command.config, cause=command.id, now=now, by=command.who)
        yield changed
        moved = under(conversation, changed)
        clocks = clockwork.clocks(moved, conversation.touches)
        by_key.setdefault(moved.key, []).append(Changed(moved, clocks, moved.apart))
    for key, together in by_key.items():
        yield from clockwork.changes(state, key, together, command.id, now)


def _refusal(state: IntakeState, command: ApplySla) -> str | None:
    if command.config != state.config:
        return "another configuration holds by now: look at what would move once more"
    if len(command.conversations) > APPLY_MOST:
        return f"{len(command.conversations)} conversations, expected at most {APPLY_MOST} at once"
    return None


def _may_move(conversation: Conversation, rules: Rulebook) -> bool:
    return (
        conversation.asked is not None
        and conversation.policy is not None
        and not is_group(conversation.id)
        and conversation.open
        and policy_for(rules, conversation, conversation.asked, conversation.severity) is not None
    )


def _changed(
    conversation: Conversation,
    rules: Rulebook,
    config: str | None,
    *,
    cause: str,
    now: datetime,
    by: str | None,
) -> events.SlaPolicyChanged:
    asked = conversation.asked
    policy = policy_for(rules, conversation, asked, conversation.severity) if asked is not None else None
    if asked is None or policy is None:
        raise LookupError(f"the conversation {conversation.id} cannot move")
    return policy_changed(
        conversation,
        policy.id,
        "applied",
        config=config,
        asked=asked,
        severity=conversation.severity,
        cause=cause,
        now=now,
        by=by,
    )


def _move(conversation: str, old: Clock | None, new: Clock | None, now: datetime) -> Move:
    clock = new or old
    assert clock is not None
    return Move(
        conversation=conversation,
        kind=clock.kind,
        ordinal=clock.ordinal,
        policy_before=old.policy if old is not None else None,
        policy_after=new.policy if new is not None else None,
        due_before=old.due_at if old is not None else None,
        due_after=new.due_at if new is not None else None,
        overdue=new is not None and new.due_at < now and (old is None or old.due_at >= now),
    )
