"""A policy changes: new conversations follow at once, running clocks when somebody says so, the past never."""

from datetime import datetime

import msgspec
import pytest

from streams import events
from streams.applying import Move, moves_of, to_move
from streams.arrivals import IntakeArrival
from streams.commands import APPLY_MOST, ActivateConfig, ApplySla
from streams.config import IntakeConfig
from streams.events import IntakeEvent
from streams.intake import Intake
from streams.journal import Codec
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock, state_of
from streams.sla.policy import PileOn, Policy, SlaConfig, When
from tests.builders import ALWAYS, CONFIG, TOPICS, at, comment, reply, scorer_of


def promising(
    first_m: int, policy: str = "p", pile_on: PileOn | None = None, **when: tuple[str, ...]
) -> IntakeConfig:
    promise = Policy(
        id=policy,
        when=msgspec.structs.replace(When(), **when),
        calendar="always",
        first_response_s=first_m * 60,
        next_response_s=first_m * 60,
    )
    sla = SlaConfig(policies=(promise,), calendars=(ALWAYS,), pile_on=pile_on)
    return msgspec.structs.replace(CONFIG, sla=sla)


class House:
    """Intake that begins under `before`; `after` is there to be activated."""

    def __init__(self, before: IntakeConfig, after: IntakeConfig) -> None:
        self.journal = MemoryJournal("intake")
        self.intake = Intake({"before": before, "after": after}, scorer_of, TOPICS, str)
        self.partition = self.folded()
        self.takes(at("00:00"), ActivateConfig(id="before", who="test", config="before"))

    def folded(self) -> AnyPartition:
        partition: AnyPartition = Partition(self.journal, self.intake, Codec(IntakeEvent))
        return partition

    def takes(self, now: datetime, *arrivals: IntakeArrival) -> list[IntakeEvent]:
        turn = self.partition.take(arrivals, now)
        return list(turn.entry.events) if turn.entry else []

    def asks(self, when: str, author: str, native_id: str = "") -> None:
        self.takes(at(when), comment("在吗", at(when), native_id=native_id or author, author=author))

    def activates(self, when: str) -> None:
        self.takes(at(when), ActivateConfig(id="after", who="test", config="after"))

    def moves(self, when: str) -> list[Move]:
        rules = self.intake.rules("after")
        return [
            move
            for conversation in to_move(self.partition.state, rules, "after")
            for move in moves_of(self.intake.clockwork, conversation, rules, "after", at(when))
        ]

    def applies(self, when: str, *authors: str, config: str = "after") -> list[IntakeEvent]:
        names = tuple(f"weibo/xibei-official/p1/{author}" for author in authors)
        return self.takes(
            at(when), ApplySla(id=f"apply {when}", who="lin", config=config, conversations=names)
        )

    def clock(self, author: str, name: str = "first_response/1") -> Clock:
        found: Clock = self.partition.state.threads.conversations[f"weibo/xibei-official/p1/{author}"].clocks[
            name
        ]
        return found


def test_stale_due_time_after_a_policy_change() -> None:
    house = House(promising(30), promising(10))
    house.asks("10:00", "anna")
    house.activates("10:02")
    house.asks("10:03", "bert")
    assert (house.clock("anna").due_at, house.clock("bert").due_at) == (at("10:30"), at("10:13"))
    (move,) = house.moves("10:04")
    assert (move.due_before, move.due_after, move.overdue) == (at("10:30"), at("10:10"), False)
    changed, rescheduled = house.applies("10:04", "anna", "bert")
    assert isinstance(changed, events.SlaPolicyChanged)
    assert (changed.reason, changed.by, changed.config) == ("applied", "lin", "after")
    assert isinstance(rescheduled, events.SlaRescheduled)
    assert house.clock("anna").due_at == at("10:10")
    assert house.partition.next_due == at("10:10")
    assert house.moves("10:05") == []


def test_what_is_over_keeps_its_promise_also_when_more_is_learnt_of_it() -> None:
    house = House(promising(30), promising(10))
    house.asks("10:00", "met", native_id="m1")
    house.takes(at("10:20"), reply(at("10:20"), to="met"))
    house.asks("10:25", "met", native_id="m2")
    house.asks("10:00", "late")
    house.partition.fire(at("10:31"))
    house.activates("10:40")
    house.applies("10:40", "met", "late")
    assert (house.clock("met").due_at, house.clock("met", "next_response/1").due_at) == (
        at("10:30"),
        at("10:35"),
    )
    assert house.clock("late").due_at == at("10:30")

    house.takes(at("10:50"), reply(at("10:28"), native_id="r2", to="late"))
    house.asks("10:01", "met", native_id="m3")
    assert state_of(house.clock("late"), at("11:00")) == "met"
    assert house.clock("met").due_at == at("10:30")
    assert list(house.folded().state.dump()) == list(house.partition.state.dump())


def test_a_longer_promise_takes_no_breach_back() -> None:
    house = House(promising(10), promising(60))
    house.asks("10:00", "anna")
    house.partition.fire(at("10:11"))
    house.activates("10:12")
    assert house.moves("10:12") == []
    house.applies("10:12", "anna")
    assert state_of(house.clock("anna"), at("10:12")) == "breached"


def test_what_is_overdue_at_once_is_told_before() -> None:
    house = House(promising(60), promising(10))
    house.asks("10:00", "anna")
    house.activates("10:30")
    assert [move.overdue for move in house.moves("10:30")] == [True]
    recorded = house.applies("10:30", "anna")
    assert [(event.at, event.noticed_at) for event in recorded if isinstance(event, events.SlaBreached)] == [
        (at("10:10"), at("10:30"))
    ]


def test_to_whom_nothing_is_promised_any_more_the_old_promise_holds() -> None:
    house = House(promising(30), promising(10, platform=("douyin",)))
    house.asks("10:00", "anna")
    house.activates("10:02")
    assert house.moves("10:04") == []
    assert house.applies("10:04", "anna") == []


def test_a_later_question_follows_what_was_applied() -> None:
    house = House(promising(30), promising(10, policy="q"))
    house.asks("10:00", "anna", native_id="a1")
    house.activates("10:02")
    house.applies("10:04", "anna")
    house.takes(at("10:05"), reply(at("10:05"), to="anna"))
    house.asks("10:06", "anna", native_id="a2")
    later = house.clock("anna", "next_response/1")
    assert (later.policy, later.due_at) == ("q", at("10:16"))


def test_a_group_follows_its_members() -> None:
    pile_on = PileOn(2, 3_600)
    house = House(promising(60, pile_on=pile_on), promising(30, pile_on=pile_on))
    for number, author in enumerate(["anna", "bert", "cora"]):
        house.asks(f"10:0{number}", author)
    assert house.clock("*").due_at == at("11:00")
    house.activates("10:10")
    house.applies("10:11", "anna", "bert", "cora")
    assert house.clock("*").due_at == at("10:30")
    explained = {
        one.id: line.due_at
        for one, line in house.intake.clockwork.explained(house.partition.state, at("10:12"))
    }
    assert explained["weibo/xibei-official/p1/*"] == at("10:30")


@pytest.mark.parametrize(
    ("config", "count"), [("before", 1), ("after", APPLY_MOST + 1)], ids=["not what holds", "too many"]
)
def test_what_was_not_looked_at_is_refused(config: str, count: int) -> None:
    house = House(promising(60), promising(10))
    house.activates("10:30")
    (refused,) = house.applies("10:31", *["anna"] * count, config=config)
    assert isinstance(refused, events.CommandRefused)


def test_a_repeated_command_moves_nothing_twice() -> None:
    house = House(promising(60), promising(30))
    house.asks("10:00", "anna")
    house.activates("10:10")
    house.applies("10:11", "anna")
    assert house.applies("10:11", "anna") == []
