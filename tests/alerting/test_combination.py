"""Boolean combinations of rules, and how they are read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.combination import AllOf, AnyOf, Condition, Fired, Not, asked_for, can_hold, holds
from alerting.rules import CombineRule, ReachRule, Rule, SeverityRule
from services.config.conditions import read_condition
from services.config.values import Wrong
from tests.alerting.stage import Stage, evidence_of, poisoning, signal, with_rules
from tests.builders import at

RULES = ("a", "b", "c", "p0-wide")
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(RULES).map(Fired),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda of: AllOf(tuple(of))),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: AnyOf(tuple(of))),
        inner.map(Not),
    ),
    max_leaves=8,
)


def written(condition: Condition) -> str:
    match condition:
        case Fired():
            return condition.rule
        case AllOf():
            return "(" + " AND ".join(map(written, condition.of)) + ")"
        case AnyOf():
            return "(" + " OR ".join(map(written, condition.of)) + ")"
        case Not():
            return f"NOT {written(condition.of)}"


@given(CONDITIONS, st.sets(st.sampled_from(RULES)))
def test_what_is_written_is_what_holds(condition: Condition, fired: set[str]) -> None:
    assert holds(read_condition(written(condition), RULES), fired) == holds(condition, fired)


def test_or_binds_weaker_than_and_and_and_weaker_than_not() -> None:
    expected = AnyOf((Fired("a"), AllOf((Fired("b"), Not(Fired("c"))))))
    assert read_condition("a OR b AND NOT c", RULES) == expected
    assert read_condition("a | b NOT c", RULES) == expected


@pytest.mark.parametrize(
    "text", ["", "a AND", "(a", "a)", "a OR OR b", "NOT", "missing", "(" * 40 + "a" + ")" * 40]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(Wrong):
        read_condition(text, RULES)


@pytest.mark.parametrize(
    ("text", "possible"),
    [("a AND NOT a", False), ("NOT a", False), ("a AND NOT b", True), ("(a OR b) AND NOT (a OR b)", False)],
)
def test_a_condition_that_never_holds_is_known(text: str, possible: bool) -> None:
    assert can_hold(read_condition(text, RULES)) is possible


def test_rules_asked_for_are_those_that_can_complete_it() -> None:
    assert set(asked_for(read_condition("a AND NOT (b OR NOT c)", RULES))) == {"a", "c"}


GRAVE = SeverityRule(id="grave", level="yellow", severity="P0")
LOUD = ReachRule(id="loud", level="yellow", followers=10, sentiment=None)


def red(when: str, *others: Rule, within_s: int = 3600) -> Stage:
    names = ("grave", "loud", *(rule.id for rule in others))
    condition = read_condition(when, names)
    rule = CombineRule(
        id="red", level="red", of=tuple(asked_for(condition)), when=condition, within_s=within_s
    )
    return Stage(with_rules(GRAVE, LOUD, rule, *others))


def test_both_within_the_hour_are_red_and_say_on_what_they_rest() -> None:
    stage = red("grave AND loud")
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.incident("safety").level == "yellow"
    stage.signals([signal(2, at("10:59"), reach=10)])
    assert stage.incident("safety").level == "red"
    assert [each.rules for each in evidence_of(stage) if each.rule == "red"] == [("grave", "loud")]


def test_what_must_not_have_fired_keeps_it_from_holding_for_as_long_as_the_window_is() -> None:
    stage = red("grave AND NOT loud")
    stage.signals([signal(1, at("10:00"), reach=10), poisoning(2, at("10:30"))])
    assert stage.incident("safety").level == "yellow"
    stage.signals([poisoning(3, at("11:01"), "another")])
    assert stage.incident("safety").level == "red"


def test_a_combination_may_ask_for_another_wherever_it_stands() -> None:
    outer = CombineRule(id="outer", level="orange", of=("red",), at_least=1)
    stage = Stage(with_rules(outer, GRAVE, CombineRule(id="red", level="red", of=("grave",), at_least=1)))
    stage.signals([poisoning(1, at("10:00"))])
    assert [each.rule for each in evidence_of(stage)] == ["red", "grave", "outer"]


def test_a_combination_looks_back_no_further_than_its_window() -> None:
    stage = red("grave AND loud", within_s=600)
    stage.signals([poisoning(1, at("10:00")), signal(2, at("10:00") + timedelta(seconds=601), reach=10)])
    assert stage.incident("safety").level == "yellow"
