"""When a wait is due: the target by the calendar, the cap by the wall, both standing still in a pause."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from streams.sla.calendar import Calendar
from streams.sla.course import Pause
from streams.sla.instants import US, from_us, to_us


class Due(msgspec.Struct, frozen=True):
    """The due time of a wait and its warnings."""

    at: datetime
    capped: bool
    """The cap makes it due, before the calendar would."""
    warn_ats: tuple[datetime, ...]


def due_of(
    calendar: Calendar,
    start: datetime,
    pauses: Sequence[Pause],
    target_s: int,
    cap_s: int | None,
    warn_at: Sequence[float] = (),
) -> Due:
    """The earliest instant at which the target or the cap is used up, and the fractions on the way there.

    Where the cap is what runs out, warnings watch it too. Where it is not, they watch the calendar alone: half of a cap
    would warn in the night about an answer that is due in the morning.
    """
    start_us = to_us(start)
    held_us = [
        (to_us(pause.from_at), None if pause.to_at is None else to_us(pause.to_at)) for pause in pauses
    ]
    by_calendar_us = due_us = _used_up_us(calendar, start_us, held_us, target_s * US, None)
    if cap_s is not None:
        due_us = _used_up_us(calendar, start_us, held_us, target_s * US, cap_s * US)
    capped = due_us < by_calendar_us
    warn_us = [
        _used_up_us(
            calendar,
            start_us,
            held_us,
            _share_us(target_s, share),
            _share_us(cap_s, share) if capped else None,
        )
        for share in warn_at
    ]
    return Due(from_us(due_us), capped, tuple(map(from_us, warn_us)))


def _used_up_us(
    calendar: Calendar,
    start_us: int,
    held_us: list[tuple[int, int | None]],
    target_us: int,
    cap_us: int | None,
) -> int:
    """When the counted time makes the target or the wall time the cap, both without the pauses (from, to).

    A pause that begins at that instant or later changes nothing; neither does one that has no end yet.
    """
    for held_from_us, held_to_us in held_us:
        used_up_us = _first_us(calendar, start_us, target_us, cap_us)
        if held_to_us is None or held_from_us >= used_up_us:
            return used_up_us
        target_us -= calendar.counted_us(start_us, held_from_us)
        cap_us = None if cap_us is None else cap_us - (held_from_us - start_us)
        start_us = held_to_us
    return _first_us(calendar, start_us, target_us, cap_us)


def _first_us(calendar: Calendar, start_us: int, target_us: int, cap_us: int | None) -> int:
    by_calendar_us = calendar.due_us(start_us, target_us)
    return by_calendar_us if cap_us is None else min(by_calendar_us, start_us + cap_us)


def _share_us(whole_s: int | None, share: float) -> int:
    """A fraction of a target or a cap, to the nearest second."""
    return round((whole_s or 0) * share) * US
