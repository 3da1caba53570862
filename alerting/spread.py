"""How fast others' posts are passed on, from both things a platform shows: reposts as items, and rising counters.

A counter tells how often a post was passed on, never when. What it stood at on the first look tells nothing, and what it
rose by between two looks is spread evenly over the time between them: a collector that comes late, or comes back after an
hour, must not turn an hour's reposts into a burst.
"""

from collections.abc import Mapping

import msgspec

from alerting.rules import VelocityRule
from alerting.sight import in_time
from alerting.tallies import SlotCounts
from streams.events import SignalRaised

PASSED_ON = ("post", "repost")
"""Kinds that tell of spreading; what stands under a post is not passed on by itself."""
POSTS_MOST = 2000
"""Posts whose counters are remembered; the one not heard of for longest is forgotten first."""


class Measured(msgspec.Struct, frozen=True, array_like=True):
    """A post's counter of reposts when it was last looked at."""

    reposts: int
    at_s: int


class SpreadWatch(msgspec.Struct, kw_only=True):
    """Reposts of the posts that one velocity rule looks at. Mutable."""

    posts: dict[str, Measured] = {}
    """By item, the longest untouched first."""
    seen: SlotCounts = msgspec.field(default_factory=SlotCounts)
    """Reposts that came in as items."""
    measured: SlotCounts = msgspec.field(default_factory=SlotCounts)
    """Rises of counters. Both show the same reposts, so the larger counts, never the sum."""

    def take(self, rule: VelocityRule, signal: SignalRaised, at_s: int, *, first: bool) -> None:
        """Count what `signal` says about spreading; `first`: its item was not heard of before."""
        if first and passes_on(rule, signal, self.posts):
            self.seen.add(at_s)
        if not speaks(rule, signal, self.posts):
            return
        rise = self.rise(rule, signal, at_s)
        if rise:
            self.measured.add(at_s, rise)
        known = self.posts.pop(signal.item, _NEVER)
        if signal.reposts is not None and signal.reposts >= known.reposts:
            known = Measured(signal.reposts, at_s)
        self.posts[signal.item] = known
        if len(self.posts) > POSTS_MOST:
            del self.posts[next(iter(self.posts))]

    def reposts(
        self, rule: VelocityRule, signal: SignalRaised, at_s: int, from_s: int, *, first: bool
    ) -> int:
        """Reposts since `from_s`, those that `signal` tells of counted in; 0 if it tells of none."""
        seen = int(first and passes_on(rule, signal, self.posts))
        rise = self.rise(rule, signal, at_s) if speaks(rule, signal, self.posts) else 0
        if not seen and not rise:
            return 0
        return max(self.seen.within(from_s, at_s) + seen, self.measured.within(from_s, at_s) + rise)

    def trace(self, at_s: int, window_s: int) -> tuple[tuple[int, ...], int]:
        """Reposts in slices of time, from whichever of both shows more."""
        from_s = at_s - window_s
        larger = max(self.seen, self.measured, key=lambda counts: counts.within(from_s, at_s))
        return larger.trace(at_s, window_s)

    def rise(self, rule: VelocityRule, signal: SignalRaised, at_s: int) -> int:
        """By how much the post's counter rose within the window, as far as the looks at it tell."""
        if signal.reposts is None:
            return 0
        known = self.posts.get(signal.item, _NEVER)
        if not known.at_s:
            return 0
        rise = max(0, signal.reposts - known.reposts)
        return rise * rule.window_s // max(at_s - known.at_s, rule.window_s)


_NEVER = Measured(0, 0)
"""Of a post whose counter was not told yet."""


def speaks(rule: VelocityRule, signal: SignalRaised, posts: Mapping[str, Measured]) -> bool:
    """Whether it is a post (not a repost) that the rule looks at, and was so from the beginning."""
    if signal.kind != "post" or signal.label != rule.sentiment or rule.monitor not in signal.monitors:
        return False
    return signal.item in posts or in_time(signal)


def passes_on(rule: VelocityRule, signal: SignalRaised, posts: Mapping[str, Measured]) -> bool:
    """Whether it is a repost of such a post, or one that says so itself. A bare repost has no words, so no label."""
    if signal.kind != "repost" or not in_time(signal):
        return False
    return signal.origin in posts or (signal.label == rule.sentiment and rule.monitor in signal.monitors)
