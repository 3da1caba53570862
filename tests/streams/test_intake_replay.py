"""Whatever comes in, in whatever order: replay equals what was lived, and arrival order does not change the clocks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import ids
from streams.arrivals import Arrival, IntakeArrival, IntakeHappening
from streams.clock_changes import SUPERSEDED
from streams.commands import ActivateConfig, CorrectJudgement
from streams.events import IntakeEvent, Label
from streams.facts import ItemDeleted
from streams.intake_state import IntakeState
from streams.journal import Codec, Snapshot, Stored
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from streams.sla.policy import PileOn
from tests.builders import CONFIG, at, comment, deletion, intake, mention, reply

IntakePartition = Partition[IntakeState, IntakeArrival, IntakeHappening, IntakeEvent]
AUTHORS = st.sampled_from(["anna", "bert", "cora", "dora"])
assert CONFIG.sla is not None
PILING = msgspec.structs.replace(CONFIG, sla=msgspec.structs.replace(CONFIG.sla, pile_on=PileOn(1, 3_600)))
"""More than one within an hour is a pile-on already."""
POSTS = st.sampled_from(["p1", "p1", "p1", "p2", None])
MINUTES = st.integers(0, 90)
KINDS = ["comment", "comment", "comment", "comment", "reply", "reply to all", "mention", "deletion"]


def minute(number: int) -> datetime:
    return at("10:00") + timedelta(minutes=number)


@st.composite
def arrivals(draw: st.DrawFn) -> Arrival:
    when, number = minute(draw(MINUTES)), draw(st.integers(1, 12))
    match draw(st.sampled_from(KINDS)):
        case "comment":
            return comment(
                draw(st.sampled_from(["西贝", "西贝异物", "在吗"])),
                when,
                native_id=f"c{number}",
                author=draw(AUTHORS),
                post=draw(POSTS),
                tags=draw(st.sampled_from([(), (), ("vip",)])),
            )
        case "reply":
            return reply(when, native_id=f"r{number}", to=draw(AUTHORS), post=draw(POSTS))
        case "reply to all":
            return reply(when, native_id=f"r{number}", to=None, post="p1")
        case "mention":
            return mention(f"西贝差 {number}", when, native_id=f"m{number}")
        case _:
            return deletion(f"c{number}", when)


@st.composite
def corrections(draw: st.DrawFn) -> CorrectJudgement:
    number = draw(st.integers(1, 12))
    labels: tuple[Label | None, ...] = ("negative", "positive", None)
    label = draw(st.sampled_from(labels))
    item = ids.item_id("weibo", f"m{number}")
    return CorrectJudgement(
        id=f"fix {number} {label}", who="lin", item=item, key="k", label=label, topic="price"
    )


HISTORIES = st.lists(arrivals(), max_size=25)
CORRECTED_HISTORIES = st.lists(arrivals() | corrections(), max_size=25)


def lived(
    history: Sequence[IntakeArrival], journal: MemoryJournal, snapshot_every_events: int = 10**9
) -> IntakePartition:
    partition: IntakePartition = Partition(
        journal, intake(PILING), Codec(IntakeEvent), snapshot_every_events=snapshot_every_events
    )
    partition.take([ActivateConfig(id="a", who="t", config="c1")], at("09:00"))
    for number, arrival in enumerate(history):
        partition.take([arrival], minute(200 + number))
    partition.fire(minute(600))
    return partition


@given(CORRECTED_HISTORIES, st.sampled_from([1, 7, 10**9]))
@settings(max_examples=60)
def test_a_replay_gives_the_state_that_was_lived(
    history: list[IntakeArrival], snapshot_every_events: int
) -> None:
    journal = MemoryJournal("intake")
    partition = lived(history, journal, snapshot_every_events)
    replayed: IntakePartition = Partition(journal, intake(PILING), Codec(IntakeEvent))
    assert list(replayed.state.dump()) == list(partition.state.dump())
    assert replayed.next_due == partition.next_due
    assert (replayed.head, replayed.now) == (partition.head, partition.now)


class SlowlyWritten(MemoryJournal):
    """A journal that takes the chunks of a snapshot when everything else is over."""

    def append(self, stored: Stored, prev: bytes, snapshot: Snapshot | None = None) -> None:
        super().append(stored, prev)
        self._snapshot = snapshot or self._snapshot


@given(CORRECTED_HISTORIES, st.sampled_from([1, 7]))
@settings(max_examples=60)
def test_a_snapshot_that_is_written_late_stands_for_the_time_at_which_it_was_taken(
    history: list[IntakeArrival], snapshot_every_events: int
) -> None:
    journal = SlowlyWritten("intake")
    partition = lived(history, journal, snapshot_every_events)
    replayed: IntakePartition = Partition(journal, intake(PILING), Codec(IntakeEvent))
    assert list(replayed.state.dump()) == list(partition.state.dump())
    assert replayed.next_due == partition.next_due


class FromALaterRelease(MemoryJournal):
    """A journal whose snapshot is in a shape that this release does not know."""

    def snapshot(self) -> Snapshot | None:
        found = super().snapshot()
        return found and msgspec.structs.replace(found, chunks=(msgspec.msgpack.encode({"type": "later"}),))


def test_a_snapshot_of_another_shape_is_passed_over() -> None:
    journal = FromALaterRelease("intake")
    partition = lived([mention("西贝", at("10:00"), native_id="m1")], journal, snapshot_every_events=1)
    assert journal.snapshot() is not None
    replayed: IntakePartition = Partition(journal, intake(), Codec(IntakeEvent))
    assert list(replayed.state.dump()) == list(partition.state.dump())
    assert replayed.head == partition.head


def clocks(partition: IntakePartition) -> dict[str, object]:
    return {
        conversation.id: known
        for conversation in partition.state.threads.conversations.values()
        if (known := {name: one for name, one in conversation.clocks.items() if one.reason != SUPERSEDED})
    }


@given(HISTORIES, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_arrival_order_does_not_change_the_clocks(history: list[Arrival], chance: Random) -> None:
    once = _once_an_item(history)
    reordered = [*once]
    chance.shuffle(reordered)
    assert clocks(lived(once, MemoryJournal("i"))) == clocks(lived(reordered, MemoryJournal("i")))


def _once_an_item(history: list[Arrival]) -> list[Arrival]:
    """The first sight and the first deletion of each item: an item has one author, one thread and one time."""
    first: dict[tuple[str, bool], Arrival] = {}
    for arrival in history:
        first.setdefault((arrival.fact.item, isinstance(arrival.fact, ItemDeleted)), arrival)
    return list(first.values())
