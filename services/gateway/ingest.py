"""The gateway itself: entries are read, made into sealed facts, and handed to the house a chunk at a time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

import msgspec

from services.deadletters import DeadLetters, Refused
from services.gateway.arrivals import OwnAccounts, to_arrivals
from services.gateway.cloudevents import read_event
from services.gateway.errors import FieldError
from services.gateway.fields import too_long
from services.gateway.receipts import LinesReceipt, Receipt, Rejected, RejectedLine
from services.gateway.records import Record, read_record
from services.gateway.sources import FILE
from services.ports import House, Outcome
from services.vault import Sealer
from streams.arrivals import Arrival
from streams.commands import MarkConversation
from streams.events import CommandRefused, IntakeEvent

CHUNK = 500
"""Entries that are read, sealed and submitted together."""

Format = Literal["records", "cloudevents"]
READERS: dict[Format, Callable[[bytes], Record]] = {"records": read_record, "cloudevents": read_event}
Reading = Record | FieldError
"""What reading one entry gave."""


class Recorder(Protocol):
    """What the gateway counts."""

    def duplicates(self, count: int) -> None: ...

    def rejected(self, code: str, count: int) -> None: ...

    def dead_letters(self, code: str, count: int) -> None: ...


class Uncounted:
    """Counts nothing: for a command that runs once."""

    def duplicates(self, count: int) -> None:
        """Not counted."""

    def rejected(self, code: str, count: int) -> None:
        """Not counted."""

    def dead_letters(self, code: str, count: int) -> None:
        """Not counted."""


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of a file, or only its beginning if it is too long to be kept in memory."""

    number: int
    """1, 2, 3 …"""
    raw: bytes
    too_long: bool = False


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines of a file."""

    format: Format
    origin: str
    """The file's name, for the dead letters."""
    lines: tuple[Line, ...]


class Gateway:
    """Takes entries in, from whichever inlet; every method returns once what it accepted is durable.

    All methods raise streams.errors.Overloaded or StoreUnavailable; chunks that were recorded before that stay so, and a
    repeat of the whole batch is harmless.
    """

    def __init__(
        self,
        *,
        house: House,
        sealer: Sealer,
        dead_letters: DeadLetters,
        accounts: Callable[[], OwnAccounts],
        now: Callable[[], datetime],
        recorder: Recorder,
    ) -> None:
        self._house = house
        self._sealer = sealer
        self._dead_letters = dead_letters
        self._accounts = accounts
        self._now = now
        self._recorder = recorder

    async def take(
        self, entries: Sequence[bytes], read: Callable[[bytes], Record], *, source: str
    ) -> Receipt:
        """Take in entries of one source; what is wrong with single ones stands in the receipt."""
        receipt = Receipt()
        for start in range(0, len(entries), CHUNK):
            chunk = partial(_read_all, entries[start : start + CHUNK], read)
            receipt = receipt.plus(await self._submit(chunk, source, start))
        self._count_rejected(receipt)
        return receipt

    async def take_record(self, reading: Reading, *, source: str) -> Receipt:
        """Take in one entry that was read already."""
        receipt = await self._submit(lambda: [reading], source, 0)
        self._count_rejected(receipt)
        return receipt

    async def take_lines(self, lines: Lines) -> LinesReceipt:
        """Take in lines of a file; what is wrong goes to the dead letters."""
        receipt = await self._submit(
            lambda: [_read_line(line, lines.format) for line in lines.lines], FILE, 0
        )
        await asyncio.to_thread(self._bury, lines, receipt.rejected)
        rejected = [
            RejectedLine(line=lines.lines[one.index].number, field=one.field, reason=one.reason)
            for one in receipt.rejected
        ]
        return LinesReceipt(
            accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=tuple(rejected)
        )

    async def _submit(self, read: Callable[[], Sequence[Reading]], source: str, start: int) -> Receipt:
        """Take in a chunk whose first entry is number `start`; `read` reads it, in a thread."""
        chunk = await asyncio.to_thread(lambda: self._prepared(read(), source, start))
        if not chunk.arrivals:
            return Receipt(rejected=chunk.wrong)
        receipt = _receipt(chunk.indices, await self._house.submit(chunk.arrivals))
        self._recorder.duplicates(receipt.duplicates)
        rejected = sorted((*chunk.wrong, *receipt.rejected), key=lambda one: one.index)
        return Receipt(accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=tuple(rejected))

    def _prepared(self, readings: Sequence[Reading], source: str, start: int) -> "_Chunk":
        wrong: list[Rejected] = []
        indices: list[int] = []
        records: list[Record] = []
        for index, reading in enumerate(readings, start):
            if isinstance(reading, FieldError):
                wrong.append(Rejected.of(index, reading))
            else:
                indices.append(index)
                records.append(reading)
        return _Chunk(
            wrong=tuple(wrong), indices=indices, arrivals=self._arrivals(records, source) if records else ()
        )

    def _arrivals(self, records: Sequence[Record], source: str) -> Sequence[Arrival | MarkConversation]:
        return to_arrivals(
            records, source=source, recorded_at=self._now(), sealer=self._sealer, accounts=self._accounts()
        )

    def _bury(self, lines: Lines, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        refused = [
            Refused(
                line=lines.lines[one.index].number,
                field=one.field,
                reason=one.reason,
                code=one.code,
                raw=lines.lines[one.index].raw,
            )
            for one in rejected
        ]
        self._dead_letters.add(refused, source=FILE, origin=lines.origin, at=self._now())
        for one in refused:
            self._recorder.dead_letters(one.code, 1)

    def _count_rejected(self, receipt: Receipt) -> None:
        for one in receipt.rejected:
            self._recorder.rejected(one.code, 1)


class _Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Entries on their way in: those that cannot be read, and the others, sealed, each with its number."""

    wrong: tuple[Rejected, ...]
    indices: Sequence[int]
    arrivals: Sequence[Arrival | MarkConversation]


def _read_all(entries: Sequence[bytes], read: Callable[[bytes], Record]) -> list[Reading]:
    return [_read(entry, read) for entry in entries]


def _read(entry: bytes, read: Callable[[bytes], Record]) -> Reading:
    try:
        return read(entry)
    except FieldError as error:
        return error


def _read_line(line: Line, line_format: Format) -> Reading:
    if line.too_long:
        return too_long("", f"more than {len(line.raw)} bytes", f"{len(line.raw)} bytes a line")
    return _read(line.raw, READERS[line_format])


def _receipt(indices: Sequence[int], outcomes: Sequence[Outcome[IntakeEvent]]) -> Receipt:
    accepted = duplicates = 0
    rejected = []
    for index, outcome in zip(indices, outcomes, strict=True):
        match outcome.events:
            case ():
                duplicates += 1
            case (CommandRefused(why=why), *_):
                rejected.append(Rejected(index=index, field="op", reason=why, code="refused"))
            case _:
                accepted += 1
    return Receipt(accepted=accepted, duplicates=duplicates, rejected=tuple(rejected))
