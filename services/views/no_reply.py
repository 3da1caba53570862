"""What the rule for courtesies let go: what a person is to check, and how often the rule errs."""

import sqlite3

import msgspec

from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST, decode_cursor, encode_cursor
from services.views.items import ITEM_COLUMNS, item_row
from services.views.reader import Reader
from services.views.rows import ItemRow, Page
from streams.events import Verdict


class NoReplyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a rule took for one that needs no reply."""

    conversation: str
    key: str
    """Partition key."""
    rule: str
    sampled: bool
    verdict: Verdict | None = None
    """None: nobody has looked at it."""
    by: str | None = None
    item: ItemRow


class RuleErrors(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule does."""

    rule: str
    marked: int
    """Messages that it let go."""
    sampled: int
    """Of these, drawn for a person to check."""
    reviewed: int
    """Of the sample, looked at."""
    overturned: int
    """Of those, wrong."""
    overturned_elsewhere: int
    """Wrong ones that somebody met outside of the sample; they are no measure of anything."""

    @property
    def error_rate(self) -> float | None:
        """The share of the sample that was wrong; None while nobody has looked."""
        return self.overturned / self.reviewed if self.reviewed else None


def to_check(reader: Reader, *, limit: int = LIMIT_DEFAULT, cursor: str | None = None) -> Page[NoReplyRow]:
    """The sampled messages that nobody has looked at, the newest first.

    Raises:
        BadCursor: `cursor` is not from a page of this list.
    """
    limit = max(1, min(limit, LIMIT_MOST))
    before = decode_cursor(cursor, int) if cursor is not None else 2**62
    rows = reader.rows(
        f"{_ROWS} WHERE r.sampled AND r.verdict IS NULL AND i.n < ? ORDER BY i.n DESC LIMIT ?",
        before, limit + 1,
    )  # fmt: skip
    shown = rows[:limit]
    more = encode_cursor(shown[-1]["place"]) if len(rows) > limit else None
    return Page(items=tuple(map(_row, shown)), next=more)


def no_reply_row(reader: Reader, item: str) -> NoReplyRow | None:
    """What a rule said about one message; None if none did."""
    row = reader.row(f"{_ROWS} WHERE r.item = ?", item)
    return _row(row) if row is not None else None


def rule_errors(reader: Reader) -> tuple[RuleErrors, ...]:
    """Every rule that ever let anything go, by name."""
    rows = reader.rows(
        "SELECT rule, count(*) AS marked, sum(sampled) AS sampled, sum(sampled AND verdict IS NOT NULL) AS reviewed,"
        " sum(sampled AND verdict = 'overturned') AS overturned,"
        " sum(NOT sampled AND verdict = 'overturned') AS elsewhere FROM no_reply GROUP BY rule ORDER BY rule"
    )
    return tuple(
        RuleErrors(
            rule=row["rule"],
            marked=row["marked"],
            sampled=row["sampled"],
            reviewed=row["reviewed"] or 0,
            overturned=row["overturned"] or 0,
            overturned_elsewhere=row["elsewhere"] or 0,
        )
        for row in rows
    )


_ROWS = (
    f"SELECT {ITEM_COLUMNS}, r.conversation AS c_id, r.key AS c_key, r.rule, r.sampled, r.verdict, r.by, i.n AS place"  # noqa: S608
    " FROM no_reply r JOIN items i ON i.item = r.item"
)


def _row(row: sqlite3.Row) -> NoReplyRow:
    return NoReplyRow(
        conversation=row["c_id"],
        key=row["c_key"],
        rule=row["rule"],
        sampled=bool(row["sampled"]),
        verdict=row["verdict"],
        by=row["by"],
        item=item_row(row),
    )
