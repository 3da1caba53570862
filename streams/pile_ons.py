"""Groups of conversations under one post: what folds, and the one clock that a group has."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from streams import events
from streams.clock_changes import SUPERSEDED, difference
from streams.conversations import Conversation, Thread, group_id, is_group, name_of
from streams.intake_state import IntakeState
from streams.sla.clocks import Clock, with_folds
from streams.sla.instants import from_us
from streams.sla.pileon import Crowd, Standing, Verdict, Waiting, waits_in
from streams.sla.policy import Asked, PileOn


class Changed(NamedTuple):
    """A conversation with the clocks that it gets, without any group; `apart` if it stays out of them."""

    conversation: Conversation
    clocks: tuple[Clock, ...]
    apart: bool = False
    asked: Asked | None = None


RuleOf = Callable[[str | None], PileOn | None]
"""The rule of the configuration with a hash."""


def crowd_under(state: IntakeState, key: str, rule_of: RuleOf, more: int = 0) -> Crowd | None:
    """Who waits under a post; None while too few ever wrote (with `more` to come) for a group.

    What is remembered of it in `state` is derived from conversations and filled on demand: with it or without it the
    answers are the same.
    """
    crowd = state.crowds.get(key)
    if crowd is not None:
        return crowd
    thread = state.threads.threads.get(key)
    rule = None if thread is None else _rule_under(state, thread, rule_of)
    if thread is None or rule is None or len(thread.conversations) + more <= rule.count:
        return None
    members = (state.threads.conversations[name] for name in thread.conversations)
    crowd = state.crowds[key] = Crowd(rule, {one.id: _own_waits(one) for one in members})
    return crowd


def _rule_under(state: IntakeState, thread: Thread, rule_of: RuleOf) -> PileOn | None:
    """The rule that held when somebody waited there first: what was folded is not unfolded by a later one."""
    configs = (state.threads.conversations[name].config for name in thread.conversations)
    first = next((config for config in configs if config is not None), state.config)
    return rule_of(first)


def take_in(state: IntakeState, conversation: Conversation) -> None:
    """Keep what is remembered of the conversation's crowd true."""
    crowd = state.crowds.get(conversation.key)
    if crowd is not None and not is_group(conversation.id):
        crowd.put(conversation.id, _own_waits(conversation))


def changes_in(
    state: IntakeState, crowd: Crowd, changed: Iterable[Changed], cause: str, now: datetime
) -> Iterator[events.AnyClockEvent]:
    """What has to be recorded when conversations under one post get other clocks, groups included."""
    after = {one.conversation.id: one for one in changed}
    verdict = crowd.after(
        {
            name: () if one.apart else waits_in(name, {name_of(clock): clock for clock in one.clocks})
            for name, one in after.items()
        }
    )
    for name, folds in verdict.folds.items():
        one = after.get(name) or _unchanged(state.threads.conversations[name])
        yield from difference(one.conversation, with_folds(one.clocks, folds), cause, now, one.asked)
    yield from _group_changes(state, after, verdict, cause, now)


def _group_changes(
    state: IntakeState, after: Mapping[str, Changed], verdict: Verdict, cause: str, now: datetime
) -> Iterator[events.AnyClockEvent]:
    one = next(iter(after.values()), None)
    if one is None:
        return
    name = group_id(one.conversation.key)
    group = state.threads.conversations.get(name)
    if group is None and not verdict.standings:
        return

    def clock_of(waiting: Waiting) -> Clock:
        changed = after.get(waiting.conversation) or _unchanged(
            state.threads.conversations[waiting.conversation]
        )
        return next(clock for clock in changed.clocks if name_of(clock) == waiting.name)

    clocks = [
        _group_clock(number, standing, clock_of) for number, standing in enumerate(verdict.standings, start=1)
    ]
    yield from difference(group or new_group(one.conversation), clocks, cause, now)


def _group_clock(number: int, standing: Standing, clock_of: Callable[[Waiting], Clock]) -> Clock:
    """The clock of the group `number`: its leader's promise, until the last is answered."""
    clock = msgspec.structs.replace(
        clock_of(standing.lead), kind="first_response", ordinal=number, pauses=(), folded_at=None
    )
    if standing.last is None or standing.last.end_us is None:
        return msgspec.structs.replace(clock, ended_at=None, ended_by=None, state_end=None, reason=None)
    last = clock_of(standing.last)
    return msgspec.structs.replace(
        clock,
        ended_at=from_us(standing.last.end_us),
        ended_by=last.ended_by,
        state_end="met" if standing.answered else "cancelled",
        reason=None if standing.answered else last.reason,
    )


def new_group(member: Conversation) -> Conversation:
    """The conversation that stands for a group which `member` is in."""
    return Conversation(
        id=group_id(member.key),
        key=member.key,
        platform=member.platform,
        account=member.account,
        brand=member.brand,
    )


def kept_apart(conversation: Conversation) -> Changed:
    """The conversation out of every group."""
    return Changed(conversation, _unchanged(conversation).clocks, apart=True)


def members_waiting(state: IntakeState, key: str) -> Iterator[Conversation]:
    """The conversations that the open group under a post stands for."""
    thread = state.threads.threads.get(key)
    for name in thread.conversations if thread is not None else ():
        one = state.threads.conversations[name]
        if any(clock.folded_at is not None and clock.ended_at is None for clock in one.clocks.values()):
            yield one


def _unchanged(conversation: Conversation) -> Changed:
    clocks = tuple(
        msgspec.structs.replace(clock, folded_at=None)
        for clock in conversation.clocks.values()
        if clock.reason != SUPERSEDED
    )
    return Changed(conversation, clocks, conversation.apart)


def _own_waits(conversation: Conversation) -> tuple[Waiting, ...]:
    if conversation.apart:
        return ()
    clocks = {name: clock for name, clock in conversation.clocks.items() if clock.reason != SUPERSEDED}
    return waits_in(conversation.id, clocks)
