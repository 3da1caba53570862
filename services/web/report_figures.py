"""What the report on response times shows, counted as `fenghuo sla report` counts it."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from services.sla_table import Line, lines_of
from streams.sla.report import BYS, By, Part, Row, Waited, counted, named

BEHIND_MOST = 200
"""Waits that are listed behind a figure."""
TREND_WIDTH, TREND_HEIGHT = 560, 96
BAR_SHARE, BAR_MOST = 0.7, 40.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of which time a report is asked for, and which of its figures lies open: waits that began in `[from_at, to_at)`."""

    from_at: datetime
    to_at: datetime
    period: dict[str, str]
    """`from` and `to` as they stand in the address."""
    by: By | None = None
    name: str = ""
    """The row `name` of the report by `by`; the whole where that is None."""
    show: Part | None = None
    """The figure that was pressed."""
    promises: dict[str, str] = {}
    """Other targets, by kind of clock and policy: `{"first_response.weibo": "20m"}`."""

    def address(self, place: str = "/report", **query: str) -> str:
        """A page of the same time."""
        written = {**self.period, **self.promises, **query}
        return place + (f"?{urlencode(written)}" if written else "")

    def behind(self, show: Part, by: str = "", name: str = "") -> str:
        """The page with what a figure counts."""
        row = {"by": by, "name": name} if by else {}
        return f"{self.address(**row, show=show)}#behind"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the trend, as a bar in a box of `TREND_WIDTH` by `TREND_HEIGHT`; broken promises at the bottom."""

    name: str
    """`2026-11-23`, the row of the report by day."""
    row: Row | None
    x: float
    width: float
    bar_x: float
    bar_width: float
    met_height: float
    breached_height: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A report, ready to be shown."""

    total: Line
    lines: dict[By, tuple[Line, ...]]
    trend: tuple[Day, ...]
    behind: tuple[Waited, ...]
    """What the figure that was pressed counts: answers the slowest first, others the newest first."""
    behind_count: int

    @property
    def peak(self) -> int:
        """Most promises that were decided on one day."""
        return max((day.row.met + day.row.breached for day in self.trend if day.row), default=0)


def figures_of(waits: list[Waited], under: list[Waited] | None, asked: Asked, zone: ZoneInfo) -> Figures:
    """The report on `waits`; `under` are those under other promises."""
    total, *lines = lines_of(BYS, waits, under, zone)
    behind = _behind(waits, asked, zone)
    return Figures(
        total=total,
        lines={by: tuple(line for line in lines if line.by == by) for by in BYS},
        trend=_trend(tuple(line.row for line in lines if line.by == "day"), asked, zone),
        behind=tuple(behind[:BEHIND_MOST]),
        behind_count=len(behind),
    )


def _behind(waits: list[Waited], asked: Asked, zone: ZoneInfo) -> list[Waited]:
    if asked.show is None:
        return []
    of_row = waits if asked.by is None else named(waits, asked.by, asked.name, zone)
    found = counted(of_row, asked.show)
    if asked.show == "answers":
        return sorted(found, key=lambda wait: wait.wall_s or 0.0, reverse=True)
    return sorted(found, key=lambda wait: wait.clock.started_at, reverse=True)


def _trend(rows: tuple[Row, ...], asked: Asked, zone: ZoneInfo) -> tuple[Day, ...]:
    """Every day of the period, also those on which nobody wrote."""
    known = {row.name: row for row in rows}
    days = _days(asked.from_at.astimezone(zone).date(), asked.to_at.astimezone(zone))
    peak = max((row.met + row.breached for row in rows), default=0) or 1
    width = TREND_WIDTH / len(days)
    bar = min(BAR_MOST, BAR_SHARE * width)
    return tuple(
        Day(
            name=day.isoformat(),
            row=(row := known.get(day.isoformat())),
            x=place * width,
            width=width,
            bar_x=place * width + (width - bar) / 2,
            bar_width=bar,
            met_height=TREND_HEIGHT * (row.met if row else 0) / peak,
            breached_height=TREND_HEIGHT * (row.breached if row else 0) / peak,
        )
        for place, day in enumerate(days)
    )


def _days(first: date, end: datetime) -> list[date]:
    last = (end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
