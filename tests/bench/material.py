"""What is measured with: real posts of a crisis where the data folder is there, made-up ones (seeded) where it is not."""

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SEED = 20250912
ADDRESSED_EVERY = 50
"""So often an item is a comment to one of our accounts, from somebody new: it starts a conversation with its clocks."""
MADE_UP_ITEMS = 12_000
_WORDS = (
    "西贝", "预制菜", "羊肉", "孩子", "价格", "服务员", "门店", "冷冻", "西兰花",
    "老板", "道歉", "好吃", "难吃", "太贵", "新鲜", "等了", "半小时", "退款",
    "今天", "朋友", "觉得", "真的", "还是", "不会", "再去",
)  # fmt: skip


@cache
def templates() -> tuple[str, list[dict[str, Any]]]:
    """Where the items come from, and the items as records."""
    folder = Path(os.environ.get("FENGHUO_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "events" / "xibei_2025_bilibili.jsonl"
    if file.is_file():
        lines = file.read_text(encoding="utf-8").splitlines()
        return f"real posts ({file.name})", [json.loads(line) for line in lines]
    return f"made-up posts (seed {SEED}): no data folder here", list(_made_up())


def _made_up() -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED)
    for number in range(MADE_UP_ITEMS):
        length = min(60, max(3, round(chance.lognormvariate(2.3, 0.7))))
        record = {
            "platform": "weibo", "kind": "comment" if number % 20 else "post", "id": f"c{number}",
            "author_id": f"a{chance.randrange(9_000)}", "text": "".join(chance.choices(_WORDS, k=length)),
        }  # fmt: skip
        if number % 20:
            record |= {"post_id": f"c{number - number % 20}", "parent_id": f"c{number - number % 20}"}
        yield record


def posts() -> list[str]:
    """The texts that say anything."""
    return [record["text"] for record in templates()[1] if record["text"]]


def lines(count: int, *, begins_at: datetime | None = None, round_name: str = "r") -> Iterator[bytes]:
    """`count` records as JSON, no two with one id; time runs on by a millisecond from item to item.

    The file is gone through again and again; every round has its own ids of items, posts and authors.
    """
    records = templates()[1]
    at = begins_at or datetime.now(UTC)
    for number in range(count):
        round_number, place = divmod(number, len(records))
        mark = f"{round_name}{round_number}"
        record = dict(records[place])
        for field in ("id", "post_id", "parent_id", "author_id"):
            if field in record:
                record[field] = f"{record[field]}-{mark}"
        record["time"] = (at + timedelta(milliseconds=number)).isoformat()
        if number % ADDRESSED_EVERY == 0:
            record |= {"platform": "weibo", "kind": "comment", "account": "xibei-official"}
            record.setdefault("post_id", f"ours-{mark}")
        yield json.dumps(record, ensure_ascii=False).encode()
