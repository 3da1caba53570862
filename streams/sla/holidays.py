"""Public holidays and make-up workdays (调休) as plain data.

The State Council announces a year's days in the November before it. A year that is not announced yet is *unknown*,
which is not the same as a year without holidays: `missing_years` says so, and so does the ledger of a clock.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache

import msgspec

from streams.sla.errors import HolidayError


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    """The announced days of some years; dates are ISO 8601, names Chinese as announced."""

    years: tuple[int, ...] = ()
    """Years whose days are announced, ascending."""
    off: dict[str, str] = {}
    """Date → holiday for every day off."""
    worked: dict[str, str] = {}
    """Date → holiday for every weekend day that is worked to make up for it."""


class _Day(msgspec.Struct, frozen=True):
    name: str
    date: date
    isOffDay: bool  # noqa: N815  (the name in the files)


class _YearFile(msgspec.Struct, frozen=True):
    year: int
    days: tuple[_Day, ...]


@cache
def package_holidays() -> Holidays:
    """The years that the package `chinese-calendar` (MIT, one release each November) knows: 2004 to 2026 in 1.11."""
    from chinese_calendar import constants

    def named(days: dict[date, str]) -> dict[str, str]:
        return {day.isoformat(): constants.Holiday(name).chinese for day, name in sorted(days.items())}

    years = sorted({day.year for day in constants.holidays})
    return Holidays(years=tuple(years), off=named(constants.holidays), worked=named(constants.workdays))


def read_holiday_cn(documents: Iterable[bytes | str]) -> Holidays:
    """Year files of the project holiday-cn (MIT). A file without days is a year that is not announced yet.

    A file may hold days of the neighbouring years (2023's begins on 2022-12-31); they count as what they are.

    Raises:
        HolidayError: a document is not such a file.
    """
    years: set[int] = set()
    off: dict[str, str] = {}
    worked: dict[str, str] = {}
    for number, document in enumerate(documents, start=1):
        file = _read_year(number, document)
        if file.days:
            years.add(file.year)
        for day in file.days:
            (off if day.isOffDay else worked)[day.date.isoformat()] = day.name
    return Holidays(years=tuple(sorted(years)), off=off, worked=worked)


def overlaid(base: Holidays, over: Holidays) -> Holidays:
    """`base`, with every year that `over` knows replaced by what `over` says about it."""

    def replaced(below: dict[str, str], above: dict[str, str]) -> dict[str, str]:
        kept = {
            day: name for day, name in below.items() if int(day[:4]) not in over.years and day not in changed
        }
        return dict(sorted((kept | above).items()))

    changed = over.off.keys() | over.worked.keys()
    return Holidays(
        years=tuple(sorted({*base.years, *over.years})),
        off=replaced(base.off, over.off),
        worked=replaced(base.worked, over.worked),
    )


def missing_years(known: Holidays | None, first_year: int, last_year: int) -> tuple[int, ...]:
    """The years from `first_year` to `last_year` whose holidays are needed and not known; none without holidays."""
    if known is None:
        return ()
    return tuple(year for year in range(first_year, last_year + 1) if year not in known.years)


def _read_year(number: int, document: bytes | str) -> _YearFile:
    try:
        return msgspec.json.decode(document, type=_YearFile)
    except msgspec.DecodeError as error:
        raise HolidayError(
            f"holiday file {number}",
            str(error),
            'a holiday-cn year: {"year", "days": [{"name", "date", "isOffDay"}]}',
        ) from error
