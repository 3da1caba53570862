"""Who may do what, and what is refused."""

from typing import Any

import pytest

from alerting.commands import (
    LOCAL_ADMIN,
    OUTBOX,
    Acknowledge,
    AssignCommander,
    CloseIncident,
    EaseLevel,
    FinishStep,
    NoteIncident,
    OpenIncident,
    RaiseLevel,
    ReopenIncident,
    ReportPage,
    SkipStep,
    decode_command,
    encode_command,
)
from alerting.desk import DeskArrival
from streams.commands import ActivateConfig
from streams.events import CommandRefused
from tests.alerting.stage import Stage, poisoning
from tests.builders import at


def orange() -> tuple[Stage, str]:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:05"))])
    return stage, stage.incident().id


def refusal(stage: Stage, command: DeskArrival) -> str | None:
    events = stage.happens(command, at("10:06"))
    if events and isinstance(events[0], CommandRefused):
        return events[0].why
    return None


@pytest.mark.parametrize(
    ("who", "why"),
    [("lin", "not_permitted"), ("guest", "not_permitted"), ("stranger", "unknown_person"), ("outbox", "unknown_person"),
     ("he", None), ("jin", None), (LOCAL_ADMIN, None)],
)  # fmt: skip
def test_orange_is_closed_only_by_those_who_lead(who: str, why: str | None) -> None:
    stage, incident = orange()
    assert (
        refusal(stage, CloseIncident(id="c", who=who, brand="xibei", incident=incident, reason="完")) == why
    )


def test_support_may_acknowledge_note_raise_and_close_yellow() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    incident = stage.incident().id
    for command in (
        Acknowledge(id="1", who="lin", brand="xibei", incident=incident),
        NoteIncident(id="2", who="lin", brand="xibei", incident=incident, text="已联系门店"),
        CloseIncident(id="3", who="lin", brand="xibei", incident=incident, false_alarm=True),
    ):
        assert refusal(stage, command) is None


def test_a_viewer_only_looks() -> None:
    stage, incident = orange()
    assert (
        refusal(stage, Acknowledge(id="1", who="guest", brand="xibei", incident=incident)) == "not_permitted"
    )


def test_what_cannot_be_is_refused_with_a_code() -> None:
    stage, incident = orange()
    head: dict[str, Any] = {"who": "jin", "brand": "xibei", "incident": incident}
    cases: list[tuple[DeskArrival, str]] = [
        (Acknowledge(id="1", who="jin", brand="xibei", incident="nope"), "unknown_incident"),
        (Acknowledge(id="2", who="jin", brand="nope", incident=incident), "unknown_brand"),
        (RaiseLevel(id="3", **head, level="orange"), "not_higher"),
        (EaseLevel(id="4", **head, level="red"), "not_lower"),
        (CloseIncident(id="5", **head, reason="  "), "reason_missing"),
        (NoteIncident(id="6", **head, text=" "), "text_missing"),
        (NoteIncident(id="7", **head, text="长" * 4001), "text_too_long"),
        (AssignCommander(id="8", **head, person="nobody"), "unknown_person"),
        (FinishStep(id="9", **head, step="nope"), "unknown_step"),
        (FinishStep(id="10", **head, step="legal"), "step_blocked"),
        (SkipStep(id="11", **head, step="legal", reason=""), "reason_missing"),
        (ReopenIncident(id="12", **head), "already_open"),
        (ReportPage(id="13", **head, page="p", outcome="delivered"), "not_permitted"),
        (ReportPage(id="14", **{**head, "who": OUTBOX}, page="p", outcome="delivered"), "unknown_page"),
        (OpenIncident(id="15", who="jin", brand="xibei", level="red", category="safety"), "already_open"),
        (ActivateConfig(id="16", who="jin", config="missing"), "unknown_configuration"),
    ]
    assert [(command.id, refusal(stage, command)) for command, _ in cases] == [
        (command.id, why) for command, why in cases
    ]


def test_a_closed_incident_can_be_noted_and_reopened_but_nothing_else() -> None:
    stage, incident = orange()
    head: dict[str, Any] = {"who": "jin", "brand": "xibei", "incident": incident}
    assert refusal(stage, CloseIncident(id="1", **head, reason="完")) is None
    assert refusal(stage, Acknowledge(id="2", **head)) == "already_closed"
    assert refusal(stage, RaiseLevel(id="3", **head, level="red")) == "already_closed"
    assert refusal(stage, NoteIncident(id="4", **head, text="复盘在周四")) is None
    assert refusal(stage, ReopenIncident(id="5", **head)) is None


def test_a_repeated_command_is_known() -> None:
    stage, incident = orange()
    command = Acknowledge(id="same", who="he", brand="xibei", incident=incident)
    assert len(stage.happens(command, at("10:06"))) == 1
    assert stage.happens(command, at("10:07")) == ()
    refused = RaiseLevel(id="refused", who="he", brand="xibei", incident=incident, level="blue")
    assert len(stage.happens(refused, at("10:08"))) == 1
    assert stage.happens(refused, at("10:09")) == ()


def test_naming_a_commander_relieves_the_one_before() -> None:
    stage, incident = orange()
    for number, person in enumerate(("he", "jin")):
        stage.happens(
            AssignCommander(id=f"{number}", who="jin", brand="xibei", incident=incident, person=person),
            at("10:06"),
        )
    assert stage.incident().commander == "jin"


def test_commands_travel_as_json() -> None:
    command = SkipStep(id="1", who="he", brand="xibei", incident="i", step="facts", reason="不适用")
    assert decode_command(encode_command(command)) == command
