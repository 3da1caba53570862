"""Alarms that are held back: silences, maintenance windows, and what is never held back."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alerting.commands import EndSilence, OpenIncident, StartSilence
from alerting.config import DeskConfig, Hours, Maintenance
from alerting.events import AlarmSilenced, IncidentOpened
from alerting.quiet import MAINTENANCE
from alerting.quiet_events import SilenceEnded, SilenceStarted
from alerting.rules import SeverityRule
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, Stage, poisoning, signal, with_rules
from tests.alerting.test_detect import DEAF, weeks_of_weibo
from tests.builders import at

HEAD: dict[str, Any] = {"who": "jin", "brand": "xibei"}


def silenced(stage: Stage, until: str = "12:00", **what: Any) -> str:
    stage.does(StartSilence(id="s", **HEAD, until=at(until), reason="门店演习", **what), at("09:00"))
    return stage.of_type(SilenceStarted)[-1].silence.id


def with_maintenance(*windows: Maintenance, config: DeskConfig = CONFIG) -> DeskConfig:
    brand = msgspec.structs.replace(config.brands[0], maintenance=windows)
    return msgspec.structs.replace(config, brands=(brand,))


def test_a_silenced_rule_opens_nothing_and_leaves_a_trace() -> None:
    stage = Stage()
    silence = silenced(stage, rules=("p0",))
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.opened() == []
    assert [(event.evidence.rule, event.silence) for event in stage.of_type(AlarmSilenced)] == [
        ("p0", silence)
    ]


def test_a_silence_of_another_category_changes_nothing() -> None:
    stage = Stage()
    silenced(stage, categories=("employee",))
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.opened() == [("safety", "yellow")]


def test_red_is_never_held_back() -> None:
    stage = Stage(with_rules(SeverityRule(id="p0", level="red", severity="P0")))
    silenced(stage)
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.opened() == [("safety", "red")]


def test_after_its_time_alarms_sound_again() -> None:
    stage = Stage()
    silence = silenced(stage, until="10:30")
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:40"))])
    assert [(event.silence, event.at, event.by) for event in stage.of_type(SilenceEnded)] == [
        (silence, at("10:30"), None)
    ]
    assert stage.opened() != []


def test_a_person_ends_it_early() -> None:
    stage = Stage()
    silence = silenced(stage)
    stage.does(EndSilence(id="e", **HEAD, silence=silence), at("09:30"))
    stage.signals([poisoning(1, at("10:00"))])
    assert stage.opened() == [("safety", "yellow")]


@pytest.mark.parametrize(
    ("change", "why"),
    [({"reason": " "}, "reason_missing"), ({"until": at("08:00")}, "window_wrong"), ({"until": at("09:00", 8)}, "window_wrong"),
     ({"rules": ("nope",)}, "unknown_rule"), ({"who": "lin"}, "not_permitted")],
)  # fmt: skip
def test_a_silence_that_makes_no_sense_is_refused(change: dict[str, Any], why: str) -> None:
    stage = Stage()
    asked = {**HEAD, "until": at("12:00"), "reason": "演习", **change}
    (event,) = stage.does(StartSilence(id="s", **asked), at("09:00"))
    assert isinstance(event, CommandRefused)
    assert event.why == why


def test_a_person_opens_one_whatever_is_silenced() -> None:
    stage = Stage()
    silenced(stage)
    stage.does(OpenIncident(id="o", **HEAD, level="orange", category="safety"), at("10:00"))
    assert stage.opened() == [("safety", "orange")]


@pytest.mark.parametrize(
    ("hours", "weekdays", "clock", "held"),
    [
        (Hours(9 * 60, 11 * 60), (), "10:00", True), (Hours(9 * 60, 11 * 60), (0,), "10:00", True),
        (Hours(9 * 60, 11 * 60), (1,), "10:00", False), (Hours(22 * 60, 11 * 60), (6,), "10:00", True),
        (Hours(22 * 60, 10 * 60), (6,), "10:00", False),
    ],
)  # fmt: skip
def test_a_maintenance_window_comes_again(
    hours: Hours, weekdays: tuple[int, ...], clock: str, held: bool
) -> None:
    """Monday at ten; a window that began on Sunday night may still hold."""
    stage = Stage(with_maintenance(Maintenance(hours=hours, weekdays=weekdays)))
    stage.signals([poisoning(1, at(clock))])
    assert ([event.silence for event in stage.of_type(AlarmSilenced)] == [MAINTENANCE]) is held


def test_a_source_that_is_silent_when_the_window_ends_is_told_then() -> None:
    """Without a window this very silence is told at 10:27 (test_detect)."""
    window = Maintenance(hours=Hours(10 * 60, 12 * 60 + 30), rules=("deaf",))
    stage = Stage(with_maintenance(window, config=with_rules(DEAF)), day=-4)
    stage.signals(weeks_of_weibo(4))
    stage.signals([signal(n, at("00:00") + timedelta(minutes=n)) for n in range(601)])
    stage.until(at("14:00"))
    assert [event.at for event in stage.of_type(IncidentOpened)] == [at("12:30")]
