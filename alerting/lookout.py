"""A brand's rules, sorted by what can make them fire, so that a signal meets only those that it concerns."""

import msgspec

from alerting.rules import (
    ChangeRule,
    CombineRule,
    EmergingRule,
    NegativeShareRule,
    ReachRule,
    Rule,
    SeverityRule,
    SilenceRule,
    SlaBreachesRule,
    VelocityRule,
    VolumeRule,
)
from streams import ids

CountingRule = VolumeRule | NegativeShareRule
VERSION_DIGITS = 8
NOBODY_REACHES = 2**63
"""More followers than anybody has: of a brand without reach rules."""
COMBINATIONS_MOST = 1000
"""Combinations of monitors whose rules are remembered; beyond that they are looked up anew."""


class Concerned(msgspec.Struct, frozen=True):
    """The rules that an item of certain monitors concerns."""

    tallied: tuple[str, ...]
    """Monitors that a rule counts."""
    counting: tuple[CountingRule, ...]
    emerging: tuple[EmergingRule, ...]
    change: tuple[ChangeRule, ...]


class Lookout:
    """The rules of one brand under one configuration."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.versions = {rule.id: version_of(rule) for rule in rules}
        self.severity = tuple(rule for rule in rules if isinstance(rule, SeverityRule))
        self.reach = tuple(rule for rule in rules if isinstance(rule, ReachRule))
        self.velocity = tuple(rule for rule in rules if isinstance(rule, VelocityRule))
        self.emerging = tuple(rule for rule in rules if isinstance(rule, EmergingRule))
        self.change = tuple(rule for rule in rules if isinstance(rule, ChangeRule))
        self.breaches = tuple(rule for rule in rules if isinstance(rule, SlaBreachesRule))
        self.combine = _inner_first(tuple(rule for rule in rules if isinstance(rule, CombineRule)))
        self.counting: dict[str, tuple[CountingRule, ...]] = _by_monitor(rules)
        self.silence: dict[str, tuple[SilenceRule, ...]] = _by_platform(rules)
        self.mildest_watched = max((rule.severity for rule in self.severity), default="")
        """The mildest severity that any severity rule takes; names of severities are in order."""
        self.least_reach = min((rule.followers for rule in self.reach), default=NOBODY_REACHES)
        """Followers that the easiest reach rule asks for."""
        self._concerned: dict[tuple[str, ...], Concerned] = {}

    def concerned(self, monitors: tuple[str, ...]) -> Concerned:
        """The rules that an item concerns which `monitors` fit. Most items fit the same few monitors."""
        found = self._concerned.get(monitors)
        if found is None:
            if len(self._concerned) >= COMBINATIONS_MOST:
                self._concerned.clear()
            found = self._concerned[monitors] = self._concerned_by(monitors)
        return found

    def _concerned_by(self, monitors: tuple[str, ...]) -> Concerned:
        return Concerned(
            tallied=tuple(monitor for monitor in monitors if monitor in self.counting),
            counting=tuple(rule for monitor in monitors for rule in self.counting.get(monitor, ())),
            emerging=tuple(rule for rule in self.emerging if rule.monitor in monitors),
            change=tuple(rule for rule in self.change if rule.monitor in monitors),
        )


def version_of(rule: Rule) -> str:
    """Short, and another one whenever anything about the rule is changed."""
    return ids.derived("rule", msgspec.json.encode(rule).decode())[:VERSION_DIGITS]


def _inner_first(rules: tuple[CombineRule, ...]) -> tuple[CombineRule, ...]:
    """Combinations after those that they ask for; there are no circles."""
    members = {rule.id: rule.of for rule in rules}

    def depth(rule: str) -> int:
        return 1 + max((depth(each) for each in members[rule] if each in members), default=0)

    return tuple(sorted(rules, key=lambda rule: depth(rule.id)))


def _by_monitor(rules: tuple[Rule, ...]) -> dict[str, tuple[CountingRule, ...]]:
    counting = [rule for rule in rules if isinstance(rule, VolumeRule | NegativeShareRule)]
    monitors = dict.fromkeys(rule.monitor for rule in counting)
    return {monitor: tuple(rule for rule in counting if rule.monitor == monitor) for monitor in monitors}


def _by_platform(rules: tuple[Rule, ...]) -> dict[str, tuple[SilenceRule, ...]]:
    silence = [rule for rule in rules if isinstance(rule, SilenceRule)]
    platforms = dict.fromkeys(rule.platform for rule in silence)
    return {platform: tuple(rule for rule in silence if rule.platform == platform) for platform in platforms}
