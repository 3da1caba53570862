"""A shift in level: a cumulative sum (CUSUM) over single items, so that it is exact to the item and depends on no batch.

Page 1954; for counts Lucas 1985. With `usual` items an hour and a shift to `factor` times that, the sum falls by
(factor − 1) · usual / ln(factor) an hour and rises by one with each item; it never falls below zero. Chance alone lifts it
over `h` about usual · factor^−h times an hour, so `h` follows from how seldom a false alarm may be. What comes in bunches
(a post and the answers to it) varies more than chance would have it; `h` grows with that. The last moment when the sum stood
at zero is the likeliest moment of the shift.
"""

from math import log

import msgspec

from alerting.events import EVIDENCE_ITEMS_MOST
from alerting.rules import ChangeRule
from alerting.tallies import HOUR_S, HourCounts, Usual

FALSE_ALARM_EVERY_S = 7 * 24 * HOUR_S
"""So seldom does chance alone fire a rule."""
LEAST_USUAL_SHARE = 1 / 6
"""Of the minimum, an hour: where less is usual, so much is taken as usual. A sleepy brand is not woken by five items."""
GUESSED_BUNCHING = 2.0
SUM_MOST = 3.0
"""In thresholds: so high the sum may stand, so that it comes down again soon after the level does."""


RISEN_FOR_S = 24 * HOUR_S
"""So long the level that a rule fired at is taken as usual: it fires again only if that is surpassed as much again."""
SHORTEST_S = 60
"""A rate over less time than this says too little."""


class Level(msgspec.Struct, frozen=True):
    """What the sum is compared with."""

    usual: float
    """Items an hour."""
    falls_by: float
    """By so much the sum falls in an hour."""
    threshold: float
    guessing: bool


class Rise(msgspec.Struct, frozen=True):
    """The sum with one item more, and since when it rises."""

    sum: float
    since_s: int
    count: int
    level: Level


class ChangeWatch(msgspec.Struct, kw_only=True):
    """The sum of one change rule. Mutable."""

    hours: HourCounts = msgspec.field(default_factory=HourCounts)
    sum: float = 0.0
    at_s: int = 0
    """When the last item came."""
    since_s: int = 0
    """When the sum began to rise from zero."""
    count: int = 0
    """Items since then."""
    level: Level | None = None
    """For `level_hour`: worked out once an hour."""
    level_hour: int = -1
    risen: float = 0.0
    """Items an hour when the rule fired last."""
    risen_until_s: int = 0
    recent: list[str] = []
    """The newest items."""

    def take(self, rule: ChangeRule, item: str, at_s: int) -> None:
        """Count one item."""
        rise = self.rise(rule, at_s)
        self.sum = min(rise.sum, SUM_MOST * rise.level.threshold)
        self.since_s, self.count, self.at_s = rise.since_s, rise.count, max(self.at_s, at_s)
        self.level, self.level_hour = rise.level, at_s // HOUR_S
        self.hours.add(at_s)
        self.recent.append(item)
        if len(self.recent) > EVIDENCE_ITEMS_MOST:
            del self.recent[0]

    def rise(self, rule: ChangeRule, at_s: int) -> Rise:
        """Where the sum stands with one item more."""
        level = self._level_at(rule, at_s)
        fallen = self.sum - level.falls_by * max(0, at_s - self.at_s) / HOUR_S
        if fallen <= 0.0:
            return Rise(1.0, at_s, 1, level)
        return Rise(fallen + 1.0, self.since_s, self.count + 1, level)

    def fired(self, at_s: int) -> None:
        """Take the level that has been reached as usual for a while, and count from zero."""
        self.risen = self.count * HOUR_S / max(at_s - self.since_s, SHORTEST_S)
        self.risen_until_s = at_s + RISEN_FOR_S
        self.afresh()

    def afresh(self) -> None:
        """Count from zero: what there was is settled."""
        self.sum, self.count, self.level = 0.0, 0, None

    def _level_at(self, rule: ChangeRule, at_s: int) -> Level:
        if self.level is not None and self.level_hour == at_s // HOUR_S:
            return self.level
        usual = self.hours.same_hour_of_week(at_s) or self.hours.last_week(at_s)
        risen = self.risen if at_s < self.risen_until_s else 0.0
        if usual is None:
            return level_of(rule, self.hours.so_far(at_s), risen, guessing=True)
        return level_of(rule, usual, risen)


def level_of(rule: ChangeRule, usual: Usual | None, risen: float = 0.0, *, guessing: bool = False) -> Level:
    """What the sum of `rule` is compared with.

    `usual` None: nothing is known yet, the minimum is taken as usual. `risen` is the rate that a firing made usual for a while.
    """
    least = rule.minimum * LEAST_USUAL_SHARE
    an_hour = float(rule.minimum) if usual is None else max(usual.median, least)
    bunching = 1.0 if usual is None else max(1.0, usual.spread**2 / an_hour)
    if guessing:
        bunching = max(bunching, GUESSED_BUNCHING)
    an_hour = max(an_hour, risen)
    falls_by = (rule.factor - 1) * an_hour / log(rule.factor)
    threshold = bunching * log(an_hour * FALSE_ALARM_EVERY_S / HOUR_S) / log(rule.factor)
    return Level(an_hour, falls_by, threshold, guessing)
