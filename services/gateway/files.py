"""Files of records or events, one a line, handed over a chunk at a time; memory does not grow with the file."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

import msgspec

from services.gateway.cloudevents import MAX_EVENT_BYTES
from services.gateway.ingest import CHUNK, Format, Line, Lines
from services.gateway.receipts import LinesReceipt, RejectedLine, plus_unknown

MAX_LINE_BYTES = MAX_EVENT_BYTES
MAX_CHUNK_BYTES = 4 * 1024 * 1024
"""Half of what the daemon takes in one body."""
_SKIP_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"


class Chunk(msgspec.Struct, frozen=True):
    """Lines to hand over, and how far into the file they reach."""

    lines: Lines
    bytes_read: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a whole file."""

    accepted: int = 0
    duplicates: int | None = 0
    rejected: int = 0

    def plus(self, receipt: LinesReceipt) -> "Totals":
        return Totals(
            accepted=self.accepted + receipt.accepted,
            duplicates=plus_unknown(self.duplicates, receipt.duplicates),
            rejected=self.rejected + len(receipt.rejected),
        )


class LineTaker(Protocol):
    """Whoever takes lines in: the gateway in this process, or the running daemon."""

    async def take_lines(self, lines: Lines) -> LinesReceipt: ...


Progress = Callable[[int, Totals, tuple[RejectedLine, ...]], None]
"""Told after each chunk: bytes read so far, totals so far, what this chunk rejected."""


async def read_file(
    stream: BinaryIO, *, line_format: Format, origin: str, taker: LineTaker, progress: Progress
) -> Totals:
    """Hand over every line of `stream`; wrong ones go to the dead letters and the rest goes on.

    Raises:
        streams.errors.Overloaded, streams.errors.StoreUnavailable, DaemonRefused: as `taker` does; what was handed over
            before stays recorded, and reading the file once more does no harm.
    """
    totals = Totals()
    for chunk in chunks(stream, line_format, origin):
        receipt = await taker.take_lines(chunk.lines)
        totals = totals.plus(receipt)
        progress(chunk.bytes_read, totals, receipt.rejected)
    return totals


def chunks(stream: BinaryIO, line_format: Format, origin: str) -> Iterator[Chunk]:
    """The lines of `stream` in chunks of at most `CHUNK` lines and about `MAX_CHUNK_BYTES`; blank lines fall out."""
    held: list[Line] = []
    held_bytes = 0
    bytes_read = 0
    for number, line, size_bytes in _lines(stream):
        bytes_read += size_bytes
        if line.raw:
            held.append(Line(number, line.raw, line.too_long))
            held_bytes += len(line.raw)
        if len(held) >= CHUNK or held_bytes >= MAX_CHUNK_BYTES:
            yield Chunk(Lines(format=line_format, origin=origin, lines=tuple(held)), bytes_read)
            held, held_bytes = [], 0
    if held:
        yield Chunk(Lines(format=line_format, origin=origin, lines=tuple(held)), bytes_read)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, Line, int]]:
    """Number, line and length in the file. What is too long is cut, and its rest read away."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        size_bytes = len(raw)
        too_long = size_bytes > MAX_LINE_BYTES and not raw.endswith(b"\n")
        if too_long:
            size_bytes += _skip_rest(stream)
        if number == 1:
            raw = raw.removeprefix(_BOM)
        yield number, Line(number, raw[:MAX_LINE_BYTES].strip(b" \t\r\n"), too_long), size_bytes


def _skip_rest(stream: BinaryIO) -> int:
    skipped = 0
    while piece := stream.readline(_SKIP_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped
