"""Due times as a person would work them out on paper; times are Shanghai's unless a zone is named."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from streams.sla.calendar import MOST_CHUNKS, Calendar, parse_calendar
from streams.sla.errors import CalendarError
from streams.sla.holidays import Holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")

ALWAYS = Calendar(parse_calendar("always", "24x7"))
DESK = Calendar(parse_calendar("desk", "09:00-22:00"))
OFFICE = Calendar(
    parse_calendar(
        "office",
        {
            "hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]},
            "holidays": "china",
            "exceptions": {"2026-03-08": ["09:00-12:00"], "2026-11-11": []},
        },
    )
)
MINUTE, HOUR, DAY = 60, 3600, 86400


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "target_s", "due"),
    [
        (ALWAYS, "2026-11-23 23:50:07", 30 * MINUTE, "2026-11-24 00:20:07"),
        (DESK, "2026-11-23 21:30", 2 * HOUR, "2026-11-24 10:30"),  # the evening's half hour counts
        (DESK, "2026-11-23 23:00", 2 * HOUR, "2026-11-24 11:00"),  # closed: starts when the desk opens
        (DESK, "2026-11-23 20:00", 2 * HOUR, "2026-11-23 22:00"),  # used up at closing time, not next morning
        (DESK, "2026-11-23 22:00", 1, "2026-11-24 09:00:01"),  # half-open: 22:00 is closed
        (OFFICE, "2026-11-23 10:00", 2 * HOUR, "2026-11-23 12:00"),  # not after the lunch break
        (OFFICE, "2026-11-23 11:00", 2 * HOUR, "2026-11-23 14:30"),  # over the lunch break
        (OFFICE, "2026-11-23 11:59:59", 2, "2026-11-23 13:30:01"),
        (OFFICE, "2026-11-20 17:00", 2 * HOUR, "2026-11-23 10:00"),  # over the weekend
        (OFFICE, "2026-11-10 17:00", 2 * HOUR, "2026-11-12 10:00"),  # 11-11 is closed by exception
        (OFFICE, "2026-03-06 17:30", 2 * HOUR, "2026-03-08 10:30"),  # a Sunday opened by exception
        (OFFICE, "2026-09-30 17:00", 2 * HOUR, "2026-10-08 10:00"),  # over the National Day
        (OFFICE, "2026-10-09 17:00", 2 * HOUR, "2026-10-10 10:00"),  # a make-up Saturday is worked
        (OFFICE, "2026-09-18 17:00", 2 * HOUR, "2026-09-20 10:00"),  # the Sunday before, too
        (OFFICE, "2026-11-23 12:30", 0, "2026-11-23 12:30"),
    ],
)
def test_due_is_the_earliest_instant_at_which_the_target_is_used_up(
    calendar: Calendar, start: str, target_s: int, due: str
) -> None:
    assert calendar.due(at(start), target_s) == at(due)
    assert calendar.counted_s(at(start), at(due)) == target_s


def test_due_is_in_utc_whatever_zone_the_start_is_in() -> None:
    start = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)

    assert DESK.due(start, HOUR).tzinfo is UTC
    assert ALWAYS.due(start, HOUR).tzinfo is UTC


def test_a_time_without_zone_names_no_instant() -> None:
    with pytest.raises(TypeError):
        DESK.due(datetime(2026, 11, 23), HOUR)  # noqa: DTZ001


@pytest.mark.parametrize("start", [datetime(1969, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
@pytest.mark.parametrize("calendar", [ALWAYS, DESK])
def test_a_broken_clock_outside_of_the_years_that_calendars_count_is_refused(
    calendar: Calendar, start: datetime
) -> None:
    with pytest.raises(CalendarError, match="between 1970 and 2400"):
        calendar.due(start, HOUR)


def test_24x7_written_as_spans_is_not_closed_a_minute_a_night() -> None:
    spans = Calendar(
        parse_calendar("always", {"hours": {"daily": ["00:00-24:00"]}, "exceptions": {"2030-01-01": []}})
    )

    assert spans.due(at("2026-11-23 23:59:30"), MINUTE) == at("2026-11-24 00:00:30")
    assert len(spans.ledger(at("2026-11-20 12:00"), at("2026-11-24 12:00"))) == 1


def test_a_reminder_at_midnight_on_a_weekend_is_due_on_monday() -> None:
    assert OFFICE.due(at("2026-11-22 00:00"), 30 * MINUTE) == at("2026-11-23 09:30")


def test_a_make_up_workday_has_the_hours_of_a_working_day_not_of_its_weekday() -> None:
    shop = Calendar(
        parse_calendar(
            "shop", {"hours": {"mon-fri": ["09:00-18:00"], "sat": ["10:00-11:00"]}, "holidays": "china"}
        )
    )

    assert shop.counted_s(at("2026-10-10 00:00"), at("2026-10-11 00:00")) == 9 * HOUR
    assert shop.counted_s(at("2026-10-17 00:00"), at("2026-10-18 00:00")) == 1 * HOUR


def test_a_weekend_desk_keeps_its_own_hours_on_a_make_up_workday() -> None:
    weekend = Calendar(
        parse_calendar("weekend", {"hours": {"sat-sun": ["10:00-16:00"]}, "holidays": "china"})
    )

    assert weekend.counted_s(at("2026-10-10 00:00"), at("2026-10-11 00:00")) == 6 * HOUR


class TestDaylightSaving:
    """Berlin: 02:00–03:00 is skipped on 2026-03-29 and repeated on 2026-10-25."""

    NIGHT = Calendar(parse_calendar("night", {"timezone": "Europe/Berlin", "hours": "01:00-04:00"}))
    HALF = Calendar(parse_calendar("half", {"timezone": "Europe/Berlin", "hours": "02:30-04:00"}))

    def test_a_skipped_hour_counts_nothing(self) -> None:
        assert (
            self.NIGHT.counted_s(at("2026-03-29 00:00", BERLIN), at("2026-03-30 00:00", BERLIN)) == 2 * HOUR
        )
        assert self.NIGHT.due(at("2026-03-29 01:30", BERLIN), HOUR) == at("2026-03-29 03:30", BERLIN)

    def test_a_repeated_hour_counts_twice(self) -> None:
        assert (
            self.NIGHT.counted_s(at("2026-10-25 00:00", BERLIN), at("2026-10-26 00:00", BERLIN)) == 4 * HOUR
        )
        assert self.NIGHT.due(at("2026-10-25 01:30", BERLIN), HOUR) == at("2026-10-25 02:30", BERLIN, fold=0)
        assert self.NIGHT.due(at("2026-10-25 01:30", BERLIN), 2 * HOUR) == at(
            "2026-10-25 02:30", BERLIN, fold=1
        )

    def test_a_span_that_begins_in_the_repeated_hour_opens_twice(self) -> None:
        ledger = self.HALF.ledger(at("2026-10-25 02:00", BERLIN), at("2026-10-25 04:00", BERLIN))

        assert [(span.why, span.counted_s) for span in ledger] == [
            ("off_hours", 0),
            ("open", 30 * MINUTE),
            ("off_hours", 0),
            ("open", 90 * MINUTE),
        ]

    def test_wall_time_and_counted_time_agree_around_the_clock(self) -> None:
        start = at("2026-03-29 01:30", BERLIN)

        assert ALWAYS.due(start, HOUR) == at("2026-03-29 03:30", BERLIN)


class TestLedger:
    def test_every_span_says_whether_it_counted_and_why(self) -> None:
        ledger = OFFICE.ledger(at("2026-09-30 11:00"), at("2026-10-08 09:30"))

        assert [(span.from_at, span.counted_s, span.zh) for span in ledger] == [
            (at("2026-09-30 11:00"), HOUR, "工作时间"),
            (at("2026-09-30 12:00"), 0, "午休"),
            (at("2026-09-30 13:30"), 4 * HOUR + 30 * MINUTE, "工作时间"),
            (at("2026-09-30 18:00"), 0, "下班"),
            (at("2026-10-01 00:00"), 0, "节假日 国庆节"),
            (at("2026-10-08 00:00"), 0, "下班"),
            (at("2026-10-08 09:00"), 30 * MINUTE, "工作时间"),
        ]
        assert ledger[4].why == "holiday"
        assert ledger[4].en == "public holiday 国庆节"

    @pytest.mark.parametrize(
        ("day", "why", "counted_s", "words"),
        [
            ("2026-10-10", "makeup_workday", 3 * HOUR, "调休上班 国庆节"),
            ("2026-03-08", "exception_open", 3 * HOUR, "例外：开放"),
            ("2026-11-11", "exception_closed", 0, "例外：休息"),
            ("2026-11-22", "rest_day", 0, "周末"),
        ],
    )
    def test_a_special_day_is_named(self, day: str, why: str, counted_s: int, words: str) -> None:
        [span] = OFFICE.ledger(at(f"{day} 09:00"), at(f"{day} 12:00"))

        assert (span.why, span.counted_s, span.zh) == (why, counted_s, words)

    def test_a_year_without_holiday_data_is_flagged_and_counted_like_any_other(self) -> None:
        known = Holidays(years=(2026,))
        office = Calendar(
            parse_calendar("office", {"hours": {"mon-fri": "09:00-18:00"}, "holidays": "china"}, known)
        )

        december, _, night, january = office.ledger(at("2026-12-31 17:00"), at("2027-01-01 10:00"))

        assert december.unannounced_year is None
        assert (night.why, night.unannounced_year) == ("off_hours", 2027)
        assert (january.counted_s, january.unannounced_year) == (HOUR, 2027)
        assert january.zh == "工作时间（2027 年节假日安排未知）"

    def test_half_seconds_add_up_to_the_whole_seconds_counted(self) -> None:
        start, end = at("2026-11-23 11:59:59.500"), at("2026-11-23 13:30:00.500")

        assert sum(span.counted_s for span in OFFICE.ledger(start, end)) == OFFICE.counted_s(start, end) == 1

    def test_nothing_lies_between_an_instant_and_itself(self) -> None:
        assert OFFICE.ledger(at("2026-11-23 10:00"), at("2026-11-23 10:00")) == ()
        assert OFFICE.counted_s(at("2026-11-23 10:00"), at("2026-11-23 09:00")) == 0


def test_the_cache_is_bounded_and_forgetting_changes_no_due_time() -> None:
    desk = Calendar(parse_calendar("desk", "09:00-22:00"))
    first = desk.due(at("1990-01-01 10:00"), 13 * HOUR)

    assert desk.counted_s(at("1990-01-01 00:00"), at("2089-12-31 00:00")) % (13 * HOUR) == 0
    assert len(desk._chunks) <= MOST_CHUNKS
    assert desk.due(at("1990-01-01 10:00"), 13 * HOUR) == first


def test_a_hundred_days_of_work_reach_over_many_chunks() -> None:
    assert DESK.due(at("2026-01-01 09:00"), 100 * 13 * HOUR) == at("2026-04-10 22:00")
