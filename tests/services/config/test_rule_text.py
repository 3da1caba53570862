"""Rules as the configuration writes them: what is written reads as the same rule, whatever its settings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.sample
from alerting.combination import AllOf, AnyOf, Condition, Fired, Not
from alerting.rules import CombineRule, Rule, SeverityRule
from services.config.conditions import condition_text, read_condition
from services.config.loader import load
from services.config.rule_text import change, rule_text, settings_of

NAMES = st.sampled_from(["p0", "turn", "spread-1"])
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    NAMES.map(Fired),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
    ),
    max_leaves=6,
)


def rules() -> tuple[Rule, ...]:
    config = load(Path(services.sample.__file__).parent / "folder").config
    assert config is not None
    return config.desk.brands[0].rules


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_is_read_as_it_was_written(rule: Rule) -> None:
    assert change(rules(), rule.id, settings_of(rule)).rules == rules()
    assert rule_text(rule).startswith(f"- {{id: {rule.id}, level: {rule.level}, type: ")


@given(CONDITIONS)
def test_a_condition_is_read_as_it_was_written(condition: Condition) -> None:
    assert read_condition(condition_text(condition), ["p0", "turn", "spread-1"]) == condition


def test_a_combination_is_written_by_its_condition() -> None:
    when = AllOf((Fired("a"), Not(Fired("b"))))
    rule = CombineRule(id="c", level="red", of=("a",), when=when)
    assert rule_text(rule) == "- {id: c, level: red, type: combine, within: 1h, when: a AND NOT b}"


def test_only_what_may_be_changed_is_changed() -> None:
    changed = change(rules(), "p0", {"authors": "3", "window": "30m", "id": "other", "severity": "P3"}).rules
    assert changed is not None
    assert changed[0] == SeverityRule(id="p0", level="yellow", severity="P0", authors=3, window_s=1800)
    assert changed[1:] == rules()[1:]


def test_a_rule_that_others_need_cannot_be_taken_out() -> None:
    assert change(rules(), "surge", None).rules == tuple(rule for rule in rules() if rule.id != "surge")
    refused = change(rules(), "p0-wide", None)
    assert refused.rules is None
    assert "p0-wide" in str(refused.problems[0])
