"""A duty passes from one to the next: layers, overrides, swaps, and hand-offs that somebody confirms."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.commands import (
    ConfirmHandover,
    CoverDuty,
    EndOverride,
    NoteHandover,
    OpenIncident,
    OverrideDuty,
    ReportPage,
    SwapDuty,
)
from alerting.config import DeskConfig, Hours, Layer, OnCall, Rotation
from alerting.duty_events import DutyHandedOver, DutyOverridden, HandoverAsked, HandoverDue, Override
from alerting.events import PageFailed, PageRequested
from alerting.oncall import gaps, next_change, on_plan, turns
from alerting.roster import Roster
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, ROTATION, Stage
from tests.builders import at

DUTY = "pr-desk"


def daily(*people: str, clock: time = time(9), hours: int | None = None) -> Rotation:
    return Rotation(
        people=people, timezone="Asia/Shanghai", handoff_at=clock, every_days=1, every_hours=hours,
        starts_on=date(2026, 11, 23),
    )  # fmt: skip


def confirmed(config: DeskConfig = CONFIG) -> DeskConfig:
    duty = msgspec.structs.replace(config.oncall[0], confirmed=True)
    return msgspec.structs.replace(config, oncall=(duty,))


def on_call(stage: Stage, when: datetime) -> str | None:
    config = stage.desk.config(stage.state)
    assert config is not None
    return Roster(config, stage.state.duties).on_call(config.oncall[0], when)


def refusal(stage: Stage, command: Any, when: datetime) -> str | None:
    events = stage.does(command, when)
    return events[0].why if isinstance(events[0], CommandRefused) else None


def test_the_last_layer_in_force_goes_first() -> None:
    """he and fang by the week; lin on weekday nights."""
    nights = Layer(rotation=daily("lin"), hours=Hours(22 * 60, 8 * 60), weekdays=(0, 1, 2, 3, 4))
    duty = OnCall(id=DUTY, rotation=ROTATION, layers=(nights,))
    told = [on_plan(duty, (), at(clock, day)) for clock, day in
            [("21:59", 0), ("22:00", 0), ("07:59", 1), ("08:00", 1), ("23:00", 4), ("07:00", 5), ("23:00", 5)]]  # fmt: skip
    assert told == ["he", "lin", "lin", "he", "lin", "lin", "he"]


def test_shifts_of_hours_are_counted_as_they_pass() -> None:
    duty = OnCall(id=DUTY, rotation=daily("a", "b", "c", hours=8))
    told = [on_plan(duty, (), at("09:00") + timedelta(hours=8 * n)) for n in range(-1, 4)]
    assert told == ["c", "a", "b", "c", "a"]


def test_a_gap_is_found_where_only_layers_stand() -> None:
    days = Layer(rotation=daily("he"), hours=Hours(9 * 60, 18 * 60))
    (first, *_) = gaps(OnCall(id=DUTY, layers=(days,)), (), at("12:00"))
    assert first == (at("18:00"), at("09:00", 1))
    whole = Layer(rotation=daily("he", "fang"))
    assert gaps(OnCall(id=DUTY, layers=(whole,)), (), at("12:00")) == ()


def test_a_layer_keeps_its_wall_time_over_a_change_of_daylight_saving_time() -> None:
    zone = ZoneInfo("America/New_York")
    rotation = msgspec.structs.replace(daily("a"), timezone="America/New_York")
    duty = OnCall(id=DUTY, layers=(Layer(rotation=rotation, hours=Hours(9 * 60, 17 * 60)),))
    for day in (date(2026, 3, 7), date(2026, 3, 9)):
        edge = datetime.combine(day, time(9), tzinfo=zone)
        assert on_plan(duty, (), edge - timedelta(seconds=1)) is None
        assert on_plan(duty, (), edge) == "a"


@given(
    minutes=st.integers(0, 60 * 24 * 30), begins=st.integers(0, 1439), ends=st.integers(1, 1440),
    weekdays=st.sets(st.integers(0, 6)), hours=st.sampled_from([None, 5, 12]), cover=st.integers(0, 5000),
)  # fmt: skip
def test_the_next_change_is_the_first_instant_at_which_the_plan_differs(
    minutes: int, begins: int, ends: int, weekdays: set[int], hours: int | None, cover: int
) -> None:
    layer = Layer(rotation=daily("lin"), hours=Hours(begins, ends), weekdays=tuple(sorted(weekdays)))
    duty = OnCall(
        id=DUTY, rotation=daily("he", "fang", hours=hours), layers=(layer,) if begins != ends else ()
    )
    start = at("00:00") + timedelta(minutes=minutes)
    from_at = at("00:00") + timedelta(minutes=cover)
    override = Override(id="o", person="wu", from_at=from_at, until=from_at + timedelta(hours=30), by="wu")
    change = next_change(duty, (override,), start)
    assert change is not None
    before = on_plan(duty, (override,), start)
    assert on_plan(duty, (override,), change) != on_plan(
        duty, (override,), change - timedelta(microseconds=1)
    )
    step = (change - start) / 20
    assert {on_plan(duty, (override,), start + n * step) for n in range(20)} == {before}


def test_until_somebody_confirms_the_outgoing_person_stays_on_call() -> None:
    """Monday 09:00 fang hands over to he, who presses the button at 09:40."""
    stage = Stage(confirmed())
    stage.until(at("09:00"))
    (due,) = stage.of_type(HandoverDue)
    assert (due.outgoing, due.incoming, due.at) == ("fang", "he", at("09:00"))
    assert on_call(stage, at("09:05")) == "fang"
    stage.does(OpenIncident(id="o", who="lin", brand="xibei", level="orange"), at("09:10"))
    called = [page.person for page in stage.of_type(PageRequested) if page.reason == "step"]
    assert called == ["fang"]
    stage.until(at("09:30"))
    assert [event.at for event in stage.of_type(HandoverAsked)] == [at("09:30")]
    assert {page.person for page in stage.of_type(PageRequested) if page.reason == "handover"} == {
        "he",
        "fang",
    }
    stage.does(ConfirmHandover(id="c", who="he", duty=DUTY), at("09:40"))
    assert on_call(stage, at("09:40")) == "he"
    assert stage.of_type(DutyHandedOver)[-1].incidents == (stage.incident().id,)
    assert [event.at for event in stage.until(at("12:00")) if isinstance(event, HandoverAsked)] == []


def test_a_plan_that_comes_back_to_the_holder_needs_no_confirmation() -> None:
    stage = Stage(confirmed())
    stage.until(at("10:00", 7))
    assert on_call(stage, at("10:00", 7)) == "fang"
    assert stage.state.duties[DUTY].waiting is None


def test_nobody_else_confirms_and_nobody_twice() -> None:
    stage = Stage(confirmed())
    stage.until(at("09:00"))
    assert refusal(stage, ConfirmHandover(id="1", who="fang", duty=DUTY), at("09:01")) == "not_incoming"
    assert refusal(stage, ConfirmHandover(id="2", who="guest", duty=DUTY), at("09:01")) == "not_permitted"
    assert refusal(stage, ConfirmHandover(id="3", who="he", duty="nope"), at("09:01")) == "unknown_duty"
    assert refusal(stage, ConfirmHandover(id="4", who="he", duty=DUTY), at("09:02")) is None
    assert refusal(stage, ConfirmHandover(id="5", who="he", duty=DUTY), at("09:03")) == "nothing_to_confirm"


def test_who_takes_a_duty_upon_themselves_has_it_at_once_and_gives_it_back() -> None:
    stage = Stage(confirmed(), begins="10:00")
    stage.does(CoverDuty(id="c", who="lin", duty=DUTY, until=at("20:00"), reason="何发烧"), at("12:00"))
    assert on_call(stage, at("12:00")) == "lin"
    stage.until(at("20:00"))
    (due,) = stage.of_type(HandoverDue)
    assert (due.outgoing, due.incoming) == ("lin", "he")


def test_an_override_is_somebody_elses_order() -> None:
    stage = Stage()
    order: dict[str, Any] = {"duty": DUTY, "person": "wu", "until": at("20:00")}
    assert refusal(stage, OverrideDuty(id="1", who="lin", **order), at("12:00")) == "not_permitted"
    assert (
        refusal(stage, OverrideDuty(id="2", who="jin", **{**order, "person": "x"}), at("12:00"))
        == "unknown_person"
    )
    assert (
        refusal(stage, OverrideDuty(id="3", who="jin", **{**order, "until": at("11:00")}), at("12:00"))
        == "window_wrong"
    )
    assert refusal(stage, OverrideDuty(id="4", who="jin", **order), at("12:00")) is None
    assert on_call(stage, at("12:00")) == "wu"
    (event,) = stage.of_type(DutyOverridden)
    assert (
        refusal(stage, EndOverride(id="5", who="jin", duty=DUTY, override=event.override.id), at("13:00"))
        is None
    )
    assert (
        refusal(stage, EndOverride(id="6", who="jin", duty=DUTY, override="x"), at("13:00"))
        == "unknown_override"
    )
    assert on_call(stage, at("13:00")) == "he"


def test_a_swap_exchanges_the_next_turns() -> None:
    stage = Stage(begins="10:00")
    assert refusal(stage, SwapDuty(id="s", who="he", duty=DUTY, other="fang"), at("12:00")) is None
    assert [on_call(stage, at("12:00", day)) for day in (0, 6, 7, 13, 14, 21)] == [
        "fang", "fang", "he", "he", "he", "fang",
    ]  # fmt: skip
    assert refusal(stage, SwapDuty(id="t", who="he", duty=DUTY, other="wu"), at("12:30")) == "no_turn"


def test_notes_wait_for_the_next_one() -> None:
    stage = Stage(confirmed())
    stage.does(NoteHandover(id="n", who="fang", duty=DUTY, text="答应李女士今天 14 点前回电"), at("08:50"))
    stage.until(at("09:00"))
    assert [note.text for note in stage.state.duties[DUTY].notes] == ["答应李女士今天 14 点前回电"]
    stage.does(ConfirmHandover(id="c", who="he", duty=DUTY), at("09:01"))
    assert stage.state.duties[DUTY].notes == ()


def test_a_request_to_hand_over_that_cannot_be_delivered_tries_the_next_contact() -> None:
    stage = Stage(confirmed())
    stage.until(at("09:00"))
    (page,) = stage.of_type(PageRequested)
    failed = ReportPage(id="r", who="outbox", brand="*", incident="", page=page.page, outcome="failed")
    stage.does(failed, at("09:01"))
    assert [event.page for event in stage.of_type(PageFailed)] == [page.page]
    assert [each.contact for each in stage.state.pages.values()] == [1]


def test_somebody_who_left_the_company_is_not_called() -> None:
    stage = Stage(confirmed())
    stage.until(at("09:00"))
    config = stage.desk.config(stage.state)
    assert config is not None
    left = msgspec.structs.replace(config, people=tuple(each for each in config.people if each.id != "fang"))
    assert Roster(left, stage.state.duties).on_call(left.oncall[0], at("09:05")) == "he"


def test_turns_are_told_ahead() -> None:
    told = turns(CONFIG.oncall[0], (), at("12:00"), 3)
    assert [(person, begins) for person, (begins, _) in told] == [
        ("he", at("12:00")), ("fang", at("09:00", 7)), ("he", at("09:00", 14)),
    ]  # fmt: skip


@pytest.mark.parametrize("pause_s", [600, 86_400])
def test_a_duty_never_falls_between_two_people(pause_s: int) -> None:
    """Whatever is confirmed or forgotten, somebody is on call at every moment."""
    stage = Stage(confirmed())
    for number in range(40):
        now = at("08:00") + timedelta(seconds=pause_s * number)
        stage.until(now)
        assert on_call(stage, now) in {"he", "fang"}
        if number % 3 == 0:
            stage.does(ConfirmHandover(id=f"c{number}", who=("he", "fang")[number % 2], duty=DUTY), now)
