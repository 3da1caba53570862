"""Times in forms: browsers send the wall time of the brand's zone, without a zone."""

from collections.abc import Mapping
from datetime import date, datetime

from services.web.errors import BadQuestion
from services.web.visit import Visit

_EXPECTED = "a time such as 2026-11-23T09:00"


def moment(visit: Visit, fields: Mapping[str, str], name: str) -> datetime | None:
    """A time of the form; None where it was left empty.

    Raises:
        BadQuestion: it is no time.
    """
    given = fields.get(name, "").strip()
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError as error:
        raise BadQuestion(f"{name}: found {given[:40]!r}, expected {_EXPECTED}") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=visit.zone)


def required_moment(visit: Visit, fields: Mapping[str, str], name: str) -> datetime:
    """A time that must be there.

    Raises:
        BadQuestion: it is not, or it is no time.
    """
    found = moment(visit, fields, name)
    if found is None:
        raise BadQuestion(f"{name}: nothing was found, expected {_EXPECTED}")
    return found


def required_day(fields: Mapping[str, str], name: str) -> date:
    """A day that must be there.

    Raises:
        BadQuestion: it is not, or it is no day.
    """
    given = fields.get(name, "").strip()
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise BadQuestion(f"{name}: found {given[:40]!r}, expected a day such as 2027-06-30") from error
