"""The real events that detection is measured on, and the words it is measured in.

**First relevant item**: the item that the event begins with, named here by its time, by reading the file.
**Change of slope**: with hindsight, the moment that splits the items best into a slower and a faster Poisson stream. Looked at
are the items from a day before the first relevant item (or the beginning of the file) to the end of the busiest hour of the
two days after it.
**Alarm**: an incident of level yellow or above opens, is joined or rises because a rule fired; for a baseline: its condition
is true. Less than an hour after the one before, it is the same alarm.
**False alarm**: an alarm in the time that was watched before the first relevant item, less a first day to learn in.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import log

import msgspec

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
EVERYTHING = "is:mention OR is:comment"


class RealEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a file of real items."""

    name: str
    file: str
    query: str
    """What the brand's monitor asks for."""
    first_at: datetime
    watched_from: datetime | None = None
    """Since when the time before it counts; None: there is none."""
    account: str | None = None


EVENTS = (
    RealEvent(
        name="ready-made dishes, outbreak (2025-09)",
        file="xibei_2025_bilibili.jsonl",
        query="西贝 OR 莜面村 OR 贾国龙",
        first_at=datetime.fromisoformat("2025-09-12T17:00:21+08:00"),
    ),
    RealEvent(
        name="ready-made dishes, second wave (2026-01)",
        file="xibei_2025_bilibili.jsonl",
        query="西贝 OR 莜面村 OR 贾国龙",
        first_at=datetime.fromisoformat("2026-01-26T19:22:00+08:00"),
        watched_from=datetime.fromisoformat("2025-10-01T00:00:00+08:00"),
    ),
    RealEvent(
        name="metro breakdown (2025-11)",
        file="metro_2025_weibo.jsonl",
        query=EVERYTHING,
        first_at=datetime.fromisoformat("2025-11-13T07:51:00+08:00"),
        account="metro-official",
    ),
)

BUSY = tuple(datetime.fromisoformat(f"2025-09-{day}T00:00:00+08:00") for day in ("13", "17", "18"))
"""The metro's event is laid over another brand's crisis as well, 700 to 2,000 items a day: it begins on the second day."""

STORIES_FILE = "brand_cascades_2011_2015_weibo.jsonl"
HELD_OUT_FROM = datetime.fromisoformat("2013-01-01T00:00:00+08:00")
"""Thresholds were chosen on stories before this; what is reported are those after it."""
CRISES = frozenset(
    [
        "2244_ynGVeC5un",
        "2773_yqiMQcj1z",
        "4197_z1WushsNM",
        "1514_z52RzhwiY",
        "1428_z9eNqAvLs",
        "1592_z9eO5mmHK",
        "964_zbRfveWWc",
        "1487_zcWxrpG4Z",
        "1660_zcWMo5ftR",
        "2107_zd3faiFV2",
        "4472_zgChTA9bT",
        "1088_zhi4Szb9u",
        "953_zlKxCwIG1",
        "1654_zn48g6Q01",
        "1907_zqpkVAFb2",
        "2477_zqDkhkgNy",
        "2282_zqHVy140A",
        "1386_zqKJejaqX",
        "222_zqR6YbTvl",
        "1309_zttELbIMy",
        "871_zDEzhB7NR",
        "1646_A3kvIoMXC",
        "1482_A3mK1zI0s",
        "2932_A3oix2iKy",
        "1629_AixYndvmE",
    ]
)
"""By reading the first post: a company is accused of something, or something bad is told of it."""
HARMLESS = frozenset(
    [
        "5102_cJAYqd",
        "4982_hw91gl",
        "3620_kTuzgz",
        "2984_yj9Q05SAr",
        "3651_ylabvsCTT",
        "4680_ymU601Hg6",
        "3401_yrRbDEocc",
        "983_yw7AY0tw4",
        "3235_yzdvG5Q7t",
        "3739_yBBmbf7Jl",
        "4615_yClpQFjBI",
        "4021_yFeyYgu1S",
        "4605_z5CZXxTDV",
        "4334_z5Enfq57x",
        "4446_z6x3jwQac",
        "3544_zkxZDESxi",
        "4485_zwzVwxwPf",
        "2175_zA8HffR8u",
        "3090_AgHZ3BEEl",
        "2775_Amv95FcU8",
    ]
)
"""By the same reading: news, praise, games with prizes, memories. The other stories are neither clearly and are left out."""
BACKGROUND_FILE = "xibei_2025_bilibili.jsonl"
BACKGROUND = tuple(datetime.fromisoformat(f"2025-09-{day}T00:00:00+08:00") for day in ("18", "22", "24"))
"""A story is laid over a week of another brand's real chatter: it begins on the second of these days, at its own hour."""
STORY_TOLD_FOR = timedelta(hours=8)


def story_of(cascade: str) -> str:
    """A story's name without its author's number."""
    return cascade.rpartition("_")[0]


def change_of_slope(moments: Sequence[datetime], first_at: datetime) -> datetime | None:
    """When the stream became faster, with hindsight; None if there are too few items to say."""
    near = sorted(at for at in moments if first_at - DAY <= at <= first_at + 2 * DAY)
    if len(near) < 3:
        return None
    peak = busiest_hour_ends(at for at in near if at >= first_at)
    near = [at for at in near if at <= peak]
    begin, whole = near[0], max((near[-1] - near[0]).total_seconds(), 1.0)

    def likelihood(split: int) -> float:
        before_s = max((near[split] - begin).total_seconds(), 1.0)
        after_s = max(whole - before_s, 1.0)
        before, after = split, len(near) - split
        slower = before * log(before / before_s) if before else 0.0
        return slower + after * log(after / after_s) if before / before_s < after / after_s else float("-inf")

    return near[max(range(len(near) - 1), key=likelihood)]


def busiest_hour_ends(moments: Iterable[datetime]) -> datetime:
    """The end of the hour in which most happened."""
    ordered = sorted(moments)
    counts, left = list[int](), 0
    for right, at in enumerate(ordered):
        while at - ordered[left] > HOUR:
            left += 1
        counts.append(right - left + 1)
    return ordered[counts.index(max(counts))]
