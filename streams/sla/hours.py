"""Opening hours as people write them: `24x7`, `09:00-22:00`, `{daily: [...]}`, `{mon-fri: [...], sat: [...]}`."""

import re
from collections.abc import Mapping, Sequence

from streams.sla.errors import CalendarError

Spans = tuple[tuple[int, int], ...]
"""Open spans of one day: (from, to) in seconds of the local day, half-open, ascending, `to` up to 86400."""

Week = tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
"""Monday to Sunday."""

DAY_S = 86_400
WHOLE_DAY: Spans = ((0, DAY_S),)
SHORTEST_WEEK_S = 3_600
"""A calendar is open one hour a week at least, so that no due time lies centuries away."""
MOST_SPANS_A_DAY = 24

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*-\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SPAN_FORM = (
    'spans such as "09:00-12:00", the end after the start, up to 24:00 (a night: 22:00-24:00 and 00:00-06:00)'
)
_WEEK_FORM = '24x7, "09:00-22:00", or days such as {daily: [...]}, {mon-fri: [...], sat: [...]}'


def parse_week(field: str, raw: object) -> Week:
    """The hours of a week.

    `daily` is the ground that single days (`sat`) and ranges (`mon-fri`, `fri-mon`) override; a day that nothing names
    is closed.

    Raises:
        CalendarError: not such hours, a day given twice, or less than an hour a week.
    """
    match raw:
        case "24x7" | "24×7" | "24/7":
            return (WHOLE_DAY,) * 7
        case str():
            return _checked_week(field, raw, [parse_spans(field, raw)] * 7)
        case Mapping():
            return _checked_week(field, raw, _named_days(field, raw))
        case _:
            raise CalendarError(field, raw, _WEEK_FORM)


def parse_spans(field: str, raw: object) -> Spans:
    """The open spans of one day, ascending, touching ones joined; an empty list is a closed day.

    Raises:
        CalendarError: not spans, spans that overlap, or more than `MOST_SPANS_A_DAY`.
    """
    texts = [raw] if isinstance(raw, str) else raw
    if not isinstance(texts, Sequence) or isinstance(texts, bytes):
        raise CalendarError(field, raw, _SPAN_FORM)
    if len(texts) > MOST_SPANS_A_DAY:
        raise CalendarError(field, f"{len(texts)} spans", f"at most {MOST_SPANS_A_DAY} spans a day")
    joined: list[tuple[int, int]] = []
    for start_s, end_s in sorted(_span(field, text) for text in texts):
        if joined and start_s < joined[-1][1]:
            raise CalendarError(field, raw, "spans that do not overlap")
        if joined and start_s == joined[-1][1]:
            joined[-1] = (joined[-1][0], end_s)
        else:
            joined.append((start_s, end_s))
    return tuple(joined)


def _span(field: str, text: object) -> tuple[int, int]:
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise CalendarError(field, text, _SPAN_FORM)
    numbers = [int(group or 0) for group in found.groups()]
    start_s, end_s = _second_of_day(numbers[:3]), _second_of_day(numbers[3:])
    if start_s is None or end_s is None or start_s >= end_s:
        raise CalendarError(field, text, _SPAN_FORM)
    return start_s, end_s


def _second_of_day(clock: Sequence[int]) -> int | None:
    hour, minute, second = clock
    at_s = hour * 3600 + minute * 60 + second
    return at_s if minute < 60 and second < 60 and at_s <= DAY_S else None


def _named_days(field: str, raw: Mapping[object, object]) -> list[Spans]:
    ground = parse_spans(f"{field}.daily", raw["daily"]) if "daily" in raw else ()
    named: dict[int, Spans] = {}
    for key, value in raw.items():
        if key == "daily":
            continue
        spans = parse_spans(f"{field}.{key}", value)
        for weekday in _weekdays(field, key):
            if weekday in named:
                raise CalendarError(f"{field}.{key}", _WEEKDAYS[weekday], "each day once")
            named[weekday] = spans
    return [named.get(weekday, ground) for weekday in range(7)]


def _weekdays(field: str, key: object) -> list[int]:
    first, _, last = str(key).lower().partition("-")
    last = last or first
    if first not in _WEEKDAYS or last not in _WEEKDAYS:
        raise CalendarError(field, key, "daily, a day (mon … sun) or a range of days (mon-fri)")
    start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last)
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]


def _checked_week(field: str, raw: object, days: list[Spans]) -> Week:
    open_s = sum(end_s - start_s for spans in days for start_s, end_s in spans)
    if open_s < SHORTEST_WEEK_S:
        raise CalendarError(field, raw, "at least one open hour a week")
    mon, tue, wed, thu, fri, sat, sun = days
    return mon, tue, wed, thu, fri, sat, sun
