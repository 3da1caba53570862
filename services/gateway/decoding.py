"""JSON objects that may be ill written: every fault is a `FieldError`, never a crash."""

import json
from collections.abc import Collection
from typing import Any, NoReturn

import msgspec

from services.gateway.errors import FieldError

_raw_fields_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_object(raw: bytes, as_written: Collection[str] = ()) -> dict[str, Any]:
    """The JSON object in `raw`; numbers in the fields `as_written` come as strings with their own digits.

    Half a surrogate pair in an escape (programs leave it that cut a text within an emoji) is accepted here and replaced
    when the field is read.

    Raises:
        FieldError: it is not UTF-8, not JSON, nested too deeply, or no object.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise FieldError(
            "", f"not UTF-8: byte {error.start} is 0x{raw[error.start]:02x}", "not_utf8"
        ) from error
    try:
        values = _values(raw, text, as_written)
    except RecursionError as error:
        raise FieldError("", "nested too deeply", "not_json") from error
    if not isinstance(values, dict):
        raise FieldError("", "expected a JSON object", "wrong_type")
    return values


def _values(raw: bytes, text: str, as_written: Collection[str]) -> Any:
    try:
        values = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        if "\\ud" not in text.lower():
            raise FieldError("", f"not JSON: {error}", "not_json") from error
        return _with_half_characters(text)
    if isinstance(values, dict) and any(isinstance(values.get(name), int | float) for name in as_written):
        values.update(_as_written(raw, as_written))
    return values


def _as_written(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """1.0 and 12345678901234567890 keep their digits."""
    fields = _raw_fields_decoder.decode(raw)
    written = {name: bytes(fields[name]).decode() for name in names if name in fields}
    return {name: digits for name, digits in written.items() if digits[0] in "-0123456789"}


def _with_half_characters(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise FieldError("", f"not JSON: {error}", "not_json") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
