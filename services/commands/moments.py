"""Times and lengths of time as options give them."""

from datetime import datetime, timedelta

from services.errors import WrongUse


def moment(option: str, written: str) -> datetime:
    """An instant in UTC, written as in a record: ISO 8601 with offset, or epoch seconds or milliseconds.

    Raises:
        WrongUse: it is none, has no offset, or lies in no year that a record may have.
    """
    from services.gateway.errors import FieldError
    from services.gateway.fields import moment_of

    try:
        return moment_of(option, written)
    except FieldError as error:
        raise WrongUse(f"{error} (时间要带时区)") from error


def length(option: str, written: str) -> timedelta:
    """A length of time: `90s`, `30m`, `2h`, `1d`.

    Raises:
        WrongUse: it is none.
    """
    from streams.sla.errors import DurationError
    from streams.sla.policy import parse_duration

    try:
        return timedelta(seconds=parse_duration(written))
    except DurationError as error:
        raise WrongUse(f"{option}: found {written!r}, expected {error.expected} (时长)") from error
