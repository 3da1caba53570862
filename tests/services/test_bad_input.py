"""Bad input at a running daemon: each mistake is named or buried with its reason, the rest is taken in, nothing stops."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.fields import MAX_TEXT_BYTES
from services.gateway.http import MAX_BODY_BYTES
from services.gateway.records import MAX_RECORD_BYTES
from tests.daemons import Daemon, house

pytestmark = pytest.mark.slow

_numbers = count(1)


def good(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    told = {"time": now, "platform": "weibo", "kind": "post", "id": f"g{next(_numbers)}", "text": "青禾小馆"}
    return {name: value for name, value in (told | changes).items() if value is not ABSENT}


ABSENT = object()
TEN_MB = 10_000_000
IN_2199 = (datetime.now(UTC) + timedelta(days=365 * 173)).isoformat()

WRONG_RECORDS: dict[str, tuple[dict[str, Any] | object, str, str]] = {
    "a number": (7, "", "expected a JSON object"),
    "null": (None, "", "expected a JSON object"),
    "a list": ([], "", "expected a JSON object"),
    "text is a list": (good(text=["a"]), "text", "expected a string"),
    "id is a list": (good(id=[1]), "id", "expected a string or a number"),
    "likes is a list": (good(likes=[]), "likes", "expected"),
    "auto is a word": (good(auto="yes"), "auto", "expected true or false"),
    "tags are a word": (good(author_tags="vip"), "author_tags", "expected a list"),
    "no time": (good(time=ABSENT), "time", "is missing"),
    "no platform": (good(platform=ABSENT), "platform", "is missing"),
    "no kind": (good(kind=ABSENT), "kind", "is missing"),
    "no id": (good(id=ABSENT), "id", "is missing"),
    "no text": (good(text=ABSENT), "text", "is missing"),
    "no zone": (good(time="2026-03-01T12:00:00"), "time", "offset"),
    "no time at all": (good(time="yesterday"), "time", "expected"),
    "far past": (good(time="1823-01-01T00:00:00Z"), "time", "2000"),
    "far future": (good(time=IN_2199), "time", "2100"),
    "past in seconds": (good(time=-5), "time", "2000"),
    "seen in the far future": (good(observed=IN_2199), "observed", "2100"),
    "unknown kind": (good(kind="tweet"), "kind", "tweet"),
    "unknown op": (good(op="explode"), "op", "explode"),
    "platform with a space": (good(platform="We ibo"), "platform", "We ibo"),
    "reply to nobody": (good(kind="reply", account="qinghe-official"), "to_author_id", "is missing"),
    "reply of nobody": (good(kind="reply", to_author_id="u1"), "account", "is missing"),
    "settled for nobody": (good(op="settled", account="qinghe-official"), "to_author_id", "is missing"),
    "measured without counts": (good(op="measured"), "likes", "is missing"),
    "text over the limit": (good(text="a" * (MAX_TEXT_BYTES + 1)), "text", str(MAX_TEXT_BYTES)),
    "record over the limit": (good(extra="a" * MAX_RECORD_BYTES), "", str(MAX_RECORD_BYTES)),
    "control character in the id": (good(id="a\u0000b"), "id", "U+0000"),
}
"""What was written; the field and a word of the reason that must be told."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with house(tmp_path_factory.mktemp("daemon")) as (daemon, _):
        daemon.start()
        yield daemon


@pytest.fixture
def client(daemon: Daemon) -> Iterator[httpx.Client]:
    """Whatever a test sends: the daemon is ready afterwards, and takes in what is right."""
    with daemon.client() as client:
        yield client
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/records", json=[good()]).json()["accepted"] == 1


def event(data: object, **changes: Any) -> dict[str, Any]:
    told = {"specversion": "1.0", "id": "e", "source": "/test", "type": "mention.observed", "data": data}
    return told | changes


def test_every_wrong_record_of_a_batch_is_named_and_the_rest_is_accepted(client: httpx.Client) -> None:
    batch = [one for wrong, _, _ in WRONG_RECORDS.values() for one in (good(), wrong)]
    told = client.post("/v1/records", json=batch).json()
    assert (told["accepted"], told["duplicates"]) == (len(WRONG_RECORDS), 0)
    assert_named(told["rejected"])


def test_every_wrong_event_of_a_batch_is_named_and_the_rest_is_accepted(client: httpx.Client) -> None:
    spoilt = {name: wrong for name, wrong in WRONG_RECORDS.items() if name != "record over the limit"}
    batch = [event(one) for wrong, _, _ in spoilt.values() for one in (good(), wrong)]
    told = client.post("/v1/events", json=batch).json()
    assert told["accepted"] >= len(spoilt)
    assert {one["index"] % 2 for one in told["rejected"]} == {1}


def assert_named(rejected: list[dict[str, Any]]) -> None:
    by_index = {one["index"]: one for one in rejected}
    for place, (name, (_, field, words)) in enumerate(WRONG_RECORDS.items()):
        refusal = by_index.pop(2 * place + 1, None)
        assert refusal is not None, name
        assert refusal["field"] == field, (name, refusal)
        assert words in refusal["reason"], (name, refusal)
    assert not by_index


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "item.judged"}, "type"),
        ({"type": "tweet.observed"}, "type"),
        ({"specversion": "2.0"}, "specversion"),
        ({"id": None}, "id"),
        ({"source": None}, "source"),
        ({"data": None}, "data"),
    ],
)
def test_an_event_with_a_wrong_envelope_is_named(
    client: httpx.Client, changes: dict[str, Any], field: str
) -> None:
    told = client.post("/v1/events", json=[event(good()), event(good()) | changes]).json()
    assert told["accepted"] == 1
    assert [(one["index"], one["field"]) for one in told["rejected"]] == [(1, field)]


@pytest.mark.parametrize("path", ["/v1/records", "/v1/events"])
@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{", b"[1,", b"[" * 100_000, b"\xff\xfe", b'{"a": 1', b"null", b"<xml/>"]
)
def test_a_body_that_is_no_json_is_refused_as_a_whole(client: httpx.Client, path: str, body: bytes) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"title", "status", "safe", "do"}


def test_an_array_that_is_not_utf8_loses_its_wrong_records_alone(client: httpx.Client) -> None:
    wrong = json.dumps(good(text="TEXT")).encode().replace(b"TEXT", b"\xff\xfe")
    body = b"\n".join([json.dumps(good()).encode(), wrong, json.dumps(good()).encode()])
    told = client.post("/v1/records", content=body).json()
    assert (told["accepted"], told["rejected"][0]["index"]) == (2, 1)
    assert "UTF-8" in told["rejected"][0]["reason"]


@pytest.mark.parametrize("path", ["/v1/records", "/v1/events"])
def test_a_text_of_ten_megabytes_is_over_the_limit_of_a_body(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=json.dumps([good(text="a" * TEN_MB)]))
    assert answer.status_code == 413
    assert str(MAX_BODY_BYTES) in answer.json()["title"]


def test_a_body_without_a_length_is_cut_at_the_limit(client: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"["
        for _ in range(MAX_BODY_BYTES // 65_536 + 1):
            yield b" " * 65_536
        yield b"]"

    assert client.post("/v1/records", content=pieces()).status_code == 413


def test_odd_texts_are_taken_judged_and_shown(client: httpx.Client, daemon: Daemon) -> None:
    """Nothing written, only emoji, only a link, 20,000 characters, many scripts, half a surrogate pair."""
    texts = [
        "",
        "😡😡",
        "https://t.cn/A6abcd",
        "长" * 20_000,
        "青禾 мак アップル 삼성 😡 abc",
        "青禾小馆\ud83d差",
    ]
    to_us = {"kind": "comment", "account": "qinghe-official", "post_id": "odd", "author_id": "somebody"}
    batch = [good(text=text, **to_us) for text in texts]
    told = client.post("/v1/records", content=json.dumps(batch)).json()
    assert told.get("accepted") == len(texts), told
    shown: dict[str, Any] = {}
    while not shown.keys() >= {one["id"] for one in batch}:
        listed = client.get("/api/mentions", params={"limit": 50}).json()["items"]
        shown = {one["item"]["native_id"]: one["item"] for one in listed}
    for one, text in zip(batch, texts, strict=True):
        item = shown[one["id"]]
        assert item["text"] == text.replace("\ud83d", "\ufffd")
        assert item["label"] in {"negative", "neutral", "positive"}
        assert 0 < item["confidence"] <= 1


def test_a_repeat_is_counted_and_an_edit_is_no_repeat(client: httpx.Client) -> None:
    one = good()
    assert client.post("/v1/records", json=[one, one]).json() == receipt(accepted=1, duplicates=1)
    assert client.post("/v1/records", json=[one]).json() == receipt(duplicates=1)
    assert client.post("/v1/records", json=[one | {"text": "改过了"}]).json() == receipt(accepted=1)


def receipt(accepted: int = 0, duplicates: int = 0) -> dict[str, Any]:
    return {"accepted": accepted, "duplicates": duplicates, "rejected": []}


def test_a_mark_that_comes_before_its_conversation_is_taken_in(client: httpx.Client) -> None:
    mark = good(op="settled", kind=ABSENT, text=ABSENT, account="qinghe-official", to_author_id="nobody")
    assert client.post("/v1/records", json=[mark, good()]).json()["accepted"] == 2


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(hours=30)])
def test_a_time_a_little_in_the_future_is_taken_in(client: httpx.Client, ahead: timedelta) -> None:
    later = (datetime.now(UTC) + ahead).isoformat()
    assert client.post("/v1/records", json=[good(time=later)]).json()["accepted"] == 1


def test_a_file_loses_its_wrong_lines_to_the_dead_letters(daemon: Daemon, tmp_path: Path) -> None:
    wrong = [json.dumps(one).encode() for one, _, _ in WRONG_RECORDS.values()]
    wrong += [b"hello", b'{"a": ', b"\xff\xfe", b"a" * TEN_MB, b'{"text": "' + b"a" * TEN_MB + b'"}']
    file = tmp_path / "bad.jsonl"
    file.write_bytes(b"".join(json.dumps(good()).encode() + b"\n" + line + b"\n" for line in wrong))
    ended = ingested(daemon, file)
    assert json.loads(ended.stdout) == {"accepted": len(wrong), "duplicates": 0, "rejected": len(wrong)}
    buried = [json.loads(line) for line in dead_letters(daemon)]
    assert [one["line"] for one in buried if one["origin"] == "bad.jsonl"] == [
        2 * place + 2 for place in range(len(wrong))
    ]
    assert all(one["reason"] for one in buried)
    assert httpx.get(f"{daemon.url}/readyz").status_code == 200


def test_a_file_of_nothing_but_noise_is_told_by_the_exit_code(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "noise.bin"
    file.write_bytes(bytes(range(256)) * 40)
    ended = ingested(daemon, file)
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["accepted"] == 0


def ingested(daemon: Daemon, file: Path) -> subprocess.CompletedProcess[bytes]:
    return fenghuo("ingest", str(file), "--data", str(daemon.data), "--json")


def dead_letters(daemon: Daemon) -> list[bytes]:
    return fenghuo("deadletters", "--data", str(daemon.data), "--json").stdout.splitlines()


def fenghuo(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)
