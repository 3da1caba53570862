"""Two people at one queue, as timelines: who claims, puts off and answers what, and what is recorded."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from streams import attention_events as told
from streams import events, facts, ids
from streams.arrivals import IntakeArrival
from streams.commands import (
    ClaimConversation,
    RecordReply,
    ReleaseConversation,
    SnoozeConversation,
    TagCustomer,
    WakeConversation,
)
from streams.events import IntakeEvent
from streams.journal import Codec
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from tests.builders import at, comment, intake, reply
from tests.streams.test_intake import CONVERSATION, IntakePartition, running, take
from tests.streams.test_pile_ons import GROUP, house, said

KEY = "weibo/xibei-official/p1"
ABOUT: dict[str, Any] = {"conversation": CONVERSATION, "key": KEY}


@pytest.fixture
def waiting() -> IntakePartition:
    """A customer waits since 10:00; due at 10:30."""
    partition = running()
    take(partition, comment(when=at("10:00")), at("10:00"))
    return partition


def claims(who: str, *, take_over: bool = False, number: int = 1) -> ClaimConversation:
    return ClaimConversation(id=f"claim-{who}-{number}", who=who, take_over=take_over, **ABOUT)


def snoozes(until: datetime, who: str = "su") -> SnoozeConversation:
    return SnoozeConversation(id=f"snooze-{until}", who=who, until=until, **ABOUT)


def answers(
    who: str, when: datetime, *, number: int = 1, answering: str | None = "first_response/1"
) -> RecordReply:
    native_id = f"desk-{number}"
    item = ids.item_id("weibo", native_id)
    fact = facts.ReplySent(
        id=ids.fact_id(item, "seen"),
        item=item,
        key=KEY,
        platform="weibo",
        native_id=native_id,
        source="desk",
        occurred_at=when,
        observed_at=when,
        recorded_at=when,
        kind="reply",
        post="p1",
        account="xibei-official",
        to_author="customer",
        own=True,
    )
    return RecordReply(
        id=f"reply-{number}",
        who=who,
        reply=fact,
        answering=answering,
        script="sorry",
        strayed=0.1,
        conversation=ABOUT["conversation"],
        key=ABOUT["key"],
    )


def done(partition: IntakePartition, arrival: IntakeArrival, now: datetime) -> list[IntakeEvent]:
    turn = partition.take([arrival], now)
    return list(turn.entry.events) if turn.entry else []


def why_refused(partition: IntakePartition, arrival: IntakeArrival, now: datetime) -> str:
    (refused,) = done(partition, arrival, now)
    assert isinstance(refused, events.CommandRefused)
    return refused.why


def holder(partition: IntakePartition) -> str | None:
    claim = partition.state.attention.claims.get(CONVERSATION)
    return claim.by if claim else None


def test_who_claims_first_has_it(waiting: IntakePartition) -> None:
    assert take(waiting, claims("su"), at("10:01")) == ["conversation.claimed"]
    assert why_refused(waiting, claims("lin"), at("10:02")) == "claimed_by_other"
    assert holder(waiting) == "su"


def test_a_claim_is_given_back_by_who_has_it(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    assert (
        why_refused(waiting, ReleaseConversation(id="r1", who="lin", **ABOUT), at("10:02"))
        == "claimed_by_other"
    )
    assert take(waiting, ReleaseConversation(id="r2", who="su", **ABOUT), at("10:03")) == [
        "conversation.released"
    ]
    assert take(waiting, claims("lin"), at("10:04")) == ["conversation.claimed"]


def test_a_claim_is_taken_over_when_asked_for_expressly(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    released, claimed = done(waiting, claims("lin", take_over=True), at("10:05"))
    assert isinstance(released, told.ConversationReleased)
    assert (released.person, released.by, released.reason) == ("su", "lin", "taken_over")
    assert isinstance(claimed, told.ConversationClaimed)
    assert holder(waiting) == "lin"


def test_an_idle_claim_is_taken_back_after_ten_minutes(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    assert take(waiting, claims("su", number=2), at("10:01:30")) == []  # too soon to be news
    assert take(waiting, claims("su", number=3), at("10:08")) == ["conversation.claimed"]
    assert waiting.next_due == at("10:15")  # the warning, before the claim's own 10:18
    turn = waiting.fire(at("10:18"))
    assert turn.entry is not None
    released = turn.entry.events[-1]
    assert isinstance(released, told.ConversationReleased)
    assert (released.at, released.reason, released.person) == (at("10:18"), "idle", "su")
    assert holder(waiting) is None


def test_only_who_waits_can_be_claimed(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    take(waiting, reply(at("10:05")), at("10:05"))
    assert holder(waiting) is None  # the claim went with the wait
    assert why_refused(waiting, claims("lin"), at("10:06")) == "nobody_waits"
    unknown = ClaimConversation(id="x", who="lin", conversation="weibo/none", key="weibo/none")
    assert why_refused(waiting, unknown, at("10:06")) == "unknown_conversation"


def test_a_recorded_reply_stops_the_clock_at_that_time(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    assert take(waiting, answers("su", at("10:09")), at("10:09")) == [
        "reply.sent",
        "reply.recorded",
        "sla.met",
    ]
    clock = waiting.state.threads.conversations[CONVERSATION].clocks["first_response/1"]
    assert clock.ended_at == at("10:09")


def test_two_people_cannot_answer_the_same_message(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    assert why_refused(waiting, answers("lin", at("10:02")), at("10:02")) == "claimed_by_other"
    take(waiting, answers("su", at("10:20")), at("10:20"))
    assert why_refused(waiting, answers("lin", at("10:50"), number=2), at("10:50")) == "answered_meanwhile"


def test_a_reply_sent_twice_is_recorded_once(waiting: IntakePartition) -> None:
    take(waiting, answers("su", at("10:12")), at("10:12"))
    assert take(waiting, answers("su", at("10:12")), at("10:13")) == []


def test_a_reply_seen_later_is_the_recorded_one(waiting: IntakePartition) -> None:
    take(waiting, answers("su", at("10:12")), at("10:12"))
    matched, seen = done(waiting, reply(at("10:11:40")), at("10:14"))[:2]
    assert isinstance(matched, told.ReplyMatched)
    assert isinstance(seen, facts.ReplySent)
    assert (matched.item, matched.seen) == (ids.item_id("weibo", "desk-1"), seen.item)
    # Another reply is another one: the recorded one has been found.
    assert take(waiting, reply(at("10:12:30"), native_id="r2"), at("10:15")) == ["reply.sent"]


def test_a_reply_that_was_in_time_voids_the_breach_although_it_was_recorded_late(
    waiting: IntakePartition,
) -> None:
    waiting.fire(at("10:30:30"))
    take(waiting, answers("su", at("10:30:40")), at("10:30:40"))
    assert "sla.breach_voided" in take(waiting, reply(at("10:29:50")), at("10:33"))


def test_a_collector_that_was_faster_than_the_person_is_believed(waiting: IntakePartition) -> None:
    take(waiting, reply(at("10:11")), at("10:11:20"))
    assert take(waiting, answers("su", at("10:11:50")), at("10:11:50")) == [
        "reply.sent",
        "reply.recorded",
        "reply.matched",
    ]
    assert why_refused(waiting, answers("lin", at("10:12"), number=2), at("10:12")) == "answered_meanwhile"


def test_a_reply_far_away_in_time_is_another_one(waiting: IntakePartition) -> None:
    take(waiting, answers("su", at("10:12")), at("10:12"))
    assert take(waiting, reply(at("10:40")), at("10:41")) == ["reply.sent"]


def test_a_robots_reply_is_never_the_recorded_one(waiting: IntakePartition) -> None:
    take(waiting, answers("su", at("10:12")), at("10:12"))
    assert take(waiting, reply(at("10:12"), auto=True), at("10:13")) == ["reply.sent"]


def test_what_is_put_off_comes_back_at_its_time(waiting: IntakePartition) -> None:
    assert take(waiting, snoozes(at("10:10")), at("10:02")) == ["conversation.snoozed"]
    turn = waiting.fire(at("10:10"))
    assert turn.entry is not None
    (woken,) = turn.entry.events
    assert isinstance(woken, told.ConversationWoken)
    assert (woken.at, woken.reason) == (at("10:10"), "time")


def test_what_is_put_off_comes_back_when_it_breaches_or_the_customer_writes(
    waiting: IntakePartition,
) -> None:
    take(waiting, snoozes(at("12:00")), at("10:02"))
    take(waiting, comment("还在吗", at("10:05"), native_id="c2"), at("10:05"))
    assert waiting.state.attention.snoozes == {}
    take(waiting, snoozes(at("13:00")), at("10:06"))
    waiting.fire(at("10:30:01"))
    assert waiting.state.attention.snoozes == {}


def test_what_is_put_off_is_brought_back_by_hand(waiting: IntakePartition) -> None:
    take(waiting, snoozes(at("12:00")), at("10:02"))
    wake = WakeConversation(id="w", who="lin", **ABOUT)
    assert take(waiting, wake, at("10:03")) == ["conversation.woken"]
    assert take(waiting, wake, at("10:03")) == []


@pytest.mark.parametrize("until", [at("10:02"), at("09:00"), at("10:03", day=7)])
def test_nothing_is_put_off_into_the_past_or_for_ever(waiting: IntakePartition, until: datetime) -> None:
    assert why_refused(waiting, snoozes(until), at("10:02")) == "snooze_out_of_range"


@pytest.mark.parametrize(("tag", "kept"), [("老顾客", True), ("  ", False), ("长" * 41, False)])
def test_a_customer_is_tagged(waiting: IntakePartition, tag: str, kept: bool) -> None:
    command = TagCustomer(id="t", who="su", person="customer", customer_tag=tag, on=True)
    assert take(waiting, command, at("10:02")) == ["customer.tagged" if kept else "command.refused"]


def test_claims_snoozes_and_recorded_replies_outlive_a_restart(waiting: IntakePartition) -> None:
    take(waiting, snoozes(at("10:20")), at("10:02"))
    take(waiting, claims("su"), at("10:03"))
    chunks = list(intake().dump(waiting.state))
    restored = intake().load(chunks)
    assert restored.attention == waiting.state.attention
    assert list(intake().dump(restored)) == chunks
    assert restored.attention_timers.first() == (at("10:13"), CONVERSATION)


def test_a_replay_comes_to_the_same_attention() -> None:
    journal = MemoryJournal("intake")
    lived = running(journal=journal)
    take(lived, comment(when=at("10:00")), at("10:00"))
    take(lived, claims("su"), at("10:01"))
    take(lived, snoozes(at("10:05")), at("10:02"))
    lived.fire(at("10:12"))
    take(lived, answers("lin", at("10:13")), at("10:13"))
    take(lived, reply(at("10:13") - timedelta(seconds=20)), at("10:20"))
    replayed: IntakePartition = Partition(journal, intake(), Codec(IntakeEvent))
    assert replayed.state.attention == lived.state.attention
    assert replayed.next_due == lived.next_due


def test_a_group_is_claimed_and_answered_as_one() -> None:
    partition = house()
    for number in range(4):
        take(partition, said(number), at(f"10:0{number}"))
    group: dict[str, Any] = {"conversation": GROUP, "key": KEY}
    member: dict[str, Any] = {"conversation": f"{KEY}/a1", "key": KEY}
    assert (
        why_refused(partition, ClaimConversation(id="m", who="su", **member), at("10:04")) == "nobody_waits"
    )
    assert take(partition, ClaimConversation(id="g", who="su", **group), at("10:04")) == [
        "conversation.claimed"
    ]
    public = replace(answers("su", at("10:05")).reply, to_author=None)
    record = RecordReply(id="r", who="su", reply=public, answering="first_response/1", **group)
    recorded = take(partition, record, at("10:05"))
    assert recorded[:2] == ["reply.sent", "reply.recorded"]
    assert "sla.met" in recorded
    assert partition.state.attention.claims == {}
    seen = reply(at("10:05:20"), to=None)
    assert take(partition, seen, at("10:06")) == ["reply.matched", "reply.sent"]


def test_at_the_end_of_a_shift_a_claim_is_released_whoever_has_it(waiting: IntakePartition) -> None:
    take(waiting, claims("su"), at("10:01"))
    (released,) = done(waiting, ReleaseConversation(id="r", who="lin", shift=True, **ABOUT), at("10:02"))
    assert isinstance(released, told.ConversationReleased)
    assert (released.person, released.by, released.reason) == ("su", "lin", "shift")
