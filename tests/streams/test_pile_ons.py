"""Many unanswered messages under one post: one group, one clock, and who stays out of it."""

from datetime import datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from streams import events
from streams.arrivals import Arrival
from streams.clock_changes import SUPERSEDED
from streams.commands import ActivateConfig, MarkConversation
from streams.events import IntakeEvent, MarkOp
from streams.journal import Codec
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock, state_of
from streams.sla.policy import PileOn
from tests.builders import CONFIG, at, comment, deletion, intake, reply

KEY = "weibo/xibei-official/p1"
GROUP = f"{KEY}/*"
assert CONFIG.sla is not None
PILING = msgspec.structs.replace(
    CONFIG, sla=msgspec.structs.replace(CONFIG.sla, pile_on=PileOn(3, 1_800), warn_at=())
)
"""More than three within half an hour."""


def house(journal: MemoryJournal | None = None) -> AnyPartition:
    partition: AnyPartition = Partition(
        journal or MemoryJournal("intake"), intake(PILING), Codec(IntakeEvent)
    )
    if partition.state.config is None:
        partition.take([ActivateConfig(id="activate", who="test", config="c1")], at("00:00"))
    return partition


def said(number: int, text: str = "避雷", tags: tuple[str, ...] = ()) -> Arrival:
    """Customer `number` writes at 10:00 and that many minutes."""
    when = at("10:00") + timedelta(minutes=number)
    return comment(text, when, native_id=f"c{number}", author=f"a{number}", tags=tags)


def take(
    partition: AnyPartition, *arrivals: Arrival | MarkConversation, now: datetime | None = None
) -> list[IntakeEvent]:
    """Each at its own time, or all at `now`."""
    recorded: list[IntakeEvent] = []
    for arrival in arrivals:
        when = now or (arrival.fact.recorded_at if isinstance(arrival, Arrival) else arrival.occurred_at)
        turn = partition.take([arrival], when)
        recorded += turn.entry.events if turn.entry else ()
    return recorded


def clock(partition: AnyPartition, conversation: str = GROUP, name: str = "first_response/1") -> Clock:
    found: Clock = partition.state.threads.conversations[conversation].clocks[name]
    return found


def who_waits(partition: AnyPartition) -> list[str]:
    """Everything with a response clock of its own that runs."""
    return sorted(
        name.rsplit("/", 1)[1]
        for name, one in partition.state.threads.conversations.items()
        if any(state_of(each, at("10:12")) == "running" for each in one.clocks.values())
    )


def test_the_fourth_folds_all_into_one_group_with_the_first_ones_promise() -> None:
    partition = house()
    take(partition, *map(said, range(3)))
    assert who_waits(partition) == ["a0", "a1", "a2"]
    recorded = take(partition, said(3))
    assert who_waits(partition) == ["*"]
    assert (clock(partition).started_at, clock(partition).due_at) == (at("10:00"), at("10:30"))
    reasons = [event.reason for event in recorded if isinstance(event, events.SlaCancelled)]
    assert reasons == ["pile_on"] * 4


def test_a_group_breaches_once_for_all() -> None:
    partition = house()
    take(partition, *map(said, range(8)))
    entry = partition.fire(at("12:00")).entry
    assert entry is not None
    assert [(event.conversation, event.at) for event in entry.events] == [(GROUP, at("10:30"))]


def test_one_reply_below_the_post_answers_the_group() -> None:
    partition = house()
    take(partition, *map(said, range(6)), reply(at("10:20"), to=None))
    assert who_waits(partition) == []
    assert (clock(partition).state_end, clock(partition).ended_at) == ("met", at("10:20"))


def test_who_is_answered_alone_leaves_and_the_promise_is_the_next_ones() -> None:
    partition = house()
    take(partition, *map(said, range(5)), reply(at("10:10"), to="a0"))
    assert (clock(partition).started_at, clock(partition).due_at) == (at("10:01"), at("10:31"))


def test_a_wave_after_the_answer_waits_for_an_answer_of_its_own() -> None:
    partition = house()
    take(partition, *map(said, range(4)), reply(at("10:05"), to=None), *map(said, range(6, 9)))
    assert who_waits(partition) == ["a6", "a7", "a8"]
    take(partition, said(9))
    assert clock(partition, name="first_response/2").due_at == at("10:36")


@pytest.mark.parametrize(
    ("text", "tags"),
    [("西贝有异物", ()), ("吃完上吐下泻", ()), ("我的订单呢", ()), ("一直没发货", ()), ("避雷", ("vip",))],
    ids=["P0", "health", "order", "delivery", "VIP"],
)
def test_grave_messages_stay_out_each_on_its_own(text: str, tags: tuple[str, ...]) -> None:
    partition = house()
    take(partition, *map(said, range(5)), said(6, text, tags))
    assert who_waits(partition) == ["*", "a6"]


def test_a_member_who_writes_something_grave_leaves_the_group_with_the_promise_of_the_first_word() -> None:
    partition = house()
    take(partition, *map(said, range(5)))
    grave = comment("我吃完住院了", at("10:08"), native_id="more", author="a2")
    take(partition, grave)
    assert who_waits(partition) == ["*", "a2"]
    assert clock(partition, f"{KEY}/a2").due_at == at("10:32")


def test_an_edit_can_make_a_message_grave() -> None:
    partition = house()
    take(partition, *map(said, range(5)))
    take(partition, said(2, "我吃完住院了"), now=at("10:08"))
    assert who_waits(partition) == ["*", "a2"]


def test_a_group_whose_messages_are_all_deleted_is_cancelled() -> None:
    partition = house()
    take(partition, *map(said, range(4)))
    take(partition, *(deletion(f"c{number}", at("10:10")) for number in range(4)))
    assert (clock(partition).state_end, clock(partition).reason) == ("cancelled", "deleted")


def mark(op: MarkOp) -> MarkConversation:
    return MarkConversation(id=op, who="lin", conversation=GROUP, key=KEY, op=op, occurred_at=at("10:10"))


def test_a_group_can_be_told_to_need_no_reply_and_everybodys_record_says_so() -> None:
    partition = house()
    recorded = take(partition, *map(said, range(5)), mark("no_reply_needed"))
    marked = [event for event in recorded if isinstance(event, events.ConversationMarked)]
    assert {one.conversation for one in marked} == {f"{KEY}/a{number}" for number in range(5)}
    assert len({one.id for one in marked}) == 5
    assert clock(partition).reason == "no_reply_needed"
    assert take(partition, mark("no_reply_needed")) == []


def test_a_group_cannot_be_paused() -> None:
    partition = house()
    recorded = take(partition, *map(said, range(5)), mark("paused"))
    assert isinstance(recorded[-1], events.CommandRefused)


ARRIVALS = [*map(said, range(5)), reply(at("10:03:30"), native_id="r1", to="a1")]


@pytest.mark.parametrize("order", list(permutations(range(6)))[::7])
def test_arrival_order_changes_neither_groups_nor_clocks(order: tuple[int, ...]) -> None:
    partition = house()
    take(partition, *(ARRIVALS[number] for number in order), now=at("10:06"))
    assert clocks_in(partition) == EXPECTED


def clocks_in(partition: AnyPartition) -> dict[str, list[Clock]]:
    return {
        name: sorted((one for one in conversation.clocks.values() if one.reason != SUPERSEDED), key=repr)
        for name, conversation in partition.state.threads.conversations.items()
        if any(one.reason != SUPERSEDED for one in conversation.clocks.values())
    }


def _expected() -> dict[str, list[Clock]]:
    partition = house()
    take(partition, *ARRIVALS, now=at("10:06"))
    return clocks_in(partition)


EXPECTED = _expected()


def test_a_restart_in_the_middle_of_a_storm_changes_nothing() -> None:
    journal = MemoryJournal("intake")
    take(house(journal), *map(said, range(5)))
    restarted = house(journal)
    take(restarted, said(5), reply(at("10:12"), to=None))
    lived = house()
    take(lived, *map(said, range(6)), reply(at("10:12"), to=None))
    assert clocks_in(restarted) == clocks_in(lived)
