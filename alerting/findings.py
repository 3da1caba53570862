"""One finding per rule type: what the rule says of the one thing that just arrived, which is counted in.

Pure: each takes the rule and what the brand's watch remembers, and gives its evidence, or None.
"""

from collections.abc import Iterable
from datetime import datetime
from math import sqrt
from typing import NamedTuple

from alerting.bounds import wilson_low
from alerting.change import ChangeWatch
from alerting.events import COLLECTION, EVIDENCE_ITEMS_MOST, GENERAL, Evidence
from alerting.rules import (
    ChangeRule,
    EmergingRule,
    NegativeShareRule,
    ReachRule,
    SeverityRule,
    SilenceRule,
    SlaBreachesRule,
    VelocityRule,
    VolumeRule,
    rule_type,
)
from alerting.sight import author_of
from alerting.spread import SpreadWatch
from alerting.tallies import HOUR_S, Usual, epoch_s
from alerting.trace import traced
from alerting.watch import MonitorTally, Watch, clock_of
from streams.events import SignalRaised, SlaBreached

GUESSED_SHARE_OF_MINIMUM = 0.5
"""Without a day of history, half of a volume rule's minimum is taken as usual."""
_NOTHING_YET = MonitorTally()
_NOTHING_SPREAD = SpreadWatch()
_NO_CHANGE = ChangeWatch()


class Arrived(NamedTuple):
    """A signal with what the rules need to know about it."""

    signal: SignalRaised
    first: bool
    """Its item was not heard of before."""
    at: datetime
    at_s: int


def severity(rule: SeverityRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """So many authors wrote something grave of one category."""
    signal, at_s = arrived.signal, arrived.at_s
    category = signal.category or GENERAL
    if signal.severity is None or signal.severity > rule.severity or watch.cooling(rule.id, category, at_s):
        return None
    from_s = watch.window_from_s(rule.id, rule.window_s, at_s)
    alike = {
        item: sighting.author
        for item, sighting in watch.sightings.items()
        if from_s < sighting.at_s <= at_s
        and sighting.severity <= rule.severity
        and (sighting.category or GENERAL) == category
    }
    alike[signal.item] = author_of(signal)
    authors = len(set(alike.values()))
    if authors < rule.authors:
        return None
    moments = [each.at_s for item, each in watch.sightings.items() if item in alike]
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        category=category,
        measured=float(authors),
        limit=float(rule.authors),
        at=arrived.at,
        window_s=rule.window_s,
        count=len(alike),
        authors=authors,
        items=newest_items(alike),
        item_count=len(alike),
        trace=traced([*moments, at_s], at_s, rule.window_s),
        trace_s=rule.window_s,
    )


def reach(rule: ReachRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """Somebody with many followers wrote it."""
    signal, category = arrived.signal, arrived.signal.category or GENERAL
    if signal.reach is None or not _reaches(rule, signal, signal.reach):
        return None
    if watch.cooling(rule.id, category, arrived.at_s):
        return None
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        category=category,
        measured=float(signal.reach),
        limit=float(rule.followers),
        at=arrived.at,
        platform=signal.platform,
        count=1,
        items=(signal.item,),
        item_count=1,
    )


def _reaches(rule: ReachRule, signal: SignalRaised, followers: int) -> bool:
    return (
        followers >= rule.followers
        and rule.sentiment in (None, signal.label)
        and (rule.monitor is None or rule.monitor in signal.monitors)
    )


def counting(rule: VolumeRule | NegativeShareRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """Too many items, or too many negative ones, of a monitor."""
    tally = watch.monitors.get(rule.monitor, _NOTHING_YET)
    match rule:
        case VolumeRule():
            return _volume(rule, watch, tally, arrived)
        case NegativeShareRule():
            return _negative_share(rule, watch, tally, arrived)


def _volume(rule: VolumeRule, watch: Watch, tally: MonitorTally, arrived: Arrived) -> Evidence | None:
    at_s = arrived.at_s
    from_s = watch.window_from_s(rule.id, rule.window_s, at_s)
    count = tally.total.within(from_s, at_s) + 1
    if count < rule.minimum:
        return None
    usual = tally.usual_at(at_s)
    score, expected = volume_score(count, rule, usual)
    if score < rule.score:
        return None
    trace, trace_s = tally.total.trace(at_s, rule.window_s)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=round(score, 2),
        limit=float(rule.score),
        at=arrived.at,
        window_s=rule.window_s,
        monitor=rule.monitor,
        count=count,
        negative=tally.negative.within(from_s, at_s) + (arrived.signal.label == "negative"),
        expected=round(expected, 2),
        guessing=usual is None,
        items=newest_items([*tally.recent, arrived.signal.item]),
        item_count=count,
        trace=trace,
        trace_s=trace_s,
    )


def volume_score(count: int, rule: VolumeRule, usual: Usual | None) -> tuple[float, float]:
    """How many standard deviations `count` is above what is usual for the rule's window, and what is usual.

    The deviation is the robust one of the hours (MAD), scaled to the window, but at least that of chance (Poisson)
    and at least one. Without a day of history half of the rule's minimum is taken as usual.
    """
    if usual is None:
        expected, spread = rule.minimum * GUESSED_SHARE_OF_MINIMUM, 0.0
    else:
        share = rule.window_s / HOUR_S
        expected, spread = usual.median * share, usual.spread * share
    return (count - expected) / max(spread, sqrt(expected), 1.0), expected


def _negative_share(
    rule: NegativeShareRule, watch: Watch, tally: MonitorTally, arrived: Arrived
) -> Evidence | None:
    if arrived.signal.label != "negative":
        return None
    at_s = arrived.at_s
    from_s = watch.window_from_s(rule.id, rule.window_s, at_s)
    negative = tally.negative.within(from_s, at_s) + 1
    if negative < rule.minimum * rule.share:
        return None
    count = tally.total.within(from_s, at_s) + 1
    # Most posts are neutral, in a storm too: what tells is how those stand that take a side.
    low = wilson_low(negative, negative + tally.positive.within(from_s, at_s))
    if count < rule.minimum or low < rule.share:
        return None
    trace, trace_s = tally.negative.trace(at_s, rule.window_s)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=round(low, 4),
        limit=float(rule.share),
        at=arrived.at,
        window_s=rule.window_s,
        monitor=rule.monitor,
        count=count,
        negative=negative,
        items=newest_items([*tally.recent_negative, arrived.signal.item]),
        item_count=negative,
        trace=trace,
        trace_s=trace_s,
    )


def velocity(rule: VelocityRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """Posts are passed on too fast."""
    signal, at_s = arrived.signal, arrived.at_s
    if watch.cooling(rule.id, None, at_s):
        return None
    spread = watch.spread.get(rule.id, _NOTHING_SPREAD)
    from_s = watch.window_from_s(rule.id, rule.window_s, at_s)
    reposts = spread.reposts(rule, signal, at_s, from_s, first=arrived.first)
    a_minute = reposts * 60 / rule.window_s
    if a_minute < rule.reposts_per_minute:
        return None
    trace, trace_s = spread.trace(at_s, rule.window_s)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=round(a_minute, 2),
        limit=float(rule.reposts_per_minute),
        at=arrived.at,
        window_s=rule.window_s,
        monitor=rule.monitor,
        count=reposts,
        items=(signal.origin if signal.kind == "repost" and signal.origin else signal.item,),
        item_count=1,
        trace=trace,
        trace_s=trace_s,
    )


def change(rule: ChangeRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """The level shifted."""
    if rule.sentiment not in (None, arrived.signal.label):
        return None
    shift = watch.changes.get(rule.id, _NO_CHANGE)
    rise = shift.rise(rule, arrived.at_s)
    if rise.count < rule.minimum or rise.sum < rise.level.threshold:
        return None
    since_s = max(arrived.at_s - rise.since_s, 1)
    trace, trace_s = shift.hours.trace(arrived.at_s)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=round(rise.sum, 2),
        limit=round(rise.level.threshold, 2),
        at=arrived.at,
        window_s=since_s,
        monitor=rule.monitor,
        count=rise.count,
        expected=round(rise.level.usual * since_s / HOUR_S, 2),
        guessing=rise.level.guessing,
        items=newest_items([*shift.recent, arrived.signal.item][-rise.count :]),
        item_count=rise.count,
        trace=trace,
        trace_s=trace_s,
    )


def emerging(rule: EmergingRule, watch: Watch, arrived: Arrived) -> Evidence | None:
    """Words that are new."""
    words, at_s = watch.words.get(rule.id), arrived.at_s
    if words is None:
        return None
    new = words.new_words(arrived.signal, at_s, rule.window_s, rule.minimum)
    if not new:
        return None
    items = [*words.items_with(each.word for each in new), arrived.signal.item]
    moments = [use.at_s for use in words.uses_of(new[0].word)]
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=float(new[0].voices),
        limit=float(rule.minimum),
        at=arrived.at,
        window_s=rule.window_s,
        monitor=rule.monitor,
        count=len(items),
        authors=new[0].voices,
        expected=new[0].expected,
        guessing=new[0].guessing,
        words=tuple(each.word for each in new),
        items=newest_items(items),
        item_count=len(items),
        trace=traced([*moments, at_s], at_s, rule.window_s),
        trace_s=rule.window_s,
    )


def breaches(rule: SlaBreachesRule, watch: Watch, breach: SlaBreached) -> Evidence | None:
    """Customers who waited too long pile up."""
    at_s = epoch_s(breach.noticed_at)
    if watch.cooling(rule.id, None, at_s):
        return None
    from_s = watch.window_from_s(rule.id, rule.window_s, at_s)
    waiting = {each.clock: each.item for each in watch.breaches if from_s < each.at_s <= at_s}
    waiting[clock_of(breach)] = breach.clock.started_by
    if len(waiting) < rule.count:
        return None
    moments = [each.at_s for each in watch.breaches if each.clock in waiting]
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        measured=float(len(waiting)),
        limit=float(rule.count),
        at=breach.noticed_at,
        window_s=rule.window_s,
        platform=breach.platform,
        count=len(waiting),
        items=newest_items(waiting.values()),
        item_count=len(waiting),
        trace=traced([*moments, at_s], at_s, rule.window_s),
        trace_s=rule.window_s,
    )


def silence(rule: SilenceRule, watch: Watch, at: datetime) -> Evidence:
    """A platform brings too little; asked when the rule's timer comes due."""
    tally = watch.platforms[rule.platform]
    at_s = epoch_s(at)
    count, expected = tally.count(rule, at_s), tally.expected(rule, at_s)
    trace, trace_s = tally.hours.trace(at_s)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        category=COLLECTION,
        measured=round(count / expected, 4) if expected else 0.0,
        limit=float(rule.below),
        at=at,
        window_s=rule.for_s,
        platform=rule.platform,
        count=count,
        expected=round(expected, 2),
        trace=trace,
        trace_s=trace_s,
    )


def newest_items(items: Iterable[str]) -> tuple[str, ...]:
    """The last few of `items`, for evidence."""
    return tuple(items)[-EVIDENCE_ITEMS_MOST:]
