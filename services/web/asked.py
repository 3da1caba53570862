"""Words of a request, read into what they mean."""

from datetime import datetime
from typing import TypeVar, get_args

from services.web.errors import BadQuestion
from streams.events import Label, Severity

W = TypeVar("W", bound=str)


def read_label(found: str | None) -> Label | None:
    """A label of a query.

    Raises:
        BadQuestion: it is none.
    """
    return one_of("label", found, get_args(Label))


def read_severity(found: str | None) -> Severity | None:
    """A severity of a query.

    Raises:
        BadQuestion: it is none.
    """
    return one_of("severity", found, get_args(Severity))


def one_of(name: str, found: str | None, words: tuple[W, ...]) -> W | None:
    """A word of a query that must be one of `words`.

    Raises:
        BadQuestion: it is none.
    """
    if found is None:
        return None
    for word in words:
        if word == found:
            return word
    raise BadQuestion(f"{name}: found {found[:40]!r}, expected one of {', '.join(words)}")


def read_time(name: str, found: str | None) -> datetime | None:
    """A time of a query: ISO 8601 with an offset.

    Raises:
        BadQuestion: it is not.
    """
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found.replace(" ", "+"))  # a "+" that nobody escaped arrives as a space
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadQuestion(f"{name}: found {found[:40]!r}, expected a time such as 2026-11-20T14:05:00+08:00")
    return at
