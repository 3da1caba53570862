"""What Intake concludes, as timelines: who wrote what when, and what was recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
import pytest

from streams import events, facts
from streams.arrivals import IntakeArrival, IntakeHappening
from streams.commands import ActivateConfig, ErasePerson, MarkConversation
from streams.config import IntakeConfig
from streams.events import IntakeEvent
from streams.intake import Intake
from streams.intake_state import IntakeState
from streams.journal import Codec
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from tests.builders import CONFIG, at, comment, deletion, intake, measurement, mention, reply

IntakePartition = Partition[IntakeState, IntakeArrival, IntakeHappening, IntakeEvent]
ACTIVATE = ActivateConfig(id="activate", who="test", config="c1")
CONVERSATION = "weibo/xibei-official/p1/customer"


@pytest.fixture
def partition() -> IntakePartition:
    return running()


def running(config: IntakeConfig = CONFIG, journal: MemoryJournal | None = None) -> IntakePartition:
    partition: IntakePartition = Partition(
        journal or MemoryJournal("intake"), intake(config), Codec(IntakeEvent)
    )
    if partition.state.config is None:
        partition.take([ACTIVATE], at("00:00"))
    return partition


def take(partition: IntakePartition, arrival: IntakeArrival, now: datetime) -> list[str]:
    """The types of what is recorded when `arrival` comes in at `now`, timers first."""
    turn = partition.take([arrival], now)
    return [kind_of(event) for event in turn.entry.events] if turn.entry else []


def kind_of(event: IntakeEvent) -> str:
    return str(type(event).__struct_config__.tag)


def events_of(
    partition: IntakePartition, arrivals: Sequence[tuple[IntakeArrival, datetime]]
) -> list[IntakeEvent]:
    recorded: list[IntakeEvent] = []
    for arrival, now in arrivals:
        turn = partition.take([arrival], now)
        recorded.extend(turn.entry.events if turn.entry else ())
    return recorded


def clock_of(partition: IntakePartition, name: str = "first_response/1") -> tuple[datetime, str | None]:
    clock = partition.state.threads.conversations[CONVERSATION].clocks[name]
    return clock.due_at, clock.state_end


def test_a_mention_is_judged_and_told_to_the_brand_it_matters_to(partition: IntakePartition) -> None:
    recorded = events_of(partition, [(mention("西贝太差了"), at("10:00"))])
    _, judged, signal = recorded
    assert isinstance(judged, events.ItemJudged)
    assert (judged.label, [match.monitor for match in judged.matches]) == ("negative", ["brand"])
    assert isinstance(signal, events.SignalRaised)
    assert (signal.brand, signal.monitors, signal.severity) == ("xibei", ("brand",), "P3")


def test_a_match_says_where_it_is_written(partition: IntakePartition) -> None:
    judged = events_of(partition, [(mention("去西贝吃出异物"), at("10:00"))])[1]
    assert isinstance(judged, events.ItemJudged)
    safety = next(match for match in judged.matches if match.monitor == "safety")
    assert [(span.start, span.end) for span in safety.spans] == [(1, 3), (5, 7)]


def test_what_matches_nothing_is_judged_and_matters_to_nobody(partition: IntakePartition) -> None:
    assert take(partition, mention("今天天气好"), at("10:00")) == ["mention.observed", "item.judged"]


def test_a_repeat_is_recorded_once(partition: IntakePartition) -> None:
    take(partition, mention(), at("10:00"))
    assert take(partition, mention(), at("10:05")) == []


def test_another_text_of_a_known_item_is_an_edit(partition: IntakePartition) -> None:
    take(partition, mention("西贝还行"), at("10:00"))
    assert take(partition, mention("西贝吃出异物"), at("10:05")) == [
        "item.edited",
        "item.judged",
        "signal.raised",
    ]


def test_comments_under_a_matched_post_inherit_its_monitors_but_not_its_severity(
    partition: IntakePartition,
) -> None:
    take(partition, mention("西贝吃出异物", native_id="post"), at("10:00"))
    under = mention("真的假的", native_id="under", kind="comment", post="post")
    signal = events_of(partition, [(under, at("10:01"))])[-1]
    assert isinstance(signal, events.SignalRaised)
    assert (signal.monitors, signal.severity) == (("brand", "safety"), None)


def test_a_comment_starts_its_clock(partition: IntakePartition) -> None:
    assert "sla.started" in take(partition, comment(when=at("10:00")), at("10:00:20"))
    assert clock_of(partition) == (at("10:30"), None)


def test_a_vip_waits_ten_minutes(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), tags=("vip",)), at("10:00"))
    assert clock_of(partition)[0] == at("10:10")


def test_a_reply_in_time_meets_the_clock(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    assert take(partition, reply(at("10:14")), at("10:14")) == ["reply.sent", "sla.met"]


def test_a_warning_then_the_breach_fire_at_their_own_times(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    assert partition.next_due == at("10:15")
    turn = partition.fire(at("10:45"))
    assert turn.entry is not None
    warned, breached = turn.entry.events
    assert isinstance(warned, events.SlaWarned)
    assert isinstance(breached, events.SlaBreached)
    assert (warned.at, breached.at, breached.noticed_at) == (at("10:15"), at("10:30"), at("10:45"))
    assert partition.next_due is None


def test_a_reply_in_time_that_arrives_late_voids_the_breach(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    partition.fire(at("10:31"))
    assert take(partition, reply(at("10:29")), at("10:40")) == ["reply.sent", "sla.breach_voided", "sla.met"]


def test_a_late_reply_leaves_the_breach(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    partition.fire(at("10:31"))
    assert take(partition, reply(at("10:40")), at("10:40")) == ["reply.sent", "sla.met"]


def test_a_comment_that_arrives_overdue_breaches_at_once_with_its_true_time(
    partition: IntakePartition,
) -> None:
    recorded = events_of(partition, [(comment(when=at("10:00")), at("11:00"))])
    breached = next(event for event in recorded if isinstance(event, events.SlaBreached))
    assert (breached.at, breached.noticed_at) == (at("10:30"), at("11:00"))


def test_an_earlier_message_that_turns_up_moves_the_clock(partition: IntakePartition) -> None:
    take(partition, comment("second", at("10:10"), native_id="c2"), at("10:10"))
    assert "sla.rescheduled" in take(partition, comment("first", at("10:00"), native_id="c1"), at("10:11"))
    assert clock_of(partition)[0] == at("10:30")


def test_a_reply_that_arrives_before_its_message_still_answers_it(partition: IntakePartition) -> None:
    take(partition, reply(at("10:05")), at("10:06"))
    recorded = take(partition, comment(when=at("10:00")), at("10:07"))
    assert recorded[-3:-1] == ["sla.started", "sla.met"]


def test_a_reply_finds_its_customer_through_the_message_it_answers(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), native_id="c1"), at("10:00"))
    answered = take(partition, reply(at("10:05"), to=None, parent="c1"), at("10:05"))
    assert answered == ["reply.sent", "sla.met"]


def test_a_reply_to_the_whole_post_answers_everybody_before_it(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), native_id="c1", author="anna"), at("10:00"))
    take(partition, comment(when=at("10:01"), native_id="c2", author="bert"), at("10:01"))
    answered = take(partition, reply(at("10:05"), to=None, parent="p1"), at("10:05"))
    assert answered == ["reply.sent", "sla.met", "sla.met"]


def test_who_writes_after_a_reply_to_the_whole_post_waits_for_an_answer(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), native_id="c1", author="anna"), at("10:00"))
    take(partition, reply(at("10:05"), to=None), at("10:05"))
    take(partition, comment(when=at("10:10"), native_id="c2"), at("10:10"))
    assert clock_of(partition) == (at("10:40"), None)


def test_a_robots_reply_does_not_count(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    assert take(partition, reply(at("10:01"), auto=True), at("10:01")) == ["reply.sent"]


def test_a_second_question_after_our_reply_starts_the_next_clock(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), native_id="c1"), at("10:00"))
    take(partition, reply(at("10:05")), at("10:05"))
    take(partition, comment("还有", at("10:20"), native_id="c2"), at("10:20"))
    assert clock_of(partition, "next_response/1") == (at("10:50"), None)


def test_a_deleted_message_cancels_its_clock(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00"), native_id="c1"), at("10:00"))
    assert take(partition, deletion("c1", at("10:05")), at("10:05")) == ["item.deleted", "sla.cancelled"]


def test_a_message_deleted_before_it_came_waits_for_nothing(partition: IntakePartition) -> None:
    take(partition, deletion("c1", at("10:05")), at("10:05"))
    take(partition, comment(when=at("10:00"), native_id="c1"), at("10:06"))
    assert clock_of(partition)[1] == "cancelled"


Op = Literal["settled", "paused", "resumed", "no_reply_needed"]


def mark(op: Op, when: datetime, conversation: str = CONVERSATION) -> MarkConversation:
    return MarkConversation(
        id=f"{op} {when}",
        who="lin",
        conversation=conversation,
        key="k",
        op=op,
        occurred_at=when,
    )


def test_a_pause_keeps_what_is_left(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    assert take(partition, mark("paused", at("10:10")), at("10:10")) == ["conversation.marked", "sla.paused"]
    assert partition.next_due is None
    assert "sla.resumed" in take(partition, mark("resumed", at("12:00")), at("12:00"))
    assert clock_of(partition)[0] == at("12:20")


def test_no_reply_needed_cancels(partition: IntakePartition) -> None:
    take(partition, comment("谢谢，已经好了", at("10:00")), at("10:00"))
    marked = take(partition, mark("no_reply_needed", at("10:01")), at("10:01"))
    assert marked == ["conversation.marked", "sla.cancelled"]


def test_a_mark_that_comes_before_its_message_holds(partition: IntakePartition) -> None:
    assert take(partition, mark("no_reply_needed", at("10:05")), at("10:06")) == ["conversation.marked"]
    take(partition, comment("谢谢", at("10:00")), at("10:07"))
    assert clock_of(partition)[1] == "cancelled"


def test_our_own_comment_under_our_post_waits_for_nobody(partition: IntakePartition) -> None:
    ours = comment(when=at("10:00"))
    own = msgspec.structs.replace(ours, fact=msgspec.structs.replace(ours.fact, own=True))
    assert "sla.started" not in take(partition, own, at("10:00"))
    assert partition.next_due is None


def test_a_repeated_mark_is_recorded_once(partition: IntakePartition) -> None:
    take(partition, comment(when=at("10:00")), at("10:00"))
    take(partition, mark("paused", at("10:10")), at("10:10"))
    assert take(partition, mark("paused", at("10:10")), at("10:11")) == []


def test_new_counts_of_a_post_are_told_to_the_desk(partition: IntakePartition) -> None:
    take(partition, mention("西贝太差", native_id="m1"), at("10:00"))
    counts = facts.Counts(reposts=900)
    signal = events_of(partition, [(measurement("m1", at("10:10"), counts), at("10:10"))])[-1]
    assert isinstance(signal, events.SignalRaised)
    assert (signal.reposts, signal.label) == (900, "negative")


def test_a_second_breach_after_a_voided_one_is_another_event(partition: IntakePartition) -> None:
    recorded = events_of(partition, [(comment(when=at("10:00")), at("10:00"))])
    first = partition.fire(at("10:31")).entry
    take(partition, comment("earlier reply", at("10:20"), native_id="c0"), at("10:32"))
    take(partition, mark("paused", at("10:10")), at("10:33"))
    take(partition, mark("resumed", at("10:15")), at("10:34"))
    second = partition.fire(at("10:50")).entry
    assert first is not None
    assert second is not None
    ids = {
        event.id
        for entry in (first, second)
        for event in entry.events
        if isinstance(event, events.SlaBreached)
    }
    assert len(ids) == 2
    assert recorded


def test_without_a_configuration_items_are_judged_and_nobody_waits() -> None:
    partition: IntakePartition = Partition(MemoryJournal("intake"), intake(), Codec(IntakeEvent))
    assert take(partition, comment("西贝异物"), at("10:00")) == ["comment.received", "item.judged"]


def test_a_configuration_is_activated_once(partition: IntakePartition) -> None:
    assert take(partition, ACTIVATE, at("10:00")) == []


def test_an_erasure_is_recorded(partition: IntakePartition) -> None:
    assert take(partition, ErasePerson(id="e1", who="lin", person="a1"), at("10:00")) == ["person.erased"]


def test_events_have_derived_ids_that_differ(partition: IntakePartition) -> None:
    recorded = events_of(
        partition,
        [(comment("西贝异物", at("10:00")), at("10:00")), (reply(at("10:40")), at("10:40"))],
    )
    decided = [event.id for event in recorded]
    assert len(decided) == len(set(decided))


def test_intake_is_a_decider() -> None:
    assert isinstance(intake(), Intake)
