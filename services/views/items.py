"""Items as they lie in the views: the columns every list reads, and the row they become."""

import sqlite3

import msgspec

from services.vault import SealedContent
from services.views.reader import Reader
from services.views.rows import Corrected, ItemRow
from streams.events import Match
from streams.sla.instants import from_us

_matches = msgspec.msgpack.Decoder(tuple[Match, ...])

ITEM_COLUMNS = (
    "i.item, i.platform, i.kind, i.native_id, i.occurred_us, i.observed_us, i.subject, i.month, i.fact, i.sealed,"
    " i.account, i.conversation, i.ours, i.robot, i.deleted, i.followers, i.tags, i.label, i.confidence, i.negative, i.abstain,"
    " i.topic, i.topic_evidence, i.matches, i.thread, i.judged, i.corrected_by, i.corrected_us, i.post, i.sent_by, i.script, i.strayed"
)


def item_row(row: sqlite3.Row) -> ItemRow:
    """The item in a row that holds `ITEM_COLUMNS`."""
    return ItemRow(
        item=row["item"],
        platform=row["platform"],
        kind=row["kind"],
        native_id=row["native_id"],
        occurred_at=from_us(row["occurred_us"]),
        observed_at=from_us(row["observed_us"]),
        content=SealedContent(row["subject"], row["month"], row["fact"], row["sealed"]),
        account=row["account"],
        conversation=row["conversation"],
        ours=bool(row["ours"]),
        robot=bool(row["robot"]),
        deleted=bool(row["deleted"]),
        followers=row["followers"],
        tags=tuple(row["tags"].split(",")) if row["tags"] else (),
        label=row["label"],
        confidence=row["confidence"],
        negative=row["negative"],
        abstain=bool(row["abstain"]),
        topic=row["topic"],
        topic_evidence=tuple(row["topic_evidence"].split("\n")) if row["topic_evidence"] else (),
        matches=_matches.decode(row["matches"]) if row["matches"] is not None else (),
        key=row["thread"],
        corrected=_corrected(row),
        post=row["post"],
        sent_by=row["sent_by"],
        script=row["script"],
        strayed=row["strayed"],
    )


def _corrected(row: sqlite3.Row) -> Corrected | None:
    if row["corrected_by"] is None:
        return None
    return Corrected(by=row["corrected_by"], at=from_us(row["corrected_us"]), judged=row["judged"])


def item(reader: Reader, item_id: str) -> ItemRow | None:
    """One item; None: no page knows it."""
    row = reader.row(f"SELECT {ITEM_COLUMNS} FROM items i WHERE i.item = ?", item_id)  # noqa: S608
    return item_row(row) if row else None
