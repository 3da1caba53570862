"""The configuration that the daemon and the engine are measured with: many monitors, clocks, rules, one outlet."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.material import SEED, posts

MONITORS = 1_000
KEY_VARIABLE = "FENGHUO_KEY_BENCH"
ALARM_WORD = "食物中毒"
_CHINESE = range(0x4E00, 0x9FFF)


def terms(count: int, seed: int = SEED) -> list[str]:
    """Words of three and four characters as they stand in the posts: some of them hit now and then, as real ones do."""
    chance = random.Random(seed)
    texts = posts()
    found: dict[str, None] = {}
    while len(found) < count:
        text = chance.choice(texts)
        start, length = chance.randrange(len(text)), chance.choice((3, 4))
        word = text[start : start + length]
        if len(word) == length and all(ord(character) in _CHINESE for character in word):
            found[word] = None
        elif len(found) >= count // 2:
            # A file of posts has only so many words; others are put together from its characters.
            found["".join(chance.choice(list(found)[:1000])[:2] for _ in range(2))] = None
    return list(found)[:count]


def queries(count: int) -> dict[str, str]:
    """`count` monitors of five terms each, by id."""
    words = terms(count * 5)
    groups = [words[start : start + 5] for start in range(0, len(words), 5)]
    return {
        f"m{number}": f"({a} OR {b}) AND ({c} OR {d}) AND NOT {e}"
        for number, (a, b, c, d, e) in enumerate(groups)
    }


def alarm_brand(number: int) -> str:
    """Name of a brand of which nothing was ever said: what is said first opens an incident of its own."""
    return f"警报品牌{number:04}号"


def write(folder: Path, *, outlet_port: int = 9, alarm_brands: int = 0) -> None:
    """A configuration folder with `MONITORS` monitors in all. JSON is YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    own = [
        {"id": "brand", "query": "西贝 OR 莜面村 OR 贾国龙", "category": "brand", "severity": "P3"},
        {
            "id": "ready-made",
            "query": "(西贝 OR 贾国龙) AND (预制菜 OR 冷冻 OR 保质期 OR 西兰花)",
            "severity": "P2",
        },
    ]
    others = [
        {"id": name, "query": query, "severity": "P3"}
        for name, query in queries(MONITORS - len(own) - alarm_brands).items()
    ]
    main = _main(own + others, outlet_port)
    (folder / "fenghuo.yaml").write_text(json.dumps(main, ensure_ascii=False), encoding="utf-8")
    (folder / "brands").mkdir(exist_ok=True)
    for number in range(alarm_brands):
        brand = json.dumps(_alarm(number), ensure_ascii=False)
        (folder / "brands" / f"alarm{number:04}.yaml").write_text(brand, encoding="utf-8")


def _main(monitors: Sequence[dict[str, str]], outlet_port: int) -> dict[str, Any]:
    policy = {
        "when": {},
        "calendar": "office",
        "first_response": "2h",
        "next_response": "4h",
        "resolution": "24h",
    }
    return {
        "brand": {"id": "xibei", "name": "西贝", "timezone": "Asia/Shanghai"},
        "accounts": [{"platform": name, "id": "xibei-official"} for name in ("weibo", "douyin")],
        "sources": [
            {"id": "bench", "key": f"env:{KEY_VARIABLE}", "rate": "1000000/s", "basis": "licensed"}
        ],
        "monitors": monitors,
        "calendars": {
            "always": {"hours": "24x7"},
            "office": {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"},
        },
        "sla": {
            "cap": "24h",
            "policies": [
                {"id": "weibo", **policy, "when": {"platform": "weibo"}, "calendar": "always"},
                {"id": "other", **policy},
            ],
            "warn_at": [0.5, 0.8],
        },
        "rules": [
            {"id": "surge", "type": "volume", "monitor": "brand", "window": "10m", "minimum": 30, "score": 4,
             "level": "yellow"},
            {"id": "pile", "type": "sla_breaches", "count": 10, "window": "30m", "level": "yellow"},
        ],
        "people": [{"id": "he", "name": "何", "contacts": [f"json://127.0.0.1:{outlet_port}/he"], "roles": ["pr"]}],
        "network": {"allow_private": ["127.0.0.1"], "public_url": "https://desk.example"},
        "escalation": {"orange": [{"after": "0m", "notify": ["he"]}]},
    }  # fmt: skip


def _alarm(number: int) -> dict[str, Any]:
    return {
        "brand": {"id": f"alarm{number:04}", "name": alarm_brand(number)},
        "monitors": [
            {
                "id": "safety",
                "query": f"{alarm_brand(number)} AND {ALARM_WORD}",
                "category": "safety",
                "severity": "P0",
            }
        ],
        "rules": [{"id": "p0", "type": "severity", "severity": "P0", "authors": 1, "level": "orange"}],
    }
