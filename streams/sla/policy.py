"""Who is owed an answer, and by when: policies, the first that fits wins."""

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from streams.sla.errors import DurationError
from streams.sla.spec import CalendarSpec

LONGEST_S = 366 * 86_400
"""The longest length of time that a configuration may name."""

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")

Words = tuple[str, ...]
"""Any one of these."""


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy can ask about a conversation, read from its first customer message; None is unknown."""

    platform: str
    account: str | None = None
    kind: str | None = None
    """`comment` or `message`."""
    topic: str | None = None
    severity: str | None = None
    sentiment: str | None = None
    author_tags: Words = ()
    followers: int | None = None
    brand: str | None = None
    complaint: bool = False


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A conversation's first message, as far as policies ask about it: kept, so that it can be told why one was chosen."""

    at: datetime
    item: str
    kind: str
    topic: str | None = None
    label: str | None = None
    author_tags: Words = ()
    followers: int | None = None


class When(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions that must all hold. None asks nothing; several values ask for any one of them."""

    platform: Words | None = None
    account: Words | None = None
    kind: Words | None = None
    topic: Words | None = None
    severity: Words | None = None
    sentiment: Words | None = None
    author_tags: Words | None = None
    brand: Words | None = None
    complaint: bool | None = None
    followers_min: int | None = None

    def fits(self, traits: Traits) -> bool:
        return (
            _is_one_of(traits.platform, self.platform)
            and _is_one_of(traits.account, self.account)
            and _is_one_of(traits.kind, self.kind)
            and _is_one_of(traits.topic, self.topic)
            and _is_one_of(traits.severity, self.severity)
            and _is_one_of(traits.sentiment, self.sentiment)
            and _is_one_of(traits.brand, self.brand)
            and (self.author_tags is None or any(tag in self.author_tags for tag in traits.author_tags))
            and (self.complaint is None or self.complaint == traits.complaint)
            and (self.followers_min is None or (traits.followers or 0) >= self.followers_min)
        )


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Targets in counted seconds; None promises nothing of that kind."""

    id: str
    when: When
    calendar: str
    first_response_s: int | None = None
    next_response_s: int | None = None
    resolution_s: int | None = None
    auto_replies_count: bool = False
    """Whether a robot's answer ends a response clock."""


class PileOn(msgspec.Struct, frozen=True):
    """More than `count` unanswered messages under one post within `within_s` wall seconds are one group."""

    count: int
    within_s: int
    apart_severities: Words = ("P0",)
    """Who writes something that grave keeps a clock of their own; so with the topics and tags."""
    apart_topics: Words = ("safety", "delivery")
    apart_tags: Words = ("vip",)
    apart_words: Words = ("订单", "单号", "退款", "退货", "发货")
    """Words of somebody who speaks of an order of their own."""

    def keeps_apart(self, severity: str | None, topic: str | None, author_tags: Words) -> bool:
        """Whether such a message stays out of groups, and its conversation with it."""
        return (
            severity in self.apart_severities
            or topic in self.apart_topics
            or any(tag in self.apart_tags for tag in author_tags)
        )


class NoReplyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages need no reply by their words alone (`streams.manners`). What complains is never among them."""

    thanks: Words = (
        "谢谢", "谢谢你", "谢谢您", "谢谢客服", "谢谢小编", "谢啦", "谢谢啦", "谢了", "感谢", "多谢", "辛苦", "辛苦了", "好的",
        "好嘞", "好哒", "收到", "知道了", "明白", "明白了", "了解", "了解了", "嗯", "ok", "thx", "thanks", "thank you",
    )  # fmt: skip
    """A text of these alone, with emoji and punctuation."""
    lottery: Words = ("抽奖", "转发抽", "锦鲤", "中奖", "福利")
    """A short text with a #tag# that holds one of these."""
    friends: bool = True
    """A text of nothing but @names, none of them ours."""
    emoji: bool = True
    """A text of nothing but emoji."""
    protest: Words = (
        "😡",
        "🤬",
        "😤",
        "👎",
        "💩",
        "🖕",
        "🤮",
        "[怒]",
        "[怒骂]",
        "[弱]",
        "[吐]",
        "[鄙视]",
        "[衰]",
        "[哼]",
    )
    """With one of these it is no courtesy."""
    sample: float = 0.01
    """The share that a person checks."""


class SlaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All that the clocks follow, self-contained: stored by hash, read back years later."""

    policies: tuple[Policy, ...] = ()
    calendars: tuple[CalendarSpec, ...] = ()
    cap_s: int | None = 24 * 3_600
    """Wall seconds after which a first or next answer is due whatever the calendar says; None: no cap."""
    warn_at: tuple[float, ...] = ()
    """Fractions of a target, between 0 and 1."""
    pile_on: PileOn | None = None
    no_reply: NoReplyRule | None = NoReplyRule()
    """None: every message waits for an answer."""
    cases: bool = True
    """Whether a complaint becomes a case by itself."""


def choose(policies: Sequence[Policy], traits: Traits) -> Policy | None:
    """The first policy that fits, from the top down; None when nothing is promised to such a message."""
    return next((policy for policy in policies if policy.when.fits(traits)), None)


def parse_duration(text: object) -> int:
    """Seconds of `90s`, `30m`, `2h` or `1d`; against a calendar a day is 24 counted hours.

    Raises:
        DurationError: anything else, or longer than `LONGEST_S`.
    """
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise DurationError("duration", text, "a whole number and a unit: 90s, 30m, 2h or 1d")
    length_s = int(found[1]) * _UNITS_S[found[2]]
    if length_s > LONGEST_S:
        raise DurationError("duration", text, f"at most {LONGEST_S // _UNITS_S['d']}d")
    return length_s


def duration_text(seconds: int) -> str:
    """The shortest that `parse_duration` reads as so many seconds: `90s`, `30m`, `2h`, `1d`."""
    unit = next(unit for unit in reversed(_UNITS_S) if seconds % _UNITS_S[unit] == 0)
    return f"{seconds // _UNITS_S[unit]}{unit}"


def _is_one_of(value: str | None, wanted: Words | None) -> bool:
    return wanted is None or value in wanted
