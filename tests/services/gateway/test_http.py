"""The inlets over HTTP: who may send, what is answered, and that every error says what to do."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from services.gateway import http
from services.gateway.http import MAX_BODY_BYTES, routes
from services.gateway.ingest import Gateway, Line, Lines
from services.gateway.sources import Allowance, Source, Sources
from services.vault import Vault
from streams.errors import Overloaded, StoreUnavailable

KEY = "key-of-the-crawler"
BEARER = {"authorization": f"Bearer {KEY}"}
RATE_PER_S = 100.0


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(gateway: Gateway, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    sources = Sources(
        [Source(id="other", key="x", rate_per_s=1), Source(id="crawler", key=KEY, rate_per_s=RATE_PER_S)]
    )
    handlers = routes(
        gateway, sources, is_local=lambda request: "x-local" in request.headers, monotonic_s=clock
    )
    transport = httpx.ASGITransport(app=Litestar(handlers, openapi_config=None, logging_config=None))  # type: ignore[arg-type]  # ASGI's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://fenghuo") as client:
        yield client


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    base = {
        "time": "2026-03-01T12:00:00Z",
        "platform": "weibo",
        "kind": "post",
        "id": str(number),
        "text": f"第 {number} 条",
    }
    return base | changes


def event(data: dict[str, Any], event_type: str = "mention.observed") -> dict[str, Any]:
    return {"specversion": "1.0", "id": "e", "source": "/s", "type": event_type, "data": data}


async def post(
    client: httpx.AsyncClient, body: object, path: str = "/v1/records", **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(path, content=content, headers=BEARER | headers)


async def test_an_array_is_taken_in_and_counted(client: httpx.AsyncClient, house: Any, counts: Any) -> None:
    answer = await post(client, [record(1), record(2), record(1)])
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 2, "duplicates": 1, "rejected": []}
    assert [fact.source for fact in house.facts.values()] == ["crawler", "crawler"]
    assert counts.seen["duplicates"] == 1


@pytest.mark.parametrize(
    "body", [b"%s\n%s\r\n\n", b"\xef\xbb\xbf[%s,%s]", b" \n%s\n%s"], ids=["lines", "bom", "space"]
)
async def test_lines_and_arrays_are_told_apart_by_their_start(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(client, body % (json.dumps(record(1)).encode(), json.dumps(record(2)).encode()))
    assert answer.json()["accepted"] == 2


async def test_one_object_may_be_written_over_several_lines(client: httpx.AsyncClient) -> None:
    assert (await post(client, json.dumps(record(), indent=2).encode())).json()["accepted"] == 1


async def test_wrong_entries_are_named_and_the_rest_is_taken_in(
    client: httpx.AsyncClient, counts: Any
) -> None:
    answer = await post(
        client, [record(1), record(2, time="2026-03-01T12:00:00"), 7, record(3, kind="tweet")]
    )
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["duplicates"]) == (1, 0)
    assert [(one["index"], one["field"]) for one in told["rejected"]] == [(1, "time"), (2, ""), (3, "kind")]
    assert all(one["reason"] for one in told["rejected"])
    assert counts.seen["rejected/no_zone"] == 1


async def test_lines_that_are_not_utf8_are_refused_alone(client: httpx.AsyncClient) -> None:
    body = json.dumps(record(1)).encode() + b'\n{"text": "\xff"}\n' + json.dumps(record(2)).encode()
    told = (await post(client, body)).json()
    assert (told["accepted"], told["rejected"][0]["index"]) == (2, 1)


async def test_long_batches_are_submitted_in_chunks_with_the_index_of_the_whole(
    client: httpx.AsyncClient, house: Any
) -> None:
    batch: list[Any] = [record(number) for number in range(1_100)]
    batch[1_050] = "no record"
    told = (await post(client, batch)).json()
    assert (told["accepted"], told["rejected"][0]["index"]) == (1_099, 1_050)
    assert house.batches == [500, 500, 99]


async def test_what_the_house_refuses_is_rejected_with_its_reason(
    client: httpx.AsyncClient, house: Any, vault: Vault
) -> None:
    house.refuses = vault.pseudonym("weibo", "nobody")
    mark = {"time": "2026-03-01T12:00:00Z", "platform": "weibo", "op": "settled", "account": "us"}
    told = (await post(client, [mark | {"to_author_id": "u"}, mark | {"to_author_id": "nobody"}])).json()
    assert told["accepted"] == 1
    assert told["rejected"] == [{"index": 1, "field": "op", "reason": "there is no such conversation"}]


async def test_events_come_single_in_batches_and_binary(client: httpx.AsyncClient) -> None:
    single = await post(
        client, event(record(1)), "/v1/events", **{"content-type": "application/cloudevents+json"}
    )
    batch = await post(
        client,
        [event(record(2)), event(record(3), "item.judged")],
        "/v1/events",
        **{"content-type": "application/cloudevents-batch+json"},
    )
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": "e",
        "ce-source": "/s",
        "content-type": "application/json",
    }
    binary = await post(client, record(4), "/v1/events", **attributes, **{"ce-type": "mention.observed"})
    refused = await post(client, record(4), "/v1/events", **attributes, **{"ce-type": "page.sent"})
    assert [answer.status_code for answer in (single, batch, binary, refused)] == [202] * 4
    assert [answer.json()["accepted"] for answer in (single, batch, binary, refused)] == [1, 1, 1, 0]
    assert [(one["index"], one["field"]) for one in batch.json()["rejected"]] == [(1, "type")]
    assert refused.json()["rejected"][0]["field"] == "type"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer \xff"])
async def test_without_a_key_nothing_comes_in(client: httpx.AsyncClient, house: Any, header: str) -> None:
    answer = await client.post(
        "/v1/records", content=b"[]", headers={b"authorization": header.encode("latin-1")}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert_clear(answer)
    assert not house.facts


async def test_who_comes_through_the_socket_needs_no_key(client: httpx.AsyncClient, house: Any) -> None:
    answer = await client.post("/v1/records", content=json.dumps([record()]), headers={"x-local": "1"})
    assert answer.json()["accepted"] == 1
    assert [fact.source for fact in house.facts.values()] == ["file"]


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"hello", b"{", b"[1,", b'[{"a":]', b"{\n}}\n", b"null", b"[" * 50_000]
)
async def test_a_body_that_is_not_json_is_refused_whole(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code == 400
    assert_clear(answer)


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    answer = await post(client, b"[" + b" " * MAX_BODY_BYTES + b"]")
    assert answer.status_code == 413
    assert str(MAX_BODY_BYTES) in assert_clear(answer)


async def test_a_source_that_sends_too_fast_is_asked_to_wait(client: httpx.AsyncClient, clock: Clock) -> None:
    assert (await post(client, [record(number) for number in range(300)])).status_code == 202
    answer = await post(client, [record()])
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert_clear(answer)
    clock.now_s += 2
    assert (await post(client, [record()])).status_code == 202


@pytest.mark.parametrize(
    ("trouble", "retry_after"),
    [(Overloaded(7), "7"), (StoreUnavailable("disk full"), str(http.STORE_RETRY_S))],
)
async def test_a_house_that_cannot_record_says_so_and_nothing_is_accepted(
    client: httpx.AsyncClient, house: Any, trouble: Exception, retry_after: str
) -> None:
    house.trouble = [trouble]
    answer = await post(client, [record()])
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == retry_after
    assert_clear(answer)
    assert (await post(client, [record()])).json()["accepted"] == 1


async def test_lines_of_files_are_taken_through_the_socket_only(client: httpx.AsyncClient) -> None:
    lines = Lines(format="records", origin="f", lines=(Line(1, json.dumps(record()).encode()),))
    body = msgspec.msgpack.encode(lines)
    assert (await client.post("/v1/lines", content=body, headers=BEARER)).status_code == 401
    assert (await client.post("/v1/lines", content=b"?", headers={"x-local": "1"})).status_code == 400
    answer = await client.post("/v1/lines", content=body, headers={"x-local": "1"})
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}


def assert_clear(answer: httpx.Response) -> str:
    """Every error says what happened, what is safe and what to do, and never shows a key."""
    told = answer.json()
    assert set(told) == {"title", "status", "safe", "do"}
    assert all(told.values())
    assert KEY not in answer.text
    return str(told["title"])


def test_an_allowance_holds_the_average_and_lets_large_batches_in() -> None:
    allowance = Allowance(10.0, now_s=0)
    allowance.spend(100, now_s=0)
    assert allowance.wait_s(0) == pytest.approx(8.1)
    assert allowance.wait_s(8.0) > 0
    assert allowance.wait_s(8.2) == 0
    assert allowance.wait_s(1_000) == 0
    allowance.spend(20, now_s=1_000)
    assert allowance.wait_s(1_000) > 0
