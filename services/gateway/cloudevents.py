"""CloudEvents 1.0 (cloudevents.io): facts on their way in, facts and decided events on their way out.

`data` holds the fields of format 1. What Fenghuo decides goes out only: nobody can report a decision to it.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from services.gateway.decoding import decode_object
from services.gateway.errors import FieldError
from services.gateway.fields import MAX_ID_CHARS, Fields, required, too_long
from services.gateway.records import ID_FIELDS, MAX_RECORD_BYTES, Op, Record, read_fields, read_record
from services.gateway.written import record_of
from streams.decided import Decided
from streams.facts import AnyFact, Private, Seen

SPECIFICATION = "1.0"
MAX_EVENT_BYTES = MAX_RECORD_BYTES + 8_192
JSON_TYPES = ("application/json", "text/json")
HEADER_PREFIX = "ce-"

_SEEN_TYPES: Mapping[str, tuple[str, ...]] = {
    "mention.observed": ("post", "repost", "comment", "message"),
    "comment.received": ("comment", "message"),
    "reply.sent": ("reply",),
    "item.edited": ("post", "repost", "comment", "message", "reply"),
}
"""Types with content, and the kinds that each may hold."""
_OTHER_TYPES: Mapping[str, Op] = {
    "item.measured": "measured",
    "item.deleted": "deleted",
    "collector.beat": "beat",
}
FACT_TYPES = (*_SEEN_TYPES, *_OTHER_TYPES)


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it comes in. Extensions are allowed and not read."""

    specversion: Any = None
    id: Any = None
    source: Any = None
    type: Any = None
    datacontenttype: Any = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: Any = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


def read_event(raw: bytes) -> Record:
    """Read one event in structured JSON mode.

    Raises:
        FieldError: it is no event, or no fact, or its data is no record; `data` fields are named as in a record.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise too_long("", f"{len(raw)} bytes", f"{MAX_EVENT_BYTES} bytes")
    try:
        envelope = _envelope_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        envelope = _envelope_of(decode_object(raw))
    return _record(envelope, _data(envelope))


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether the attributes of an event stand in the headers (names in lower case), and its data is the body."""
    return HEADER_PREFIX + "specversion" in headers


def read_binary_event(headers: Mapping[str, str], body: bytes) -> Record:
    """Read one event in HTTP binary mode: attributes in `ce-` headers (names in lower case), data as the body.

    Raises:
        FieldError: as `read_event`.
    """
    # The HTTP binding percent-encodes what is not printable ASCII.
    attributes = {
        name.removeprefix(HEADER_PREFIX): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    envelope = _Envelope(
        specversion=attributes.get("specversion"),
        id=attributes.get("id"),
        source=attributes.get("source"),
        type=attributes.get("type"),
        datacontenttype=headers.get("content-type"),
    )
    return _record(envelope, body)


def _envelope_of(values: dict[str, Any]) -> _Envelope:
    """An event that msgspec did not take: its data holds half characters, which are replaced here."""
    written = json.dumps(values.get("data"), ensure_ascii=True).encode()
    known = {
        name: values.get(name)
        for name in ("specversion", "id", "source", "type", "datacontenttype", "data_base64")
    }
    return _Envelope(**known, data=msgspec.Raw(written))


def _data(envelope: _Envelope) -> bytes:
    if envelope.data_base64 is not None:
        return _decoded_base64(envelope.data_base64)
    data = bytes(envelope.data)
    if data in (b"", b"null"):
        raise FieldError("data", "is missing: expected an object with the fields of a record", "missing")
    return data


def _decoded_base64(written: object) -> bytes:
    try:
        return base64.b64decode(written if isinstance(written, str) else "?", validate=True)
    except ValueError as error:
        raise FieldError("data_base64", "expected base64", "wrong_type") from error


def _record(envelope: _Envelope, data: bytes) -> Record:
    event_type = _checked_type(envelope)
    try:
        if event_type in _OTHER_TYPES:
            return read_fields(decode_object(data, ID_FIELDS), _OTHER_TYPES[event_type])
        record = read_record(data)
    except FieldError as error:
        raise _told_of_event(error) from error
    _check_fits(record, event_type)
    return record


def _told_of_event(error: FieldError) -> FieldError:
    if error.field == "text" and error.code == "missing":
        return FieldError(
            "text", "is missing: what was exported sealed or forgotten cannot come in again", "missing"
        )
    return error if error.field else FieldError("data", error.reason, error.code)


def _check_fits(record: Record, event_type: str) -> None:
    if record.op != "seen":
        raise FieldError("op", f"{record.op} does not fit the type {event_type}", "unknown_value")
    kinds = _SEEN_TYPES[event_type]
    if record.kind not in kinds:
        raise FieldError(
            "kind",
            f"{record.kind} does not fit the type {event_type}: expected {' '.join(kinds)}",
            "unknown_value",
        )
    if event_type == "comment.received":
        required("account", record.account)


def _checked_type(envelope: _Envelope) -> str:
    attributes = Fields({name: getattr(envelope, name) for name in ("specversion", "id", "source", "type")})
    version = required("specversion", attributes.text("specversion", MAX_ID_CHARS))
    if version != SPECIFICATION:
        raise FieldError("specversion", f"expected {SPECIFICATION}", "unknown_value")
    required("id", attributes.text("id", MAX_ID_CHARS) or None)
    required("source", attributes.text("source", 2_000) or None)
    event_type = required("type", attributes.text("type", MAX_ID_CHARS) or None)
    _check_content_type(envelope.datacontenttype)
    if event_type not in FACT_TYPES:
        raise FieldError(
            "type",
            f"{event_type!r} is not a fact; Fenghuo takes in {' '.join(FACT_TYPES)} and decides the rest itself",
            "not_a_fact",
        )
    return event_type


def _check_content_type(content_type: object) -> None:
    if content_type is None:
        return
    media_type = str(content_type).partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES and not media_type.endswith("+json"):
        raise FieldError("datacontenttype", "expected application/json", "unknown_value")


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event on its way out, with the extensions `partitionkey`, `causationid`, `correlationid`, `recordedtime`, `drill`."""

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    subject: str | None = None
    partitionkey: str | None = None
    causationid: str | None = None
    correlationid: str | None = None
    recordedtime: datetime | None = None
    drill: bool = False
    """Of a drill (演练): it happened to nobody."""
    data: dict[str, Any] = {}


def fact_to_cloudevent(fact: AnyFact, private: Private | None, *, sealed: bool = False) -> CloudEvent:
    """A fact with its content in the clear; `sealed` gives the sealed bytes (base64) and the pseudonym instead."""
    data = record_of(fact, None if sealed else private)
    if sealed and isinstance(fact, Seen):
        data |= {"sealed": base64.b64encode(fact.sealed).decode(), "author": fact.author}
    return CloudEvent(
        specversion=SPECIFICATION,
        id=fact.id,
        source=f"/sources/{fact.source}",
        type=str(fact.__struct_config__.tag),
        time=fact.occurred_at,
        datacontenttype=JSON_TYPES[0],
        subject=fact.item,
        partitionkey=fact.key,
        correlationid=fact.item,
        recordedtime=fact.recorded_at,
        data=data,
    )


def decision_to_cloudevent(event: Decided, partition: str) -> CloudEvent:
    """A decided event of a partition (`intake`, `desk`); `correlationid` is the incident, conversation or item."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    del data["type"]
    about = next(
        (data[name] for name in ("incident", "conversation", "item") if isinstance(data.get(name), str)), None
    )
    return CloudEvent(
        specversion=SPECIFICATION,
        id=event.id,
        source=f"/{partition}",
        type=event.type,
        time=event.at,
        datacontenttype=JSON_TYPES[0],
        subject=about,
        partitionkey=event.key,
        causationid=event.cause,
        correlationid=about,
        data=data,
    )
