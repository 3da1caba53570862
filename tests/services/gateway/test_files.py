"""Files: every line is taken in or lies in the dead letters with its number; memory does not grow with the file."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from services.deadletters import DeadLetters
from services.gateway import client as client_module
from services.gateway.address import SOCKET_NAME
from services.gateway.client import DaemonClient
from services.gateway.errors import DaemonRefused
from services.gateway.files import MAX_CHUNK_BYTES, MAX_LINE_BYTES, Totals, chunks, read_file
from services.gateway.http import routes
from services.gateway.ingest import CHUNK, Gateway
from services.gateway.sources import Sources
from streams.errors import Overloaded


def record(number: int) -> bytes:
    told = {
        "time": "2026-03-01T12:00:00Z",
        "platform": "weibo",
        "kind": "post",
        "id": str(number),
        "text": f"{number}",
    }
    return json.dumps(told).encode()


def quiet(*_: object) -> None:
    """No progress is shown."""


async def read(gateway: Any, content: bytes, line_format: Any = "records") -> Totals:
    stream = io.BytesIO(content)
    return await read_file(
        stream, line_format=line_format, origin="monday.jsonl", taker=gateway, progress=quiet
    )


async def test_a_file_goes_in_and_once_more_changes_nothing(gateway: Gateway) -> None:
    content = b"\n".join(record(number) for number in range(1_200))
    assert await read(gateway, content) == Totals(accepted=1_200)
    assert await read(gateway, content) == Totals(duplicates=1_200)


async def test_wrong_lines_lie_in_the_dead_letters_with_their_number(
    gateway: Gateway, dead_letters: DeadLetters, counts: Any
) -> None:
    lines = [record(1), b"", b"{bad", b'{"text": "\xff"}', b"x" * (MAX_LINE_BYTES + 70_000), record(2), b"[]"]
    assert await read(gateway, b"\r\n".join(lines)) == Totals(accepted=2, rejected=4)
    told = [(letter.line, letter.code, letter.origin) for letter in dead_letters.list()]
    assert told == [
        (line, code, "monday.jsonl")
        for line, code in [(3, "not_json"), (4, "not_utf8"), (5, "too_long"), (7, "wrong_type")]
    ]
    assert counts.seen["dead_letters/too_long"] == 1
    assert sum(counts.seen[f"rejected/{code}"] for _, code, _ in told) == 0


async def test_events_come_from_files_too(gateway: Gateway, house: Any) -> None:
    envelope = {
        "specversion": "1.0",
        "id": "e",
        "source": "/s",
        "type": "mention.observed",
        "data": json.loads(record(1)),
    }
    assert await read(gateway, json.dumps(envelope).encode(), "cloudevents") == Totals(accepted=1)
    assert [fact.source for fact in house.facts.values()] == ["file"]


async def test_a_byte_order_mark_is_no_part_of_the_first_line(gateway: Gateway) -> None:
    assert await read(gateway, b"\xef\xbb\xbf" + record(1)) == Totals(accepted=1)


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=60))
def test_every_line_comes_once_with_its_number(lines: list[bytes]) -> None:
    content = b"\n".join(lines)
    told = [line for chunk in chunks(io.BytesIO(content), "records", "f") for line in chunk.lines.lines]
    bare = [line.removeprefix(b"\xef\xbb\xbf") if i == 0 else line for i, line in enumerate(lines)]
    expected = [(i + 1, line.strip(b" \t\r\n")) for i, line in enumerate(bare)]
    assert [(line.number, line.raw) for line in told] == [(number, raw) for number, raw in expected if raw]


def test_chunks_are_bounded_in_lines_and_bytes() -> None:
    short = list(chunks(io.BytesIO(b"{}\n" * (2 * CHUNK + 1)), "records", "f"))
    assert [len(chunk.lines.lines) for chunk in short] == [CHUNK, CHUNK, 1]
    assert short[-1].bytes_read == 3 * (2 * CHUNK + 1)
    long = list(chunks(io.BytesIO((b"x" * MAX_LINE_BYTES + b"\n") * 40), "records", "f"))
    assert len(long) > 1
    assert all(
        sum(len(line.raw) for line in one.lines.lines) < MAX_CHUNK_BYTES + MAX_LINE_BYTES for one in long
    )


@asynccontextmanager
async def daemon(gateway: Gateway, folder: Path) -> AsyncIterator[None]:
    """The inlets on a real unix socket in `folder`."""
    handlers = routes(gateway, Sources([]), is_local=lambda _: True, monotonic_s=lambda: 0.0)
    app = Litestar(handlers, openapi_config=None, logging_config=None)
    server = uvicorn.Server(
        uvicorn.Config(app, uds=str(folder / SOCKET_NAME), log_config=None, lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells it by a flag)
        await asyncio.sleep(0.001)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def test_a_file_goes_through_the_running_daemon(
    gateway: Gateway, dead_letters: DeadLetters, tmp_path: Path
) -> None:
    content = b"\n".join([*(record(number) for number in range(600)), b"{bad"])
    async with daemon(gateway, tmp_path), DaemonClient(tmp_path) as client:
        assert await client.answers()
        assert await read(client, content) == Totals(accepted=600, rejected=1)
    assert [letter.line for letter in dead_letters.list()] == [601]


async def test_a_busy_daemon_is_asked_again(gateway: Gateway, house: Any, tmp_path: Path) -> None:
    house.trouble = [Overloaded(0), Overloaded(0)]
    async with daemon(gateway, tmp_path), DaemonClient(tmp_path) as client:
        assert await read(client, record(1)) == Totals(accepted=1)


async def test_a_daemon_that_stays_busy_is_given_up(
    gateway: Gateway, house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MOST_TRIES", 2)
    house.trouble = [Overloaded(0)] * 3
    async with daemon(gateway, tmp_path), DaemonClient(tmp_path) as client:
        with pytest.raises(DaemonRefused, match="busy"):
            await read(client, record(1))


async def test_a_socket_without_a_daemon_does_not_answer(tmp_path: Path) -> None:
    async with DaemonClient(tmp_path) as client:
        assert not await client.answers()
        with pytest.raises(DaemonRefused, match="does not answer"):
            await read(client, record(1))
