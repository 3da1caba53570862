"""Who said how much about a brand in a stretch of time, and what of it can be read: what reports count."""

import sqlite3
from datetime import datetime

import msgspec

from services.views.intake_rows import MINUTE_US
from services.views.items import ITEM_COLUMNS, item_row
from services.views.mentions import MentionFilter, conditions
from services.views.reader import Reader
from services.views.rows import ItemRow, MinuteCount
from streams.events import Label
from streams.sla.instants import from_us, to_us


class PlatformShare(msgspec.Struct, frozen=True, kw_only=True):
    """What came from one platform."""

    platform: str
    items: int
    negative: int
    authors: int


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """What one author brought; the name is sealed in `newest`."""

    subject: str
    """Pseudonym."""
    platform: str
    items: int
    negative: int
    followers: int
    reposts: int
    """Most reposts that one of the items was seen with, summed over the items."""
    newest: ItemRow


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """One mention with its item."""

    label: Label
    reach: int
    item: ItemRow


def platform_shares(reader: Reader, wanted: MentionFilter) -> tuple[PlatformShare, ...]:
    """The loudest platform first."""
    where, parameters = conditions(wanted)
    rows = reader.rows(
        "SELECT m.platform, count(*) AS items, sum(m.label = 'negative') AS negative,"  # noqa: S608
        " count(DISTINCT i.subject) AS authors FROM mentions m JOIN items i ON i.n = m.n"
        f" WHERE true{where} GROUP BY m.platform ORDER BY items DESC, m.platform",
        *parameters,
    )
    return tuple(
        PlatformShare(
            platform=row["platform"], items=row["items"], negative=row["negative"], authors=row["authors"]
        )
        for row in rows
    )


def corrected_since(reader: Reader, wanted: MentionFilter, since: datetime) -> int:
    """How many mentions people corrected since then."""
    where, parameters = conditions(wanted)
    row = reader.row(
        f"SELECT count(*) AS n FROM mentions m JOIN items i ON i.n = m.n WHERE i.corrected_us >= ?{where}",  # noqa: S608
        to_us(since), *parameters,
    )  # fmt: skip
    return int(row["n"]) if row else 0


def counts_by_minute(reader: Reader, wanted: MentionFilter) -> tuple[MinuteCount, ...]:
    """Mentions in each minute that had any, oldest first: for what `minutes` does not hold, such as one category."""
    where, parameters = conditions(wanted)
    rows = reader.rows(
        f"SELECT m.observed_us / {MINUTE_US} AS minute, count(*) AS items, sum(m.label = 'negative') AS negative"  # noqa: S608
        f" FROM mentions m WHERE true{where} GROUP BY minute ORDER BY minute",
        *parameters,
    )
    return tuple(
        MinuteCount(from_us(row["minute"] * MINUTE_US), row["items"], row["negative"]) for row in rows
    )


def loudest_authors(reader: Reader, wanted: MentionFilter, most: int) -> tuple[Author, ...]:
    """Those whose items reached furthest, by followers or by reposts, whichever is more."""
    where, parameters = conditions(wanted)
    rows = reader.rows(
        "SELECT i.subject AS who, m.platform, count(*) AS items, sum(m.label = 'negative') AS negative,"  # noqa: S608
        " max(coalesce(m.reach, 0)) AS followers, sum(coalesce(m.reposts, 0)) AS passed_on, max(m.n) AS newest"
        f" FROM mentions m JOIN items i ON i.n = m.n WHERE NOT i.ours{where} GROUP BY i.subject"
        " ORDER BY max(followers, passed_on) DESC, items DESC, who LIMIT ?",
        *parameters, most,
    )  # fmt: skip
    return tuple(_author(reader, row) for row in rows)


def _author(reader: Reader, row: sqlite3.Row) -> Author:
    newest = reader.row(f"SELECT {ITEM_COLUMNS} FROM items i WHERE i.n = ?", row["newest"])  # noqa: S608
    assert newest is not None
    return Author(
        subject=row["who"],
        platform=row["platform"],
        items=row["items"],
        negative=row["negative"],
        followers=row["followers"],
        reposts=row["passed_on"],
        newest=item_row(newest),
    )


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Mentions that are read out of all there are."""

    voices: tuple[Voice, ...]
    """Oldest first."""
    every: int
    """Every so-manyth was taken; 1: all."""


def sampled_voices(reader: Reader, wanted: MentionFilter, most: int) -> Sample:
    """At most `most` mentions, evenly out of all of them in the order in which they came."""
    where, parameters = conditions(wanted)
    source = f"FROM mentions m JOIN items i ON i.n = m.n WHERE NOT i.ours{where}"
    counted = reader.row(f"SELECT count(*) AS n {source}", *parameters)
    every = max(1, -(-(counted["n"] if counted else 0) // most))
    rows = reader.rows(
        f"SELECT * FROM (SELECT {ITEM_COLUMNS}, m.label AS m_label, m.reach AS m_reach,"  # noqa: S608
        f" row_number() OVER (ORDER BY m.observed_us, m.n) AS place {source}) WHERE place % ? = 0 ORDER BY place",
        *parameters, every,
    )  # fmt: skip
    voices = (Voice(label=row["m_label"], reach=row["m_reach"] or 0, item=item_row(row)) for row in rows)
    return Sample(voices=tuple(voices), every=every)
