"""Cases: the list of those to be settled, and everything about one."""

import sqlite3
from datetime import datetime

import msgspec

from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST, decode_cursor, encode_cursor
from services.views.items import ITEM_COLUMNS, item_row
from services.views.reader import Reader
from services.views.rows import ItemRow, Page
from streams.case_events import AnyCaseEvent, OpenReason, Outcome
from streams.events import Severity
from streams.sla.instants import from_us

LOG_MOST = 500

_events: msgspec.msgpack.Decoder[AnyCaseEvent] = msgspec.msgpack.Decoder(AnyCaseEvent)


class PromiseRow(msgspec.Struct, frozen=True, kw_only=True):
    """What we promised and when."""

    item: str
    """The reply that promises."""
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None = None
    broken: bool = False
    """Not kept by its time."""


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a list shows it."""

    id: str
    key: str
    platform: str
    account: str
    brand: str | None = None
    topic: str | None = None
    severity: Severity | None = None
    owner: str | None = None
    opened_at: datetime
    reason: OpenReason
    last_at: datetime
    settled_at: datetime | None = None
    outcome: Outcome | None = None
    evidence: str | None = None
    reopened: int = 0
    """How often the customer came back or somebody was not content."""
    promise_due_at: datetime | None = None
    """The next promise that is to be kept."""
    promise_broken: bool = False
    conversation: str | None = None
    """The newest of those that it joins."""
    item: ItemRow | None = None
    """What opened it."""


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one case."""

    row: CaseRow
    conversations: tuple[str, ...]
    mentions: tuple[str, ...]
    """Item ids."""
    promises: tuple[PromiseRow, ...]
    log: tuple[AnyCaseEvent, ...]
    """The first first, at most `LOG_MOST`."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    settled: int
    opened_us: int
    case: str


def cases_page(
    reader: Reader,
    *,
    open_only: bool = False,
    owner: str | None = None,
    brand: str | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Page[CaseRow]:
    """Open cases first, the oldest on top: it has waited longest; what belongs to no brand stands with every `brand`.

    Raises:
        BadCursor: `cursor` is not from a page of this list.
    """
    limit = max(1, min(limit, LIMIT_MOST))
    where, parameters = "", list[object]()
    if open_only:
        where += " AND c.settled_us IS NULL"
    if owner is not None:
        where, parameters = where + " AND c.owner = ?", [*parameters, owner]
    if brand is not None:
        where, parameters = where + " AND (c.brand = ? OR c.brand IS NULL)", [*parameters, brand]
    if cursor is not None:
        place = decode_cursor(cursor, _Place)
        where += " AND (c.settled_us IS NOT NULL, c.opened_us, c.id) > (?, ?, ?)"
        parameters += [place.settled, place.opened_us, place.case]
    rows = reader.rows(
        f"{_ROWS} WHERE 1{where} ORDER BY c.settled_us IS NOT NULL, c.opened_us, c.id LIMIT ?",
        *parameters,
        limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    place_after = (
        None if last is None else _Place(last["settled_us"] is not None, last["opened_us"], last["c_id"])
    )
    return Page(
        items=tuple(_row(row) for row in rows[:limit]),
        next=None if place_after is None else encode_cursor(place_after),
    )


def promised_cases(reader: Reader, brand: str | None, limit: int) -> tuple[CaseRow, ...]:
    """Open cases in which something is promised and not kept yet, what is due first on top."""
    of_brand, parameters = ("", ()) if brand is None else (" AND (c.brand = ? OR c.brand IS NULL)", (brand,))
    rows = reader.rows(
        f"{_ROWS} WHERE c.settled_us IS NULL AND promise_due_us IS NOT NULL{of_brand}"
        " ORDER BY promise_due_us, c.id LIMIT ?",
        *parameters, limit,
    )  # fmt: skip
    return tuple(_row(row) for row in rows)


def case_file(reader: Reader, name: str) -> CaseFile | None:
    """Everything about one case; None if there is none."""
    row = reader.row(f"{_ROWS} WHERE c.id = ?", name)
    if row is None:
        return None
    links = reader.rows("SELECT kind, ref FROM case_links WHERE case_id = ? ORDER BY kind, ref", name)
    promises = reader.rows("SELECT * FROM promises WHERE case_id = ? ORDER BY made_us, item", name)
    log = reader.rows("SELECT body FROM case_log WHERE case_id = ? ORDER BY n LIMIT ?", name, LOG_MOST)
    return CaseFile(
        row=_row(row),
        conversations=tuple(link["ref"] for link in links if link["kind"] == "conversation"),
        mentions=tuple(link["ref"] for link in links if link["kind"] == "mention"),
        promises=tuple(
            PromiseRow(
                item=one["item"],
                made_at=from_us(one["made_us"]),
                due_at=from_us(one["due_us"]),
                kept_at=_at(one["kept_us"]),
                broken=bool(one["broken"]),
            )
            for one in promises
        ),
        log=tuple(_events.decode(one["body"]) for one in log),
    )


def case_of_conversation(reader: Reader, conversation: str) -> CaseRow | None:
    """The newest case that a conversation belongs to; None if it belongs to none."""
    row = reader.row(f"{_ROWS}{_OF_CONVERSATION}", conversation)
    return _row(row) if row is not None else None


_ROWS = (
    f"SELECT {ITEM_COLUMNS}, c.id AS c_id, c.key AS c_key, c.platform AS c_platform, c.account AS c_account,"  # noqa: S608
    " c.brand, c.topic AS c_topic, c.severity, c.owner, c.opened_us, c.reason, c.last_us, c.settled_us, c.outcome,"
    " c.evidence, c.reopened, (SELECT min(p.due_us) FROM promises p WHERE p.case_id = c.id AND p.kept_us IS NULL)"
    " AS promise_due_us,"
    " (SELECT max(p.broken) FROM promises p WHERE p.case_id = c.id) AS promise_broken,"
    " (SELECT l.ref FROM case_links l JOIN conversations v ON v.id = l.ref WHERE l.case_id = c.id"
    " AND l.kind = 'conversation' ORDER BY v.last_us DESC LIMIT 1) AS conversation"
    " FROM cases c LEFT JOIN items i ON i.item = c.began_by"
)


_OF_CONVERSATION = """
    WHERE c.id IN (SELECT case_id FROM case_links WHERE kind = 'conversation' AND ref = ?)
    ORDER BY c.opened_us DESC LIMIT 1"""


def _row(row: sqlite3.Row) -> CaseRow:
    return CaseRow(
        id=row["c_id"],
        key=row["c_key"],
        platform=row["c_platform"],
        account=row["c_account"],
        brand=row["brand"],
        topic=row["c_topic"],
        severity=row["severity"],
        owner=row["owner"],
        opened_at=from_us(row["opened_us"]),
        reason=row["reason"],
        last_at=from_us(row["last_us"]),
        settled_at=_at(row["settled_us"]),
        outcome=row["outcome"],
        evidence=row["evidence"],
        reopened=row["reopened"],
        promise_due_at=_at(row["promise_due_us"]),
        promise_broken=bool(row["promise_broken"]),
        conversation=row["conversation"],
        item=item_row(row) if row["item"] is not None else None,
    )


def _at(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
