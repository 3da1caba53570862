"""Shifts of support: giving one's own up, and taking over what is open."""

from collections.abc import Sequence
from datetime import datetime

from alerting.commands import LOCAL_ADMIN, TEXT_CHARACTERS_MOST, GiveShift, Refusal, TakeShift
from alerting.config import DeskConfig
from alerting.duty import ALL_BRANDS
from alerting.permissions import may
from alerting.shift_events import AnyShiftEvent, ShiftGiven, ShiftTaken
from streams.commands import command_type


def decide_shift(
    config: DeskConfig, incidents: tuple[str, ...], command: GiveShift | TakeShift, now: datetime
) -> Sequence[AnyShiftEvent] | Refusal:
    """Record it; `incidents` are those that are open."""
    if command.who != LOCAL_ADMIN:
        person = config.person(command.who)
        if person is None:
            return "unknown_person"
        if not may(config, person, command_type(command)):
            return "not_permitted"
    if isinstance(command, TakeShift):
        return [
            ShiftTaken(
                cause=command.id, key=ALL_BRANDS, at=now, by=command.who,
                promises=command.promises, incidents=incidents,
            )
        ]  # fmt: skip
    if len(command.note) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    return [ShiftGiven(cause=command.id, key=ALL_BRANDS, at=now, by=command.who, note=command.note)]
