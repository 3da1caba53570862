"""The three makers' robots on loopback: they check signatures and sizes, enforce their limits, and fail as they are told."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

SECRET = "SEC-of-a-test"
Fault = Literal["hang", "reset", "500", "404", "no-json"]


class RobotHouse:
    """Answers as the makers document it. `now_s` is the time by which it counts."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.faults: list[Fault] = []
        self.code: int | None = None
        """Answered instead of what its own checks say."""
        self.taken: list[tuple[float, dict[str, Any]]] = []
        self.refused = 0
        self.url = ""

    def address(self, scheme: str, secret: str | None = SECRET) -> str:
        signed = f"{secret}@" if secret and scheme != "wecombot" else ""
        return f"{scheme}://{signed}token-1/?at={self.url}"

    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body in self.taken]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.splitlines()
                length = next(
                    int(each.split(":")[1]) for each in lines if each.lower().startswith("content-length")
                )
                raw = await reader.readexactly(length)
                if await self._fails(reader, writer):
                    return
                _write(writer, 200, msgspec.json.encode(self._judge(lines[0].split()[1], raw)))
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def _fails(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.pop(0) if self.faults else None
        match fault:
            case "hang":
                await reader.read()
            case "reset":
                writer.transport.abort()
            case "500" | "404":
                _write(writer, int(fault), b"")
            case "no-json":
                _write(writer, 200, b"<html>")
            case None:
                return False
        return True

    def _judge(self, target: str, raw: bytes) -> dict[str, Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        body = msgspec.json.decode(raw, type=dict[str, Any])
        if path == "/robot/send":
            code = _dingtalk(query, raw)
            return {"errcode": self._counted(code, body, per_minute=20, busy=130101)}
        if path == "/cgi-bin/webhook/send":
            code = 0 if len(body["markdown"]["content"].encode()) <= 4_096 else 40058
            return {"errcode": self._counted(code, body, per_minute=20, busy=45009)}
        return {"code": self._counted(_feishu(body, raw), body, per_minute=100, busy=11232, per_second=5)}

    def _counted(
        self, code: int, body: dict[str, Any], *, per_minute: int, busy: int, per_second: int | None = None
    ) -> int:
        minute = sum(at > self.now_s - 60 for at, _ in self.taken)
        second = sum(at > self.now_s - 1 for at, _ in self.taken)
        if minute >= per_minute or (per_second is not None and second >= per_second):
            code = busy
        code = code if self.code is None else self.code
        if code:
            self.refused += 1
        else:
            self.taken.append((self.now_s, body))
        return code


def _dingtalk(query: dict[str, list[str]], raw: bytes) -> int:
    stamp, given = query.get("timestamp", [""])[0], query.get("sign", [""])[0]
    digest = hmac.digest(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256)
    if given and given != base64.b64encode(digest).decode():
        return 310000
    return 0 if query.get("access_token") == ["token-1"] and len(raw) <= 20_000 else 300001


def _feishu(body: dict[str, Any], raw: bytes) -> int:
    digest = hmac.digest(f"{body.get('timestamp')}\n{SECRET}".encode(), b"", hashlib.sha256)
    if "sign" in body and body["sign"] != base64.b64encode(digest).decode():
        return 19021
    return 0 if len(raw) <= 20_000 else 9499


def _write(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


@asynccontextmanager
async def robots() -> AsyncIterator[RobotHouse]:
    house, tasks = RobotHouse(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await house.answer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    house.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield house
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
