"""Questions that take seconds of a core are answered in a process of their own, one at a time.

In a thread they would share the interpreter with the loop and the pages, which then take several times as long.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from services.errors import HistoryTooLong, ServicesError
from services.questions import Answered, Failed, Question, TooLong, decode_answer, encode
from streams.errors import Overloaded

LIMIT_S = 90
"""So long one may take; others wait for it meanwhile."""
WAITING_MOST = 4
"""Questions that may wait or be worked on; whoever asks beyond that is asked to come again."""
RETRY_AFTER_S = 10

T = TypeVar("T")


class NotAnswered(ServicesError):
    """The process that was asked ended without an answer."""


class TookTooLong(ServicesError):
    """The answer took longer than a question may."""


class Aside:
    """Asks. All in one event loop."""

    def __init__(self, environ: Mapping[str, str], limit_s: int = LIMIT_S) -> None:
        """`environ` is what the processes find."""
        self._environ = environ
        self._limit_s = limit_s
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, question: Question, answer: type[T]) -> T:
        """What the question's function gives.

        Raises:
            HistoryTooLong: more happened in that time than is read at once.
            TookTooLong: it was ended after `LIMIT_S`.
            NotAnswered: it could not be answered; the message says why.
            Overloaded: `WAITING_MOST` others asked before.
        """
        if self._waiting >= WAITING_MOST:
            raise Overloaded(RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await self._ask(question, answer)
        finally:
            self._waiting -= 1

    async def _ask(self, question: Question, answer: type[T]) -> T:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.aside_worker", str(self._limit_s + 1),
                stdin=PIPE, stdout=PIPE, env=self._environ,
            )  # fmt: skip
            try:
                said = await self._heard(process, question)
            finally:
                await _ended(process)
        return msgspec.msgpack.decode(_body(said, process), type=answer)

    async def _heard(self, process: Process, question: Question) -> bytes:
        try:
            async with asyncio.timeout(self._limit_s):
                said, _ = await process.communicate(encode(question))
                return said
        except TimeoutError as error:
            raise TookTooLong(f"no answer within {self._limit_s} s") from error


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _body(said: bytes, process: Process) -> bytes:
    if process.returncode != 0:
        raise NotAnswered(f"the process that was asked ended with {process.returncode}")
    match decode_answer.decode(said):
        case Answered(body=body):
            return bytes(body)
        case TooLong(why=why):
            raise HistoryTooLong(why)
        case Failed(why=why):
            raise NotAnswered(why)
