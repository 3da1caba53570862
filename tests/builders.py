"""One line to arrange a test: items, replies and the times at which they happen."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from streams import facts, ids
from streams.arrivals import Arrival
from streams.config import Account, IntakeConfig, Monitor
from streams.intake import Intake
from streams.sla.policy import Policy, SlaConfig, When
from streams.sla.spec import parse_calendar
from streams.text.normalise import normalise
from streams.text.sentiment import Scorer, Sentiment
from streams.text.topics import load_topics

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=SHANGHAI)


def at(clock: str, day: int = 0) -> datetime:
    """`at("10:30")` on Monday 2026-11-23 in Shanghai; `at("10:30:15.5", day=1)` on Tuesday."""
    hour, minute, *rest = clock.split(":")
    offset = timedelta(days=day, hours=int(hour), minutes=int(minute), seconds=float(rest[0]) if rest else 0)
    return (MONDAY + offset).astimezone(UTC)


class WordScorer:
    """Negative where 差 stands, positive where 好 stands: a scorer that a test's reader can compute."""

    name = "word"
    model_hash = "0" * 64

    def score(self, texts: list[str]) -> list[Sentiment]:  # type: ignore[override, unused-ignore]
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Sentiment:
        label: Literal["negative", "neutral", "positive"] = (
            "negative" if "差" in text else "positive" if "好" in text else "neutral"
        )
        return Sentiment(
            label=label,
            negative=float(label == "negative"),
            neutral=float(label == "neutral"),
            positive=float(label == "positive"),
        )


def scorer_of(name: str) -> Scorer:
    return WordScorer()  # type: ignore[return-value, unused-ignore]


def arrival(fact: facts.AnyFact, text: str = "") -> Arrival:
    return Arrival(fact=fact, private=facts.Private(text=text), text=normalise(text))


def mention(
    text: str = "西贝怎么了",
    when: datetime | None = None,
    *,
    native_id: str = "m1",
    platform: str = "weibo",
    kind: facts.SeenKind = "post",
    author: str | None = "a1",
    post: str | None = None,
    followers: int | None = None,
    counts: facts.Counts | None = None,
    observed: datetime | None = None,
) -> Arrival:
    when = when or at("10:00")
    item = ids.item_id(platform, native_id)
    fact = facts.MentionObserved(
        id=ids.fact_id(item, "seen", f"\0{normalise(text).text}"),
        item=item,
        key=ids.mention_key(platform, post, native_id),
        platform=platform,
        native_id=native_id,
        source="test",
        occurred_at=when,
        observed_at=observed or when,
        recorded_at=observed or when,
        kind=kind,
        author=author,
        author_followers=followers,
        post=post,
        counts=counts,
    )
    return arrival(fact, text)


def comment(
    text: str = "什么时候营业",
    when: datetime | None = None,
    *,
    native_id: str = "c1",
    platform: str = "weibo",
    author: str = "customer",
    post: str | None = "p1",
    account: str = "xibei-official",
    tags: tuple[str, ...] = (),
) -> Arrival:
    when = when or at("10:00")
    item = ids.item_id(platform, native_id)
    fact = facts.CommentReceived(
        id=ids.fact_id(item, "seen", f"\0{normalise(text).text}"),
        item=item,
        key=ids.thread_key(platform, account, post, author),
        platform=platform,
        native_id=native_id,
        source="test",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        kind="comment" if post else "message",
        author=author,
        author_tags=tags,
        post=post,
        account=account,
    )
    return arrival(fact, text)


def reply(
    when: datetime,
    *,
    native_id: str = "r1",
    platform: str = "weibo",
    to: str | None = "customer",
    parent: str | None = None,
    post: str | None = "p1",
    account: str = "xibei-official",
    auto: bool = False,
) -> Arrival:
    item = ids.item_id(platform, native_id)
    fact = facts.ReplySent(
        id=ids.fact_id(item, "seen", "reply"),
        item=item,
        key=ids.thread_key(platform, account, post, to),
        platform=platform,
        native_id=native_id,
        source="test",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        kind="reply",
        post=post,
        parent=parent,
        account=account,
        to_author=to,
        auto=auto,
    )
    return arrival(fact, "您好")


def deletion(native_id: str, when: datetime, *, platform: str = "weibo") -> Arrival:
    item = ids.item_id(platform, native_id)
    fact = facts.ItemDeleted(
        id=ids.fact_id(item, "deleted"),
        item=item,
        key=f"{platform}/{native_id}",
        platform=platform,
        native_id=native_id,
        source="test",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        account="xibei-official",
    )
    return Arrival(fact=fact)


def measurement(native_id: str, when: datetime, counts: facts.Counts, *, platform: str = "weibo") -> Arrival:
    item = ids.item_id(platform, native_id)
    fact = facts.ItemMeasured(
        id=ids.fact_id(item, "measured", when.isoformat()),
        item=item,
        key=f"{platform}/{native_id}",
        platform=platform,
        native_id=native_id,
        source="test",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        counts=counts,
    )
    return Arrival(fact=fact)


TOPICS = load_topics()
ALWAYS = parse_calendar("always", {"hours": "24x7"})

CONFIG = IntakeConfig(
    accounts=(Account(brand="xibei", platform="weibo", id="xibei-official"),),
    monitors=(
        Monitor(brand="xibei", id="brand", query="西贝 OR 莜面村", category="brand", severity="P3"),
        Monitor(brand="xibei", id="safety", query="西贝 AND 异物", category="safety", severity="P0"),
    ),
    sla=SlaConfig(
        policies=(
            Policy(
                id="vip",
                when=When(author_tags=("vip",)),
                calendar="always",
                first_response_s=600,
                next_response_s=600,
            ),
            Policy(id="weibo", when=When(), calendar="always", first_response_s=1800, next_response_s=1800),
        ),
        calendars=(ALWAYS,),
        warn_at=(0.5,),
    ),
)
"""24×7, 30 minutes for everybody and 10 for VIPs, one warning at the half."""


def intake(config: IntakeConfig = CONFIG) -> Intake:
    """Intake with `config` in its book as `c1`."""
    return Intake({"c1": config}, scorer_of, TOPICS, str)
