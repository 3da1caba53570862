"""The gateway itself: entries are prepared and handed to the house a chunk at a time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from services.deadletters import DeadLetters, Refused
from services.gateway.errors import FieldError
from services.gateway.fields import too_long
from services.gateway.preparing import Batch, Form, dump_record
from services.gateway.press import Press
from services.gateway.receipts import LinesReceipt, Receipt, Rejected, RejectedLine
from services.gateway.records import Record
from services.gateway.sources import FILE
from services.ports import Outcome, TakesIn
from streams.events import CommandRefused, IntakeEvent

CHUNK = 500
"""Entries that are prepared and submitted together."""

Format = Literal["records", "cloudevents"]
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
        house: TakesIn,
        press: Press,
        dead_letters: DeadLetters,
        now: Callable[[], datetime],
        recorder: Recorder,
    ) -> None:
        self._house = house
        self._press = press
        self._dead_letters = dead_letters
        self._now = now
        self._recorder = recorder

    async def take(self, entries: Sequence[bytes], form: Form, *, source: str) -> Receipt:
        """Take in entries of one source; what is wrong with single ones stands in the receipt."""
        receipt = Receipt()
        for start in range(0, len(entries), CHUNK):
            chunk = entries[start : start + CHUNK]
            receipt = receipt.plus(
                await self._submit(Batch(source, form, list(range(start, start + len(chunk))), chunk))
            )
        self._count_rejected(receipt)
        return receipt

    async def take_record(self, reading: Reading, *, source: str) -> Receipt:
        """Take in one entry that was read already."""
        if isinstance(reading, FieldError):
            receipt = Receipt(rejected=(Rejected.of(0, reading),))
        else:
            receipt = await self._submit(Batch(source, "read", [0], [dump_record(reading)]))
        self._count_rejected(receipt)
        return receipt

    async def take_lines(self, lines: Lines) -> LinesReceipt:
        """Take in lines of a file; what is wrong goes to the dead letters."""
        whole = [index for index, line in enumerate(lines.lines) if not line.too_long]
        receipt = await self._submit(
            Batch(FILE, lines.format, whole, [lines.lines[index].raw for index in whole])
        )
        cut = tuple(_cut_short(index, line) for index, line in enumerate(lines.lines) if line.too_long)
        rejected = _in_order(receipt.rejected + cut)
        await asyncio.to_thread(self._bury, lines, rejected)
        return LinesReceipt(
            accepted=receipt.accepted,
            duplicates=receipt.duplicates,
            rejected=tuple(
                RejectedLine(line=lines.lines[one.index].number, field=one.field, reason=one.reason)
                for one in rejected
            ),
        )

    async def _submit(self, batch: Batch) -> Receipt:
        prepared = await self._press.prepare(batch)
        if not prepared.arrivals:
            return Receipt(rejected=prepared.wrong)
        receipt = _receipt(prepared.numbers, await self._house.submit(prepared.arrivals))
        self._recorder.duplicates(receipt.duplicates or 0)
        return Receipt(
            accepted=receipt.accepted,
            duplicates=receipt.duplicates,
            rejected=_in_order(prepared.wrong + receipt.rejected),
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


def _in_order(rejected: Sequence[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted(rejected, key=lambda one: one.index))


def _cut_short(index: int, line: Line) -> Rejected:
    limit = f"{len(line.raw)} bytes"
    return Rejected.of(index, too_long("", f"more than {limit}", f"{limit} a line"))


def _receipt(indices: Sequence[int], outcomes: Sequence[Outcome[IntakeEvent]] | None) -> Receipt:
    if outcomes is None:
        return Receipt(accepted=len(indices), duplicates=None)
    accepted = duplicates = 0
    rejected = []
    for index, outcome in zip(indices, outcomes, strict=True):
        first = outcome.events[0] if outcome.events else None
        if first is None:
            duplicates += 1
        elif isinstance(first, CommandRefused):
            rejected.append(Rejected(index=index, field="op", reason=first.why, code="refused"))
        else:
            accepted += 1
    return Receipt(accepted=accepted, duplicates=duplicates, rejected=tuple(rejected))
