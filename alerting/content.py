"""Prepared statements: which may be used now, and how their blanks are filled.

A statement is locked by a SHA-256 over its text and all that was approved with it (blanks with their ranges, platform,
licences, expiry); one that was edited is another statement.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from alerting.config import Blank, ContentItem, EnumBlank, FreeBlank, NumberBlank, TimeBlank
from alerting.errors import BlankError
from alerting.events import OfferedVariant

FREE_CHARACTERS_MOST = 500
_GAP = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def lock(text: str) -> str:
    """What a filled text is known by: its SHA-256, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def lock_item(item: ContentItem) -> str:
    """What an approval locks: the SHA-256 over all of a statement but its author, in hex."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(item, author=""))).hexdigest()


def expired(item: ContentItem, at: datetime, zone: ZoneInfo) -> bool:
    """Whether its last day is over."""
    return item.expires < at.astimezone(zone).date()


def gaps(text: str) -> tuple[str, ...]:
    """Names of the blanks that stand in `text`, each once."""
    return tuple(dict.fromkeys(_GAP.findall(text)))


def offered(
    content: Iterable[ContentItem], scenario: str, at: datetime, zone: ZoneInfo, platform: str | None = None
) -> tuple[OfferedVariant, ...]:
    """The variants of a scenario that may be used at `at`, on one platform or on all.

    On each platform those without free words come first, and among them holding statements.
    """
    usable = [
        item
        for item in content
        if item.scenario == scenario and not expired(item, at, zone) and platform in (None, item.platform)
    ]
    usable.sort(key=lambda item: (item.platform, *order_of_use(item), item.id))
    return tuple(
        OfferedVariant(
            item=item.id,
            platform=item.platform,
            variant=item.variant,
            hash=lock_item(item),
            expires=item.expires,
            blanks=tuple(blank.name for blank in item.blanks),
            text=item.text,
        )
        for item in usable
    )


def order_of_use(item: ContentItem) -> tuple[bool, bool, str]:
    """Sorts variants by what may be said earliest: a holding statement, which promises a time and needs no free words, first."""
    promises = any(isinstance(blank, TimeBlank) for blank in item.blanks)
    return needs_free_words(item), not promises, item.variant


def needs_free_words(item: ContentItem) -> bool:
    """Whether somebody has to write for it, and legal to read it."""
    return any(isinstance(blank, FreeBlank) for blank in item.blanks)


def fill(item: ContentItem, values: Mapping[str, str], at: datetime, zone: ZoneInfo) -> str:
    """The statement with its blanks filled, as of `at`; moments are written as wall time in `zone`.

    Args:
        item: The statement.
        values: By the blank's name, as typed. A `time` is ISO 8601 with offset.
        at: Now.
        zone: The brand's.

    Raises:
        BlankError: a blank is missing, unknown, or filled with what it does not allow.
    """
    blanks = {blank.name: blank for blank in item.blanks}
    for name in values:
        if name not in blanks:
            raise BlankError(name, values[name], f"one of {', '.join(blanks) or 'no blanks'}")
    filled = {name: _filled(blank, values.get(name, "").strip(), at, zone) for name, blank in blanks.items()}
    # One pass over the text, so that a filled-in brace is never taken for a blank.
    return _GAP.sub(lambda gap: filled.get(gap[1], gap[0]), item.text)


def _filled(blank: Blank, value: str, at: datetime, zone: ZoneInfo) -> str:
    match blank:
        case EnumBlank():
            if value not in blank.of:
                raise BlankError(blank.name, value, f"one of {', '.join(blank.of)}")
            return value
        case NumberBlank():
            return _number(blank, value)
        case TimeBlank():
            return _moment(blank, value, at, zone)
        case FreeBlank():
            if not value or len(value) > FREE_CHARACTERS_MOST:
                raise BlankError(blank.name, value[:40], f"1 to {FREE_CHARACTERS_MOST} characters")
            return value
        case _:
            assert_never(blank)


def _number(blank: NumberBlank, value: str) -> str:
    expected = f"a number from {blank.min:g} to {blank.max:g}"
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", value, re.ASCII):
        raise BlankError(blank.name, value[:40], expected)
    if not blank.min <= float(value) <= blank.max:
        raise BlankError(blank.name, value, expected)
    return value


def _moment(blank: TimeBlank, value: str, at: datetime, zone: ZoneInfo) -> str:
    latest = at + timedelta(seconds=blank.within_s)
    expected = f"a time after {at.isoformat()} and up to {latest.isoformat()}"
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise BlankError(blank.name, value[:40], expected) from error
    if moment.tzinfo is None or not at < moment <= latest:
        raise BlankError(blank.name, value, expected)
    local = moment.astimezone(zone)
    if local.date() == at.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"
