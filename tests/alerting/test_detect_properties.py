"""Whatever comes in: detection does not depend on where batches are cut, and a replay or a snapshot detects the same."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.combination import AllOf, Fired, Not
from alerting.events import Evidence
from alerting.rules import ChangeRule, CombineRule
from streams.events import Label, SignalRaised
from streams.facts import SeenKind
from streams.run.loop import Partition
from tests.alerting.stage import RULES, Stage, evidence_of, poisoning, signal, with_rules
from tests.builders import at

WATCHED = (
    *RULES,
    ChangeRule(id="shift", level="yellow", monitor="brand", minimum=5),
    ChangeRule(id="sour", level="yellow", monitor="brand", sentiment="negative", factor=3.0, minimum=3),
    CombineRule(
        id="quietly", level="orange", of=("shift",), when=AllOf((Fired("shift"), Not(Fired("loud"))))
    ),
)
KINDS: st.SearchStrategy[SeenKind] = st.sampled_from(["post", "comment", "repost"])
LABELS: st.SearchStrategy[Label] = st.sampled_from(["negative", "neutral"])
WORDS = st.lists(st.sampled_from(["异物", "变质", "排队", "门店", "退款"]), max_size=3, unique=True)


@st.composite
def signals(draw: st.DrawFn) -> list[SignalRaised]:
    """Up to eighty items within fifty minutes: no timer that changes what rules remember comes due in between."""
    told, when = list[SignalRaised](), at("10:00")
    for number in range(draw(st.integers(0, 80))):
        when += timedelta(seconds=draw(st.sampled_from([0, 1, 3, 10, 37])))
        if draw(st.integers(0, 3)) == 0:
            told.append(poisoning(1_000 + number, when, f"a{draw(st.integers(0, 3))}"))
            continue
        one = signal(
            draw(st.integers(0, 200)), when, author=f"a{draw(st.integers(0, 30))}", kind=draw(KINDS),
            words=tuple(draw(WORDS)), label=draw(LABELS), origin=draw(st.integers(0, 20)),
            reach=draw(st.sampled_from([None, 10, 2_000_000])), reposts=draw(st.sampled_from([None, 0, 900])),
            measurement=number,
        )  # fmt: skip
        told.append(msgspec.structs.replace(one, simhash=draw(st.sampled_from([0, 7, number << 20]))))
    return told


def staged() -> Stage:
    return Stage(with_rules(*WATCHED), day=-1)


def found(stage: Stage) -> list[Evidence]:
    return sorted(evidence_of(stage), key=lambda each: (each.at, each.rule))


def in_batches(told: Sequence[SignalRaised], cuts: Sequence[int]) -> Stage:
    stage = staged()
    for start, end in pairwise([0, *sorted(cuts), len(told)]):
        if start < end:
            turn = stage.partition.take(told[start:end], told[end - 1].at)
            stage.events += [event for outcome in turn.outcomes for event in outcome.events]
    return stage


@settings(max_examples=60)
@given(signals(), st.lists(st.integers(0, 80), max_size=8))
def test_detection_does_not_depend_on_where_batches_are_cut(
    told: list[SignalRaised], cuts: list[int]
) -> None:
    within = [min(cut, len(told)) for cut in cuts]
    one_by_one = staged()
    one_by_one.signals(told)
    assert found(in_batches(told, within)) == found(in_batches(told, [])) == found(one_by_one)


@settings(max_examples=40)
@given(signals(), st.floats(0, 1))
def test_what_is_lived_replayed_and_loaded_is_one(told: list[SignalRaised], cut: float) -> None:
    lived, loaded, middle = staged(), staged(), int(len(told) * cut)
    lived.signals(told)
    loaded.signals(told[:middle])
    loaded.restart()
    loaded.signals(told[middle:])
    replayed = Partition(lived.journal, lived.desk, lived.codec)
    assert list(lived.desk.dump(replayed.state)) == list(lived.desk.dump(lived.state))
    assert list(loaded.desk.dump(loaded.state)) == list(lived.desk.dump(lived.state))
    assert found(loaded) == found(lived)


@settings(max_examples=40)
@given(signals())
def test_every_alarm_names_its_rule_as_it_stood_and_shows_what_it_counted(told: list[SignalRaised]) -> None:
    stage = staged()
    stage.signals(told)
    orders = stage.desk.orders(stage.state, "xibei")
    assert orders is not None
    for evidence in evidence_of(stage):
        assert evidence.version == orders.lookout.versions[evidence.rule]
        assert len(evidence.items) == min(evidence.item_count, 20)
        assert bool(evidence.trace) == bool(evidence.trace_s)
        assert min(evidence.trace, default=0) >= 0
