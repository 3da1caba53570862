"""A beat only while all is well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.heartbeat import Heartbeat
from services.notify.guard import Guard

HERE = Guard(["127.0.0.1"])


class Hearing:
    """Who listens for beats; answers with `status`."""

    def __init__(self) -> None:
        self.beats: list[str] = []
        self.status = 200
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.beats.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        writer.write(f"HTTP/1.1 {self.status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def hearing() -> AsyncIterator[Hearing]:
    listener = Hearing()
    server = await asyncio.start_server(listener.answer, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/beat/secret"
    async with server:
        yield listener


async def test_it_beats_while_all_is_well_and_is_silent_when_it_is_not() -> None:
    async with hearing() as listener:
        reasons: list[str] = []
        heart = Heartbeat(listener.url, 60, HERE, lambda: reasons)
        assert await heart.beat()
        reasons.append("the outbox does not run")
        assert not await heart.beat()
        assert listener.beats == ["GET /beat/secret HTTP/1.1"]


async def test_a_beat_that_is_refused_or_goes_nowhere_does_not_end_it() -> None:
    async with hearing() as listener:
        listener.status = 500
        assert not await Heartbeat(listener.url, 60, HERE, list).beat()
    assert not await Heartbeat(listener.url, 60, HERE, list).beat()


async def test_it_does_not_go_into_a_network_that_is_not_allowed() -> None:
    async with hearing() as listener:
        assert not await Heartbeat(listener.url, 60, Guard(), list).beat()
        assert listener.beats == []
