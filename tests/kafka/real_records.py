"""Fifty thousand real items as one busy quarter of an hour: the order is theirs, the time between them is not.

All of them are written within fifteen minutes, before any answer is due, so that a clock that stands still at their end
makes both runtimes decide under the same `now`. The replies come later than they were written.
"""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

EVENTS = (
    "brand_cascades_2011_2015_weibo",
    "citizen_messages_2017_2020",
    "metro_2025_weibo",
    "xibei_2025_bilibili",
)
ORDERS = 6_500
SHOPS = 40
WINDOW = timedelta(minutes=15)
KNOWN = frozenset(
    ("kind", "id", "post_id", "parent_id", "account", "author_id", "text", "title", "author_followers")
) | {"platform", "to_author_id", "author_verified"}


def records(data: Path, begin: datetime) -> tuple[list[bytes], list[bytes]]:
    """What people wrote, in order; and what we answered, which comes in afterwards."""
    rows = sorted(_rows(data), key=lambda row: row["time"])
    step = WINDOW / len(rows)
    written: list[bytes] = []
    replies: list[bytes] = []
    for number, row in enumerate(rows):
        record = {name: row[name] for name in KNOWN if row.get(name) is not None}
        # Formats know no fractions of a second.
        record["time"] = record["observed"] = (begin + step * number).replace(microsecond=0).isoformat()
        (replies if record["kind"] == "reply" else written).append(msgspec.json.encode(record))
    return written, replies


def _rows(data: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in EVENTS:
        rows += _lines(data / "events" / f"{name}.jsonl")
    for row in _lines(data / "sla" / "citizen_replies_2011_2020.jsonl"):
        rows += _question_and_reply(row)
    return rows + _orders(data, rows[-1]["time"])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(msgspec.json.decode, file)


def _question_and_reply(row: dict[str, Any]) -> list[dict[str, Any]]:
    shared = {"platform": "gov_message_board", "account": "city", "post_id": row["id"]}
    question = {"kind": "comment", "id": f"q{row['id']}", "author_id": row["author_id"]}
    reply = {"kind": "reply", "id": f"a{row['id']}", "parent_id": f"q{row['id']}", "author_id": "city"}
    reply["to_author_id"] = row["author_id"]
    return [
        shared | question | {"time": row["question_time"], "text": row["question"]},
        shared | reply | {"time": row["reply_time"], "text": row["reply"]},
    ]


def _orders(data: Path, time: str) -> list[dict[str, Any]]:
    """Reviews of takeaway orders, each a message to one of the shops."""
    with (data / "senti" / "waimai_10k.tsv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in islice(csv.DictReader(file, delimiter="\t"), ORDERS)]
    return [
        {
            "time": time,
            "platform": "wechat",
            "kind": "message",
            "id": f"o{number}",
            "account": f"shop-{number % SHOPS}",
            "author_id": f"guest-{number % 3_000}",
            "text": text,
        }
        for number, text in enumerate(texts)
    ]
