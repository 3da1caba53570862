"""Readers of single values: each takes a `Value` and gives something typed, or raises `Wrong`."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import TypeVar, get_args
from zoneinfo import ZoneInfo

from services.config import texts
from services.config.problems import did_you_mean
from services.config.values import Read, Table, Value, Wrong
from streams.events import Label, Severity
from streams.sla.errors import DurationError
from streams.sla.policy import parse_duration
from streams.text.errors import Wording

MOST_LINE_CHARS = 200
MOST_TEXT_CHARS = 20_000

_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NATIVE_ID = re.compile(r"[^\s\x00-\x1f]{1,200}")
_PLATFORM = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_RATE = re.compile(r"([0-9]{1,9})\s*/\s*([smh])")
_RATE_UNITS_S = {"s": 1, "m": 60, "h": 3_600}
REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/\S{1,400}")

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LABELS: tuple[Label, ...] = get_args(Label)


def text(value: Value) -> str:
    """Words, over several lines where need be."""
    written = value.scalar(texts.TEXT).strip()
    if not written or len(written) > MOST_TEXT_CHARS:
        raise Wrong(texts.TEXT)
    return written


def line(value: Value) -> str:
    """One line of words."""
    written = value.scalar(texts.ONE_LINE).strip()
    if not written or len(written) > MOST_LINE_CHARS or "\n" in written:
        raise Wrong(texts.ONE_LINE)
    return written


def ident(value: Value) -> str:
    """The id of something in the configuration."""
    return _matching(value, _IDENT, texts.IDENT)


def native_id(value: Value) -> str:
    """The id that a platform gave to an account."""
    return _matching(value, _NATIVE_ID, texts.NATIVE_ID)


def platform(value: Value) -> str:
    """A platform's name."""
    return _matching(value, _PLATFORM, texts.PLATFORM)


def folder_name(value: Value) -> str:
    """A relative path inside of the configuration folder."""
    written = value.scalar(texts.FOLDER_NAME)
    path = PurePosixPath(written)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Wrong(texts.FOLDER_NAME)
    return str(path)


def secret(value: Value) -> str:
    """A reference to a secret, never the secret itself (which no message repeats)."""
    written = value.scalar(texts.SECRET)
    if REFERENCE.fullmatch(written) is None:
        raise Wrong(texts.SECRET, Wording("写在文件里的内容", "something written out"))
    return written


def _matching(value: Value, pattern: re.Pattern[str], expected: Wording) -> str:
    written = value.scalar(expected)
    if pattern.fullmatch(written) is None:
        raise Wrong(expected)
    return written


def whole(low: int, high: int) -> Read[int]:
    """A whole number between two bounds, both included."""

    def read(value: Value) -> int:
        expected = texts.between(low, high, whole=True)
        written = value.scalar(expected)
        if re.fullmatch(r"[+-]?[0-9]{1,18}", written) is None or not low <= int(written) <= high:
            raise Wrong(expected)
        return int(written)

    return read


def number(low: float, high: float) -> Read[float]:
    """A number between two bounds, both included."""

    def read(value: Value) -> float:
        expected = texts.between(low, high, whole=False)
        written = value.scalar(expected)
        if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", written) is None:
            raise Wrong(expected)
        if not low <= float(written) <= high:
            raise Wrong(expected)
        return float(written)

    return read


def fraction(value: Value) -> float:
    """A number between 0 and 1, both excluded."""
    try:
        read = float(value.scalar(texts.FRACTION))
    except ValueError:
        raise Wrong(texts.FRACTION) from None
    if not 0 < read < 1:
        raise Wrong(texts.FRACTION)
    return read


def truth(value: Value) -> bool:
    """A yes or no."""
    return value.truth()


def duration(value: Value) -> int:
    """Seconds of `90s`, `30m`, `2h`, `1d`; zero is allowed."""
    try:
        return parse_duration(value.scalar(texts.DURATION))
    except DurationError:
        raise Wrong(texts.DURATION) from None


def span(value: Value) -> int:
    """Seconds of a duration above zero."""
    length_s = duration(value)
    if length_s == 0:
        raise Wrong(texts.LONGER_THAN_ZERO)
    return length_s


def rate(value: Value) -> float:
    """Items a second, from `5000/s`, `600/m` or `100/h`."""
    found = _RATE.fullmatch(value.scalar(texts.RATE))
    if found is None or int(found[1]) == 0:
        raise Wrong(texts.RATE)
    return int(found[1]) / _RATE_UNITS_S[found[2]]


def day(value: Value) -> date:
    """A date."""
    try:
        return date.fromisoformat(value.scalar(texts.DAY))
    except ValueError:
        raise Wrong(texts.DAY) from None


def zone(value: Value) -> str:
    """An IANA zone's name."""
    written = value.scalar(texts.ZONE)
    try:
        return ZoneInfo(written).key
    except (LookupError, ValueError, OSError):  # unknown, malformed, or the name of a folder of zones
        raise Wrong(texts.ZONE) from None


def network(value: Value) -> str:
    """An IP address or network, in its normal form."""
    try:
        return str(ipaddress.ip_network(value.scalar(texts.ADDRESS), strict=False))
    except ValueError:
        raise Wrong(texts.ADDRESS) from None


def choice(words: Iterable[Word]) -> Read[Word]:
    """One of a few words."""
    known = {str(word): word for word in words}

    def read(value: Value) -> Word:
        written = value.scalar(did_you_mean("", known))
        if written not in known:
            raise Wrong(did_you_mean(written, known))
        return known[written]

    return read


def many(read: Read[T]) -> Read[tuple[T, ...]]:
    """A list; each of its values is read, those that cannot be are reported and left out."""

    def read_all(value: Value) -> tuple[T, ...]:
        found = (attempted(item, read) for item in value.items())
        return tuple(one for kept in found for one in kept)

    return read_all


def one_or_many(read: Read[T]) -> Read[tuple[T, ...]]:
    """A single value or a list of such."""

    def read_all(value: Value) -> tuple[T, ...]:
        return many(read)(value) if value.kind == "seq" else (read(value),)

    return read_all


def attempted(value: Value, read: Read[T]) -> tuple[T, ...]:
    """What `read` makes of the value, or nothing once the problem is reported."""
    kept: list[T] = []

    def keep(inner: Value) -> None:
        kept.append(read(inner))

    value.attempt(keep, None)
    return tuple(kept)


def reference(known: Iterable[str]) -> Read[str]:
    """The name of something that the configuration holds."""
    names = tuple(known)

    def read(value: Value) -> str:
        written = value.scalar(did_you_mean("", names))
        if written not in names:
            raise Wrong(did_you_mean(written, names))
        return written

    return read


def identified(read: Callable[[Table], T], most: int) -> Read[tuple[T, ...]]:
    """A list of tables that each have an `id` of their own."""

    def read_all(value: Value) -> tuple[T, ...]:
        lines: dict[str, int] = {}
        found: list[T] = []
        for item in value.items(most=most):
            found.extend(attempted(item, lambda inner: _identified(inner, read, lines)))
        return tuple(found)

    return read_all


def _identified(value: Value, read: Callable[[Table], T], lines: dict[str, int]) -> T:
    with value.table() as table:
        written, place = value.word_at("id"), table.key_place("id")
        if written is not None and lines.setdefault(written, place.line) != place.line:
            value.report.error(place, texts.id_again(written, lines[written]), texts.EACH_ID_ONCE)
        return read(table)
