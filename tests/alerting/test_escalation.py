"""Hours of steps, and steps that reach nobody."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.config import DeskConfig, Escalation, EscalationStep, Hours, Person
from alerting.escalation import opening
from alerting.events import IncidentEscalated, PageRequested
from tests.alerting.stage import CONFIG, PEOPLE, Stage, page_line, poisoning
from tests.builders import at

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYTIME, NIGHT = Hours(8 * 60, 22 * 60), Hours(22 * 60, 6 * 60)


@pytest.mark.parametrize(
    ("hours", "clock", "day", "opens", "opens_day"),
    [
        (None, "03:00", 0, "03:00", 0), (DAYTIME, "07:59:59", 0, "08:00", 0), (DAYTIME, "08:00", 0, "08:00", 0),
        (DAYTIME, "21:59:59", 0, "21:59:59", 0), (DAYTIME, "22:00", 0, "08:00", 1),
        (NIGHT, "23:00", 0, "23:00", 0), (NIGHT, "05:59", 0, "05:59", 0), (NIGHT, "06:00", 0, "22:00", 0),
    ],
)  # fmt: skip
def test_a_step_waits_for_its_hours(
    hours: Hours | None, clock: str, day: int, opens: str, opens_day: int
) -> None:
    assert opening(hours, SHANGHAI, at(clock, day)) == at(opens, opens_day)


@given(
    minutes=st.integers(0, 60 * 24 * 400), begins=st.integers(0, 1439), ends=st.integers(1, 1440),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_the_next_opening_is_never_before_and_less_than_a_day_and_a_bit_ahead(
    minutes: int, begins: int, ends: int, zone: str
) -> None:
    when = at("00:00") + timedelta(minutes=minutes)
    found = opening(Hours(begins, ends), ZoneInfo(zone), when)
    assert when <= found <= when + timedelta(hours=26)


def with_escalation(*steps: EscalationStep, people: tuple[Person, ...] = PEOPLE) -> DeskConfig:
    escalation = Escalation(yellow=steps, orange=steps, red=steps)
    return msgspec.structs.replace(CONFIG, escalation=escalation, people=people)


def escalated(stage: Stage) -> list[tuple[datetime, int, int]]:
    return [(event.at, event.step, event.round) for event in stage.of_type(IncidentEscalated)]


def test_a_step_without_anybody_to_reach_is_followed_at_once() -> None:
    steps = (EscalationStep(notify=("guest",)), EscalationStep(after_s=600, notify=("jin",), repeat_s=600))
    stage = Stage(with_escalation(*steps))
    stage.signals([poisoning(1, at("10:00"))])
    assert escalated(stage) == [(at("10:00"), 0, 0), (at("10:00"), 1, 0)]
    assert stage.pages() == ["10:00 notify jin"]


def test_orange_that_reaches_nobody_tells_everybody_who_can_be_reached() -> None:
    stage = Stage(with_escalation(EscalationStep(notify=("guest",))))
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:01"))])
    assert {page.person for page in stage.of_type(PageRequested)} == {"lin", "he", "fang", "wu", "jin"}


def test_orange_repeats_its_last_step_even_if_the_configuration_does_not_say_so() -> None:
    stage = Stage(with_escalation(EscalationStep(notify=("he",))))
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
    stage.until(at("10:31"))
    assert [page_line(page) for page in stage.of_type(PageRequested) if page.reason == "step"] == [
        "10:00 notify he", "10:00 notify he", "10:15 notify he", "10:30 notify he",
    ]  # fmt: skip


def test_a_person_named_twice_in_a_step_is_paged_once_by_each_means() -> None:
    stage = Stage(with_escalation(EscalationStep(notify=("pr-desk", "he"), call=("he",))))
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.pages() == ["10:00 notify he", "10:00 call he"]


def test_a_page_says_why_and_never_where() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    (page,) = stage.of_type(PageRequested)
    assert (page.reason, page.step, page.contact, page.level) == ("step", 0, 0, "yellow")
    assert page.evidence is not None
    assert (page.evidence.rule, page.evidence.items, page.evidence.item_count) == ("p0", (), 1)
    assert b"json://" not in msgspec.json.encode(page)
