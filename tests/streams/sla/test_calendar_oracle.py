"""Calendars against a slow, obvious oracle: step through time and ask every step whether it counts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sla.calendar import Calendar, CalendarSpec, parse_calendar
from streams.sla.holidays import package_holidays
from streams.sla.hours import Spans, Week

MINUTE_S = 60


def counts(spec: CalendarSpec, instant: datetime) -> bool:
    """Whether the second that begins at `instant` counts: look at the clock on the wall, then at the calendar."""
    wall = instant.astimezone(ZoneInfo(spec.timezone))
    day = wall.date().isoformat()
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    spans = spec.hours[wall.weekday()]
    if spec.holidays is not None and day in spec.holidays.off:
        spans = ()
    if spec.holidays is not None and day in spec.holidays.worked:
        spans = next((hours for hours in spec.hours[:5] if hours), spans)
    spans = spec.exceptions.get(day, spans)
    return any(start <= second < end for start, end in spans)


def slow_due(spec: CalendarSpec, start: datetime, target_s: int, step_s: int) -> datetime:
    instant = start
    while target_s > 0:
        target_s -= step_s if counts(spec, instant) else 0
        instant += timedelta(seconds=step_s)
    return instant


@st.composite
def spans(draw: st.DrawFn, grain_s: int, most: int = 3) -> Spans:
    """Up to `most` spans of a day, their ends on whole grains."""
    marks = draw(st.sets(st.integers(0, 86_400 // grain_s), max_size=2 * most))
    edges = [mark * grain_s for mark in sorted(marks)]
    return tuple(zip(edges[0::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, grain_s: int, zone: str) -> CalendarSpec:
    week: Week = (
        draw(spans(grain_s)),
        draw(spans(grain_s)),
        ((8 * 3600, 20 * 3600),),  # one open day a week, so that the oracle comes to an end
        draw(spans(grain_s)),
        draw(spans(grain_s)),
        draw(spans(grain_s)),
        draw(spans(grain_s)),
    )
    days = st.integers(20, 30).map(lambda day: f"2026-{draw(st.sampled_from(['09', '10']))}-{day:02}")
    return CalendarSpec(
        id="drawn",
        timezone=zone,
        hours=week,
        holidays=draw(st.sampled_from([None, package_holidays()])),
        exceptions=draw(st.dictionaries(days, spans(grain_s), max_size=3)),
    )


@settings(max_examples=60)
@given(calendars(MINUTE_S, "Asia/Shanghai"), st.integers(0, 40 * 1440), st.integers(0, 6 * 60))
def test_due_and_counted_equal_minute_stepping_around_the_national_day(
    spec: CalendarSpec, start_min: int, target_min: int
) -> None:
    start = datetime(2026, 9, 15, tzinfo=UTC) + timedelta(minutes=start_min)
    calendar = Calendar(spec)

    due = calendar.due(start, target_min * MINUTE_S)

    assert due == slow_due(spec, start, target_min * MINUTE_S, MINUTE_S)
    assert calendar.counted_s(start, due) == target_min * MINUTE_S


@settings(max_examples=60)
@given(
    calendars(MINUTE_S, "Europe/Berlin"),
    st.sampled_from([datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)]),
    st.integers(0, 8 * 60),
    st.integers(0, 6 * 60),
)
def test_due_equals_minute_stepping_where_the_clocks_change(
    spec: CalendarSpec, evening: datetime, start_min: int, target_min: int
) -> None:
    start = evening + timedelta(minutes=start_min)

    assert Calendar(spec).due(start, target_min * MINUTE_S) == slow_due(
        spec, start, target_min * MINUTE_S, MINUTE_S
    )


@settings(max_examples=40)
@given(st.sets(st.integers(0, 600), min_size=2, max_size=8), st.integers(0, 700), st.integers(1, 60))
def test_due_is_exact_to_the_second(edges_s: set[int], start_s: int, target_s: int) -> None:
    ordered = sorted(edges_s)
    drawn: Spans = tuple(zip(ordered[0::2], ordered[1::2], strict=False))
    spec = CalendarSpec(id="seconds", timezone="UTC", hours=((*drawn, (700, 86_400)),) * 7)
    start = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=start_s)

    assert Calendar(spec).due(start, target_s) == slow_due(spec, start, target_s, 1)


@given(
    st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 30 * 86_400),
)
def test_counted_time_and_ledger_add_up_to_the_target_at_any_instant(start: datetime, target_s: int) -> None:
    calendar = Calendar(parse_calendar("office", {"hours": {"mon-fri": "09:00-18:00"}, "holidays": "china"}))

    due = calendar.due(start, target_s)
    ledger = calendar.ledger(start, due)

    assert calendar.counted_s(start, due) == target_s
    assert calendar.counted_s(start, due - timedelta(microseconds=1)) == target_s - 1
    assert sum(span.counted_s for span in ledger) == target_s
    assert (ledger[0].from_at, ledger[-1].to_at) == (start, due)
    assert all(one.to_at == other.from_at for one, other in pairwise(ledger))
