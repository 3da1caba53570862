"""Calendars at work: when is a target used up, how much time counted, and why.

A compiled calendar keeps its open spans as microseconds since 1970 with the time counted so far, in chunks of 64 days
that are made on demand, so that a due time costs two binary searches however many holidays lie in between.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime
from zoneinfo import ZoneInfo

from streams.sla.errors import CalendarError
from streams.sla.holidays import missing_years
from streams.sla.hours import DAY_S
from streams.sla.instants import US, from_us, to_us
from streams.sla.ledger import LedgerSpan, ledger_of
from streams.sla.openings import Piece, pieces
from streams.sla.spec import CalendarSpec, parse_calendar

__all__ = ["Calendar", "CalendarSpec", "LedgerSpan", "missing_years", "parse_calendar"]

CHUNK_US = 64 * DAY_S * US
MOST_CHUNKS = 128
"""About 22 years of one calendar, at most some 2 MB; the oldest chunk makes room."""

FIRST_US = 0
LAST_US = 430 * 366 * DAY_S * US
"""Calendars count from 1970 to about 2400; what claims to have happened outside of that is a broken clock."""


class _Chunk:
    """The open spans of 64 days: starts, ends, and the time counted in the chunk up to each end."""

    __slots__ = ("counted_to_us", "ends_us", "starts_us", "total_us")

    def __init__(self, open_pieces: list[Piece]) -> None:
        self.starts_us = [piece.from_us for piece in open_pieces]
        self.ends_us = [piece.to_us for piece in open_pieces]
        self.counted_to_us: list[int] = []
        self.total_us = 0
        for piece in open_pieces:
            self.total_us += piece.to_us - piece.from_us
            self.counted_to_us.append(self.total_us)

    def counted_before(self, at_us: int) -> int:
        """Time counted in this chunk before `at_us`."""
        index = bisect_right(self.starts_us, at_us) - 1
        if index < 0:
            return 0
        return self.counted_to_us[index] - max(0, self.ends_us[index] - at_us)

    def reached(self, counted_us: int) -> int:
        """The earliest instant at which 0 < `counted_us` <= total have been counted in this chunk."""
        index = bisect_left(self.counted_to_us, counted_us)
        return self.ends_us[index] - (self.counted_to_us[index] - counted_us)


class Calendar:
    """A compiled calendar. Everything it returns is in UTC; instants are exact to the microsecond.

    Raises:
        CalendarError: (every method) an instant before 1970 or after about 2400.
    """

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.timezone)
        self.always_open = spec.always_open
        self._chunks: dict[int, _Chunk] = {}

    def due(self, start: datetime, target_s: int) -> datetime:
        """The earliest instant at which the time counted since `start` equals `target_s`.

        A target used up when a span ends is due there and not when the next one opens; a target of 0 is due at `start`.
        """
        return from_us(self.due_us(to_us(start), target_s * US))

    def counted_s(self, start: datetime, end: datetime) -> int:
        """Whole seconds counted from `start` to `end`; 0 when `end` is not after `start`."""
        return self.counted_us(to_us(start), to_us(end)) // US

    def ledger(self, start: datetime, end: datetime) -> tuple[LedgerSpan, ...]:
        """Every span between two instants, counted or not, and why."""
        return ledger_of(self.pieces(to_us(start), to_us(end)))

    def due_us(self, start_us: int, target_us: int) -> int:
        """`due` in microseconds since 1970."""
        if target_us <= 0 or self.always_open:
            return _in_range(start_us) + max(0, target_us)
        number = _in_range(start_us) // CHUNK_US
        chunk = self._chunk(number)
        wanted_us = chunk.counted_before(start_us) + target_us
        while wanted_us > chunk.total_us:
            wanted_us -= chunk.total_us
            number += 1
            _in_range(number * CHUNK_US)
            chunk = self._chunk(number)
        return chunk.reached(wanted_us)

    def counted_us(self, start_us: int, end_us: int) -> int:
        """`counted_s` in microseconds."""
        if _in_range(end_us) <= _in_range(start_us):
            return 0
        if self.always_open:
            return end_us - start_us
        first, last = start_us // CHUNK_US, end_us // CHUNK_US
        whole_us = sum(self._chunk(number).total_us for number in range(first, last))
        return (
            whole_us + self._chunk(last).counted_before(end_us) - self._chunk(first).counted_before(start_us)
        )

    def pieces(self, start_us: int, end_us: int) -> list[Piece]:
        """The pieces of a ledger, for those who put several stretches together."""
        return list(pieces(self.spec, self.zone, _in_range(start_us), _in_range(end_us)))

    def _chunk(self, number: int) -> _Chunk:
        chunk = self._chunks.get(number)
        if chunk is None:
            whole = pieces(self.spec, self.zone, number * CHUNK_US, (number + 1) * CHUNK_US)
            chunk = _Chunk([piece for piece in whole if piece.counts])
            while len(self._chunks) >= MOST_CHUNKS:
                self._chunks.pop(next(iter(self._chunks)), None)
            self._chunks[number] = chunk
        return chunk


def _in_range(at_us: int) -> int:
    if FIRST_US <= at_us < LAST_US:
        return at_us
    raise CalendarError("time", f"{at_us // US} s since 1970", "a time between 1970 and 2400")
