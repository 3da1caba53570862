from pathlib import Path

import pytest

from streams.sla.errors import HolidayError
from streams.sla.holidays import Holidays, missing_years, overlaid, package_holidays, read_holiday_cn

FILES = "holiday-cn_*.json"
ANNOUNCED_2026 = b"""{"year": 2026, "days": [
    {"name": "\xe5\x85\x83\xe6\x97\xa6", "date": "2026-01-01", "isOffDay": true},
    {"name": "\xe5\x85\x83\xe6\x97\xa6", "date": "2026-01-04", "isOffDay": false}]}"""


def test_package_knows_the_national_day_and_the_saturday_that_makes_up_for_it() -> None:
    known = package_holidays()

    assert known.off["2026-10-01"] == "国庆节"
    assert known.worked["2026-10-10"] == "国庆节"
    assert known.years[0] == 2004
    assert 2026 in known.years


def test_year_file_gives_days_off_and_worked_days_with_their_names() -> None:
    read = read_holiday_cn([ANNOUNCED_2026])

    assert read == Holidays(years=(2026,), off={"2026-01-01": "元旦"}, worked={"2026-01-04": "元旦"})


def test_a_year_file_without_days_is_an_unannounced_year_not_a_year_without_holidays() -> None:
    read = read_holiday_cn([b'{"year": 2027, "papers": [], "days": []}'])

    assert read.years == ()
    assert missing_years(read, 2027, 2027) == (2027,)


@pytest.mark.parametrize(
    "document", [b"", b"[]", b'{"year": 2027}', b'{"year": 2027, "days": [{"date": "soon"}]}']
)
def test_what_is_no_year_file_is_refused_by_its_number(document: bytes) -> None:
    with pytest.raises(HolidayError, match=r"holiday file 2.*isOffDay"):
        read_holiday_cn([ANNOUNCED_2026, document])


def test_years_without_data_are_missing_and_a_calendar_without_holidays_misses_none() -> None:
    assert missing_years(Holidays(years=(2025, 2026)), 2024, 2028) == (2024, 2027, 2028)
    assert missing_years(None, 2024, 2028) == ()


def test_an_overlaid_year_replaces_the_whole_year_below_it() -> None:
    below = Holidays(years=(2025, 2026), off={"2025-01-01": "元旦", "2026-01-02": "wrong"})

    both = overlaid(below, read_holiday_cn([ANNOUNCED_2026]))

    assert both.off == {"2025-01-01": "元旦", "2026-01-01": "元旦"}
    assert both.worked == {"2026-01-04": "元旦"}
    assert both.years == (2025, 2026)


def test_an_overlaid_day_of_a_neighbouring_year_changes_that_day_alone() -> None:
    below = Holidays(years=(2022,), off={"2022-01-01": "元旦"}, worked={"2022-12-31": "wrong"})

    both = overlaid(below, Holidays(years=(2023,), off={"2022-12-31": "元旦"}))

    assert both.off == {"2022-01-01": "元旦", "2022-12-31": "元旦"}
    assert both.worked == {}


def test_package_and_announced_files_agree_on_weekdays_off_and_weekends_worked(data_folder: Path) -> None:
    files = sorted((data_folder / "calendar").glob(FILES))
    if not files:
        pytest.skip(f"no {FILES} under {data_folder / 'calendar'}")
    announced = read_holiday_cn(file.read_bytes() for file in files)
    package = package_holidays()

    for year in announced.years:
        of_package = {day for day in package.worked if day.startswith(str(year))}
        of_files = {day for day in announced.worked if day.startswith(str(year))}
        assert of_package == of_files
        # The package also lists weekends that happen to touch a holiday (2023-12-30); those are off in either.
        of_files = {day for day in announced.off if day.startswith(str(year))}
        assert of_files <= {*package.off}
    assert 2027 not in announced.years
