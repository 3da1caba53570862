"""Pile-ons: many unanswered messages under one post fold into one group with one clock.

At the moment at which somebody begins to wait and more than `count` people wait who began within the last `within_s`
seconds, all of these fold into a group; whoever begins to wait while anybody in the group still does joins it. The group
is over when nobody in it waits any more: a reply to the whole post ends all waits at once. What is overdue at that moment
or was taken up by somebody of ours (paused) stays on its own, and so does whoever is kept apart (`streams.clockwork`).

All of it is a function of who waited from when to when, so the order of arrival does not matter. `Crowd` keeps what the
last answer came to, so that one more in a crowd of ten thousand costs no more than one in a crowd of ten.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.sla.clocks import Clock
from streams.sla.instants import US, to_us
from streams.sla.policy import PileOn


class Waiting(NamedTuple):
    """One wait for an answer, without any group."""

    start_us: int
    item: str
    """Id of the message that began it."""
    conversation: str
    name: str
    """The clock's name within the conversation."""
    due_us: int
    end_us: int | None
    answered: bool
    """It ended by an answer."""
    taken_up_us: int | None
    """When it was paused first."""

    def is_open(self, at_us: int) -> bool:
        return self.end_us is None or self.end_us > at_us

    def may_fold(self, at_us: int) -> bool:
        return (
            self.is_open(at_us)
            and self.due_us > at_us
            and (self.taken_up_us is None or self.taken_up_us > at_us)
        )

    @property
    def is_late(self) -> bool:
        return self.end_us is not None and self.end_us > self.due_us


class Standing(NamedTuple):
    """How a group stands."""

    lead: Waiting
    """Whose promise the group's clock keeps: what runs out first of those that wait or were answered too late; once
    nobody waits, of those that waited longest."""
    last: Waiting | None
    """The last to be answered; None while anybody waits."""
    answered: bool
    """Somebody was answered; else all took back what they had written."""


class Pile:
    """One group. Changed by its `Crowd` alone."""

    def __init__(self, formed_us: int, members: Iterable[Waiting]) -> None:
        self.formed_us = formed_us
        self.members = {(one.conversation, one.name): one for one in members}
        self.waiting = sum(one.end_us is None for one in self.members.values())
        self.standing = _standing(self.members.values())

    def is_open(self, at_us: int) -> bool:
        if self.waiting:
            return True
        last = self.standing.last
        return last is not None and last.is_open(at_us)

    def joined(self, one: Waiting) -> Standing:
        """How the group stands once `one` has joined."""
        if one.end_us is None and self.standing.last is None:
            lead = min(self.standing.lead, one, key=_urgency)
            return self.standing._replace(lead=lead)
        return _standing([*self.members.values(), one])

    def join(self, one: Waiting) -> None:
        self.standing = self.joined(one)
        self.members[one.conversation, one.name] = one
        self.waiting += one.end_us is None


def piles_of(waits: Iterable[Waiting], rule: PileOn) -> tuple[list[Pile], list[Waiting]]:
    """Every group in the order of forming, and who may yet fold with the next that begins to wait."""
    piles: list[list[Waiting]] = []
    formed_us: list[int] = []
    open_until_us: int | None = -1
    candidates: list[Waiting] = []
    for one in sorted(waits):
        at_us = one.start_us
        if not one.may_fold(at_us):
            continue
        if open_until_us is None or open_until_us > at_us:
            piles[-1].append(one)
            open_until_us = _later(open_until_us, one.end_us)
            continue
        candidates = [*_still(candidates, at_us, rule), one]
        if len(candidates) > rule.count:
            piles.append(candidates)
            formed_us.append(at_us)
            open_until_us = _last_end(candidates)
            candidates = []
    return [Pile(at_us, members) for at_us, members in zip(formed_us, piles, strict=True)], candidates


class Verdict(NamedTuple):
    """What some changed waits come to."""

    folds: dict[str, dict[str, int]]
    """Conversation → its folded clocks by name, and since when; every conversation whose folds may have changed."""
    standings: list[Standing]
    """All groups, in the order of forming."""


class Crowd:
    """Everybody who ever waited under one post, and the groups that this makes."""

    def __init__(self, rule: PileOn, waits: Mapping[str, tuple[Waiting, ...]]) -> None:
        self._rule = rule
        self._waits = dict(waits)
        self._stale = True
        self._piles: list[Pile] = []
        self._candidates: list[Waiting] = []
        self._folds: dict[str, dict[str, int]] = {}
        self._last: Waiting | None = None

    def after(self, updates: Mapping[str, tuple[Waiting, ...]]) -> Verdict:
        """What it comes to when these conversations have these waits; changes nothing that anybody can see."""
        self._refresh()
        if len(updates) == 1:
            ((conversation, waits),) = updates.items()
            if (quick := self._quick(conversation, waits)) is not None:
                return quick
        changed = Crowd(self._rule, {**self._waits, **updates})
        changed._refresh()
        names = updates.keys() | {
            name
            for name in self._folds.keys() | changed._folds.keys()
            if self._folds.get(name) != changed._folds.get(name)
        }
        folds = {name: changed._folds.get(name, {}) for name in sorted(names)}
        return Verdict(folds, [pile.standing for pile in changed._piles])

    def _quick(self, conversation: str, waits: tuple[Waiting, ...]) -> Verdict | None:
        """The verdict where nothing but this conversation can be concerned."""
        before, folds = self._waits.get(conversation, ()), self._folds.get(conversation, {})
        standings = [pile.standing for pile in self._piles]
        if waits == before:
            return Verdict({conversation: folds}, standings)
        one = self._newest(before, waits)
        if one is None:
            return None
        if self._piles and self._piles[-1].is_open(one.start_us):
            standings[-1] = self._piles[-1].joined(one)
            return Verdict({conversation: {**folds, one.name: one.start_us}}, standings)
        if len(_still(self._candidates, one.start_us, self._rule)) + 1 > self._rule.count:
            return None
        return Verdict({conversation: folds}, standings)

    def _newest(self, before: tuple[Waiting, ...], waits: tuple[Waiting, ...]) -> Waiting | None:
        """The one wait that `waits` has beyond `before`, if it begins after all others and may fold."""
        if len(waits) != len(before) + 1 or waits[:-1] != before:
            return None
        one = waits[-1]
        later = self._last is None or one[:2] > self._last[:2]
        return one if later and one.may_fold(one.start_us) else None

    def put(self, conversation: str, waits: tuple[Waiting, ...]) -> None:
        """Take in that a conversation has these waits."""
        before = self._waits.get(conversation, ())
        if waits == before:
            return
        one = None if self._stale else self._newest(before, waits)
        self._waits[conversation] = waits
        if one is None:
            self._stale = True
            return
        self._last = one
        if self._piles and self._piles[-1].is_open(one.start_us):
            self._piles[-1].join(one)
            self._folds.setdefault(conversation, {})[one.name] = one.start_us
            return
        self._candidates = [*_still(self._candidates, one.start_us, self._rule), one]
        self._stale = len(self._candidates) > self._rule.count

    def _refresh(self) -> None:
        if not self._stale:
            return
        everybody = [one for waits in self._waits.values() for one in waits]
        self._last = max(everybody, default=None)
        self._piles, self._candidates = piles_of(everybody, self._rule)
        self._folds = {}
        for pile in self._piles:
            for conversation, name in pile.members:
                since_us = max(pile.formed_us, pile.members[conversation, name].start_us)
                self._folds.setdefault(conversation, {})[name] = since_us
        self._stale = False


def waits_in(conversation: str, clocks: Mapping[str, Clock]) -> tuple[Waiting, ...]:
    """The waits for an answer among a conversation's clocks by name, the first first."""
    waits = [
        _waiting(conversation, name, clock) for name, clock in clocks.items() if clock.kind != "resolution"
    ]
    return tuple(sorted(waits))


def _waiting(conversation: str, name: str, clock: Clock) -> Waiting:
    return Waiting(
        start_us=to_us(clock.started_at),
        item=clock.started_by,
        conversation=conversation,
        name=name,
        due_us=to_us(clock.due_at),
        end_us=None if clock.ended_at is None else to_us(clock.ended_at),
        answered=clock.state_end == "met",
        taken_up_us=to_us(clock.pauses[0].from_at) if clock.pauses else None,
    )


def _still(candidates: Iterable[Waiting], at_us: int, rule: PileOn) -> list[Waiting]:
    from_us = at_us - rule.within_s * US
    return [one for one in candidates if one.start_us >= from_us and one.may_fold(at_us)]


def _standing(members: Iterable[Waiting]) -> Standing:
    everybody = list(members)
    unkept = [one for one in everybody if one.end_us is None or one.is_late]
    answered = any(one.answered for one in everybody)
    if any(one.end_us is None for one in everybody):
        return Standing(min(unkept, key=_urgency), None, answered)
    last = max(everybody, key=lambda one: (one.end_us, one.answered, one[:2]))
    longest = [one for one in everybody if one.end_us == last.end_us]
    return Standing(min(unkept or longest, key=_urgency), last, answered)


def _urgency(one: Waiting) -> tuple[int, int, str]:
    return one.due_us, one.start_us, one.item


def _last_end(members: Iterable[Waiting]) -> int | None:
    """When the last wait ended; None while one lasts."""
    until_us: int | None = -1
    for one in members:
        until_us = _later(until_us, one.end_us)
    return until_us


def _later(until_us: int | None, end_us: int | None) -> int | None:
    return None if until_us is None or end_us is None else max(until_us, end_us)
