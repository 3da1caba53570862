"""A receiver of pages on loopback that answers as it is told, and a house that keeps what it is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from alerting.commands import ReportPage
from alerting.config import BrandDesk, DeskConfig, Person, Playbook, PlaybookCondition, PlaybookStep
from alerting.events import Evidence, Means, PageReason, PageRequested
from alerting.levels import Level
from services.ports import Outcome
from streams.arrivals import IntakeArrival
from streams.errors import StoreUnavailable

MORNING = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

Answer = int | Literal["hang", "reset"]
"""An HTTP status, no answer at all, or a connection that is torn down."""


class Outlet:
    """An HTTP server that answers by its script, the last word of it again and again, each time with the same body."""

    def __init__(self, script: Sequence[Answer], body: bytes = b"") -> None:
        self.script = list(script)
        self.body = body
        self.received: list[dict[str, Any]] = []
        self.raw = b""
        """The last message as it came."""
        self.headers = ""
        self.port = 0
        self._came = asyncio.Condition()

    def url(self, name: str = "he", options: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{name}{options}"

    async def came(self, count: int) -> None:
        """Wait until so many messages came."""
        async with self._came:
            await asyncio.wait_for(self._came.wait_for(lambda: len(self.received) >= count), 10)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.headers = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in self.headers.splitlines()
                if line.lower().startswith("content-length:")
            )
            self.raw = await reader.readexactly(length)
            message = msgspec.json.decode(self.raw)
            async with self._came:
                answer = self.script[min(len(self.received), len(self.script) - 1)]
                self.received.append(message)
                self._came.notify_all()
            await self._act(answer, reader, writer)
        finally:
            writer.close()

    async def _act(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer == "reset":
            writer.transport.abort()
        elif answer == "hang":
            await reader.read()
        else:
            location = f"Location: http://127.0.0.1:{self.port}/elsewhere\r\n" if answer == 302 else ""
            writer.write(
                f"HTTP/1.1 {answer} x\r\n{location}Content-Length: {len(self.body)}\r\nConnection: close\r\n\r\n".encode()
                + self.body
            )
            await writer.drain()


@asynccontextmanager
async def outlet(*script: Answer, body: bytes = b"") -> AsyncIterator[Outlet]:
    receiver = Outlet(script or [200], body)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        await receiver.answer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


class House:
    """Keeps the reports of the outbox; refuses the first `refusals` of them as a full disk does."""

    def __init__(self, refusals: int = 0) -> None:
        self.reports: list[ReportPage] = []
        self.refusals = refusals
        self._told = asyncio.Condition()

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        return [Outcome() for _ in arrivals]

    async def command(self, command: Any) -> Outcome[Any]:
        async with self._told:
            if self.refusals > 0:
                self.refusals -= 1
                raise StoreUnavailable("disk full")
            self.reports.append(command)
            self._told.notify_all()
        return Outcome()

    async def told(self, count: int) -> list[tuple[str, str, str]]:
        """Wait for so many reports; page, outcome and detail of each."""
        async with self._told:
            await asyncio.wait_for(self._told.wait_for(lambda: len(self.reports) >= count), 15)
        return [(report.page, report.outcome, report.detail) for report in self.reports]


EVIDENCE = Evidence(
    rule="p0-wide",
    rule_type="severity",
    level="orange",
    measured=3,
    limit=2,
    at=MORNING,
    window_s=3600,
    count=4,
)


def page(
    name: str = "p1",
    *,
    level: Level = "orange",
    person: str = "he",
    contact: int = 0,
    means: Means = "notify",
    reason: PageReason = "step",
    round_: int = 0,
    playbook_step: str | None = None,
    evidence: Evidence | None = EVIDENCE,
) -> PageRequested:
    return PageRequested(
        cause="c",
        key="xibei",
        at=MORNING,
        incident="i-1",
        page=name,
        level=level,
        category="safety",
        person=person,
        means=means,
        contact=contact,
        reason=reason,
        climb=1,
        round=round_,
        playbook_step=playbook_step,
        evidence=evidence,
    )


def desk(*contacts: str, person: str = "he") -> DeskConfig:
    steps = (PlaybookStep(id="legal", title="法务确认"),)
    playbook = Playbook(id="crisis", when=PlaybookCondition(levels=("orange", "red")), steps=steps)
    return DeskConfig(
        brands=(BrandDesk(id="xibei", name="西贝", timezone="Asia/Shanghai", playbooks=(playbook,)),),
        people=(Person(id=person, name="何", contacts=contacts),),
    )
