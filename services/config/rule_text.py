"""A rule as the configuration writes it, and a rule with some of its settings changed, read as `check` reads it."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml

from alerting.combination import Condition
from alerting.rules import Rule, rule_type
from services.config.conditions import condition_text
from services.config.problems import Problem, Report
from services.config.rules import read_rules
from services.config.values import Value
from streams.sla.policy import duration_text

FILE = "rules"
"""Stands where the name of a file would, in problems."""
LONGEST_SETTING = 200
_FIXED = frozenset({"id", "type", "monitor", "platform", "of", "when", "severity", "sentiment"})
"""What a rule is about. To change that is to write another rule."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A brand's rules after a change; None if it cannot be made, for these reasons."""

    rules: tuple[Rule, ...] | None
    problems: tuple[Problem, ...] = ()


def settings_of(rule: Rule) -> dict[str, str]:
    """What of a rule may be changed, as the configuration names and writes it: `{"window": "10m", "minimum": "30"}`."""
    return {
        name: f"{value:.10g}" if isinstance(value, float) else str(value)
        for name, value in _written(rule).items()
        if name not in _FIXED
    }


def rule_text(rule: Rule) -> str:
    """The rule as one line of YAML, to stand in the list `rules`."""
    flow: str = yaml.safe_dump(
        _written(rule), allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
    )
    return f"- {flow.strip()}"


def change(rules: tuple[Rule, ...], rule: str, settings: Mapping[str, str] | None) -> Changed:
    """The rules with these `settings` of one of them; None: without that rule."""
    listed = [_written(each) for each in rules if each.id != rule or settings is not None]
    for each in listed:
        if each["id"] == rule:
            known = settings_of(next(one for one in rules if one.id == rule))
            each.update(
                {name: value[:LONGEST_SETTING] for name, value in (settings or {}).items() if name in known}
            )
    monitors = {name for each in rules if (name := getattr(each, "monitor", None)) is not None}
    return _read(listed, monitors)


def _read(listed: list[dict[str, Any]], monitors: Iterable[str]) -> Changed:
    report = Report()
    node = yaml.compose(yaml.safe_dump({"rules": listed}, allow_unicode=True), Loader=yaml.SafeLoader)
    assert node is not None  # a table of one key
    document = Value(node=node, file=FILE, path="", report=report)
    with document.table() as root:
        rules = read_rules(root, monitors)
    return Changed(rules=None if report.errors else rules, problems=report.problems())


def _written(rule: Rule) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": rule.id, "level": rule.level, "type": rule_type(rule)}
    for name in rule.__struct_fields__:
        value = getattr(rule, name)
        if name in fields or value is None:
            continue
        if name.endswith("_s"):
            fields[name.removesuffix("_s")] = duration_text(value)
        elif isinstance(value, tuple):
            fields[name] = list(value)
        elif isinstance(value, Condition):
            fields[name] = condition_text(value)
        else:
            fields[name] = value
    if "when" in fields:  # it names the rules itself
        fields = {name: value for name, value in fields.items() if name not in ("of", "at_least")}
    if rule_type(rule) in ("reach", "change") and fields.get("sentiment") is None:
        fields["sentiment"] = "any"
    return fields
