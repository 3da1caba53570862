"""The queue: who waits for our answer, what runs out first on top, what is paused or put off at the end."""

import sqlite3
from collections import Counter
from datetime import datetime, timedelta

import msgspec

from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST, decode_cursor, encode_cursor
from services.views.items import ITEM_COLUMNS, item_row
from services.views.reader import Reader
from services.views.rows import Claim, ConversationRow, Page, QueueCounts, QueueRow, VisitRow
from streams.conversations import is_group
from streams.sla.clocks import Clock
from streams.sla.instants import from_us, to_us

COUNT_MOST = 10_000
"""Counting stops here: nobody reads the difference, and a flood must not slow the page."""
CONVERSATION_ITEMS_MOST = 200
VISITS_MOST = 20

_MEMBERS = """CASE WHEN c.id = c.key || '/*'
    THEN (SELECT count(*) FROM conversations m WHERE m.key = c.key AND m.folded) ELSE 0 END"""
_MEMBERS_ITEMS = """
    SELECT i.item FROM conversations c JOIN items i ON i.conversation = c.id WHERE c.key = ? AND c.folded"""
_clocks = msgspec.msgpack.Decoder(Clock)


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What of the queue is asked for; None asks nothing."""

    brand: str | None = None
    platform: str | None = None
    account: str | None = None
    topic: str | None = None
    overdue_at: datetime | None = None
    """Only what is overdue at this instant."""
    due_from: datetime | None = None
    due_before: datetime | None = None
    asleep: bool | None = None
    """Paused or put off."""
    vip: bool | None = None
    claimed_by: str | None = None
    claimed: bool | None = None
    """By anybody."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    asleep: int
    due_us: int
    conversation: str


def queue_page(
    reader: Reader, wanted: QueueFilter, *, limit: int = LIMIT_DEFAULT, cursor: str | None = None
) -> Page[QueueRow]:
    """One page of the queue.

    Raises:
        BadCursor: `cursor` is not from a page of this list.
    """
    limit = max(1, min(limit, LIMIT_MOST))
    where, parameters = _conditions(wanted)
    if cursor is not None:
        place = decode_cursor(cursor, _Place)
        where += " AND (c.asleep, c.due_us, c.id) > (?, ?, ?)"
        parameters += [place.asleep, place.due_us, place.conversation]
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM conversations c LEFT JOIN items i ON i.item = c.began_by"  # noqa: S608
        f" WHERE c.due_us IS NOT NULL{where} ORDER BY c.asleep, c.due_us, c.id LIMIT ?",
        *parameters, limit + 1,
    )  # fmt: skip
    return Page(items=tuple(_queue_row(row) for row in rows[:limit]), next=_next(rows, limit))


def queue_window(reader: Reader, wanted: QueueFilter, *, offset: int, limit: int) -> tuple[QueueRow, ...]:
    """The rows from `offset` on, for a list that draws only what is seen of it.

    The offset is walked in the index alone; only the rows that are given away are looked up.
    """
    where, parameters = _conditions(wanted)
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM conversations c LEFT JOIN items i ON i.item = c.began_by WHERE c.id IN ("  # noqa: S608
        f" SELECT c.id FROM conversations c INDEXED BY waiting WHERE c.due_us IS NOT NULL{where}"
        " ORDER BY c.asleep, c.due_us, c.id LIMIT ? OFFSET ?) ORDER BY c.asleep, c.due_us, c.id",
        *parameters, max(0, min(limit, LIMIT_MOST)), max(0, offset),
    )  # fmt: skip
    return tuple(_queue_row(row) for row in rows)


def queue_total(reader: Reader, wanted: QueueFilter) -> int:
    """How many fit, counted up to `COUNT_MOST`."""
    where, parameters = _conditions(wanted)
    row = reader.row(
        "SELECT count(*) AS n FROM (SELECT 1 FROM conversations c INDEXED BY waiting"  # noqa: S608
        f" WHERE c.due_us IS NOT NULL{where} LIMIT {COUNT_MOST})",
        *parameters,
    )  # fmt: skip
    return int(row["n"]) if row else 0


def _next(rows: list[sqlite3.Row], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encode_cursor(_Place(last["asleep"], last["due_us"], last["id"]))


def _conditions(wanted: QueueFilter) -> tuple[str, list[object]]:
    """Fixed words and their parameters; nothing of a request ever stands in the words."""
    conditions: list[tuple[str, object]] = [
        (" AND c.brand = ?", wanted.brand),
        (" AND c.platform = ?", wanted.platform),
        (" AND c.account = ?", wanted.account),
        (" AND c.topic = ?", wanted.topic),
        (
            " AND NOT c.paused AND c.due_us < ?",
            None if wanted.overdue_at is None else to_us(wanted.overdue_at),
        ),
        (
            " AND NOT c.paused AND c.due_us <= ?",
            None if wanted.due_before is None else to_us(wanted.due_before),
        ),
        (" AND c.asleep = ?", wanted.asleep),
        (" AND c.claimed_by = ?", wanted.claimed_by),
        (" AND (c.claimed_by IS NOT NULL) = ?", wanted.claimed),
        (" AND c.vip = ?", wanted.vip),
    ]
    used = [(words, value) for words, value in conditions if value is not None]
    return "".join(words for words, _ in used), [value for _, value in used]


def queue_counts(
    reader: Reader, now: datetime, brand: str | None = None, person: str | None = None
) -> QueueCounts:
    """How many wait, counted up to `COUNT_MOST`; `mine` are those that `person` has."""
    where, parameters = _conditions(QueueFilter(brand=brand))
    rows = reader.rows(
        "SELECT platform, account, topic, paused, asleep, vip, claimed_by, due_us < ? AS overdue, count(*) AS n FROM ("  # noqa: S608
        "SELECT c.platform, c.account, c.topic, c.paused, c.asleep, c.vip, c.claimed_by, c.due_us"
        " FROM conversations c INDEXED BY waiting"
        f" WHERE c.due_us IS NOT NULL{where} LIMIT {COUNT_MOST}) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
        to_us(now), *parameters,
    )  # fmt: skip
    return QueueCounts(
        waiting=sum(row["n"] for row in rows),
        overdue=sum(row["n"] for row in rows if row["overdue"] and not row["paused"]),
        asleep=sum(row["n"] for row in rows if row["asleep"]),
        vip=sum(row["n"] for row in rows if row["vip"]),
        mine=sum(row["n"] for row in rows if person is not None and row["claimed_by"] == person),
        platforms=_counted_by(rows, "platform"),
        accounts=_counted_by(rows, "account"),
        topics=_counted_by(rows, "topic"),
    )


def _counted_by(rows: list[sqlite3.Row], column: str) -> tuple[tuple[str, int], ...]:
    """Each value of a column with how many have it, the most on top."""
    counts = Counter[str]()
    for row in rows:
        if row[column] is not None:
            counts[row[column]] += row["n"]
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def due_within(reader: Reader, now: datetime, length: timedelta, brand: str | None = None) -> int:
    """How many of those that are not overdue run out within `length`, up to `COUNT_MOST`."""
    where, parameters = _conditions(QueueFilter(brand=brand, due_before=now + length))
    row = reader.row(
        "SELECT count(*) AS n FROM (SELECT 1 FROM conversations c WHERE c.due_us >= ?"  # noqa: S608
        f"{where} LIMIT {COUNT_MOST})",
        to_us(now), *parameters,
    )  # fmt: skip
    return int(row["n"]) if row else 0


def last_reply_at(reader: Reader) -> datetime | None:
    """When a person of ours last answered anybody."""
    row = reader.row("SELECT max(last_us) AS last_us FROM replies")
    return from_us(row["last_us"]) if row and row["last_us"] else None


def conversation(reader: Reader, name: str) -> ConversationRow | None:
    """A conversation with its last `CONVERSATION_ITEMS_MOST` items (of a group: of all who wait in it); None if unknown."""
    row = reader.row("SELECT * FROM conversations WHERE id = ?", name)
    if row is None:
        return None
    members = _MEMBERS_ITEMS if is_group(name) else "SELECT item FROM items WHERE conversation = ?"
    items = reader.rows(
        f"SELECT {ITEM_COLUMNS} FROM items i WHERE i.item IN ({members}"  # noqa: S608
        " UNION SELECT item FROM items WHERE conversation IS NULL AND ours AND kind = 'reply' AND thread = ?)"
        " ORDER BY i.occurred_us DESC LIMIT ?",
        row["key"] if is_group(name) else name, row["key"], CONVERSATION_ITEMS_MOST + 1,
    )  # fmt: skip
    shown = items[:CONVERSATION_ITEMS_MOST]
    return ConversationRow(
        conversation=row["id"],
        key=row["key"],
        platform=row["platform"],
        account=row["account"],
        brand=row["brand"],
        vip=bool(row["vip"]),
        severity=row["severity"],
        topic=row["topic"],
        clock=_clocks.decode(row["clock"]) if row["clock"] is not None else None,
        resolution=_clocks.decode(row["resolution"]) if row["resolution"] is not None else None,
        claim=_claim(row),
        snoozed_until=_moment(row["snoozed_us"]),
        customer=row["customer"],
        items=tuple(item_row(item) for item in reversed(shown)),
        left_out=max(0, len(items) - len(shown)),
    )


def history_of(reader: Reader, customer: str) -> tuple[VisitRow, ...]:
    """The last `VISITS_MOST` conversations of a customer, the newest first."""
    rows = reader.rows(
        "SELECT id, platform, last_us, due_us, resolution FROM conversations"
        " WHERE customer = ? ORDER BY last_us DESC LIMIT ?",
        customer,
        VISITS_MOST,
    )
    return tuple(
        VisitRow(
            conversation=row["id"],
            platform=row["platform"],
            last_at=from_us(row["last_us"]),
            waiting=row["due_us"] is not None,
            resolution=_clocks.decode(row["resolution"]) if row["resolution"] is not None else None,
        )
        for row in rows
    )


def tags_of(reader: Reader, person: str) -> tuple[str, ...]:
    """The tags that our people put on a customer."""
    rows = reader.rows("SELECT tag FROM tags WHERE person = ? ORDER BY tag", person)
    return tuple(row["tag"] for row in rows)


def _queue_row(row: sqlite3.Row) -> QueueRow:
    return QueueRow(
        conversation=row["id"],
        key=row["key"],
        platform=row["c_platform"],
        account=row["c_account"],
        brand=row["brand"],
        clock=_clocks.decode(row["clock"]),
        due_at=from_us(row["due_us"]),
        paused=bool(row["paused"]),
        vip=bool(row["vip"]),
        severity=row["severity"],
        topic=row["c_topic"],
        members=row["members"],
        claim=_claim(row),
        snoozed_until=_moment(row["snoozed_us"]),
        item=item_row(row) if row["item"] is not None else None,
    )


def _claim(row: sqlite3.Row) -> Claim | None:
    return Claim(row["claimed_by"], from_us(row["claimed_us"])) if row["claimed_by"] is not None else None


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


_COLUMNS = (
    f"{ITEM_COLUMNS}, c.id, c.key, c.platform AS c_platform, c.account AS c_account, c.brand, c.clock, c.due_us,"
    " c.paused, c.asleep, c.vip, c.severity, c.topic AS c_topic, c.claimed_by, c.claimed_us, c.snoozed_us,"
    f" {_MEMBERS} AS members"
)
