"""The lines of a report on response times, for the terminal, the page and other programs."""

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO
from zoneinfo import ZoneInfo

import msgspec

from streams.sla.report import By, Row, Waited, report, row_of

ALL = "all"
FIELDS = (
    "met", "breached", "attainment", "answers", "wall_p50_s", "wall_p90_s", "wall_p95_s", "counted_p50_s",
    "counted_p90_s", "counted_p95_s",
)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report; `what_if` is the same line under the other configuration."""

    by: str
    row: Row
    what_if: Row | None = None


def lines_of(
    asked: Sequence[By], waits: list[Waited], under: list[Waited] | None, zone: ZoneInfo
) -> Iterator[Line]:
    """A line for all waits, then one for each value of what is `asked`; `under` are those of the other configuration."""
    yield Line(by=ALL, row=row_of(ALL, waits), what_if=None if under is None else row_of(ALL, under))
    for by in asked:
        others = {} if under is None else {row.name: row for row in report(under, by, zone)}
        rows = {row.name: row for row in report(waits, by, zone)}
        for name in sorted({*rows, *others}):
            other = others.get(name) or (None if under is None else row_of(name, []))
            yield Line(by=by, row=rows.get(name) or row_of(name, []), what_if=other)


def write_csv(out: TextIO, lines: Sequence[Line]) -> None:
    """The lines as a table with a header."""
    compared = any(line.what_if is not None for line in lines)
    table = csv.writer(out)
    table.writerow(["by", "name", *FIELDS, *([f"what_if_{name}" for name in FIELDS] if compared else [])])
    for line in lines:
        values = [getattr(line.row, name) for name in FIELDS]
        if line.what_if is not None:
            values += [getattr(line.what_if, name) for name in FIELDS]
        # A name may be what a spreadsheet takes for a formula.
        name = f"'{line.row.name}" if line.row.name[:1] in ("=", "+", "-", "@") else line.row.name
        table.writerow([line.by, name, *("" if value is None else value for value in values)])
