"""`rules`: what the desk watches for. One reader per rule type."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from alerting.combination import Condition, asked_for, can_hold
from alerting.levels import LEVELS, Level
from alerting.rules import (
    LONGEST_WINDOW_S,
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
from services.config import texts
from services.config.circles import circle
from services.config.conditions import read_condition
from services.config.problems import did_you_mean
from services.config.readers import (
    LABELS,
    SEVERITIES,
    choice,
    fraction,
    ident,
    identified,
    many,
    number,
    platform,
    reference,
    whole,
)
from services.config.readers import span as read_span
from services.config.values import Read, Table, Value, Wrong
from streams.events import Label

MOST_RULES = 500
MOST_COUNT = 10**9
SHORTEST_WINDOW_S = 60


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule may refer to: the brand's monitors and its rules."""

    monitors: tuple[str, ...]
    rules: tuple[str, ...]


def read_rules(root: Table, monitors: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of one brand."""

    def read(value: Value) -> tuple[Rule, ...]:
        known = Known(monitors=tuple(monitors), rules=tuple(_rule_ids(value)))
        rules = identified(lambda table: _rule(table, known), MOST_RULES)(value)
        _refuse_circles(value, rules)
        return rules

    return root.optional("rules", read, ())


def _rule_ids(value: Value) -> Iterable[str]:
    return [name for item in value.items() if (name := item.word_at("id")) is not None]


def _rule(table: Table, known: Known) -> Rule:
    name = table.required("id", ident, "")
    level = table.required("level", choice(LEVELS), LEVELS[0], did_you_mean("", LEVELS))
    kind = table.required("type", choice(tuple(_READERS)), "", did_you_mean("", _READERS))
    read = _READERS.get(kind)
    if read is None:
        list(table.entries())  # of a type that is not known no key can be judged
        return SeverityRule(id=name, level=level, severity="P0")
    return read(table, name, level, known)


def window(value: Value) -> int:
    """Seconds that a rule looks back."""
    length_s = read_span(value)
    if not SHORTEST_WINDOW_S <= length_s <= LONGEST_WINDOW_S:
        raise Wrong(texts.between_durations("1m", "6h"))
    return length_s


def _monitor(known: Known) -> Read[str]:
    return reference(known.monitors)


def _severity(table: Table, name: str, level: Level, known: Known) -> Rule:  # noqa: ARG001  (readers share a form)
    return SeverityRule(
        id=name,
        level=level,
        severity=table.required("severity", choice(SEVERITIES), "P0"),
        authors=table.optional("authors", whole(1, MOST_COUNT), 1),
        window_s=table.optional("window", window, 3_600),
    )


def _reach(table: Table, name: str, level: Level, known: Known) -> Rule:
    return ReachRule(
        id=name,
        level=level,
        followers=table.required("followers", whole(1, MOST_COUNT), 1),
        sentiment=table.optional("sentiment", _label_or_any, "negative"),
        monitor=table.optional("monitor", _monitor(known), None),
    )


def _label_or_any(value: Value) -> Label | None:
    return None if value.scalar(did_you_mean("", LABELS)) == "any" else choice(LABELS)(value)


def _volume(table: Table, name: str, level: Level, known: Known) -> Rule:
    return VolumeRule(
        id=name,
        level=level,
        monitor=table.required("monitor", _monitor(known), ""),
        window_s=table.optional("window", window, 600),
        minimum=table.optional("minimum", whole(1, MOST_COUNT), 30),
        score=table.optional("score", number(0.1, 1_000), 4.0),
    )


def _emerging(table: Table, name: str, level: Level, known: Known) -> Rule:
    return EmergingRule(
        id=name,
        level=level,
        monitor=table.required("monitor", _monitor(known), ""),
        window_s=table.optional("window", window, 900),
        minimum=table.optional("minimum", whole(2, MOST_COUNT), 5),
    )


def _negative_share(table: Table, name: str, level: Level, known: Known) -> Rule:
    return NegativeShareRule(
        id=name,
        level=level,
        monitor=table.required("monitor", _monitor(known), ""),
        window_s=table.optional("window", window, 1_800),
        minimum=table.optional("minimum", whole(1, MOST_COUNT), 50),
        share=table.optional("share", fraction, 0.6),
    )


def _velocity(table: Table, name: str, level: Level, known: Known) -> Rule:
    return VelocityRule(
        id=name,
        level=level,
        monitor=table.required("monitor", _monitor(known), ""),
        sentiment=table.optional("sentiment", choice(LABELS), "negative"),
        reposts_per_minute=table.required("reposts_per_minute", number(0.1, MOST_COUNT), 1.0),
        window_s=table.optional("window", window, 300),
    )


def _sla_breaches(table: Table, name: str, level: Level, known: Known) -> Rule:  # noqa: ARG001  (readers share a form)
    return SlaBreachesRule(
        id=name,
        level=level,
        count=table.required("count", whole(1, MOST_COUNT), 1),
        window_s=table.optional("window", window, 1_800),
    )


def _silence(table: Table, name: str, level: Level, known: Known) -> Rule:  # noqa: ARG001  (readers share a form)
    return SilenceRule(
        id=name,
        level=level,
        platform=table.required("platform", platform, ""),
        below=table.optional("below", fraction, 0.1),
        for_s=table.optional("for", window, 1_800),
    )


def _change(table: Table, name: str, level: Level, known: Known) -> Rule:
    return ChangeRule(
        id=name,
        level=level,
        monitor=table.required("monitor", _monitor(known), ""),
        sentiment=table.optional("sentiment", _label_or_any, None),
        factor=table.optional("factor", number(1.5, 20), 5.0),
        minimum=table.optional("minimum", whole(1, MOST_COUNT), 10),
    )


def _combine(table: Table, name: str, level: Level, known: Known) -> Rule:
    within_s = table.optional("within", window, 3_600)
    others = tuple(each for each in known.rules if each != name)
    if table.get("when") is not None:
        when = table.required("when", lambda value: _condition(value, others), None)
        of = tuple(dict.fromkeys(asked_for(when))) if when is not None else ()
        return CombineRule(id=name, level=level, of=of, when=when, within_s=within_s)
    of = table.required("of", many(reference(others)), ())
    at_least = table.optional("at_least", whole(1, MOST_COUNT), 2)
    members = table.get("of")
    if members is not None and at_least > members.length - (len(of) - len(set(of))):
        table.value.report.error(table.key_place("at_least"), texts.entries(at_least), texts.MORE_MEMBERS)
    return CombineRule(id=name, level=level, of=of, at_least=at_least, within_s=within_s)


def _condition(value: Value, rules: Sequence[str]) -> Condition | None:
    condition = read_condition(value.scalar(texts.CONDITION), rules)
    if not can_hold(condition):
        raise Wrong(texts.POSSIBLE_CONDITION)
    return condition


_READERS: Mapping[str, Callable[[Table, str, Level, Known], Rule]] = {
    "severity": _severity,
    "volume": _volume,
    "reach": _reach,
    "emerging": _emerging,
    "negative_share": _negative_share,
    "velocity": _velocity,
    "sla_breaches": _sla_breaches,
    "silence": _silence,
    "change": _change,
    "combine": _combine,
}


def _refuse_circles(value: Value, rules: tuple[Rule, ...]) -> None:
    """A combination must not, through other combinations, ask for itself."""
    asks = {rule.id: rule.of for rule in rules if isinstance(rule, CombineRule)}
    if (start := circle(asks)) is not None:
        value.report.error(value.place, texts.a_circle(start), texts.NO_CIRCLE)
