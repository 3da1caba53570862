"""What people correct: recorded with who and when, told on with new counts, refused where it says nothing."""

import pytest

from streams import events, facts
from streams.arrivals import IntakeArrival, IntakeHappening
from streams.commands import ActivateConfig, CorrectJudgement
from streams.events import IntakeEvent
from streams.facts import Seen
from streams.intake_state import IntakeState
from streams.journal import Codec
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from tests.builders import at, intake, measurement, mention

IntakePartition = Partition[IntakeState, IntakeArrival, IntakeHappening, IntakeEvent]


@pytest.fixture
def partition() -> IntakePartition:
    partition: IntakePartition = Partition(MemoryJournal("intake"), intake(), Codec(IntakeEvent))
    partition.take([ActivateConfig(id="activate", who="test", config="c1")], at("09:00"))
    partition.take([mention("西贝太差了", native_id="post")], at("10:00"))
    return partition


def correction(command_id: str = "fix", **said: str) -> CorrectJudgement:
    fact = mention("西贝太差了", native_id="post").fact
    assert isinstance(fact, Seen)
    return CorrectJudgement(id=command_id, who="lin", item=fact.item, key=fact.key, **said)  # type: ignore[arg-type]


def recorded(partition: IntakePartition, arrival: IntakeArrival, clock: str) -> list[IntakeEvent]:
    turn = partition.take([arrival], at(clock))
    return list(turn.entry.events) if turn.entry else []


def test_a_correction_is_recorded_with_who_and_when(partition: IntakePartition) -> None:
    (corrected,) = recorded(partition, correction(label="neutral", topic="service"), "10:30")
    assert isinstance(corrected, events.JudgementCorrected)
    assert (corrected.label, corrected.topic) == ("neutral", "service")
    assert (corrected.by, corrected.at) == ("lin", at("10:30"))


def test_the_same_correction_twice_is_recorded_once(partition: IntakePartition) -> None:
    recorded(partition, correction(label="neutral"), "10:30")
    assert recorded(partition, correction(label="neutral"), "10:31") == []
    assert len(recorded(partition, correction("another", label="positive"), "10:32")) == 1


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (correction(), "nothing_to_correct"),
        (correction(topic="weather"), "unknown_topic"),
        (CorrectJudgement(id="fix", who="lin", item="nowhere", key="k", label="neutral"), "unknown_item"),
    ],
)
def test_what_says_nothing_is_refused(
    partition: IntakePartition, command: CorrectJudgement, why: str
) -> None:
    (refused,) = recorded(partition, command, "10:30")
    assert isinstance(refused, events.CommandRefused)
    assert (refused.who, refused.what, refused.why) == ("lin", "judgement.correct", why)


def test_new_counts_of_a_corrected_post_are_told_with_its_new_label(partition: IntakePartition) -> None:
    recorded(partition, correction(label="neutral"), "10:30")
    _, signal = recorded(partition, measurement("post", at("11:00"), facts.Counts(reposts=9)), "11:00")
    assert isinstance(signal, events.SignalRaised)
    assert (signal.label, signal.reposts) == ("neutral", 9)


def test_a_replay_knows_what_was_corrected(partition: IntakePartition) -> None:
    journal = MemoryJournal("intake")
    lived: IntakePartition = Partition(journal, intake(), Codec(IntakeEvent))
    lived.take([ActivateConfig(id="activate", who="test", config="c1")], at("09:00"))
    lived.take([mention("西贝太差了", native_id="post")], at("10:00"))
    lived.take([correction(label="positive", topic="price")], at("10:30"))
    replayed: IntakePartition = Partition(journal, intake(), Codec(IntakeEvent))
    assert list(replayed.state.dump()) == list(lived.state.dump())
    assert recorded(replayed, correction(label="positive"), "10:40") == []
