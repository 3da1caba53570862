"""A brand's rules, sorted by what can make them fire, so that a signal meets only those that it concerns."""

from alerting.rules import (
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

CountingRule = VolumeRule | NegativeShareRule


class Lookout:
    """The rules of one brand under one configuration."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.severity = tuple(rule for rule in rules if isinstance(rule, SeverityRule))
        self.reach = tuple(rule for rule in rules if isinstance(rule, ReachRule))
        self.velocity = tuple(rule for rule in rules if isinstance(rule, VelocityRule))
        self.emerging = tuple(rule for rule in rules if isinstance(rule, EmergingRule))
        self.breaches = tuple(rule for rule in rules if isinstance(rule, SlaBreachesRule))
        self.combine = tuple(rule for rule in rules if isinstance(rule, CombineRule))
        self.counting: dict[str, tuple[CountingRule, ...]] = _by_monitor(rules)
        self.silence: dict[str, tuple[SilenceRule, ...]] = _by_platform(rules)
        self.mildest_watched = max((int(rule.severity[1:]) for rule in self.severity), default=-1)
        """The highest P number that any severity rule takes."""


def _by_monitor(rules: tuple[Rule, ...]) -> dict[str, tuple[CountingRule, ...]]:
    counting = [rule for rule in rules if isinstance(rule, VolumeRule | NegativeShareRule)]
    monitors = dict.fromkeys(rule.monitor for rule in counting)
    return {monitor: tuple(rule for rule in counting if rule.monitor == monitor) for monitor in monitors}


def _by_platform(rules: tuple[Rule, ...]) -> dict[str, tuple[SilenceRule, ...]]:
    silence = [rule for rule in rules if isinstance(rule, SilenceRule)]
    platforms = dict.fromkeys(rule.platform for rule in silence)
    return {platform: tuple(rule for rule in silence if rule.platform == platform) for platform in platforms}
