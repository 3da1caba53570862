"""What a brand's rules remember. Everything is bounded; `take…` are called by `evolve` alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from alerting.change import ChangeWatch
from alerting.events import EVIDENCE_ITEMS_MOST, Evidence
from alerting.lookout import Lookout
from alerting.rules import LONGEST_WINDOW_S, ChangeRule, EmergingRule, SilenceRule, VelocityRule
from alerting.sight import author_of, in_time, seen_at
from alerting.spread import PASSED_ON, SpreadWatch
from alerting.tallies import HOUR_S, HourCounts, SlotCounts, Usual, epoch_s
from alerting.words import WordWatch
from streams.events import Severity, SignalRaised, SlaBreached, SlaBreachVoided

COOLING_S = 300
"""A rule that fired is asked again after this long."""
SIGHTINGS_MOST = 2000
"""Grave items that are remembered, the newest."""
BREACHES_MOST = 2000
BREACH_STALE_S = 24 * HOUR_S
"""A breach noticed later than this is history being imported, not a pile of waiting customers."""
MOMENTS_MOST = 256
"""Times of the last signals of a platform; a silence rule looks back over at most so many."""
EXPECTED_LEAST = 5.0
"""Where fewer signals than this are usual, silence says nothing."""
HOURS_AHEAD = 48
"""A platform that fell silent is judged by the first of the next hours in which it usually speaks."""

_BREACH_STALE_AFTER = timedelta(seconds=BREACH_STALE_S)


class Sighting(msgspec.Struct, frozen=True, array_like=True):
    """A grave item."""

    at_s: int
    author: str
    severity: Severity
    category: str | None


class Breach(msgspec.Struct, frozen=True, array_like=True):
    """A customer who waited too long; `clock` names the clock."""

    at_s: int
    clock: str
    item: str


class MonitorTally(msgspec.Struct, kw_only=True):
    """What one monitor brings. Mutable."""

    total: SlotCounts = msgspec.field(default_factory=SlotCounts)
    negative: SlotCounts = msgspec.field(default_factory=SlotCounts)
    positive: SlotCounts = msgspec.field(default_factory=SlotCounts)
    hours: HourCounts = msgspec.field(default_factory=HourCounts)
    recent: list[str] = []
    recent_negative: list[str] = []
    usual_hour: int = -1
    usual: Usual | None = None
    """What is usual for `usual_hour`: worked out once an hour."""

    def take(self, signal: SignalRaised, at_s: int) -> None:
        """Count one signal."""
        self.total.add(at_s)
        self.hours.add(at_s)
        if at_s // HOUR_S != self.usual_hour:
            self.usual_hour, self.usual = at_s // HOUR_S, self._usual(at_s)
        _remember(self.recent, signal.item)
        if signal.label == "negative":
            self.negative.add(at_s)
            _remember(self.recent_negative, signal.item)
        elif signal.label == "positive":
            self.positive.add(at_s)

    def usual_at(self, at_s: int) -> Usual | None:
        """What is usual for the hour of `at_s`; None without a day of history."""
        return self.usual if at_s // HOUR_S == self.usual_hour else self._usual(at_s)

    def _usual(self, at_s: int) -> Usual | None:
        return self.hours.same_hour_of_week(at_s) or self.hours.last_week(at_s)


class PlatformTally(msgspec.Struct, kw_only=True):
    """How lively one platform is. Mutable."""

    hours: HourCounts = msgspec.field(default_factory=HourCounts)
    moments: list[int] = []
    """When the last signals came, the newest last."""
    restarted_s: int = 0
    """Silence before this was our own."""

    def take(self, at_s: int) -> bool:
        """Count one signal; true if an hour began with it, so that what is usual may have changed."""
        hour_began = not self.moments or at_s // HOUR_S != self.moments[-1] // HOUR_S
        self.hours.add(at_s)
        self.moments.append(at_s)
        if len(self.moments) > MOMENTS_MOST:
            del self.moments[0]
        return hour_began

    def silent_at_s(self, rule: SilenceRule) -> int | None:
        """When the rule comes true if nothing more arrives; None if it cannot be told."""
        if not self.moments:
            return None
        first_hour = self.moments[-1] // HOUR_S
        candidates = [self._due_s(rule, first_hour, 0)]
        candidates += [
            self._due_s(rule, hour, hour * HOUR_S) for hour in range(first_hour, first_hour + HOURS_AHEAD)
        ]
        return next(
            (due_s for due_s in candidates if due_s is not None and self._is_silent(rule, due_s)), None
        )

    def expected(self, rule: SilenceRule, at_s: int) -> float:
        """What is usual for the rule's window that ends at `at_s`; 0 if that is unknown."""
        expected, cursor_s = 0.0, at_s - rule.for_s
        while cursor_s < at_s:
            hour_ends_s = min(at_s, (cursor_s // HOUR_S + 1) * HOUR_S)
            expected += self._usual(cursor_s) * (hour_ends_s - cursor_s) / HOUR_S
            cursor_s = hour_ends_s
        return expected

    def count(self, rule: SilenceRule, at_s: int) -> int:
        """How many signals came in the window that ends at `at_s`, as far as is remembered."""
        return sum(1 for moment in self.moments if at_s - rule.for_s < moment <= at_s)

    def _usual(self, at_s: int) -> float:
        usual = self.hours.same_hour_of_week(at_s) or self.hours.same_hour_of_day(at_s)
        return usual.median if usual is not None else 0.0

    def _is_silent(self, rule: SilenceRule, at_s: int) -> bool:
        expected = self.expected(rule, at_s)
        return expected >= EXPECTED_LEAST and self.count(rule, at_s) <= rule.below * expected

    def _due_s(self, rule: SilenceRule, hour: int, from_s: int) -> int | None:
        """When a window that begins at `from_s` or later holds no more than is allowed for this hour."""
        expected = self._usual(hour * HOUR_S) * rule.for_s / HOUR_S
        allowed = min(int(rule.below * expected), MOMENTS_MOST - 1)
        if expected < EXPECTED_LEAST or len(self.moments) <= allowed:
            return None
        return max(self.moments[-1 - allowed], from_s, self.restarted_s) + rule.for_s


class Watch(msgspec.Struct, kw_only=True):
    """All that the rules of one brand remember. Mutable."""

    monitors: dict[str, MonitorTally] = {}
    platforms: dict[str, PlatformTally] = {}
    sightings: dict[str, Sighting] = {}
    """By item, the oldest first."""
    breaches: list[Breach] = []
    spread: dict[str, SpreadWatch] = {}
    """By rule."""
    words: dict[str, WordWatch] = {}
    """By rule."""
    changes: dict[str, ChangeWatch] = {}
    """By rule."""
    fired: dict[str, Evidence] = {}
    """The last firing of each rule and category, by `fired_key`, without items."""
    quiet_until_s: dict[str, int] = {}
    """By the same keys: until when the rule keeps quiet."""
    afresh_s: dict[str, int] = {}
    """By rule: what came before this is settled and counts no more."""
    silent: dict[str, int] = {}
    """Silence rules that fired and whose platform has not spoken since: rule → when."""
    spoke: dict[str, int] = {}
    """Silence rules that fired once: rule → when the platform spoke again."""

    def take_signal(self, lookout: Lookout, signal: SignalRaised, *, first: bool) -> bool:
        """Count a signal for every rule it concerns; true if a timer of a silence rule may have come nearer.

        `first`: the item was not heard of before; otherwise it was measured or edited.
        """
        at_s = epoch_s(seen_at(signal))
        if not signal.own:
            self._count(lookout, signal, at_s, first=first)
        rules = lookout.silence.get(signal.platform)
        if rules is None:
            return False
        tally = self.platforms.get(signal.platform)
        if tally is None:
            tally = self.platforms[signal.platform] = PlatformTally()
        nearer = tally.take(at_s)
        for rule in rules:
            if self.silent and self.silent.pop(rule.id, None) is not None:
                self.spoke[rule.id] = tally.restarted_s = at_s
                nearer = True
        return nearer

    def _count(self, lookout: Lookout, signal: SignalRaised, at_s: int, *, first: bool) -> None:
        if signal.kind in PASSED_ON:
            for velocity in lookout.velocity:
                self.spread_watch(velocity).take(velocity, signal, at_s, first=first)
        if not in_time(signal):
            return
        if self.is_new_sighting(lookout, signal):
            self._sight(signal, at_s)
        if not first:
            return
        concerned = lookout.concerned(signal.monitors)
        for monitor in concerned.tallied:
            self.tally(monitor).take(signal, at_s)
        for emerging in concerned.emerging:
            self.word_watch(emerging).take(signal, at_s, emerging.window_s)
        for change in concerned.change:
            if change.sentiment in (None, signal.label):
                self.change_watch(change).take(change, signal.item, at_s)

    def is_new_sighting(self, lookout: Lookout, signal: SignalRaised) -> bool:
        """Whether the item is grave enough for a severity rule, and was not (as grave) before."""
        if signal.severity is None or signal.severity > lookout.mildest_watched:
            return False
        known = self.sightings.get(signal.item)
        return known is None or signal.severity < known.severity

    def _sight(self, signal: SignalRaised, at_s: int) -> None:
        assert signal.severity is not None
        self.sightings.pop(signal.item, None)
        self.sightings[signal.item] = Sighting(at_s, author_of(signal), signal.severity, signal.category)
        oldest = next(iter(self.sightings.items()))
        if oldest[1].at_s <= at_s - LONGEST_WINDOW_S or len(self.sightings) > SIGHTINGS_MOST:
            del self.sightings[oldest[0]]

    def tally(self, monitor: str) -> MonitorTally:
        """The tally of a monitor, made when it is first needed."""
        tally = self.monitors.get(monitor)
        if tally is None:
            tally = self.monitors[monitor] = MonitorTally()
        return tally

    def spread_watch(self, rule: VelocityRule) -> SpreadWatch:
        """The posts of a rule, made when first needed."""
        spread = self.spread.get(rule.id)
        if spread is None:
            spread = self.spread[rule.id] = SpreadWatch()
        return spread

    def change_watch(self, rule: ChangeRule) -> ChangeWatch:
        """The sum of a rule, made when first needed."""
        change = self.changes.get(rule.id)
        if change is None:
            change = self.changes[rule.id] = ChangeWatch()
        return change

    def word_watch(self, rule: EmergingRule) -> WordWatch:
        """The words of a rule, made when first needed."""
        words = self.words.get(rule.id)
        if words is None:
            words = self.words[rule.id] = WordWatch()
        return words

    def take_breach(self, breach: SlaBreached) -> None:
        """Remember a customer who waited too long."""
        if fresh_breach(breach):
            self.breaches.append(
                Breach(epoch_s(breach.noticed_at), clock_of(breach), breach.clock.started_by)
            )
            del self.breaches[: max(0, len(self.breaches) - BREACHES_MOST)]

    def void_breach(self, voided: SlaBreachVoided) -> None:
        """Forget a breach that was none."""
        clock = clock_of(voided)
        self.breaches = [breach for breach in self.breaches if breach.clock != clock]

    def take_firing(self, evidence: Evidence) -> None:
        """Remember that a rule fired."""
        key = fired_key(evidence.rule, evidence.category)
        self.fired[key] = msgspec.structs.replace(evidence, items=(), trace=())
        self.quiet_until_s[key] = epoch_s(evidence.at) + COOLING_S
        if evidence.rule_type == "silence":
            self.silent[evidence.rule] = epoch_s(evidence.at)
        if evidence.rule in self.words:
            self.words[evidence.rule].alarmed(epoch_s(evidence.at))
        if evidence.rule in self.changes:
            self.changes[evidence.rule].fired(epoch_s(evidence.at))

    def begin_afresh(self, rules: frozenset[str], at: datetime) -> None:
        """Let `rules` count from `at` on: what they counted before is settled."""
        for rule in rules:
            self.afresh_s[rule] = epoch_s(at)
            if rule in self.words:
                self.words[rule].afresh()
            if rule in self.changes:
                self.changes[rule].afresh()
        self._keep_fired(lambda rule: rule not in rules)

    def _keep_fired(self, wanted: Callable[[str], bool]) -> None:
        self.fired = {key: evidence for key, evidence in self.fired.items() if wanted(evidence.rule)}
        self.quiet_until_s = {key: at_s for key, at_s in self.quiet_until_s.items() if key in self.fired}

    def cooling(self, rule: str, category: str | None, at_s: int) -> bool:
        """Whether the rule fired a moment ago, so that it keeps quiet for now."""
        return bool(self.quiet_until_s) and at_s < self.quiet_until_s.get(fired_key(rule, category), 0)

    def window_from_s(self, rule: str, window_s: int, at_s: int) -> int:
        """Where a rule's window begins: not before what it counted was last settled."""
        return max(at_s - window_s, self.afresh_s.get(rule, 0))

    def restart(self, platform: str, at: datetime) -> None:
        """Count a platform's silence from `at` on."""
        tally = self.platforms.get(platform)
        if tally is not None:
            tally.restarted_s = epoch_s(at)

    def forget_rules(self, lookout: Lookout) -> None:
        """Drop what only rules that are gone remembered."""
        for memory in (self.spread, self.words, self.changes, self.afresh_s, self.silent, self.spoke):
            for rule in [each for each in memory if each not in lookout.rules]:
                del memory[rule]
        self._keep_fired(lambda rule: rule in lookout.rules)
        self.monitors = {key: tally for key, tally in self.monitors.items() if key in lookout.counting}
        self.platforms = {key: tally for key, tally in self.platforms.items() if key in lookout.silence}


def fresh_breach(breach: SlaBreached) -> bool:
    """Whether somebody still waits, rather than that history is being imported."""
    return breach.noticed_at - breach.at <= _BREACH_STALE_AFTER


def clock_of(event: SlaBreached | SlaBreachVoided) -> str:
    """The clock's name."""
    return f"{event.conversation}/{event.clock.kind}/{event.clock.ordinal}"


def fired_key(rule: str, category: str | None) -> str:
    """Under which a rule's last firing is remembered."""
    return f"{rule}/{category}" if category else rule


def _remember(items: list[str], item: str) -> None:
    items.append(item)
    if len(items) > EVIDENCE_ITEMS_MOST:
        del items[0]
