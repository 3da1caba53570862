"""Times and lengths of time as options give them."""

from datetime import UTC, datetime, timedelta

from services.errors import WrongUse


def moment(option: str, written: str) -> datetime:
    """An instant: ISO 8601 with its offset from UTC.

    Raises:
        WrongUse: it is none, or has no offset.
    """
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise WrongUse(
            f"{option}: found {written!r}, expected a time with its offset such as 2026-11-23T14:05:00+08:00"
            " (时间要带时区)"
        )
    return read.astimezone(UTC)


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
