"""What the desk watches for: one struct per rule type, one tagged union, as in the configuration's `rules`.

Windows run on `observed_at`. Items of our own accounts never count, nor do items that were more than
`STALE_AFTER_S` old when they were seen.
"""

from typing import Annotated

import msgspec

from alerting.combination import Condition
from alerting.levels import Level
from streams.events import Label, Severity

STALE_AFTER_S = 3600
"""An item older than this when it was seen never opens an incident."""
LONGEST_WINDOW_S = 6 * 3600
"""No rule looks further back; `check` refuses a longer window."""

WindowS = Annotated[int, msgspec.Meta(ge=60, le=LONGEST_WINDOW_S)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class RuleBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A rule opens an incident of its level, or joins one and raises it to that level."""

    id: str
    level: Level


class SeverityRule(RuleBase, frozen=True, kw_only=True, tag="severity", omit_defaults=True):
    """So many different authors within the window wrote what a monitor of this severity (or a graver one) fits.

    Whatever the sentiment: "吃完进医院了" is neutral.
    """

    severity: Severity
    authors: Count = 1
    window_s: WindowS = 3600


class ReachRule(RuleBase, frozen=True, kw_only=True, tag="reach", omit_defaults=True):
    """Somebody with at least so many followers wrote about the brand."""

    followers: Count
    sentiment: Label | None = "negative"
    monitor: str | None = None


class VolumeRule(RuleBase, frozen=True, kw_only=True, tag="volume", omit_defaults=True):
    """Far more items than is usual at this hour of the week: at least `minimum`, and a robust score of `score`."""

    monitor: str
    window_s: WindowS = 600
    minimum: Count = 30
    score: Annotated[float, msgspec.Meta(gt=0)] = 4.0


class ChangeRule(RuleBase, frozen=True, kw_only=True, tag="change", omit_defaults=True):
    """The level shifted to `factor` times what is usual, or more: a cumulative sum finds also what rises slowly.

    At least `minimum` items since the shift; `sentiment` None counts all of them.
    """

    monitor: str
    sentiment: Label | None = None
    factor: Annotated[float, msgspec.Meta(ge=1.5, le=20)] = 5.0
    minimum: Count = 10


class EmergingRule(RuleBase, frozen=True, kw_only=True, tag="emerging", omit_defaults=True):
    """Words that at least `minimum` authors use within the window and hardly anybody used before."""

    monitor: str
    window_s: WindowS = 900
    minimum: Annotated[int, msgspec.Meta(ge=2)] = 5


class NegativeShareRule(RuleBase, frozen=True, kw_only=True, tag="negative_share", omit_defaults=True):
    """Of the items that take a side, the share of negative ones is above `share`, also by its lower bound (Wilson).

    `minimum` counts all items in the window; at least `minimum * share` of them are negative.
    """

    monitor: str
    window_s: WindowS = 1800
    minimum: Count = 50
    share: Share = 0.6


class VelocityRule(RuleBase, frozen=True, kw_only=True, tag="velocity", omit_defaults=True):
    """Others' posts of this sentiment are reposted at least so many times a minute, over the window."""

    monitor: str
    reposts_per_minute: Annotated[float, msgspec.Meta(gt=0)]
    sentiment: Label = "negative"
    window_s: WindowS = 300


class SlaBreachesRule(RuleBase, frozen=True, kw_only=True, tag="sla_breaches", omit_defaults=True):
    """So many customers were left waiting too long within the window."""

    count: Count
    window_s: WindowS = 1800


class SilenceRule(RuleBase, frozen=True, kw_only=True, tag="silence", omit_defaults=True):
    """A platform brings less than the share `below` of what it usually brings at this hour, for `for_s`."""

    platform: str
    below: Share = 0.1
    for_s: WindowS = 1800


class CombineRule(RuleBase, frozen=True, kw_only=True, tag="combine", omit_defaults=True):
    """At least so many of these rules fired within the window; or, with `when`, what that says of them.

    With `when`, `of` holds the rules whose firing may complete it.
    """

    of: tuple[str, ...]
    at_least: Count = 2
    within_s: WindowS = 3600
    when: Condition | None = None


Rule = (
    SeverityRule
    | ReachRule
    | VolumeRule
    | ChangeRule
    | EmergingRule
    | NegativeShareRule
    | VelocityRule
    | SlaBreachesRule
    | SilenceRule
    | CombineRule
)


def rule_type(rule: Rule) -> str:
    """The name of its type, as in the configuration."""
    return str(type(rule).__struct_config__.tag)
