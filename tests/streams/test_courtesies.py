"""What needs no reply by its words: who is let go, who never is, and how a person takes it back."""

from datetime import datetime

import msgspec
import pytest

from streams import events, ids
from streams.arrivals import Arrival
from streams.commands import ActivateConfig, ReviewNoReply
from streams.config import Account, IntakeConfig
from streams.courtesies import is_sampled
from streams.events import IntakeEvent, Verdict
from streams.journal import Codec
from streams.manners import Manners
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock
from streams.sla.policy import NoReplyRule
from streams.text.normalise import normalise
from tests.builders import CONFIG, at, comment, intake, reply

CONVERSATION = "weibo/xibei-official/p1/customer"
NAMED = msgspec.structs.replace(
    CONFIG, accounts=(Account(brand="xibei", platform="weibo", id="xibei-official", name="西贝莜面村"),)
)


def with_rule(rule: NoReplyRule | None) -> IntakeConfig:
    assert CONFIG.sla is not None
    return msgspec.structs.replace(CONFIG, sla=msgspec.structs.replace(CONFIG.sla, no_reply=rule))


@pytest.mark.parametrize(
    ("text", "courtesy"),
    [
        ("谢谢", "thanks"),
        ("謝謝！！！", "thanks"),
        ("好的，谢谢客服👍", "thanks"),
        ("Thank you~", "thanks"),
        ("收到[心]", "thanks"),
        ("👍👍", "emoji"),
        ("[赞][赞]", "emoji"),
        ("❤️", "emoji"),
        ("@小明 @小红", "friends"),
        ("@小明 😂", "friends"),
        ("#双十一抽奖# 求中", "lottery"),
    ],
)
def test_courtesies_are_known_by_their_words(text: str, courtesy: str) -> None:
    assert Manners(NAMED).of(normalise(text)).courtesy == courtesy


@pytest.mark.parametrize(
    "text",
    [
        "", "。。。", "？", "谢谢？", "在吗", "谢谢你们害我住院", "好的你们等着", "谢谢👎", "😡", "[怒]", "@西贝莜面村", "@西贝莜面村 @小明",
        "@小明 这家别去", "抽奖都是骗人的", "#西贝# 难吃", "12345", "谢谢，另外我还想问一下周末几点开门",
    ],
)  # fmt: skip
def test_what_may_want_an_answer_is_none(text: str) -> None:
    assert Manners(NAMED).of(normalise(text)).courtesy is None


def house(config: IntakeConfig = CONFIG, journal: MemoryJournal | None = None) -> AnyPartition:
    partition: AnyPartition = Partition(
        journal or MemoryJournal("intake"), intake(config), Codec(IntakeEvent)
    )
    if partition.state.config is None:
        partition.take([ActivateConfig(id="activate", who="test", config="c1")], at("00:00"))
    return partition


def take(partition: AnyPartition, arrival: Arrival | ReviewNoReply, now: datetime) -> list[IntakeEvent]:
    turn = partition.take([arrival], now)
    return list(turn.entry.events) if turn.entry else []


def clock(partition: AnyPartition, name: str = "first_response/1") -> Clock:
    found: Clock = partition.state.threads.conversations[CONVERSATION].clocks[name]
    return found


def test_a_thank_you_cancels_its_clock_and_the_record_says_why() -> None:
    partition = house()
    recorded = take(partition, comment("谢谢", at("10:00")), at("10:00"))
    (marked,) = (event for event in recorded if isinstance(event, events.ConversationMarked))
    assert (marked.by, marked.rule, marked.item) == ("rule:thanks", "thanks", ids.item_id("weibo", "c1"))
    assert (clock(partition).state_end, clock(partition).reason) == ("cancelled", "no_reply_needed/thanks")
    assert partition.next_due is None


def test_a_thank_you_after_a_question_leaves_the_question_waiting() -> None:
    partition = house()
    take(partition, comment("几点开门", at("10:00"), native_id="c1"), at("10:00"))
    take(partition, comment("谢谢", at("10:01"), native_id="c2"), at("10:01"))
    assert (clock(partition).due_at, clock(partition).ended_at) == (at("10:30"), None)


def test_a_thank_you_after_our_answer_wants_no_other() -> None:
    partition = house()
    take(partition, comment("几点开门", at("10:00"), native_id="c1"), at("10:00"))
    take(partition, reply(at("10:05")), at("10:05"))
    take(partition, comment("好的谢谢", at("10:06"), native_id="c2"), at("10:06"))
    assert clock(partition, "next_response/1").state_end == "cancelled"


@pytest.mark.parametrize("config", [with_rule(None), with_rule(NoReplyRule(thanks=("多谢",)))])
def test_the_rule_can_be_adjusted_and_switched_off(config: IntakeConfig) -> None:
    partition = house(config)
    take(partition, comment("谢谢", at("10:00")), at("10:00"))
    assert clock(partition).state_end is None


def test_a_lottery_tag_in_a_private_message_waits() -> None:
    partition = house()
    take(partition, comment("#抽奖# 中了吗", at("10:00"), post=None), at("10:00"))
    assert partition.next_due is not None


def test_what_is_judged_a_complaint_waits_whatever_its_words() -> None:
    partition = house(with_rule(NoReplyRule(thanks=("差",))))
    take(partition, comment("差", at("10:00")), at("10:00"))
    assert clock(partition).state_end is None


def test_the_sample_is_drawn_by_id_and_is_one_in_a_hundred() -> None:
    drawn = [is_sampled(ids.item_id("weibo", str(number)), 0.01) for number in range(20_000)]
    assert 150 < sum(drawn) < 250
    assert is_sampled("f" * 32, 1.0)
    assert not is_sampled("0" * 32, 0.0)


def review(verdict: Verdict, item: str | None = None) -> ReviewNoReply:
    return ReviewNoReply(
        id=f"review {verdict}",
        who="lin",
        conversation=CONVERSATION,
        key="weibo/xibei-official/p1",
        item=item or ids.item_id("weibo", "c1"),
        verdict=verdict,
        occurred_at=at("10:10"),
    )


def test_a_person_overturns_it_and_the_customer_has_waited_since_they_wrote() -> None:
    journal = MemoryJournal("intake")
    partition = house(with_rule(NoReplyRule(sample=1.0)), journal)
    take(partition, comment("谢谢", at("10:00")), at("10:00"))
    recorded = take(partition, review("overturned"), at("10:10"))
    assert [type(event) for event in recorded] == [events.NoReplyReviewed, events.SlaRescheduled]
    assert isinstance(recorded[0], events.NoReplyReviewed)
    assert (recorded[0].rule, recorded[0].sampled, recorded[0].by) == ("thanks", True, "lin")
    assert (clock(partition).due_at, clock(partition).ended_at) == (at("10:30"), None)
    assert take(partition, review("overturned"), at("10:11")) == []
    assert clock(house(with_rule(NoReplyRule(sample=1.0)), journal)) == clock(partition)


def test_a_person_confirms_it_and_nothing_else_changes() -> None:
    partition = house()
    take(partition, comment("谢谢", at("10:00")), at("10:00"))
    (event,) = take(partition, review("confirmed"), at("10:10"))
    assert isinstance(event, events.NoReplyReviewed)


def test_what_no_rule_said_cannot_be_reviewed() -> None:
    partition = house()
    take(partition, comment("几点开门", at("10:00")), at("10:00"))
    (refused,) = take(partition, review("confirmed"), at("10:10"))
    assert isinstance(refused, events.CommandRefused)


def test_who_edits_a_thank_you_into_a_question_waits() -> None:
    partition = house()
    take(partition, comment("谢谢", at("10:00")), at("10:00"))
    recorded = take(partition, comment("几点开门", at("10:00")), at("10:08"))
    assert [type(event) for event in recorded][2:4] == [events.NoReplyReviewed, events.SlaRescheduled]
    assert clock(partition).ended_at is None
