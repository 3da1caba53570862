"""Items as they lie in the views: the columns every list reads, and the row they become."""

import sqlite3

import msgspec

from services.vault import SealedContent
from services.views.rows import ItemRow
from streams.events import Match
from streams.sla.instants import from_us

_matches = msgspec.msgpack.Decoder(tuple[Match, ...])

ITEM_COLUMNS = (
    "i.item, i.platform, i.kind, i.native_id, i.occurred_us, i.observed_us, i.subject, i.month, i.fact, i.sealed,"
    " i.account, i.conversation, i.ours, i.robot, i.deleted, i.followers, i.tags, i.label, i.negative, i.abstain,"
    " i.topic, i.matches"
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
        negative=row["negative"],
        abstain=bool(row["abstain"]),
        topic=row["topic"],
        matches=_matches.decode(row["matches"]) if row["matches"] is not None else (),
    )
