"""HTTP bodies cut into entries, each still undecoded: one bad entry does not spoil the others."""

import re

import msgspec

from services.gateway.errors import BodyError

_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_single_decoder = msgspec.json.Decoder(msgspec.Raw)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def entries(body: bytes) -> list[bytes]:
    """The entries of a JSON array, of JSON lines, or one JSON object.

    Raises:
        BodyError: it is none of these; says where it goes wrong.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return _of_array(body.removeprefix(b"\xef\xbb\xbf"))
    if start == b"{":
        return _of_objects(body.removeprefix(b"\xef\xbb\xbf"))
    found = f"{start!r}" if start else "nothing"
    raise BodyError(f"expected a JSON array, JSON lines or a JSON object, found {found} at the start")


def _of_array(body: bytes) -> list[bytes]:
    try:
        return [bytes(entry) for entry in _array_decoder.decode(body)]
    except msgspec.DecodeError as error:
        return _of_array_with_half_characters(body, error)
    except (UnicodeDecodeError, RecursionError) as error:
        raise BodyError(f"not a JSON array: {error}") from error


def _of_array_with_half_characters(body: bytes, error: msgspec.DecodeError) -> list[bytes]:
    """The entries of an array that holds half a surrogate pair in an escape; whoever reads that entry deals with it."""
    whole = _without_half_characters(body)
    if whole == body:
        raise BodyError(f"not a JSON array: {error}") from error
    found, position = [], 0
    for entry in _of_array(whole):
        position = whole.index(entry, position)
        found.append(body[position : position + len(entry)])
        position += len(entry)
    return found


def _without_half_characters(body: bytes) -> bytes:
    """The same, of the same length, with U+FFFD for every half of a surrogate pair."""
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["half"] else escape[0], body)


def _of_objects(body: bytes) -> list[bytes]:
    try:
        return [_single(body)]
    except BodyError:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > 1 and any(_looks_whole(line.strip()) for line in lines):
            return lines
        whole = _without_half_characters(body)
        if whole == body:
            raise
        _single(whole)
        return [body]


def _looks_whole(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}")


def _single(body: bytes) -> bytes:
    try:
        return bytes(_single_decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError(f"not JSON: {error}") from error
