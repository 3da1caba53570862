from datetime import date

import msgspec
import pytest

from streams.sla.calendar import CalendarSpec, parse_calendar
from streams.sla.errors import CalendarError, SlaError
from streams.sla.holidays import Holidays
from streams.sla.hours import WHOLE_DAY
from streams.sla.spec import MOST_EXCEPTIONS

NINE_TO_TWELVE = (9 * 3600, 12 * 3600)
AFTERNOON = (13 * 3600 + 1800, 18 * 3600)


def test_office_hours_of_the_example_configuration() -> None:
    raw = {
        "timezone": "Asia/Shanghai",
        "hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]},
        "holidays": "china",
        "exceptions": {"2026-03-08": ["09:00-12:00"], "2026-11-11": []},
    }

    office = parse_calendar("office", raw)

    assert office.hours == ((NINE_TO_TWELVE, AFTERNOON),) * 5 + ((), ())
    assert office.exceptions == {"2026-03-08": (NINE_TO_TWELVE,), "2026-11-11": ()}
    assert office.holidays is not None
    assert office.holidays.off["2026-10-01"] == "国庆节"


@pytest.mark.parametrize("raw", ["24x7", {"hours": "24x7"}, {"hours": {"daily": "00:00-24:00"}}])
def test_around_the_clock_is_written_in_several_ways(raw: object) -> None:
    always = parse_calendar("always", raw)

    assert always.hours == (WHOLE_DAY,) * 7
    assert always.always_open


def test_around_the_clock_with_holidays_is_not_always_open() -> None:
    assert not parse_calendar("shop", {"hours": "24x7", "holidays": "china"}).always_open


def test_hours_alone_hold_every_day_in_shanghai_without_holidays() -> None:
    desk = parse_calendar("desk", "09:00-12:00")

    assert desk == CalendarSpec(id="desk", timezone="Asia/Shanghai", hours=((NINE_TO_TWELVE,),) * 7)


def test_an_empty_calendar_is_the_default_desk_from_nine_to_twenty_two() -> None:
    assert parse_calendar("desk", {}).hours == (((9 * 3600, 22 * 3600),),) * 7


def test_single_days_override_the_daily_ground() -> None:
    hours = parse_calendar("shop", {"hours": {"daily": ["09:00-12:00"], "sun": []}}).hours

    assert hours == ((NINE_TO_TWELVE,),) * 6 + ((),)


def test_a_range_of_days_may_wrap_around_the_weekend() -> None:
    hours = parse_calendar("night", {"hours": {"sat-mon": ["09:00-12:00"]}}).hours

    assert [bool(spans) for spans in hours] == [True, False, False, False, False, True, True]


def test_spans_are_ordered_and_touching_ones_joined() -> None:
    hours = parse_calendar("desk", {"hours": {"daily": ["12:00-13:00", "09:00-12:00"]}}).hours

    assert hours[0] == ((9 * 3600, 13 * 3600),)


def test_a_date_that_yaml_already_read_is_taken_as_an_exception() -> None:
    spec = parse_calendar("desk", {"exceptions": {date(2026, 11, 11): []}})

    assert spec.exceptions == {"2026-11-11": ()}


def test_holiday_data_handed_in_takes_the_place_of_the_package() -> None:
    announced = Holidays(years=(2027,), off={"2027-01-01": "元旦"})

    assert parse_calendar("office", {"holidays": "china"}, announced).holidays == announced


def test_a_stored_calendar_reads_back_as_it_was() -> None:
    spec = parse_calendar("office", {"holidays": "china", "exceptions": {"2026-11-11": []}})

    assert msgspec.json.decode(msgspec.json.encode(spec), type=CalendarSpec) == spec


@pytest.mark.parametrize(
    ("raw", "field", "expected"),
    [
        (7, "calendars.x", "timezone, hours"),
        ({"zone": "UTC"}, "calendars.x.zone", "one of timezone"),
        ({"timezone": "Mars/Olympus"}, "calendars.x.timezone", "IANA"),
        ({"timezone": "Asia"}, "calendars.x.timezone", "IANA"),
        ({"timezone": "../etc/passwd"}, "calendars.x.timezone", "IANA"),
        ({"timezone": 8}, "calendars.x.timezone", "IANA"),
        ({"hours": 24}, "calendars.x.hours", "24x7"),
        ({"hours": "9 to 5"}, "calendars.x.hours", "spans such as"),
        ({"hours": "18:00-09:00"}, "calendars.x.hours", "the end after the start"),
        ({"hours": "09:00-24:01"}, "calendars.x.hours", "up to 24:00"),
        ({"hours": "09:60-12:00"}, "calendars.x.hours", "spans such as"),
        ({"hours": {"daily": ["09:00-12:00", "11:00-13:00"]}}, "calendars.x.hours.daily", "do not overlap"),
        ({"hours": {"daily": [9]}}, "calendars.x.hours.daily", "spans such as"),
        ({"hours": {"daily": 9}}, "calendars.x.hours.daily", "spans such as"),
        ({"hours": {"monday": ["09:00-12:00"]}}, "calendars.x.hours", "mon-fri"),
        ({"hours": {"mon-fri": ["09:00-12:00"], "wed": []}}, "calendars.x.hours.wed", "each day once"),
        ({"hours": {"daily": []}}, "calendars.x.hours", "one open hour"),
        ({"hours": {"mon": ["00:00-00:59"]}}, "calendars.x.hours", "one open hour"),
        ({"holidays": "japan"}, "calendars.x.holidays", "china or none"),
        ({"exceptions": ["2026-11-11"]}, "calendars.x.exceptions", "days and their hours"),
        ({"exceptions": {"11.11.": []}}, "calendars.x.exceptions", "2026-11-11"),
        ({"exceptions": {"2026-11-11": ["x"]}}, "calendars.x.exceptions.2026-11-11", "spans such as"),
        ({"exceptions": dict.fromkeys(range(MOST_EXCEPTIONS + 1), ())}, "calendars.x.exceptions", "at most"),
        (
            {"exceptions": {"2026-11-11": ["09:00-09:01"] * 25}},
            "calendars.x.exceptions.2026-11-11",
            "at most 24",
        ),
    ],
)
def test_a_wrong_calendar_is_refused_by_field_with_what_was_expected(
    raw: object, field: str, expected: str
) -> None:
    with pytest.raises(CalendarError) as refused:
        parse_calendar("x", raw)

    assert refused.value.field == field
    assert expected in refused.value.expected
    assert field in str(refused.value)
    assert isinstance(refused.value, SlaError)
