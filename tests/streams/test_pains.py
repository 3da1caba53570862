"""What people suffer from at other desks, one test each, under the name of the pain."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import pytest

from streams import events
from streams.arrivals import IntakeArrival, IntakeHappening
from streams.commands import ActivateConfig, MarkConversation
from streams.config import IntakeConfig
from streams.events import IntakeEvent, MarkOp
from streams.intake_state import IntakeState
from streams.journal import Codec
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import ClockState, state_of
from streams.sla.policy import Policy, SlaConfig, When
from streams.sla.spec import parse_calendar
from tests.builders import ALWAYS, CONFIG, at, comment, intake, reply

CONVERSATION = "weibo/xibei-official/p1/customer"
OFFICE = parse_calendar("office", {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"})


def promising(
    calendar: str = "always",
    cap_s: int | None = 86_400,
    warn_at: tuple[float, ...] = (),
    **targets_s: int | None,
) -> IntakeConfig:
    """A configuration with one policy."""
    policy = msgspec.structs.replace(Policy(id="p", when=When(), calendar=calendar), **targets_s)
    sla = SlaConfig(policies=(policy,), calendars=(ALWAYS, OFFICE), cap_s=cap_s, warn_at=warn_at)
    return msgspec.structs.replace(CONFIG, sla=sla)


@dataclass
class House:
    """Intake over a journal in memory; what happens is noted."""

    config: IntakeConfig
    happened: list[IntakeEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal("intake")
        self.restart()
        self.takes(at("00:00"), ActivateConfig(id="activate", who="test", config="c1"))

    def restart(self) -> None:
        self.partition: Partition[IntakeState, IntakeArrival, IntakeHappening, IntakeEvent] = Partition(
            self.journal, intake(self.config), Codec(IntakeEvent)
        )

    def takes(self, now: datetime, *arrivals: IntakeArrival) -> list[IntakeEvent]:
        turn = self.partition.take(arrivals, now)
        self.happened += (new := list(turn.entry.events if turn.entry else ()))
        return new

    def waits_until(self, now: datetime) -> list[IntakeEvent]:
        turn = self.partition.fire(now)
        self.happened += (new := list(turn.entry.events if turn.entry else ()))
        return new

    def marks(self, op: MarkOp, when: datetime, reason: str | None = None) -> None:
        key = "weibo/xibei-official/p1"
        self.takes(
            when,
            MarkConversation(
                id=f"{op} {when}",
                who="lin",
                conversation=CONVERSATION,
                key=key,
                op=op,
                occurred_at=when,
                reason=reason,
            ),
        )

    def due(self, name: str = "first_response/1") -> datetime:
        return self.partition.state.threads.conversations[CONVERSATION].clocks[name].due_at

    def state(self, now: datetime, name: str = "first_response/1") -> ClockState:
        return state_of(self.partition.state.threads.conversations[CONVERSATION].clocks[name], now)

    def breaches(self) -> list[events.SlaBreached]:
        return [event for event in self.happened if isinstance(event, events.SlaBreached)]


def test_update_target_overriding_the_first_response() -> None:
    house = House(promising(first_response_s=1_800, next_response_s=60))
    house.takes(at("10:00"), comment("在吗", at("10:00"), native_id="c1"))
    house.takes(at("10:05"), comment("人呢", at("10:05"), native_id="c2"))
    assert house.due() == at("10:30")
    house.takes(at("10:06"), reply(at("10:06")))
    house.takes(at("10:10"), comment("还是不行", at("10:10"), native_id="c3"))
    assert (house.due(), house.due("next_response/1")) == (at("10:30"), at("10:11"))


def test_breach_although_answered() -> None:
    house = House(promising(first_response_s=1_800))
    house.takes(at("10:00"), comment("在吗", at("10:00")))
    house.waits_until(at("10:31"))
    voided = house.takes(at("10:40"), reply(at("10:29")))
    assert [event.reason for event in voided if isinstance(event, events.SlaBreachVoided)] == ["in_time"]
    assert house.state(at("10:40")) == "met"


@pytest.mark.parametrize("note", ["a word of our own below the post", "a robot's answer"])
def test_public_note_as_a_reply(note: str) -> None:
    house = House(promising(first_response_s=1_800))
    house.takes(at("10:00"), comment("在吗", at("10:00")))
    if note == "a robot's answer":
        house.takes(at("10:10"), reply(at("10:10"), auto=True))
    else:
        ours = comment("大家好", at("10:10"), native_id="note", author="us")
        own = msgspec.structs.replace(ours, fact=msgspec.structs.replace(ours.fact, own=True))
        house.takes(at("10:10"), own)
    assert house.state(at("10:20")) == "running"


def test_reminder_at_midnight_on_a_weekend() -> None:
    """Saturday 23:50: the half of two office hours is used up on Monday at ten, not at ten to one in the night."""
    house = House(promising("office", cap_s=None, warn_at=(0.5,), first_response_s=7_200))
    house.takes(at("23:50", day=5), comment("在吗", at("23:50", day=5)))
    house.waits_until(at("12:00", day=7))
    assert [(event.type, event.at) for event in house.happened if isinstance(event, events.ClockEvent)][
        1:
    ] == [
        ("sla.warned", at("10:00", day=7)),
        ("sla.breached", at("11:00", day=7)),
    ]


def test_24_7_calendar_closed_a_minute_a_night() -> None:
    house = House(promising(first_response_s=86_400))
    house.takes(at("23:59:30"), comment("在吗", at("23:59:30")))
    assert house.due() == at("23:59:30", day=1)


def test_breach_counted_after_resolving() -> None:
    house = House(promising(first_response_s=1_800, resolution_s=3_600))
    house.takes(at("10:00"), comment("在吗", at("10:00")))
    house.marks("settled", at("10:20"))
    assert house.waits_until(at("20:00")) == []
    assert house.state(at("20:00"), "resolution/1") == "met"


def test_a_late_closing_is_no_hit() -> None:
    house = House(promising(resolution_s=3_600))
    house.takes(at("10:00"), comment("在吗", at("10:00")))
    house.marks("settled", at("11:30"))
    assert house.state(at("12:00"), "resolution/1") == "breached"


def test_instant_breach_on_resume() -> None:
    house = House(promising(first_response_s=1_800))
    house.takes(at("10:00"), comment("在吗", at("10:00")))
    house.marks("paused", at("10:10"), "third_party")
    house.marks("resumed", at("15:00"))
    assert house.breaches() == []
    assert house.due() == at("15:20")


def test_the_customers_next_word_ends_a_pause_for_them() -> None:
    house = House(promising(resolution_s=3_600))
    house.takes(at("10:00"), comment("在吗", at("10:00"), native_id="c1"))
    house.marks("paused", at("10:10"), "customer")
    house.takes(at("12:00"), comment("在的", at("12:00"), native_id="c2"))
    assert house.due("resolution/1") == at("12:50")


def test_spam_waits_for_nobody() -> None:
    house = House(promising(first_response_s=1_800))
    house.takes(at("10:00"), comment("加微信", at("10:00")))
    house.marks("spam", at("10:01"))
    assert house.state(at("12:00")) == "cancelled"


def test_reopened_after_resolution_starts_the_next_response() -> None:
    house = House(promising(first_response_s=1_800, next_response_s=600, resolution_s=3_600))
    house.takes(at("10:00"), comment("在吗", at("10:00"), native_id="c1"))
    house.marks("settled", at("10:20"))
    house.takes(at("14:00"), comment("又坏了", at("14:00"), native_id="c2"))
    assert house.due("next_response/1") == at("14:10")
    assert house.due("resolution/2") == at("15:00")


def test_breaches_of_a_downtime_are_recorded_at_start_with_their_true_times() -> None:
    house = House(promising(first_response_s=1_800))
    house.takes(
        at("10:00"), *(comment("在吗", at("10:00"), native_id=f"c{n}", author=f"a{n}") for n in range(12))
    )
    house.restart()
    house.waits_until(at("14:00"))
    assert {(breach.at, breach.noticed_at) for breach in house.breaches()} == {(at("10:30"), at("14:00"))}
    assert len(house.breaches()) == 12


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_first_message_chooses_the_policy_whatever_comes_first(order: tuple[int, ...]) -> None:
    """A VIP's first message, then two without the tag (the platform stopped sending it)."""
    messages = [
        comment("在吗", at("10:00"), native_id="c1", tags=("vip",)),
        comment("人呢", at("10:02"), native_id="c2"),
        comment("喂", at("10:04"), native_id="c3"),
    ]
    house = House(CONFIG)
    for number in order:
        house.takes(at("10:05"), messages[number])
    assert house.due() == at("10:10")
