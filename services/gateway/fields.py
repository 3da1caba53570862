"""The fields of a record, read one by one; what is wrong is told with the name of the field and what was expected."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from services.gateway.errors import FieldError

MAX_ID_CHARS = 200
MAX_TEXT_BYTES = 100_000
MAX_TITLE_CHARS = 1_000
MAX_NAME_CHARS = 200
MAX_URL_CHARS = 4_000
MAX_TAGS = 50
MAX_TAG_CHARS = 64
MAX_COUNT = 10**12
MAX_EXTRA_BYTES = 16_384
MAX_EXTRA_DEPTH = 20
FIRST_YEAR = 2000
LAST_YEAR = 2100
"""No platform is older, and a time after it is a mistake."""
MILLISECONDS_FROM = 100_000_000_000
"""An epoch number from here on counts milliseconds: as seconds it would lie in the year 5138."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LAST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_EPOCH_WRITTEN = re.compile(r"\d{1,16}(?:\.\d{1,9})?", re.ASCII)
_COUNT_WRITTEN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,16})(\.\d{1,6})?\s?([万亿wWkK千]?)\+?", re.ASCII)
_UNITS = {"": 1, "k": 10**3, "K": 10**3, "千": 10**3, "w": 10**4, "W": 10**4, "万": 10**4, "亿": 10**8}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLATFORM = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_KNOWN_PLATFORMS = 256
_SHOWN_CHARS = 40
_LONGEST_NUMBER = 10**300
"""Beyond it Python neither divides nor writes a number without complaint."""
_T = TypeVar("_T")


class Fields:
    """The values of one record by name. Null and an absent field are the same; so is an empty optional id."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, max_chars: int) -> str | None:
        """A string; lone surrogates in it, which have no UTF-8 form, become U+FFFD."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong_type(name, "a string", value)
        if len(value) > max_chars:
            raise too_long(name, f"{len(value)} characters", f"{max_chars} characters")
        return without_surrogates(value)

    def identifier(self, name: str) -> str | None:
        """A native id: a string without control characters; a number is kept as written."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _wrong_type(name, "a string or a number", value)
        written = _digits(value)
        if len(written) > MAX_ID_CHARS:
            raise too_long(name, f"{len(written)} characters", f"{MAX_ID_CHARS} characters")
        if found := _CONTROL.search(written):
            raise FieldError(name, f"holds U+{ord(found[0]):04X}, which no id holds", "bad_character")
        if not written.strip():
            raise FieldError(name, "is blank", "missing")
        return written

    def platform(self, name: str) -> str:
        value = required(name, self.text(name, MAX_NAME_CHARS))
        if not is_platform(value):
            raise FieldError(
                name,
                f"{shown(value)} is no platform: expected a lower-case name such as weibo",
                "unknown_value",
            )
        return value

    def choice(self, name: str, options: Collection[str]) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong_type(name, "a string", value)
        if value not in options:
            raise FieldError(
                name, f"{shown(value)} is unknown: expected {' '.join(options)}", "unknown_value"
            )
        return value

    def flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong_type(name, "true or false", value)
        return value

    def moment(self, name: str) -> datetime | None:
        value = self._values.get(name)
        return None if value is None else moment_of(name, value)

    def count(self, name: str) -> int | None:
        return count_of(name, self._values.get(name))

    def tags(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
            raise _wrong_type(name, "a list of strings", value)
        if len(value) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in value):
            raise too_long(name, "more", f"{MAX_TAGS} tags of {MAX_TAG_CHARS} characters")
        return tuple(without_surrogates(tag) for tag in value)

    def others(self, known: Collection[str]) -> dict[str, Any]:
        """The fields that are not among `known`."""
        extra = {
            name: value for name, value in self._values.items() if name not in known and value is not None
        }
        if not extra:
            return extra
        checked: dict[str, Any] = _plain(extra, MAX_EXTRA_DEPTH)
        size_bytes = len(msgspec.json.encode(checked))
        if size_bytes > MAX_EXTRA_BYTES:
            raise too_long(
                next(iter(extra)), f"unknown fields of {size_bytes} bytes", f"{MAX_EXTRA_BYTES} bytes"
            )
        return checked


def required(name: str, value: _T | None) -> _T:
    if value is None:
        raise FieldError(name, "is missing", "missing")
    return value


def moment_of(name: str, value: object) -> datetime:
    """A time in UTC, from ISO 8601 with offset or from epoch seconds or milliseconds, told apart by size.

    A datetime with a zone is what msgspec reads from the most common form of ISO 8601.
    """
    if isinstance(value, datetime):
        if FIRST_YEAR < value.year < LAST_YEAR:  # far enough from both ends in every zone
            return value.astimezone(UTC)
        return _in_utc(name, value, value)
    if isinstance(value, str):
        if _EPOCH_WRITTEN.fullmatch(value):
            return _of_epoch(name, float(value), value)
        return _of_iso(name, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, "ISO 8601 with offset, or epoch seconds or milliseconds", value)
    return _of_epoch(name, value, value)


def _of_iso(name: str, written: str) -> datetime:
    moment = _iso_moment(name, written)
    if moment.tzinfo is None:
        raise FieldError(
            name, f"{shown(written)} has no zone: expected an offset, as 2026-03-01T09:30:00+08:00", "no_zone"
        )
    return _in_utc(name, moment, written)


def _iso_moment(name: str, written: str) -> datetime:
    """As msgspec reads it, so that both ways of reading a record round alike; Python knows more forms."""
    with suppress(msgspec.ValidationError, UnicodeEncodeError):
        return msgspec.convert(written, datetime)
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise FieldError(
            name,
            f"{shown(written)} is no time: expected ISO 8601 with offset, as 2026-03-01T09:30:00+08:00",
            "bad_time",
        ) from error


def _in_utc(name: str, moment: datetime, written: object) -> datetime:
    # The years before the conversion, which fails at the ends of time.
    if not FIRST_YEAR - 1 <= moment.year <= LAST_YEAR + 1:
        raise _out_of_years(name, written)
    return _within_years(name, moment.astimezone(UTC), written)


def _of_epoch(name: str, number: float, written: object) -> datetime:
    if not 0 <= number < 1000 * MILLISECONDS_FROM:  # also refuses what is not a number
        raise _out_of_years(name, written)
    seconds = number / 1000 if number >= MILLISECONDS_FROM else number
    return _within_years(name, _EPOCH + timedelta(seconds=seconds), written)


def _within_years(name: str, moment: datetime, written: object) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise _out_of_years(name, written)
    return moment


def _out_of_years(name: str, written: object) -> FieldError:
    return FieldError(
        name,
        f"{shown(written)} lies outside the years {FIRST_YEAR} to {LAST_YEAR}",
        "out_of_range",
    )


def count_of(name: str, value: object) -> int | None:
    """A count, from a number or as platforms write it: `1.2万`, `3亿`, `10万+`, `1,024`. Empty or `-` is absent."""
    if value is None or value in ("", "-"):
        return None
    if isinstance(value, str):
        return _checked_count(name, _count_written(name, value.strip()), value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, "a number, or a string such as 1.2万", value)
    if value != value or not 0 <= value <= MAX_COUNT or int(value) != value:
        raise _no_count(name, value)
    return int(value)


def _count_written(name: str, written: str) -> int:
    found = _COUNT_WRITTEN.fullmatch(written)
    if found is None:
        raise FieldError(
            name, f"{shown(written)} is no count: expected a number such as 12000 or 1.2万", "wrong_type"
        )
    whole, fraction, unit = found.groups()
    # In whole millionths, since 1.1 × 10,000 as floating point is not 11,000.
    millionths = int(whole.replace(",", "")) * 10**6 + int((fraction or ".0")[1:].ljust(6, "0"))
    return millionths * _UNITS[unit] // 10**6


def _checked_count(name: str, count: int, written: object) -> int:
    if count > MAX_COUNT:
        raise _no_count(name, written)
    return count


def _no_count(name: str, value: object) -> FieldError:
    return FieldError(
        name, f"{shown(value)} is no count: expected a whole number from 0 to {MAX_COUNT}", "out_of_range"
    )


@lru_cache(maxsize=_KNOWN_PLATFORMS)
def is_platform(value: str) -> bool:
    return _PLATFORM.fullmatch(value) is not None


def without_surrogates(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text) if not text.isascii() else text


def too_long(name: str, found: str, limit: str) -> FieldError:
    return FieldError(name, f"{found}: at most {limit} are taken", "too_long")


def shown(value: object) -> str:
    """A value in an error, cut where it would fill the screen."""
    written = without_surrogates(repr(value) if isinstance(value, str) else _digits(value))
    return written if len(written) <= _SHOWN_CHARS else written[:_SHOWN_CHARS] + "…"


def _digits(value: object) -> str:
    if isinstance(value, int) and abs(value) > _LONGEST_NUMBER:
        return f"{'-' if value < 0 else ''}{_LONGEST_NUMBER}…"
    return str(value)


def _wrong_type(name: str, expected: str, value: object) -> FieldError:
    return FieldError(name, f"expected {expected}, got {_json_type(value)}", "wrong_type")


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def _plain(value: Any, depth: int) -> Any:
    """An unknown field as it can be kept: strings that have a UTF-8 form, nested no deeper than `depth`."""
    if depth < 0:
        raise FieldError("", f"unknown fields are nested deeper than {MAX_EXTRA_DEPTH}", "too_long")
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, Mapping):
        return {without_surrogates(str(name)): _plain(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth - 1) for inner in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    raise FieldError("", f"an unknown field holds {shown(value)}, which JSON does not have", "wrong_type")
