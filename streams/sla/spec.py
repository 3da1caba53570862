"""A calendar as configuration: self-contained data that can be stored, hashed and read back."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from streams.sla.errors import CalendarError
from streams.sla.holidays import Holidays, package_holidays
from streams.sla.hours import WHOLE_DAY, Spans, Week, parse_spans, parse_week

DEFAULT_TIMEZONE = "Asia/Shanghai"
DEFAULT_HOURS: Week = (((9 * 3600, 22 * 3600),),) * 7
MOST_EXCEPTIONS = 2_000

_KEYS = ("timezone", "hours", "holidays", "exceptions")


class CalendarSpec(msgspec.Struct, frozen=True, kw_only=True):
    """When time counts. The strongest word first: an exception, a holiday or make-up workday, the hours of the week."""

    id: str
    timezone: str = DEFAULT_TIMEZONE
    hours: Week = DEFAULT_HOURS
    holidays: Holidays | None = None
    """Days off and make-up workdays, resolved into the configuration as data; None keeps none."""
    exceptions: dict[str, Spans] = {}
    """ISO date → the open spans of that day; () is closed."""

    @property
    def always_open(self) -> bool:
        """Around the clock on every day: counted time is wall time."""
        whole_week = all(spans == WHOLE_DAY for spans in self.hours)
        return whole_week and self.holidays is None and not self.exceptions


def parse_calendar(id: str, raw: object, china: Holidays | None = None) -> CalendarSpec:  # noqa: A002
    """The calendar `id` from its YAML value: `{timezone, hours, holidays, exceptions}`, or the hours alone.

    Args:
        id: its name in the configuration.
        raw: the value as YAML gives it.
        china: what `holidays: china` means; by default the years of the package (see `holidays.overlaid`).

    Raises:
        CalendarError: names the field, what stood there and what was expected.
    """
    field = f"calendars.{id}"
    if isinstance(raw, str):
        raw = {"hours": raw}
    if not isinstance(raw, Mapping):
        raise CalendarError(field, raw, "timezone, hours, holidays, exceptions")
    for key in raw:
        if key not in _KEYS:
            raise CalendarError(f"{field}.{key}", key, f"one of {', '.join(_KEYS)}")
    return CalendarSpec(
        id=id,
        timezone=_timezone(f"{field}.timezone", raw.get("timezone", DEFAULT_TIMEZONE)),
        hours=parse_week(f"{field}.hours", raw["hours"]) if "hours" in raw else DEFAULT_HOURS,
        holidays=_holidays(f"{field}.holidays", raw.get("holidays"), china),
        exceptions=_exceptions(f"{field}.exceptions", raw.get("exceptions")),
    )


def _timezone(field: str, raw: object) -> str:
    if isinstance(raw, str):
        try:
            return ZoneInfo(raw).key
        except (LookupError, ValueError, OSError):  # unknown, malformed, or the name of a folder of zones
            pass
    raise CalendarError(field, raw, "an IANA zone such as Asia/Shanghai")


def _holidays(field: str, raw: object, china: Holidays | None) -> Holidays | None:
    match raw:
        case None | False | "none":
            return None
        case True | "china":
            return china if china is not None else package_holidays()
        case _:
            raise CalendarError(field, raw, "china or none")


def _exceptions(field: str, raw: object) -> dict[str, Spans]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise CalendarError(field, raw, 'days and their hours, such as {"2026-11-11": ["09:00-12:00"]}')
    if len(raw) > MOST_EXCEPTIONS:
        raise CalendarError(field, f"{len(raw)} days", f"at most {MOST_EXCEPTIONS} exceptions")
    read = {_iso_date(field, day): parse_spans(f"{field}.{day}", spans) for day, spans in raw.items()}
    return dict(sorted(read.items()))


def _iso_date(field: str, raw: object) -> str:
    try:
        return date.fromisoformat(str(raw)).isoformat()  # YAML reads a bare 2026-11-11 as a date
    except ValueError:
        raise CalendarError(field, raw, "a day such as 2026-11-11") from None
