"""Format 1: what is well written is read, what is not is told with its field."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import fields, records
from services.gateway.errors import FieldError
from services.gateway.records import MAX_RECORD_BYTES, Record, read_record
from streams.facts import Counts

NOON = "2026-03-01T12:00:00+08:00"


def post(**changes: Any) -> dict[str, Any]:
    """A well-written record with some fields changed; None takes a field out."""
    record = {"time": NOON, "platform": "weibo", "kind": "post", "id": "1", "text": "西贝"} | changes
    return {name: value for name, value in record.items() if value is not None}


def line(**changes: Any) -> bytes:
    return json.dumps(post(**changes), ensure_ascii=False).encode()


def refusal(raw: bytes | dict[str, Any]) -> FieldError:
    with pytest.raises(FieldError) as caught:
        read_record(raw)
    return caught.value


def test_a_post_is_read_with_its_time_in_utc() -> None:
    record = read_record(line(author_id="u1", likes=3))
    assert record == Record(
        time=datetime(2026, 3, 1, 4, tzinfo=UTC),
        platform="weibo",
        kind="post",
        id="1",
        author_id="u1",
        text="西贝",
        counts=Counts(likes=3),
    )


@pytest.mark.parametrize(
    "written",
    ["2026-03-01T12:00:00.1234567+08:00", "2026-03-01 12:00:00Z", "2026-03-01T12:00:00-09:30", "20260301T120000Z",
     "2026-03-01T12:00+08:00", "1772337600", 1772337600, 1772337600123],
)  # fmt: skip
def test_a_time_is_the_same_whichever_way_its_record_is_read(written: str | int) -> None:
    in_one_pass, field_by_field = read_record(line(time=written)), read_record(line(time=written, note="x"))
    assert in_one_pass.time == field_by_field.time
    assert in_one_pass.time.tzinfo is UTC


@given(
    st.fixed_dictionaries(
        {"text": st.text(max_size=30)},
        optional={
            "author_name": st.text(max_size=30),
            "title": st.text(max_size=30),
            "likes": st.integers(0, 10**12),
            "auto": st.booleans(),
            "author_tags": st.lists(st.text(max_size=5), max_size=3),
            "author_id": st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True),
        },
    )
)
def test_the_fast_way_and_the_careful_way_read_the_same(changes: dict[str, Any]) -> None:
    record = post(**changes)
    assert read_record(msgspec.json.encode(record)) == read_record(record)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (NOON, "2026-03-01T04:00:00+00:00"),
        ("2026-03-01T04:00:00Z", "2026-03-01T04:00:00+00:00"),
        ("2026-03-01 12:00:00.25+08:00", "2026-03-01T04:00:00.250000+00:00"),
        (1772337600, "2026-03-01T04:00:00+00:00"),
        (1772337600000, "2026-03-01T04:00:00+00:00"),
        ("1772337600", "2026-03-01T04:00:00+00:00"),
        (1772337600.5, "2026-03-01T04:00:00.500000+00:00"),
    ],
)
def test_times_come_as_iso_or_epoch(written: object, expected: str) -> None:
    assert read_record(line(time=written)).time.isoformat() == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-03-01T12:00:00", "no_zone"),
        ("2026-03-01", "no_zone"),
        ("yesterday", "bad_time"),
        ("", "bad_time"),
        ("2026-02-30T00:00:00Z", "bad_time"),
        ("1999-12-31T23:59:59Z", "out_of_range"),
        ("2101-01-01T00:00:00Z", "out_of_range"),
        ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("9999-12-31T23:59:59-14:00", "out_of_range"),
        ("20250101", "out_of_range"),
        (0, "out_of_range"),
        (-5, "out_of_range"),
        (10**18, "out_of_range"),
        (True, "wrong_type"),
        ([], "wrong_type"),
        (None, "missing"),
    ],
)
def test_what_is_no_time_is_refused_by_name(written: object, code: str) -> None:
    error = refusal(line(time=written))
    assert (error.field, error.code) == ("time", code)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"12345678901234567890", "12345678901234567890"),
        (b"1.0", "1.0"),
        (b"1e3", "1e3"),
        (b"-0", "-0"),
        (b'"007"', "007"),
        (b'"\xe5\xbe\xae\xe5\x8d\x9a 1"', "微博 1"),
    ],
)
def test_an_id_is_kept_as_written(written: bytes, expected: str) -> None:
    assert read_record(line(id="@").replace(b'"@"', written)).id == expected


@pytest.mark.parametrize("name", ["id", "post_id", "parent_id", "account", "author_id", "to_author_id"])
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("a\0b", "bad_character"),
        ("a\nb", "bad_character"),
        ("a\x85", "bad_character"),
        ("  ", "missing"),
        ("x" * 201, "too_long"),
        (True, "wrong_type"),
        ({}, "wrong_type"),
    ],
)
def test_an_id_that_is_none_is_refused_by_name(name: str, written: object, code: str) -> None:
    error = refusal(line(**{name: written}))
    assert (error.field, error.code) == (name, code)


def test_an_empty_optional_id_is_absent_and_dm_means_no_post() -> None:
    record = read_record(line(kind="message", account="us", post_id="dm", parent_id=""))
    assert (record.post_id, record.parent_id) == (None, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (0, 0),
        (12.0, 12),
        ("12", 12),
        ("1,024", 1024),
        ("1.1万", 11_000),
        ("1.2w", 12_000),
        ("3亿", 300_000_000),
        ("10万+", 100_000),
        ("2.5k", 2_500),
        (" 7 ", 7),
    ],
)
def test_counts_come_as_platforms_write_them(written: object, expected: int) -> None:
    record = read_record(line(likes=written, author_followers=written))
    assert record.counts == Counts(likes=expected)
    assert record.author_followers == expected


@pytest.mark.parametrize("written", ["", "-"])
def test_a_count_that_is_not_told_is_absent(written: str) -> None:
    assert read_record(line(likes=written)).counts is None


@pytest.mark.parametrize("written", [-1, 1.5, "viele", "1.2.3", "-3", "１２", True, [], 10**13, "99999999亿"])
def test_what_is_no_count_is_refused_by_name(written: object) -> None:
    assert refusal(line(views=written)).field == "views"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"platform": None}, "platform", "missing"),
        ({"platform": "Weibo"}, "platform", "unknown_value"),
        ({"platform": "we ibo"}, "platform", "unknown_value"),
        ({"platform": 3}, "platform", "wrong_type"),
        ({"kind": None}, "kind", "missing"),
        ({"kind": "tweet"}, "kind", "unknown_value"),
        ({"op": "beat"}, "op", "unknown_value"),
        ({"op": "liked"}, "op", "unknown_value"),
        ({"id": None}, "id", "missing"),
        ({"text": None}, "text", "missing"),
        ({"text": 5}, "text", "wrong_type"),
        ({"text": "长" * 40_000}, "text", "too_long"),
        ({"text": "x" * 10_000_000}, "", "too_long"),
        ({"title": "x" * 1_001}, "title", "too_long"),
        ({"author_name": "x" * 201}, "author_name", "too_long"),
        ({"url": "x" * 4_001}, "url", "too_long"),
        ({"author_tags": "vip"}, "author_tags", "wrong_type"),
        ({"author_tags": ["x"] * 51}, "author_tags", "too_long"),
        ({"author_verified": 1}, "author_verified", "wrong_type"),
        ({"auto": "yes"}, "auto", "wrong_type"),
        ({"note": "x" * 17_000}, "note", "too_long"),
        ({"kind": "reply"}, "account", "missing"),
        ({"kind": "reply", "account": "us"}, "to_author_id", "missing"),
        ({"op": "measured"}, "likes", "missing"),
        ({"op": "settled", "to_author_id": "u"}, "account", "missing"),
        ({"op": "paused", "account": "us"}, "to_author_id", "missing"),
    ],
)
def test_a_fault_is_told_with_its_field(changes: dict[str, Any], field: str, code: str) -> None:
    raw = line(**changes)
    error = refusal(raw)
    assert (error.field, error.code) == (field, code)
    assert len(error.reason) < 300
    if len(raw) <= MAX_RECORD_BYTES:
        assert refusal(post(**changes)).field == field


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"hello", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "not_json"),
        (b'{"time": NaN}', "not_json"),
        (b'{"time": Infinity, "text": "\\ud83d"}', "not_json"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b'"text"', "wrong_type"),
        (b'{"text": "\xff"}', "not_utf8"),
        (b'{"unknown": "\xed\xa0\x80"}', "not_utf8"),
    ],
)
def test_what_is_no_record_at_all_is_refused_as_a_whole(raw: bytes, code: str) -> None:
    error = refusal(raw)
    assert (error.field, error.code) == ("", code)


def test_the_place_of_a_byte_that_is_not_utf8_is_told() -> None:
    assert "byte 10 is 0xff" in refusal(b'{"text": "\xff"}').reason


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    raw = line(text="@", id="9").replace(b"@", b"cut \\ud83d").replace(b'"9"', b"9")
    record = read_record(raw)
    assert (record.text, record.id) == ("cut \ufffd", "9")
    assert refusal(line(id="@").replace(b"@", b"\\ud83d")).code == "bad_character"


def test_unknown_fields_are_kept() -> None:
    extra = {"cascade": "c1", "deep": {"list": [1, 2.5, None, True]}, "big": 10**18}
    assert read_record(line(**extra)).extra == extra


def test_unknown_fields_nested_too_deeply_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(fields.MAX_EXTRA_DEPTH + 1):
        deep = [deep]
    assert refusal(line(note=deep)).code == "too_long"


def test_a_mark_needs_neither_id_nor_text() -> None:
    record = read_record(
        {
            "time": NOON,
            "platform": "weibo",
            "op": "settled",
            "account": "us",
            "to_author_id": "u1",
            "post_id": "p",
        }
    )
    assert (record.op, record.id) == ("settled", "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
plausible = st.sampled_from(
    [
        NOON,
        "weibo",
        "post",
        "reply",
        "seen",
        "measured",
        "settled",
        "1.2万",
        "dm",
        "",
        "\0",
        "\ud800",
        1772337600,
        10**30,
        -1,
    ]
)
any_record = st.dictionaries(
    st.sampled_from([*sorted(records.FIELDS), "other", "另"]), plausible | json_values, max_size=12
).map(lambda record: {"time": NOON, "platform": "weibo", "kind": "post", "id": "1", "text": ""} | record)


@given(any_record)
def test_any_object_is_read_or_refused_with_a_reason(record: dict[str, Any]) -> None:
    check_read_or_refused(record)
    check_read_or_refused(json.dumps(record).encode())


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused_with_a_reason(raw: bytes) -> None:
    check_read_or_refused(raw)


@given(st.data())
def test_a_record_with_one_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(line(author_id="u1", likes="1.2万", note={"a": [1]}))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    check_read_or_refused(bytes(raw))


def check_read_or_refused(raw: bytes | dict[str, Any]) -> None:
    told = read_or_refusal(raw)
    if isinstance(told, Record):
        msgspec.json.encode(told)
        assert told.time.utcoffset() == timedelta(0)
    else:
        assert told.reason.encode()


def read_or_refusal(raw: bytes | dict[str, Any]) -> Record | FieldError:
    try:
        return read_record(raw)
    except FieldError as error:
        return error


@pytest.mark.parametrize(
    "name",
    [
        "xibei_2025_bilibili",
        "metro_2025_weibo",
        "citizen_messages_2017_2020",
        "brand_cascades_2011_2015_weibo",
    ],
)
def test_every_record_of_a_real_event_is_read(data_folder: Path, name: str) -> None:
    lines = (data_folder / "events" / f"{name}.jsonl").read_bytes().splitlines()
    assert all(read_record(raw).text is not None for raw in lines)
