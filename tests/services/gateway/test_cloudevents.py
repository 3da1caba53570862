"""CloudEvents: facts come in, decisions do not; what goes out comes back in as the same facts."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.arrivals import to_arrivals
from services.gateway.cloudevents import fact_to_cloudevent, is_binary, read_binary_event, read_event
from services.gateway.errors import FieldError
from services.gateway.export import exported
from services.gateway.records import Record, read_record
from services.vault import ClearVault, Vault, private_of
from streams.arrivals import Arrival
from streams.events import PersonErased
from streams.facts import AnyFact, Seen
from streams.journal import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA = {"time": NOON.isoformat(), "platform": "weibo", "kind": "post", "id": "1", "text": "西贝"}


def event(data: object = DATA, **changes: Any) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/crawler",
        "type": "mention.observed",
        "data": data,
    }
    return json.dumps(
        {name: value for name, value in (envelope | changes).items() if value is not None}
    ).encode()


def refusal(raw: bytes) -> FieldError:
    with pytest.raises(FieldError) as caught:
        read_event(raw)
    return caught.value


def facts_of(records: list[Record], vault: Vault | ClearVault, source: str = "crawler") -> list[AnyFact]:
    arrivals = to_arrivals(records, source=source, recorded_at=NOON, sealer=vault, accounts=frozenset())
    return [one.fact for one in arrivals if isinstance(one, Arrival)]


def test_an_event_holds_the_fields_of_a_record() -> None:
    assert read_event(event(time="2026-03-01T00:00:00Z", anything="else")) == read_record(DATA)


def test_data_may_come_as_base64() -> None:
    written = json.dumps(DATA).encode()
    encoded = msgspec.to_builtins(written)
    assert read_event(event(None, data_base64=encoded)) == read_record(DATA)


def test_a_binary_event_has_its_attributes_in_headers() -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "e%20%31",
        "ce-source": "/crawler",
        "ce-type": "mention.observed",
        "content-type": "application/json; charset=utf-8",
    }
    assert is_binary(headers)
    assert read_binary_event(headers, json.dumps(DATA).encode()) == read_record(DATA)


def test_a_type_without_content_tells_the_op() -> None:
    base = {"time": DATA["time"], "platform": "weibo", "id": "1"}
    assert read_event(event(base, type="item.deleted")).op == "deleted"
    assert read_event(event(base | {"likes": 4}, type="item.measured")).op == "measured"
    assert read_event(event(base, type="collector.beat")).op == "beat"


@pytest.mark.parametrize(
    ("raw", "field", "code"),
    [
        (event(specversion=None), "specversion", "missing"),
        (event(specversion="0.3"), "specversion", "unknown_value"),
        (event(specversion=1.0), "specversion", "wrong_type"),
        (event(id=None), "id", "missing"),
        (event(id=""), "id", "missing"),
        (event(source=None), "source", "missing"),
        (event(type=None), "type", "missing"),
        (event(type=["x"]), "type", "wrong_type"),
        (event(type="item.judged"), "type", "not_a_fact"),
        (event(type="incident.opened"), "type", "not_a_fact"),
        (event(datacontenttype="text/xml"), "datacontenttype", "unknown_value"),
        (event(None), "data", "missing"),
        (event("text"), "data", "wrong_type"),
        (event([]), "data", "wrong_type"),
        (event(None, data_base64="%"), "data_base64", "wrong_type"),
        (event(None, data_base64=7), "data_base64", "wrong_type"),
        (event(DATA | {"time": "now"}), "time", "bad_time"),
        (event(DATA | {"text": None}), "text", "missing"),
        (event(DATA | {"kind": "reply", "account": "us", "post_id": "9"}), "kind", "unknown_value"),
        (event(DATA, type="reply.sent"), "kind", "unknown_value"),
        (event(DATA | {"kind": "comment"}, type="comment.received"), "account", "missing"),
        (event(DATA | {"op": "deleted"}), "op", "unknown_value"),
        (event({}, type="item.deleted"), "time", "missing"),
        (b"", "", "not_json"),
        (b"[]", "", "wrong_type"),
        (b'"\xff"', "", "not_utf8"),
        (b"x" * 300_000, "", "too_long"),
    ],
)
def test_a_faulty_event_is_refused_by_the_name_of_its_field(raw: bytes, field: str, code: str) -> None:
    error = refusal(raw)
    assert (error.field, error.code) == (field, code)


def test_half_a_surrogate_pair_in_data_is_replaced() -> None:
    assert read_event(event(DATA | {"text": "cut \ud83d"})).text == "cut \ufffd"


@given(st.binary(max_size=60))
def test_any_bytes_as_data_are_refused_with_a_reason(noise: bytes) -> None:
    assert refusal(event(None, data_base64=msgspec.to_builtins(noise))).reason


WRITTEN: list[dict[str, Any]] = [
    DATA
    | {
        "author_id": "u1",
        "author_name": "林",
        "likes": 3,
        "note": {"a": [1]},
        "title": "题",
        "url": "https://x.example",
    },
    DATA
    | {
        "id": "2",
        "kind": "comment",
        "account": "us",
        "post_id": "9",
        "author_id": "u2",
        "author_tags": ["vip"],
    },
    DATA | {"id": "3", "kind": "message", "account": "us", "author_id": "u2", "author_followers": 10},
    DATA
    | {"id": "4", "kind": "reply", "account": "us", "parent_id": "2", "to_author_id": "u2", "auto": True},
    DATA | {"id": "cJAYqd", "observed": "2026-03-01T11:59:00Z"},
    {"time": DATA["time"], "platform": "weibo", "id": "1", "op": "measured", "views": 9},
    {"time": DATA["time"], "platform": "weibo", "id": "2", "op": "deleted", "account": "us", "post_id": "9"},
]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Any:
    vault = Vault.of_folder(tmp_path_factory.mktemp("vault"), {})
    yield vault
    vault.close()


@pytest.mark.parametrize("written", WRITTEN, ids=lambda one: f"{one.get('op') or one['kind']}-{one['id']}")
def test_what_is_exported_comes_in_again_as_the_same_fact(vault: Vault, written: dict[str, Any]) -> None:
    (fact,) = facts_of([read_record(written)], vault)
    private = private_of(vault, fact) if isinstance(fact, Seen) else None
    again = read_event(msgspec.json.encode(fact_to_cloudevent(fact, private)))
    (fact_again,) = facts_of([again], vault)
    assert again.extra == ({"note": {"a": [1]}} if "note" in written else {})
    assert without_seal(fact_again) == without_seal(fact)


def without_seal(fact: AnyFact) -> AnyFact:
    return msgspec.structs.replace(fact, sealed=b"") if isinstance(fact, Seen) else fact


def test_a_sealed_export_shows_no_text_and_cannot_come_in_again(vault: Vault) -> None:
    (fact,) = facts_of([read_record(WRITTEN[0] | {"author_id": "somebody-who-wrote"})], vault)
    assert isinstance(fact, Seen)
    raw = msgspec.json.encode(fact_to_cloudevent(fact, private_of(vault, fact), sealed=True))
    assert "西贝".encode() not in raw
    assert b"somebody-who-wrote" not in raw
    assert refusal(raw).field == "text"


def test_the_export_follows_both_journals_and_opens_what_is_not_forgotten(tmp_path: Path) -> None:
    vault = Vault.of_folder(tmp_path, {})
    shown, forgotten = facts_of([read_record(WRITTEN[0]), read_record(WRITTEN[1])], vault)
    vault.forget(vault.pseudonym("weibo", "u2"))
    erased = PersonErased(cause="c", key="k", at=NOON, person="p", by="he")
    later = NOON.replace(hour=13)
    intake = [
        Entry(partition="intake", seq=1, prev=b"", now=NOON, events=(shown,)),
        Entry(partition="intake", seq=2, prev=b"", now=later, events=(forgotten,)),
    ]
    desk = [Entry(partition="desk", seq=1, prev=b"", now=NOON, events=(erased,))]
    events = list(exported([intake, desk], vault))
    assert [event.type for event in events] == ["mention.observed", "person.erased", "comment.received"]
    assert [event.data.get("text") for event in events] == ["西贝", None, None]
    assert (events[1].source, events[1].causationid, events[1].id) == ("/desk", "c", erased.id)
    assert [event.type for event in exported([intake, desk], vault, types={"person.erased"})] == [
        "person.erased"
    ]
    vault.close()
