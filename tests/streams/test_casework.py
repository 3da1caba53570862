"""Complaints until they are settled: what joins them, what was promised, who comes back."""

from datetime import datetime

import msgspec
import pytest

from streams import case_events as told
from streams import events
from streams.arrivals import IntakeArrival
from streams.case_state import Case
from streams.commands import ActivateConfig, AssignCase, LinkCase, OpenCase, ReopenCase, SettleCase
from streams.events import IntakeEvent
from streams.journal import Codec
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock
from streams.sla.policy import Policy, SlaConfig, When
from streams.text.normalise import normalise
from tests.builders import ALWAYS, CONFIG, at, comment, intake, mention, reply

COMMENT = "weibo/xibei-official/p1/customer"
PRIVATE = "weibo/xibei-official/dm/customer"
KEY = "weibo/xibei-official/dm/customer"
SETTLING = msgspec.structs.replace(
    CONFIG,
    sla=SlaConfig(
        policies=(
            Policy(
                id="p",
                when=When(),
                calendar="always",
                first_response_s=1_800,
                next_response_s=1_800,
                resolution_s=86_400,
            ),
        ),
        calendars=(ALWAYS,),
    ),
)
COMPLAINT = "质量太差，服务态度也差"


class House:
    def __init__(self) -> None:
        self.journal = MemoryJournal("intake")
        self.partition = self.folded()
        self.takes("00:00", ActivateConfig(id="activate", who="test", config="c1"))

    def folded(self) -> AnyPartition:
        partition: AnyPartition = Partition(self.journal, intake(SETTLING), Codec(IntakeEvent))
        return partition

    def takes(self, when: str, *arrivals: IntakeArrival, day: int = 0) -> list[IntakeEvent]:
        turn = self.partition.take(arrivals, at(when, day))
        return list(turn.entry.events) if turn.entry else []

    def hears(self, when: str, *arrivals: IntakeArrival, day: int = 0) -> list[told.AnyCaseEvent]:
        return [event for event in self.takes(when, *arrivals, day=day) if isinstance(event, told.CaseEvent)]

    def answers(self, when: str, text: str, native_id: str = "r1", **more: object) -> list[told.AnyCaseEvent]:
        said = reply(at(when), native_id=native_id, **more)  # type: ignore[arg-type]
        return self.hears(when, msgspec.structs.replace(said, text=normalise(text)))

    @property
    def case(self) -> Case:
        (case,) = self.partition.state.cases.by_id.values()
        found: Case = case
        return found

    def clock(self, conversation: str, name: str) -> Clock:
        found: Clock = self.partition.state.threads.conversations[conversation].clocks[name]
        return found


@pytest.fixture
def house() -> House:
    return House()


def complains(
    when: str, native_id: str = "c1", post: str | None = "p1", text: str = COMPLAINT, day: int = 0
) -> IntakeArrival:
    return comment(text, at(when, day), native_id=native_id, post=post)


def settles(house: House, when: str, evidence: str = "退款单 8812", day: int = 0) -> list[IntakeEvent]:
    settle = SettleCase(
        id=f"settle {when} {day}",
        who="lin",
        key=KEY,
        case=house.case.id,
        outcome="refunded",
        evidence=evidence,
    )
    return house.takes(when, settle, day=day)


def test_a_complaint_becomes_a_case(house: House) -> None:
    (opened,) = house.hears("10:00", complains("10:00"))
    assert isinstance(opened, told.CaseOpened)
    assert (opened.key, opened.conversation, opened.topic, opened.reason) == (
        KEY,
        COMMENT,
        "service",
        "complaint",
    )
    assert opened.brand == "xibei"


@pytest.mark.parametrize("text", ["在吗", "谢谢", "几点开门", "气死了差"])
def test_what_is_no_complaint_or_cannot_be_settled_is_no_case(house: House, text: str) -> None:
    assert house.hears("10:00", complains("10:00", text=text)) == []


def test_a_grave_message_is_a_case_whatever_its_tone(house: House) -> None:
    (opened,) = house.hears("10:00", complains("10:00", text="西贝有异物"))
    assert isinstance(opened, told.CaseOpened)
    assert opened.severity == "P0"


def test_please_write_to_us_privately_keeps_it_one_case(house: House) -> None:
    """A comment, "请私信", the private message that follows, and a post of the same person elsewhere."""
    house.takes("10:00", complains("10:00"))
    house.takes("10:05", reply(at("10:05")))
    (linked,) = house.hears(
        "10:10", complains("10:10", native_id="m1", post=None, text="你好，我是刚才留言的")
    )
    assert isinstance(linked, told.CaseLinked)
    assert linked.conversation == PRIVATE
    (elsewhere,) = house.hears(
        "10:20", mention("西贝还没解决", at("10:20"), native_id="post", author="customer")
    )
    assert isinstance(elsewhere, told.CaseLinked)
    assert (house.case.conversations, len(house.case.mentions)) == ([COMMENT, PRIVATE], 1)


def test_resolution_runs_until_the_case_is_settled_in_all_its_conversations(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    house.takes("10:05", reply(at("10:05")))
    house.takes("10:10", complains("10:10", native_id="m1", post=None, text="你好"))
    assert house.clock(COMMENT, "resolution/1").ended_at is None
    settles(house, "15:00")
    for conversation in (COMMENT, PRIVATE):
        clock = house.clock(conversation, "resolution/1")
        assert (clock.state_end, clock.ended_at, clock.reason) == ("met", at("15:00"), "refunded")
    assert not house.case.is_open


@pytest.mark.parametrize("evidence", ["", "  "])
def test_a_case_is_not_settled_without_evidence(house: House, evidence: str) -> None:
    house.takes("10:00", complains("10:00"))
    (refused,) = settles(house, "10:20", evidence)
    assert isinstance(refused, events.CommandRefused)
    assert refused.why == "no_evidence"
    assert house.case.is_open


def test_who_comes_back_reopens_it_and_a_thank_you_does_not(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    settles(house, "15:00")
    assert house.hears("15:05", complains("15:05", native_id="c2", text="谢谢")) == []
    (reopened,) = house.hears("09:00", complains("09:00", native_id="c3", text="又坏了", day=3), day=3)
    assert isinstance(reopened, told.CaseReopened)
    assert (reopened.reason, house.case.is_open) == ("came_back", True)
    assert house.clock(COMMENT, "resolution/3").started_at == at("09:00", day=3)


def test_who_complains_long_after_a_settlement_has_another_case(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    settles(house, "15:00")
    (opened,) = house.hears("10:00", complains("10:00", native_id="c9", day=34), day=34)
    assert isinstance(opened, told.CaseOpened)


def test_a_promise_in_a_reply_starts_its_clock_and_the_next_reply_keeps_it(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    (made,) = house.answers("10:05", "非常抱歉，30分钟内联系您")
    assert isinstance(made, told.PromiseMade)
    assert made.due_at == at("10:35")
    (kept,) = house.answers("10:20", "您好，已为您登记", native_id="r2")
    assert isinstance(kept, told.PromiseKept)
    assert (kept.at, kept.item, house.partition.next_due) == (at("10:20"), made.item, at("10:00", day=1))


def test_a_promise_that_nobody_keeps_is_broken_at_its_time(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    house.answers("10:05", "30分钟内联系您")
    entry = house.partition.fire(at("12:00")).entry
    assert entry is not None
    (broken,) = entry.events
    assert isinstance(broken, told.PromiseBroken)
    assert (broken.at, broken.noticed_at) == (at("10:35"), at("12:00"))


def test_a_reply_that_arrives_late_keeps_the_promise_when_it_was_made(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    house.answers("10:05", "30分钟内联系您")
    house.partition.fire(at("11:00"))
    late = reply(at("10:30"), native_id="r2")
    (kept,) = house.hears("11:10", late)
    assert (kept.at, kept.due_at) == (at("10:30"), at("10:35"))  # type: ignore[union-attr]


def test_a_promise_that_arrives_after_what_keeps_it_is_kept(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    house.answers("10:20", "已处理", native_id="r2")
    made, kept = house.answers("10:05", "30分钟内联系您")
    assert isinstance(made, told.PromiseMade)
    assert isinstance(kept, told.PromiseKept)
    assert kept.at == at("10:20")


def test_who_was_promised_something_has_a_case(house: House) -> None:
    house.takes("10:00", complains("10:00", text="几点开门"))
    opened, made = house.answers("10:05", "稍等，10分钟内回复您")
    assert isinstance(opened, told.CaseOpened)
    assert (opened.reason, opened.person, made.case) == ("promise", "customer", opened.case)


def test_a_robot_and_a_word_to_everybody_promise_nothing(house: House) -> None:
    house.takes("10:00", complains("10:00"), comment(COMPLAINT, at("10:00"), native_id="c2", author="bert"))
    assert house.answers("10:01", "30分钟内联系您", auto=True) == []
    assert house.answers("10:02", "30分钟内联系您", native_id="r2", to=None) == []


def test_people_own_link_and_reopen(house: House) -> None:
    house.takes("10:00", complains("10:00"), comment("在吗", at("10:00"), native_id="b1", author="bert"))
    case = house.case.id
    other = "weibo/xibei-official/p1/bert"
    house.takes("10:01", AssignCase(id="a", who="lin", key=KEY, case=case, owner="su"))
    house.takes("10:02", LinkCase(id="l", who="lin", key=KEY, case=case, conversation=other))
    assert (house.case.owner, house.case.conversations) == ("su", [COMMENT, other])
    settles(house, "11:00")
    assert house.takes("11:00", AssignCase(id="a", who="lin", key=KEY, case=case, owner="he")) == []
    (reopened,) = house.hears("12:00", ReopenCase(id="r", who="he", key=KEY, case=case, note="没到账"))
    assert isinstance(reopened, told.CaseReopened)
    assert house.case.is_open


def test_anybodys_conversation_can_be_followed_by_hand(house: House) -> None:
    house.takes("10:00", complains("10:00", text="在吗"))
    opening = OpenCase(id="o", who="lin", key="weibo/xibei-official/p1", conversation=COMMENT)
    (opened,) = house.hears("10:01", opening)
    assert isinstance(opened, told.CaseOpened)
    assert (opened.reason, opened.by, opened.key) == ("person", "lin", KEY)
    again = msgspec.structs.replace(opening, id="o2")
    (refused,) = house.takes("10:02", again)
    assert isinstance(refused, events.CommandRefused)


def test_an_unknown_case_is_refused(house: House) -> None:
    (refused,) = house.takes("10:00", AssignCase(id="a", who="lin", key=KEY, case="none", owner="su"))
    assert isinstance(refused, events.CommandRefused)


def test_a_replay_gives_the_cases_that_were_lived(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    house.answers("10:05", "30分钟内联系您")
    house.partition.fire(at("11:00"))
    house.takes("12:00", complains("12:00", native_id="m1", post=None, text="你好"))
    settles(house, "15:00")
    replayed = house.folded()
    assert list(replayed.state.dump()) == list(house.partition.state.dump())
    loaded = type(replayed.state).load(replayed.state.dump())
    assert loaded.case_index.newest_of(KEY) == house.case


def test_cases_that_are_settled_and_old_are_forgotten(house: House) -> None:
    house.takes("10:00", complains("10:00"))
    settles(house, "15:00")
    late: datetime = at("10:00", day=60)
    house.takes("10:00", comment("在吗", late, native_id="new", author="new"), day=60)
    assert house.partition.state.cases.by_id == {}
