"""Cursors of paged lists: where the next page begins, opaque to callers, safe in an address."""

import base64
import binascii
from typing import TypeVar

import msgspec

from services.views.errors import BadCursor

LIMIT_DEFAULT = 50
LIMIT_MOST = 500
CURSOR_LENGTH_MOST = 1_000

T = TypeVar("T")


def encode_cursor(place: object) -> str:
    """`place` as a word of letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode_cursor(cursor: str, place: type[T]) -> T:
    """What `encode_cursor` was given.

    Raises:
        BadCursor: it is not such a word.
    """
    padded = cursor[:CURSOR_LENGTH_MOST] + "=" * (-len(cursor) % 4)
    try:
        return msgspec.json.decode(base64.b64decode(padded, altchars="-_", validate=True), type=place)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise BadCursor(f"cursor {cursor[:40]!r} is not one of ours") from error
