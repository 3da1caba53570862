"""Who holds each duty now: the plan of the configuration, and what people made of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

import msgspec

from alerting.config import DeskConfig, OnCall, Person
from alerting.duty_events import (
    AnyDutyEvent,
    DutyHandedOver,
    DutyOverridden,
    HandoverAsked,
    HandoverDue,
    HandoverNoted,
    Override,
    OverrideEnded,
)
from alerting.oncall import on_plan

NOTES_MOST = 20
_replace = msgspec.structs.replace


class Waiting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hand-off that nobody confirmed yet."""

    outgoing: str
    incoming: str
    due_at: datetime
    asked_at: datetime
    asked: int = 1
    incidents: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something for the next one to know."""

    at: datetime
    by: str
    text: str


class DutyState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people made of one duty."""

    duty: str
    holder: str | None = None
    """Who confirmed last, or was on call when the first hand-off came; None: nobody yet, the plan holds."""
    since: datetime | None = None
    settled_at: datetime | None = None
    """Changes of the plan up to here were dealt with."""
    overrides: tuple[Override, ...] = ()
    waiting: Waiting | None = None
    notes: tuple[Note, ...] = ()
    """Since the last hand-off."""


States = Mapping[str, DutyState]


def fold_duty(state: DutyState, event: AnyDutyEvent) -> DutyState:
    """The duty after one more event."""
    match event:
        case DutyOverridden():
            kept = tuple(each for each in state.overrides if each.until > event.at)
            return _replace(state, overrides=(*kept, event.override))
        case OverrideEnded():
            return _replace(
                state, overrides=tuple(each for each in state.overrides if each.id != event.override)
            )
        case HandoverDue():
            waiting = Waiting(
                outgoing=event.outgoing,
                incoming=event.incoming,
                due_at=event.at,
                asked_at=event.at,
                incidents=event.incidents,
            )
            return _replace(state, holder=event.outgoing, settled_at=event.at, waiting=waiting)
        case HandoverAsked():
            return _asked(state, event)
        case HandoverNoted():
            note = Note(at=event.at, by=event.by or "", text=event.text)
            return _replace(state, notes=(*state.notes, note)[-NOTES_MOST:])
        case DutyHandedOver():
            settled_at = max(state.settled_at or event.at, event.at)
            return _replace(
                state, holder=event.to, since=event.at, settled_at=settled_at, waiting=None, notes=()
            )
        case _:
            assert_never(event)


def _asked(state: DutyState, event: HandoverAsked) -> DutyState:
    if state.waiting is None:
        return state
    return _replace(state, waiting=_replace(state.waiting, asked_at=event.at, asked=state.waiting.asked + 1))


class Roster(msgspec.Struct, frozen=True):
    """A configuration's duties with what people made of them."""

    config: DeskConfig
    states: States

    def state(self, duty: str) -> DutyState:
        """What people made of a duty."""
        return self.states.get(duty) or DutyState(duty=duty)

    def planned(self, duty: OnCall, at: datetime) -> str | None:
        """Whom the plan names."""
        return on_plan(duty, self.state(duty.id).overrides, at)

    def on_call(self, duty: OnCall, at: datetime) -> str | None:
        """Who is called: whoever holds the duty, if hand-offs are confirmed and they are still with us; else the plan's."""
        planned, state = self.planned(duty, at), self.state(duty.id)
        if not duty.confirmed or state.holder is None or self.config.person(state.holder) is None:
            return planned
        return state.holder

    def reached_by(self, target: str, at: datetime) -> Person | None:
        """Whom a target of an escalation step means at `at`: the person on that duty, or the person of that id."""
        duty = self.config.duty(target)
        person = self.on_call(duty, at) if duty is not None else target
        return self.config.person(person) if person is not None else None
