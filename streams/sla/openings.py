"""What a stretch of time is made of: pieces that count or do not, each with its reason."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from streams.sla.hours import DAY_S, Spans
from streams.sla.instants import US
from streams.sla.spec import CalendarSpec

Why = Literal[
    "always",
    "open",
    "makeup_workday",
    "exception_open",
    "off_hours",
    "break",
    "rest_day",
    "holiday",
    "exception_closed",
    "paused",
]

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_NOON_BREAK_S = (11 * 3600, 14 * 3600)
_FRIDAY = 4


class Reason(msgspec.Struct, frozen=True):
    """Why a piece counts or does not: a code for programs, words for people."""

    code: Why
    zh: str
    en: str
    unannounced_year: int | None = None
    """Set when the holidays of this year are needed and not known yet: the piece may turn out otherwise."""


class Piece(msgspec.Struct, frozen=True):
    """The half-open [from_us, to_us), all of it counted or none of it."""

    from_us: int
    to_us: int
    counts: bool
    reason: Reason


class _Day(msgspec.Struct, frozen=True):
    """One local day: its open spans, why they are open, and why it is closed when nothing is open."""

    spans: Spans
    open: Reason
    closed: Reason


PAUSED = Reason("paused", "暂停", "paused")
ALWAYS = Reason("always", "全天计时", "around the clock")
_OPEN = Reason("open", "工作时间", "working hours")
_OFF_HOURS = Reason("off_hours", "下班", "outside working hours")
_NOON_BREAK = Reason("break", "午休", "lunch break")
_BREAK = Reason("break", "休息", "break")
_WEEKEND = Reason("rest_day", "周末", "weekend")
_REST_DAY = Reason("rest_day", "非工作日", "not a working day")
_EXCEPTION_OPEN = Reason("exception_open", "例外：开放", "open by exception")
_EXCEPTION_CLOSED = Reason("exception_closed", "例外：休息", "closed by exception")


def pieces(spec: CalendarSpec, zone: ZoneInfo, from_us: int, to_us: int) -> Iterator[Piece]:
    """Everything between two instants, in order, without gaps; neighbours with the same reason may touch.

    An instant counts when the wall clock of the zone shows a time inside an open span of that day. So where clocks go
    forward the skipped hour counts nothing, and where they go back the repeated hour counts twice.
    """
    if from_us >= to_us:
        return
    if spec.always_open:
        yield Piece(from_us, to_us, counts=True, reason=ALWAYS)
        return
    for start_us, end_us, offset_us in _constant_offsets(zone, from_us, to_us):
        yield from _local_pieces(spec, start_us, end_us, offset_us)


def _local_pieces(spec: CalendarSpec, from_us: int, to_us: int, offset_us: int) -> Iterator[Piece]:
    day_us = DAY_S * US
    for day_number in range((from_us + offset_us) // day_us, (to_us - 1 + offset_us) // day_us + 1):
        midnight_us = day_number * day_us - offset_us
        for start_s, end_s, counts, reason in _parts(
            _day(spec, date.fromordinal(_EPOCH_ORDINAL + day_number))
        ):
            start_us = max(from_us, midnight_us + start_s * US)
            end_us = min(to_us, midnight_us + end_s * US)
            if start_us < end_us:
                yield Piece(start_us, end_us, counts, reason)


def _constant_offsets(zone: ZoneInfo, from_us: int, to_us: int) -> Iterator[tuple[int, int, int]]:
    """(from, to, offset from UTC) wherever the offset stays the same. No zone changes its offset twice within a day."""
    start_us, offset_us = from_us, _offset_us(zone, from_us)
    step_from_us = from_us
    while step_from_us < to_us:
        step_to_us = min(step_from_us + DAY_S * US, to_us)
        after_us = _offset_us(zone, step_to_us)
        if after_us != offset_us:
            change_us = _change(zone, step_from_us, step_to_us, offset_us)
            yield start_us, change_us, offset_us
            start_us, offset_us = change_us, after_us
        step_from_us = step_to_us
    if start_us < to_us:
        yield start_us, to_us, offset_us


def _change(zone: ZoneInfo, before_us: int, after_us: int, offset_us: int) -> int:
    """The first whole second after `before_us` at which the offset is no longer `offset_us`."""
    low_s, high_s = before_us // US, -(-after_us // US)
    while high_s - low_s > 1:
        middle_s = (low_s + high_s) // 2
        if _offset_us(zone, middle_s * US) == offset_us:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s * US


def _offset_us(zone: ZoneInfo, at_us: int) -> int:
    local = datetime.fromtimestamp(at_us // US, zone)
    return int((local.replace(tzinfo=UTC) - local).total_seconds()) * US


def _parts(day: _Day) -> Iterator[tuple[int, int, bool, Reason]]:
    """The whole local day in pieces (from second, to second, counts, reason)."""
    if not day.spans:
        yield 0, DAY_S, False, day.closed
        return
    cursor_s = 0
    for start_s, end_s in day.spans:
        if cursor_s < start_s:
            yield cursor_s, start_s, False, _gap(cursor_s, day)
        yield start_s, end_s, True, day.open
        cursor_s = end_s
    if cursor_s < DAY_S:
        yield cursor_s, DAY_S, False, _gap(0, day)


def _gap(start_s: int, day: _Day) -> Reason:
    """Why the time between spans is closed; `start_s` 0 stands for before the first and after the last span."""
    year = day.open.unannounced_year
    if start_s == 0:
        return _flagged(_OFF_HOURS, year)
    noon = _NOON_BREAK_S[0] <= start_s <= _NOON_BREAK_S[1]
    return _flagged(_NOON_BREAK if noon else _BREAK, year)


def _day(spec: CalendarSpec, day: date) -> _Day:
    iso = day.isoformat()
    weekday = day.weekday()
    if (exception := spec.exceptions.get(iso)) is not None:
        return _Day(exception, _EXCEPTION_OPEN, _EXCEPTION_CLOSED)
    resting = _WEEKEND if weekday > _FRIDAY else _REST_DAY
    if (known := spec.holidays) is None:
        return _Day(spec.hours[weekday], _OPEN, resting)
    if (name := known.off.get(iso)) is not None:
        holiday = Reason("holiday", f"节假日 {name}", f"public holiday {name}")
        return _Day((), _OPEN, holiday)
    if (name := known.worked.get(iso)) is not None:
        makeup = Reason("makeup_workday", f"调休上班 {name}", f"make-up workday {name}")
        return _Day(_workday_hours(spec, weekday), makeup, resting)
    year = None if day.year in known.years else day.year
    return _Day(spec.hours[weekday], _flagged(_OPEN, year), _flagged(resting, year))


def _workday_hours(spec: CalendarSpec, weekday: int) -> Spans:
    """A make-up workday is worked like the first working day of the week (Monday, as a rule).

    A calendar that is open on weekends alone keeps its own hours.
    """
    return next((spans for spans in spec.hours[: _FRIDAY + 1] if spans), spec.hours[weekday])


def _flagged(reason: Reason, year: int | None) -> Reason:
    if year is None:
        return reason
    return Reason(
        reason.code,
        f"{reason.zh}（{year} 年节假日安排未知）",
        f"{reason.en} (public holidays of {year} not known)",
        year,
    )
