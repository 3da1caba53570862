"""Mentions: the items behind every figure, newest first."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST, decode_cursor, encode_cursor
from services.views.intake_rows import MINUTE_US
from services.views.items import ITEM_COLUMNS, item_row
from services.views.reader import Reader
from services.views.rows import MentionRow, MinuteCount, Page
from streams.events import Label, Severity
from streams.sla.instants import from_us, to_us

ITEMS_NAMED_MOST = 500
"""Item ids that one question may name."""


class MentionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which mentions are asked for; None asks nothing. Times are when we saw them, half-open."""

    brand: str | None = None
    label: Label | None = None
    platform: str | None = None
    monitor: str | None = None
    severity: Severity | None = None
    category: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    author: str | None = None
    """Pseudonym of who wrote it."""
    items: tuple[str, ...] | None = None


class _Place(msgspec.Struct, frozen=True, array_like=True):
    observed_us: int
    n: int
    brand: str


def mentions_page(
    reader: Reader, wanted: MentionFilter, *, limit: int = LIMIT_DEFAULT, cursor: str | None = None
) -> Page[MentionRow]:
    """One page of mentions.

    Raises:
        BadCursor: `cursor` is not from a page of this list.
    """
    limit = max(1, min(limit, LIMIT_MOST))
    where, parameters = conditions(wanted)
    if cursor is not None:
        place = decode_cursor(cursor, _Place)
        where += " AND (m.observed_us, m.n, m.brand) < (?, ?, ?)"
        parameters += [place.observed_us, place.n, place.brand]
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM mentions m JOIN items i ON i.n = m.n WHERE true{where}"  # noqa: S608
        " ORDER BY m.observed_us DESC, m.n DESC, m.brand DESC LIMIT ?",
        *parameters, limit + 1,
    )  # fmt: skip
    return Page(items=tuple(_mention_row(row) for row in rows[:limit]), next=_next(rows, limit))


def mentions_count(reader: Reader, wanted: MentionFilter, most: int) -> int:
    """How many there are, counted up to `most`."""
    where, parameters = conditions(wanted)
    row = reader.row(
        f"SELECT count(*) AS n FROM (SELECT 1 FROM mentions m WHERE true{where} LIMIT ?)",  # noqa: S608
        *parameters, most,
    )  # fmt: skip
    return int(row["n"]) if row else 0


def _next(rows: Sequence[sqlite3.Row], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encode_cursor(_Place(last["m_observed_us"], last["n"], last["brand"]))


def conditions(wanted: MentionFilter) -> tuple[str, list[object]]:
    """Fixed words and their parameters; nothing of a request ever stands in the words."""
    conditions: list[tuple[str, object]] = [
        (" AND m.brand = ?", wanted.brand),
        (" AND m.label = ?", wanted.label),
        (" AND m.platform = ?", wanted.platform),
        (" AND m.severity = ?", wanted.severity),
        (" AND m.category = ?", wanted.category),
        (" AND instr(',' || m.monitors || ',', ',' || ? || ',') > 0", wanted.monitor),
        (" AND m.observed_us >= ?", None if wanted.from_at is None else to_us(wanted.from_at)),
        (" AND m.observed_us < ?", None if wanted.to_at is None else to_us(wanted.to_at)),
    ]
    used = [(words, value) for words, value in conditions if value is not None]
    where, parameters = "".join(words for words, _ in used), [value for _, value in used]
    if wanted.author is not None:
        where += " AND EXISTS (SELECT 1 FROM items a WHERE a.n = m.n AND a.subject = ?)"
        parameters.append(wanted.author)
    if wanted.items is not None:
        named = wanted.items[:ITEMS_NAMED_MOST]
        holes = ",".join("?" * len(named))
        where += f" AND m.n IN (SELECT n FROM items WHERE item IN ({holes}))"  # noqa: S608
        parameters += named
    return where, parameters


def minute_counts(reader: Reader, brand: str, from_at: datetime, to_at: datetime) -> tuple[MinuteCount, ...]:
    """Items about `brand` in each minute that had any, oldest first."""
    rows = reader.rows(
        "SELECT minute, sum(items) AS items, sum(iif(label = 'negative', items, 0)) AS negative FROM minutes"
        " WHERE brand = ? AND minute >= ? AND minute < ? GROUP BY minute ORDER BY minute",
        brand, to_us(from_at) // MINUTE_US, -(-to_us(to_at) // MINUTE_US),
    )  # fmt: skip
    return tuple(
        MinuteCount(from_us(row["minute"] * MINUTE_US), row["items"], row["negative"]) for row in rows
    )


def _mention_row(row: sqlite3.Row) -> MentionRow:
    return MentionRow(
        brand=row["brand"],
        item=row["item"],
        platform=row["m_platform"],
        observed_at=from_us(row["m_observed_us"]),
        label=row["m_label"],
        severity=row["severity"],
        category=row["category"],
        topic=row["m_topic"],
        monitors=tuple(row["monitors"].split(",")) if row["monitors"] else (),
        reach=row["reach"],
        reposts=row["reposts"],
        addressed=bool(row["addressed"]),
        content=item_row(row),
    )


_COLUMNS = (
    f"{ITEM_COLUMNS}, m.brand, m.n, m.platform AS m_platform, m.observed_us AS m_observed_us,"
    " m.label AS m_label, m.severity, m.category, m.topic AS m_topic, m.monitors, m.reach, m.reposts, m.addressed"
)
