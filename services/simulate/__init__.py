"""A made-up day of the sample brand, as records in format 1: quiet, then a complaint that grows into a crisis.

Seeded: the same seed and end give the same day. Everything is marked as simulated: the source is `simulated`, people are
called 模拟用户 and a number. Nothing here is, or resembles, anything that anybody wrote.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from services.simulate import texts

SOURCE = "simulated"
DEFAULT_SEED = 20261123
DAY = timedelta(hours=8)
"""How much of the past the day covers."""
AFTERMATH = timedelta(minutes=30)
"""How much comes after `end`: for a demonstration that goes on."""
FIRST_COMPLAINT = timedelta(minutes=-40)
SECOND_COMPLAINT = timedelta(minutes=-25)
LOUD_REPOST = timedelta(minutes=-9)
LOUD_FOLLOWERS = 2_300_000
FLOOD_FROM = timedelta(minutes=-24)
ANGER_FROM = timedelta(minutes=-22)
QUIET_MENTION_EVERY_S = 240
QUESTION_EVERY_S = 420
ANGRY_COMMENT_EVERY_S = 75
TRICKLE_A_MINUTE = 1.6
"""Mentions before the loud account joins in."""
FLOOD_A_MINUTE = 14.0
"""Mentions a few minutes after that."""
FLOOD_GROWS_MINUTES = 6
ANSWERED = 0.99
"""Share of the questions that get an answer."""
ANSWERED_IN_CRISIS = 0.1
LATE = 0.15
"""Share of the answers that come too late."""
CRISIS_FROM = timedelta(minutes=-50)
"""Questions from here on are mostly left: they would be answered when everybody looks elsewhere."""

ACCOUNTS = (("weibo", "qinghe-official"), ("wechat", "qinghe-mp"), ("douyin", "qinghe-dy"))
PUBLIC_PLATFORMS = ("weibo", "xiaohongshu", "douyin")


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record of format 1."""

    time: datetime
    observed: datetime
    platform: str
    kind: str
    id: str
    post_id: str | None = None
    parent_id: str | None = None
    account: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_followers: int | None = None
    author_tags: tuple[str, ...] = ()
    to_author_id: str | None = None
    text: str
    reposts: int | None = None


def simulated_day(end: datetime, seed: int = DEFAULT_SEED) -> tuple[Line, ...]:
    """The day that leads up to `end` and the half hour after it, in the order in which it was seen."""
    return tuple(sorted(_Day(end, seed).lines(), key=lambda line: (line.observed, line.id)))


class _Day:
    """One seeded run of the day."""

    def __init__(self, end: datetime, seed: int) -> None:
        self._end = end
        self._chance = random.Random(seed)  # noqa: S311  (a simulation that must repeat, not a secret)
        self._number = 0

    def lines(self) -> Iterator[Line]:
        yield from self._quiet_mentions()
        yield from self._questions()
        yield from self._outbreak()
        yield from self._flood()

    def _quiet_mentions(self) -> Iterator[Line]:
        for at in self._moments(-DAY, AFTERMATH, QUIET_MENTION_EVERY_S):
            pool = self._chance.choices((texts.PRAISE, texts.PLAIN, texts.GRUMBLES), (5, 4, 1))[0]
            yield self._mention(at, self._chance.choice(pool), self._chance.choice(PUBLIC_PLATFORMS))

    def _questions(self) -> Iterator[Line]:
        for at in self._moments(-DAY, AFTERMATH, QUESTION_EVERY_S):
            question = self._addressed(at, self._chance.choice(texts.QUESTIONS))
            yield question
            if self._chance.random() < (ANSWERED_IN_CRISIS if at > CRISIS_FROM else ANSWERED):
                yield self._reply(question)
        for at in self._moments(ANGER_FROM, AFTERMATH, ANGRY_COMMENT_EVERY_S):
            yield self._addressed(at, self._chance.choice(texts.ANGRY_COMMENTS))

    def _outbreak(self) -> Iterator[Line]:
        yield self._mention(FIRST_COMPLAINT, texts.FIRST_COMPLAINT, "weibo", followers=812, reposts=3)
        yield self._mention(SECOND_COMPLAINT, texts.SECOND_COMPLAINT, "weibo", followers=164)
        yield self._mention(
            LOUD_REPOST, texts.LOUD_REPOST, "weibo", followers=LOUD_FOLLOWERS, reposts=120, name="模拟大V"
        )

    def _flood(self) -> Iterator[Line]:
        """The storm: a trickle, then, once the loud account joins in, more every minute."""
        for minute in range(int((AFTERMATH - FLOOD_FROM) / timedelta(minutes=1))):
            start = FLOOD_FROM + timedelta(minutes=minute)
            loud_for = (start - LOUD_REPOST) / timedelta(minutes=1)
            growth = min(1.0, max(0.0, loud_for / FLOOD_GROWS_MINUTES))
            rate = TRICKLE_A_MINUTE + growth * (FLOOD_A_MINUTE - TRICKLE_A_MINUTE)
            for _ in range(int(rate + self._chance.random())):
                yield self._outcry(start + timedelta(seconds=self._chance.randrange(60)))

    def _outcry(self, at: timedelta) -> Line:
        pool = self._chance.choices((texts.OUTRAGE, texts.DEFENCE), (9, 1))[0]
        platform = self._chance.choices(PUBLIC_PLATFORMS, (6, 2, 2))[0]
        followers = int(self._chance.paretovariate(0.9) * 60)
        return self._mention(
            at, self._chance.choice(pool), platform, followers=min(followers, LOUD_FOLLOWERS // 10)
        )

    def _moments(self, start: timedelta, stop: timedelta, every_s: float) -> Iterator[timedelta]:
        at = start
        while (at := at + timedelta(seconds=int(self._chance.expovariate(1 / every_s)) + 1)) < stop:
            yield at

    def _mention(
        self,
        at: timedelta,
        words: str,
        platform: str,
        *,
        followers: int | None = None,
        reposts: int | None = None,
        name: str | None = None,
    ) -> Line:
        author = self._next()
        return Line(
            time=self._end + at - timedelta(seconds=self._chance.randrange(5, 40)),
            observed=self._end + at,
            platform=platform,
            kind="post",
            id=f"sim-{author}",
            author_id=f"sim-user-{author}",
            author_name=name or f"模拟用户{author}",
            author_followers=followers if followers is not None else self._chance.randrange(20, 900),
            text=words,
            reposts=reposts,
        )

    def _addressed(self, at: timedelta, words: str) -> Line:
        platform, account = self._chance.choices(ACCOUNTS, (5, 3, 2))[0]
        author = self._next()
        private = platform == "wechat"
        return Line(
            time=self._end + at - timedelta(seconds=self._chance.randrange(2, 15)),
            observed=self._end + at,
            platform=platform,
            kind="message" if private else "comment",
            id=f"sim-{author}",
            post_id=None if private else f"sim-post-{self._chance.randrange(1, 4)}",
            account=account,
            author_id=f"sim-user-{author}",
            author_name=f"模拟用户{author}",
            author_tags=("vip",) if self._chance.random() < 0.05 else (),
            text=words,
        )

    def _reply(self, question: Line) -> Line:
        late = self._chance.random() < LATE
        wait_s = self._chance.randrange(1_900, 5_000) if late else self._chance.randrange(120, 1_500)
        at = question.time + timedelta(seconds=wait_s)
        return Line(
            time=at,
            observed=at + timedelta(seconds=3),
            platform=question.platform,
            kind="reply",
            id=f"sim-{self._next()}",
            post_id=question.post_id,
            parent_id=question.id,
            account=question.account,
            to_author_id=question.author_id,
            text=self._chance.choice(texts.REPLIES),
        )

    def _next(self) -> int:
        self._number += 1
        return self._number
