"""The demonstration's statements: what its people had reviewed before the day, and what they said during it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerting.commands import DeskCommand
from alerting.config import BrandDesk, ContentItem
from alerting.content import fill, lock, lock_item
from alerting.content_commands import FillContent, RecordLink, ReleaseContent, ReviewContent, SubmitContent
from alerting.content_events import ReviewLevel
from alerting.releasing import release_id
from streams import ids

PREPARED = ("safety", "product-quality")
"""Scenarios whose statements were reviewed."""
LEFT_FOR_THE_VISITOR = "safety/weibo/a"
"""Two of three have agreed; who signs in is legal too."""
REVIEWERS: dict[ReviewLevel, tuple[str, ...]] = {
    "planner": ("zhou", "chen"), "manager": ("xu",), "legal": ("tang",),
}  # fmt: skip
OPINIONS: dict[ReviewLevel, str] = {
    "planner": "切题，数据与门店记录一致。",
    "manager": "语气诚恳，没有违禁用语。",
    "legal": "没有承认未查明的事实，可以发。",
}
SAID = "safety/weibo/hold"
SPEAKER = "xu"
LINK = "https://weibo.com/qinghe/OxDemo"
_PROMISED = timedelta(hours=3)


def prepared(brand: BrandDesk) -> Iterator[DeskCommand]:
    """Statements are handed in and reviewed, in order."""
    for item in brand.content:
        if item.scenario in PREPARED:
            yield from _reviewed(brand, item)


def _reviewed(brand: BrandDesk, item: ContentItem) -> Iterator[DeskCommand]:
    yield SubmitContent(
        id=ids.derived("demo", item.id, "submit"), who=item.author, brand=brand.id, item=item.id,
        hash=lock_item(item),
    )  # fmt: skip
    for level, people in REVIEWERS.items():
        if item.id == LEFT_FOR_THE_VISITOR and level == "legal":
            return
        yield ReviewContent(
            id=ids.derived("demo", item.id, level), who=next(each for each in people if each != item.author),
            brand=brand.id, item=item.id, hash=lock_item(item), level=level, verdict="approve",
            opinion=OPINIONS[level],
        )  # fmt: skip


def said(brand: BrandDesk, incident: str, now: datetime) -> Sequence[DeskCommand]:
    """The holding statement is filled, released and posted."""
    item = next(each for each in brand.content if each.id == SAID)
    promised = (now + _PROMISED).replace(minute=0, second=0, microsecond=0)
    values = {"store": "涉事门店", "by": promised.isoformat()}
    text_hash = lock(fill(item, values, now, ZoneInfo(brand.timezone)))
    names = {step: ids.derived("demo", incident, step) for step in ("fill", "release", "post")}
    return (
        FillContent(
            id=names["fill"], who=SPEAKER, brand=brand.id, item=item.id, hash=lock_item(item), values=values,
            incident=incident,
        ),
        ReleaseContent(
            id=names["release"], who=SPEAKER, brand=brand.id, item=item.id, text_hash=text_hash, incident=incident
        ),
        RecordLink(
            id=names["post"], who=SPEAKER, brand=brand.id, item=item.id,
            release=release_id(brand.id, item.id, names["release"]), link=LINK,
        ),
    )  # fmt: skip
