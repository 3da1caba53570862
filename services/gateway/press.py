"""Where batches are prepared: in a thread of this process, or in the press, a process of its own.

With the press, reading and judging take no time from the loop and the pages, and two cores share the work. It keeps nothing:
if it dies, what it had in hand was not taken in, its senders are asked to come again, and another one is started.
"""

import asyncio
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol, Self

from services.errors import ServicesError
from services.gateway.preparing import Batch, Prepared, Preparer
from services.gateway.press_wire import (
    LENGTH_BYTES,
    Answer,
    Failed,
    Ready,
    Refused,
    Setup,
    Written,
    decode_answer,
    framed,
)
from streams.errors import Overloaded, StoreUnavailable

MOST_WAITING = 20_000
"""Entries that may be on their way; beyond that senders are asked to come again."""
RETRY_AFTER_S = 2
BEGIN_S = 60.0
END_S = 5.0
"""So long a press that is told to end may take: it has at most one batch in hand."""


class PressDied(ServicesError):
    """The process that prepares batches ended; what it had in hand was not taken in."""


class Press(Protocol):
    """Prepares batches."""

    async def prepare(self, batch: Batch) -> Prepared:
        """Read, seal and judge.

        Raises:
            streams.errors.Overloaded: nothing was taken in, come again.
            streams.errors.StoreUnavailable: the vault refuses to write.
        """
        ...


class ThreadPress:
    """In a thread of this process: where there is one core, and for commands that run once."""

    def __init__(self, preparer: Preparer) -> None:
        self._preparer = preparer

    async def prepare(self, batch: Batch) -> Prepared:
        return await asyncio.to_thread(self._preparer.prepare, batch)


class ProcessPress:
    """In a process of its own. Entering starts it, leaving ends it; all in one event loop."""

    def __init__(
        self, setup: Setup, environ: Mapping[str, str], on_error: Callable[[BaseException], None]
    ) -> None:
        self._setup = setup
        self._environ = dict(environ)
        self._on_error = on_error
        self._starting = asyncio.Lock()
        self._worker: _Worker | None = None
        self._waiting = 0

    async def __aenter__(self) -> Self:
        """Start it.

        Raises:
            PressDied: it ended before it was ready.
        """
        self._worker = await _Worker.started(self._setup, self._environ)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._worker is not None:
            await self._worker.end()

    @property
    def pid(self) -> int | None:
        """Its process, if one runs."""
        return None if self._worker is None or self._worker.dead else self._worker.pid

    async def prepare(self, batch: Batch) -> Prepared:
        """As `Press.prepare`."""
        if self._waiting + len(batch.entries) > MOST_WAITING:
            raise Overloaded(RETRY_AFTER_S)
        self._waiting += len(batch.entries)
        try:
            return _prepared(await (await self._running()).ask(batch))
        except PressDied as error:
            self._on_error(error)
            raise Overloaded(RETRY_AFTER_S) from error
        finally:
            self._waiting -= len(batch.entries)

    async def _running(self) -> "_Worker":
        async with self._starting:
            if self._worker is None or self._worker.dead:
                self._worker = await _Worker.started(self._setup, self._environ)
            return self._worker


def _prepared(answer: Answer) -> Prepared:
    match answer:
        case Written():
            return Prepared(answer.wrong, answer.numbers, answer.arrivals)
        case Refused():
            raise StoreUnavailable(answer.why)
        case Failed() | Ready():
            raise RuntimeError(f"preparing a batch failed: {answer}")


class _Worker:
    """One run of the process. It answers in the order in which it was asked."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._asked: deque[asyncio.Future[Answer]] = deque()
        self.dead = False
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def started(cls, setup: Setup, environ: Mapping[str, str]) -> "_Worker":
        """One that is ready. Raises PressDied."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "services.gateway.press_worker",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # One thread does its sums: batches are small, and every further one takes its own memory.
                env={**environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        worker = cls(process, *await asyncio.open_connection(sock=ours))
        try:
            async with asyncio.timeout(BEGIN_S):
                await worker.ask(setup)
        except TimeoutError as error:
            await worker.end()
            raise PressDied(f"the press was not ready within {BEGIN_S:g} s") from error
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, question: Setup | Batch) -> Answer:
        """Raises PressDied."""
        if self.dead:
            raise PressDied(f"the press (process {self.pid}) has ended")
        self._writer.write(framed(question))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        return await answer

    async def _read(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
                answer = decode_answer(await self._reader.readexactly(length))
                asked = self._asked.popleft()
                if not asked.done():  # its sender may have gone
                    asked.set_result(answer)
        self.dead = True
        self._writer.close()
        for asked in self._asked:
            if not asked.done():
                asked.set_exception(PressDied(f"the press (process {self.pid}) ended with a batch in hand"))

    async def end(self) -> None:
        """Close its socket and wait until it is gone."""
        self.dead = True
        self._writer.close()
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
