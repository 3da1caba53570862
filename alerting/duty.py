"""Passing a duty on: overrides, swaps, and the hand-off (交接班) that the incoming person confirms.

Where hand-offs are confirmed, the outgoing person stays on call until then: a duty never falls between two people.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from alerting.commands import (
    LOCAL_ADMIN,
    TEXT_CHARACTERS_MOST,
    ConfirmHandover,
    CoverDuty,
    DutyCommand,
    EndOverride,
    NoteHandover,
    OverrideDuty,
    Refusal,
    SwapDuty,
)
from alerting.config import OnCall
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
from alerting.events import PageRequested
from alerting.happening import instant
from alerting.oncall import next_change, turns
from alerting.permissions import may
from alerting.roster import Roster, Waiting
from streams import ids
from streams.commands import command_type

ALL_BRANDS = "*"
"""Partition key of what concerns no single brand."""
ASK_AGAIN = timedelta(minutes=30)
ASKED_MOST = 24
"""So often the incoming person is asked; after half a day the plan is wrong, not slow."""
OVERRIDE_LONGEST = timedelta(days=31)
TURNS_SEARCHED = 60
_TICK = timedelta(microseconds=1)

Decision = Sequence[AnyDutyEvent | PageRequested]


def decide_duty(
    roster: Roster, incidents: tuple[str, ...], command: DutyCommand, now: datetime
) -> Decision | Refusal:
    """Carry a command out; `incidents` are those that are open."""
    duty = roster.config.duty(command.duty)
    if duty is None:
        return "unknown_duty"
    refusal = _refused(roster, command)
    if refusal is not None:
        return refusal
    match command:
        case CoverDuty():
            return _cover(duty, command, incidents, now)
        case OverrideDuty():
            return _override(roster, command, now)
        case SwapDuty():
            return _swap(roster, duty, command, now)
        case EndOverride():
            return _end(roster, command, now)
        case ConfirmHandover():
            return _confirm(roster, duty, command, incidents, now)
        case NoteHandover():
            return _note(command, now)
        case _:
            assert_never(command)


def due_at(roster: Roster, duty: OnCall) -> datetime | None:
    """When something of a duty is due: the plan passes on, or a hand-off is asked for again."""
    state = roster.state(duty.id)
    if not duty.confirmed or state.settled_at is None:
        return None
    dues = [next_change(duty, state.overrides, state.settled_at)]
    if state.waiting is not None and state.waiting.asked < ASKED_MOST:
        dues.append(state.waiting.asked_at + ASK_AGAIN)
    return min((due for due in dues if due is not None), default=None)


def due(roster: Roster, duty: OnCall, incidents: tuple[str, ...], now: datetime) -> Decision:
    """What follows when it is."""
    state, at = roster.state(duty.id), due_at(roster, duty)
    assert state.settled_at is not None
    assert at is not None
    if at != next_change(duty, state.overrides, state.settled_at):
        assert state.waiting is not None
        return _ask_again(roster, duty, state.waiting, at, now)
    return _pass_on(roster, duty, incidents, at, now)


def _pass_on(
    roster: Roster, duty: OnCall, incidents: tuple[str, ...], at: datetime, now: datetime
) -> Decision:
    """The plan names somebody else from `at` on."""
    outgoing, incoming = roster.on_call(duty, at - _TICK), roster.planned(duty, at)
    cause = ids.derived("handover", duty.id, instant(at))
    to = incoming if outgoing is None else outgoing
    if outgoing is None or incoming is None or outgoing == incoming:
        # Nobody to ask: the plan has a gap, or comes back to whom the duty never left.
        return [DutyHandedOver(cause=cause, key=ALL_BRANDS, at=at, duty=duty.id, to=to or "")]
    asked = HandoverDue(
        cause=cause,
        key=ALL_BRANDS,
        at=at,
        duty=duty.id,
        outgoing=outgoing,
        incoming=incoming,
        incidents=incidents,
    )
    later = next_change(duty, roster.state(duty.id).overrides, at)
    if later is not None and later <= now:
        return [asked]  # the desk was away, and this turn is over already
    return [asked, *_page(roster, duty, incoming, cause, 0, now)]


def _ask_again(roster: Roster, duty: OnCall, waiting: Waiting, at: datetime, now: datetime) -> Decision:
    """Nobody confirmed: both are told, the one who should come and the one who has to stay."""
    cause = ids.derived("handover.again", duty.id, instant(waiting.due_at), str(waiting.asked))
    asked = HandoverAsked(
        cause=cause, key=ALL_BRANDS, at=max(at, now), duty=duty.id, incoming=waiting.incoming
    )
    people = (waiting.incoming, waiting.outgoing)
    return [
        asked,
        *(page for person in people for page in _page(roster, duty, person, cause, waiting.asked, now)),
    ]


def _page(
    roster: Roster, duty: OnCall, person: str, cause: str, asked: int, now: datetime
) -> list[PageRequested]:
    known = roster.config.person(person)
    if known is None or not known.contacts:
        return []
    return [
        PageRequested(
            cause=cause,
            key=ALL_BRANDS,
            at=now,
            incident="",
            page=ids.derived("page", cause, person, "0"),
            level="yellow",
            category=duty.id,
            person=person,
            means="notify",
            reason="handover",
            climb=0,
            round=asked,
        )
    ]


def _refused(roster: Roster, command: DutyCommand) -> Refusal | None:
    if command.who == LOCAL_ADMIN:
        return None
    person = roster.config.person(command.who)
    if person is None:
        return "unknown_person"
    return None if may(roster.config, person, command_type(command)) else "not_permitted"


def _cover(duty: OnCall, command: CoverDuty, incidents: tuple[str, ...], now: datetime) -> Decision | Refusal:
    """Whoever takes a duty by themselves has confirmed it by that."""
    from_at = max(command.from_at or now, now)
    override = _made(command, command.who, from_at, command.until, command.reason)
    if isinstance(override, str):
        return override
    taken: list[AnyDutyEvent] = [_overridden(command, override, now)]
    if duty.confirmed and from_at == now:
        taken.append(_handed_over(command, command.who, incidents, now))
    return taken


def _override(roster: Roster, command: OverrideDuty, now: datetime) -> Decision | Refusal:
    if roster.config.person(command.person) is None:
        return "unknown_person"
    from_at = max(command.from_at or now, now)
    override = _made(command, command.person, from_at, command.until, command.reason)
    return override if isinstance(override, str) else [_overridden(command, override, now)]


def _swap(roster: Roster, duty: OnCall, command: SwapDuty, now: datetime) -> Decision | Refusal:
    """Each takes the other's next turn."""
    planned = turns(duty, roster.state(duty.id).overrides, now, TURNS_SEARCHED)
    mine = next((span for person, span in planned if person == command.who), None)
    theirs = next((span for person, span in planned if person == command.other), None)
    if mine is None or theirs is None or command.who == command.other:
        return "no_turn"
    return [
        _overridden(command, _swapped(command, command.other, *mine), now),
        _overridden(command, _swapped(command, command.who, *theirs), now),
    ]


def _swapped(command: SwapDuty, person: str, from_at: datetime, until: datetime) -> Override:
    return Override(
        id=ids.derived("override", command.id, person)[:12],
        person=person,
        from_at=from_at,
        until=until,
        by=command.who,
        reason="swap",
    )


def _end(roster: Roster, command: EndOverride, now: datetime) -> Decision | Refusal:
    if all(each.id != command.override for each in roster.state(command.duty).overrides):
        return "unknown_override"
    return [
        OverrideEnded(
            cause=command.id,
            key=ALL_BRANDS,
            at=now,
            duty=command.duty,
            by=command.who,
            override=command.override,
        )
    ]


def _confirm(
    roster: Roster, duty: OnCall, command: ConfirmHandover, incidents: tuple[str, ...], now: datetime
) -> Decision | Refusal:
    if command.who != roster.planned(duty, now):
        return "not_incoming"
    if not duty.confirmed or roster.on_call(duty, now) == command.who:
        return "nothing_to_confirm"
    handed_over = _handed_over(command, command.who, incidents, now)
    return [msgspec.structs.replace(handed_over, promises=command.promises)]


def _note(command: NoteHandover, now: datetime) -> Decision | Refusal:
    if not command.text.strip():
        return "text_missing"
    if len(command.text) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    return [
        HandoverNoted(
            cause=command.id, key=ALL_BRANDS, at=now, duty=command.duty, by=command.who, text=command.text
        )
    ]


def _made(
    command: CoverDuty | OverrideDuty, person: str, from_at: datetime, until: datetime, reason: str
) -> Override | Refusal:
    if len(reason) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    if not from_at < until <= from_at + OVERRIDE_LONGEST:
        return "window_wrong"
    return Override(
        id=ids.derived("override", command.id)[:12],
        person=person,
        from_at=from_at,
        until=until,
        by=command.who,
        reason=reason,
    )


def _overridden(command: DutyCommand, override: Override, now: datetime) -> DutyOverridden:
    return DutyOverridden(
        cause=command.id, key=ALL_BRANDS, at=now, duty=command.duty, by=command.who, override=override
    )


def _handed_over(command: DutyCommand, to: str, incidents: tuple[str, ...], now: datetime) -> DutyHandedOver:
    return DutyHandedOver(
        cause=command.id,
        key=ALL_BRANDS,
        at=now,
        duty=command.duty,
        by=command.who,
        to=to,
        incidents=incidents,
    )
