"""Format 1, the simple import format: one JSON object a record.

What is well written is decoded by msgspec in one pass. Everything else (unknown fields, numbers as ids, mistakes) is read
once more, field by field, so that an error names the field and what was expected.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeGuard, assert_never, get_args

import msgspec

from services.gateway.decoding import decode_object
from services.gateway.errors import FieldError
from services.gateway.fields import (
    MAX_COUNT,
    MAX_ID_CHARS,
    MAX_NAME_CHARS,
    MAX_TAG_CHARS,
    MAX_TAGS,
    MAX_TEXT_BYTES,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    Fields,
    count_of,
    is_platform,
    moment_of,
    required,
    too_long,
)
from streams.facts import Counts, SeenKind

MAX_RECORD_BYTES = 262_144

MarkOp = Literal["settled", "paused", "resumed", "no_reply_needed"]
Op = Literal["seen", "measured", "deleted", "beat", "settled", "paused", "resumed", "no_reply_needed"]
"""`beat` is a collector's sign of life; it comes in as a CloudEvent only."""
KINDS = get_args(SeenKind)
MARK_OPS = get_args(MarkOp)
WRITTEN_OPS = ("seen", "measured", "deleted", *MARK_OPS)
DM = "dm"
"""Given as `post_id` it means what an absent one means: private messages."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A record that was read and found right. Times are in UTC."""

    time: datetime
    platform: str
    op: Op = "seen"
    observed: datetime | None = None
    kind: SeenKind | None = None
    """Set for everything `seen`."""
    id: str = ""
    """Native id; empty only for what our people did with a conversation."""
    post_id: str | None = None
    parent_id: str | None = None
    account: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_followers: int | None = None
    author_tags: tuple[str, ...] = ()
    author_verified: bool | None = None
    to_author_id: str | None = None
    auto: bool = False
    title: str | None = None
    text: str = ""
    url: str | None = None
    counts: Counts | None = None
    extra: dict[str, Any] = {}


_Time = Annotated[datetime, msgspec.Meta(tz=True)] | int | float
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARS)]
_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_BYTES // 4)]
"""No character takes more than four bytes; what may be too long is measured field by field."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)] | str | None


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A record as it is written when all is well."""

    time: _Time
    platform: str
    kind: SeenKind
    id: _Id
    text: _Text
    op: Literal["seen"] | None = None
    observed: _Time | None = None
    post_id: _Id | None = None
    parent_id: _Id | None = None
    account: _Id | None = None
    author_id: _Id | None = None
    author_name: Annotated[str, msgspec.Meta(max_length=MAX_NAME_CHARS)] | None = None
    author_followers: _Count = None
    author_tags: (
        Annotated[
            tuple[Annotated[str, msgspec.Meta(max_length=MAX_TAG_CHARS)], ...],
            msgspec.Meta(max_length=MAX_TAGS),
        ]
        | None
    ) = None
    author_verified: bool | None = None
    to_author_id: _Id | None = None
    auto: bool | None = None
    title: Annotated[str, msgspec.Meta(max_length=MAX_TITLE_CHARS)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=MAX_URL_CHARS)] | None = None
    likes: _Count = None
    comments: _Count = None
    reposts: _Count = None
    views: _Count = None
    favourites: _Count = None


FIELDS = frozenset(_Written.__struct_fields__)
COUNT_FIELDS = Counts.__struct_fields__
ID_FIELDS = ("id", "post_id", "parent_id", "account", "author_id", "to_author_id")
_written_decoder = msgspec.json.Decoder(_Written)


def read_record(raw: bytes | Mapping[str, Any]) -> Record:
    """Read one record, from its JSON (UTF-8) or from a decoded object.

    Raises:
        FieldError: it cannot be taken in; says which field, and what was expected.
    """
    if not isinstance(raw, bytes):
        return read_fields(raw)
    if len(raw) > MAX_RECORD_BYTES:
        raise too_long("", f"{len(raw)} bytes", f"{MAX_RECORD_BYTES} bytes")
    try:
        written = _written_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return read_fields(decode_object(raw, ID_FIELDS))
    return _of_written(written) if _is_plain(written) else read_fields(decode_object(raw, ID_FIELDS))


def _is_plain(written: _Written) -> bool:
    """Whether nothing is left to check that msgspec does not check; else the record is read field by field."""
    ids = (
        f"{written.id}{written.post_id}{written.parent_id}"
        f"{written.account}{written.author_id}{written.to_author_id}"
    )
    return ids.isprintable() and " " not in ids and written.post_id != DM and is_platform(written.platform)


def _of_written(written: _Written) -> Record:
    record = Record(
        time=moment_of("time", written.time),
        platform=written.platform,
        observed=None if written.observed is None else moment_of("observed", written.observed),
        kind=written.kind,
        id=written.id,
        post_id=written.post_id,
        parent_id=written.parent_id,
        account=written.account,
        author_id=written.author_id,
        author_name=written.author_name,
        author_followers=_count("author_followers", written.author_followers),
        author_tags=written.author_tags or (),
        author_verified=written.author_verified,
        to_author_id=written.to_author_id,
        auto=written.auto or False,
        title=written.title,
        text=written.text,
        url=written.url,
        counts=_counts(written),
    )
    if record.kind == "reply":
        _check_reply(record)
    return record


def _count(name: str, given: int | str | None) -> int | None:
    return count_of(name, given) if isinstance(given, str) else given


def _are_numbers(given: tuple[int | str | None, ...]) -> TypeGuard[tuple[int | None, ...]]:
    return str not in map(type, given)


def _counts(written: _Written) -> Counts | None:
    given = (written.likes, written.comments, written.reposts, written.views, written.favourites)
    if given == _NO_COUNTS:
        return None
    told = given if _are_numbers(given) else tuple(map(count_of, COUNT_FIELDS, given))
    if told == _NO_COUNTS:
        return None
    likes, comments, reposts, views, favourites = told
    return Counts(likes=likes, comments=comments, reposts=reposts, views=views, favourites=favourites)


_NO_COUNTS = (None,) * len(COUNT_FIELDS)


def read_fields(values: Mapping[str, Any], op: Op | None = None) -> Record:
    """Read a decoded object field by field; `op`, if given, holds instead of the one that is written.

    Raises:
        FieldError: as `read_record`.
    """
    fields = Fields(values)
    given: Op = op or fields.choice("op", WRITTEN_OPS) or "seen"  # type: ignore[assignment]  # one of them
    post_id = fields.identifier("post_id")
    record = Record(
        time=required("time", fields.moment("time")),
        platform=fields.platform("platform"),
        op=given,
        observed=fields.moment("observed"),
        kind=fields.choice("kind", KINDS),  # type: ignore[arg-type]  # one of them
        id=fields.identifier("id") or "",
        post_id=None if post_id == DM else post_id,
        parent_id=fields.identifier("parent_id"),
        account=fields.identifier("account"),
        author_id=fields.identifier("author_id"),
        author_name=fields.text("author_name", MAX_NAME_CHARS),
        author_followers=fields.count("author_followers"),
        author_tags=fields.tags("author_tags"),
        author_verified=fields.flag("author_verified"),
        to_author_id=fields.identifier("to_author_id"),
        auto=fields.flag("auto") or False,
        title=fields.text("title", MAX_TITLE_CHARS),
        text=_text(fields, given),
        url=fields.text("url", MAX_URL_CHARS),
        counts=_counts_of(fields),
        extra=fields.others(FIELDS),
    )
    return _checked(record)


def _text(fields: Fields, op: Op) -> str:
    text = fields.text("text", MAX_TEXT_BYTES)
    if op == "seen":
        required("text", text)
    size_bytes = len((text or "").encode())
    if size_bytes > MAX_TEXT_BYTES:
        raise too_long("text", f"{size_bytes} bytes", f"{MAX_TEXT_BYTES} bytes")
    return text or ""


def _counts_of(fields: Fields) -> Counts | None:
    given = {name: count for name in COUNT_FIELDS if (count := fields.count(name)) is not None}
    return Counts(**given) if given else None


def _checked(record: Record) -> Record:
    """The rules between fields."""
    match record.op:
        case "seen":
            if record.kind is None:
                raise FieldError("kind", f"is missing: expected one of {' '.join(KINDS)}", "missing")
            if record.kind == "reply":
                _check_reply(record)
        case "measured":
            if record.counts is None:
                raise FieldError(
                    "likes", f"is missing: expected at least one of {' '.join(COUNT_FIELDS)}", "missing"
                )
        case "settled" | "paused" | "resumed" | "no_reply_needed":
            required("account", record.account)
            required("to_author_id", record.to_author_id)
            return record
        case "deleted" | "beat":
            pass
        case _:
            assert_never(record.op)
    if not record.id:
        raise FieldError("id", "is missing", "missing")
    return record


def _check_reply(record: Record) -> None:
    required("account", record.account)
    if record.to_author_id is None and record.parent_id is None and record.post_id is None:
        raise FieldError(
            "to_author_id",
            "is missing: a reply names to_author_id, parent_id or post_id, else it is to nobody",
            "missing",
        )
