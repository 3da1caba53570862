"""Incidents that become one, become two, or keep each other quiet."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.commands import (
    Acknowledge,
    AssignCommander,
    CloseIncident,
    EaseLevel,
    MergeIncident,
    OpenIncident,
    SplitIncident,
)
from alerting.events import IncidentOpened, IncidentRaised, PageRequested
from alerting.joining_events import IncidentInhibited, IncidentMerged, IncidentReleased, TuningProposed
from alerting.levels import Level
from alerting.rules import ChangeRule
from streams.events import CommandRefused
from tests.alerting.stage import Stage, poisoning, signal, with_rules
from tests.builders import at

HEAD: dict[str, Any] = {"who": "jin", "brand": "xibei"}


def two(level: str = "orange") -> tuple[Stage, str, str]:
    """A safety incident (yellow) and one about employees, opened by hand."""
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    safety = stage.incident().id
    stage.does(OpenIncident(id="o", **HEAD, level=level, category="employee"), at("10:01"))  # type: ignore[arg-type]
    return stage, safety, stage.incident("employee").id


def refusal(stage: Stage, command: Any, clock: str) -> str | None:
    events = stage.does(command, at(clock))
    return events[0].why if isinstance(events[0], CommandRefused) else None


def test_merging_closes_one_and_the_other_takes_over_its_category() -> None:
    stage, safety, employee = two("yellow")
    stage.does(MergeIncident(id="m", **HEAD, incident=safety, into=employee), at("10:02"))
    assert [event.into for event in stage.of_type(IncidentMerged)] == [employee]
    assert stage.incident().id == employee
    stage.signals([poisoning(2, at("10:03"))])
    assert stage.incident().id == employee, "what fires in the merged category joins"
    assert stage.incident().level == "orange"
    assert len(stage.of_type(IncidentOpened)) == 2


def test_the_graver_of_two_gives_its_level_and_people_are_called_anew() -> None:
    stage, safety, employee = two("red")
    stage.does(Acknowledge(id="a", **HEAD, incident=safety), at("10:02"))
    stage.does(MergeIncident(id="m", **HEAD, incident=employee, into=safety), at("10:03"))
    kept = stage.incident()
    assert (kept.id, kept.level, kept.status) == (safety, "red", "open")
    assert [event.level for event in stage.of_type(IncidentRaised)] == ["red"]
    pages = [
        page for page in stage.of_type(PageRequested) if page.incident == safety and page.at == at("10:03")
    ]
    assert [page.person for page in pages] == ["he"]


def test_a_merge_leaves_one_commander() -> None:
    stage, safety, employee = two()
    for incident, person in ((safety, "he"), (employee, "jin")):
        stage.does(AssignCommander(id=person, **HEAD, incident=incident, person=person), at("10:02"))
    stage.does(MergeIncident(id="m", **HEAD, incident=employee, into=safety), at("10:03"))
    assert stage.incident().commander == "he"


def test_what_cannot_be_merged_or_split_is_refused() -> None:
    stage, safety, employee = two()
    cases = [
        (MergeIncident(id="1", **HEAD, incident=safety, into=safety), "same_incident"),
        (MergeIncident(id="2", **HEAD, incident=safety, into="nope"), "unknown_incident"),
        (SplitIncident(id="3", **HEAD, incident=safety, category="safety", level="blue"), "same_incident"),
        (SplitIncident(id="4", **HEAD, incident=safety, category="employee", level="blue"), "already_open"),
        (SplitIncident(id="5", **HEAD, incident=safety, category="price", level="blue", rules=("x",)), "unknown_rule"),
    ]  # fmt: skip
    assert [refusal(stage, command, "10:02") for command, _ in cases] == [why for _, why in cases]
    stage.does(CloseIncident(id="c", **HEAD, incident=employee, reason="完"), at("10:03"))
    assert (
        refusal(stage, MergeIncident(id="6", **HEAD, incident=safety, into=employee), "10:04")
        == "already_closed"
    )


def test_a_part_that_was_split_off_lives_by_itself() -> None:
    stage, safety, employee = two("yellow")
    stage.does(MergeIncident(id="m", **HEAD, incident=safety, into=employee), at("10:02"))
    stage.does(
        SplitIncident(id="s", **HEAD, incident=employee, category="safety", level="yellow", rules=("p0",)),
        at("10:03"),
    )
    part = stage.incident("safety")
    assert (part.rules, part.level) == (("p0",), "yellow")
    assert stage.incident("employee").rules == ()
    stage.signals([poisoning(3, at("10:10"))])
    assert stage.incident("safety").level == "orange"


def general(level: Level = "red") -> tuple[Stage, str, str]:
    """Somebody large is cross with the brand (yellow), then an incident about employees is opened by hand."""
    stage = Stage()
    stage.signals([signal(1, at("10:00"), label="negative", reach=2_000_000)])
    whole = stage.incident("brand").id
    stage.does(OpenIncident(id="o", **HEAD, level=level, category="employee"), at("10:01"))
    return stage, whole, stage.incident("employee").id


def told_of(stage: Stage, incident: str) -> list[datetime]:
    return [page.at for page in stage.of_type(PageRequested) if page.incident == incident]


def test_a_graver_incident_keeps_the_small_one_quiet_until_it_is_over() -> None:
    stage, whole, employee = general()
    assert stage.incident("brand").inhibited_by == employee
    assert [event.graver for event in stage.of_type(IncidentInhibited)] == [employee]
    stage.does(CloseIncident(id="c", **HEAD, incident=employee, reason="完"), at("10:30"))
    assert [event.incident for event in stage.of_type(IncidentReleased)] == [whole]
    assert stage.incident("brand").inhibited_by is None
    assert told_of(stage, whole)[0] == at("10:00"), "it had told its people before the red came"


def test_what_opens_beside_a_red_about_the_whole_brand_is_told_when_that_comes_down() -> None:
    stage = Stage()
    stage.does(OpenIncident(id="o", **HEAD, level="red", category="brand"), at("10:00"))
    stage.does(Acknowledge(id="a", **HEAD, incident=stage.incident().id), at("10:01"))
    stage.does(OpenIncident(id="p", **HEAD, level="yellow", category="employee"), at("10:02"))
    small = stage.incident("employee").id
    assert told_of(stage, small) == []
    stage.does(EaseLevel(id="e", **HEAD, incident=stage.incident("brand").id, level="yellow"), at("10:20"))
    assert told_of(stage, small) == [at("10:20")]


def test_a_topic_of_its_own_is_not_hushed_by_another_topic() -> None:
    stage = Stage()
    stage.does(OpenIncident(id="o", **HEAD, level="red", category="employee"), at("10:00"))
    stage.does(OpenIncident(id="p", **HEAD, level="yellow", category="price"), at("10:02"))
    assert told_of(stage, stage.incident("price").id) == [at("10:02")]


@pytest.mark.parametrize("category", ["employee", "brand"])
def test_a_single_grave_voice_rings_whatever_else_burns(category: str) -> None:
    stage = Stage()
    stage.does(OpenIncident(id="o", **HEAD, level="red", category=category), at("10:00"))
    stage.signals([poisoning(1, at("10:02")), poisoning(2, at("10:04"))])
    raised = stage.incident("safety")
    assert (raised.level, raised.inhibited_by) == ("orange", None)
    assert told_of(stage, raised.id) == [at("10:02"), at("10:04")]


def test_grave_words_that_join_what_was_hushed_let_it_ring() -> None:
    stage = Stage()
    stage.does(OpenIncident(id="o", **HEAD, level="red", category="brand"), at("10:00"))
    stage.does(OpenIncident(id="p", **HEAD, level="yellow", category="safety"), at("10:02"))
    hushed = stage.incident("safety")
    assert hushed.inhibited_by is not None
    stage.signals([poisoning(1, at("10:05"))])
    assert stage.incident("safety").inhibited_by is None
    assert told_of(stage, hushed.id) == [at("10:05")]


def test_a_signal_that_comes_and_goes_around_its_limit_rings_once() -> None:
    """Up at once, down only after an hour of calm: a rule that fires every half hour is one incident and one page."""
    stage = Stage()
    for number in range(6):
        stage.signals(
            [poisoning(number, at(f"{10 + number // 2}:{30 * (number % 2):02}"), author="同一个人")]
        )
    assert stage.opened() == [("safety", "yellow")]
    assert len(stage.of_type(PageRequested)) == 1


def test_a_false_alarm_proposes_the_limit_that_would_have_kept_quiet() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:05"))])
    stage.does(CloseIncident(id="c", **HEAD, incident=stage.incident().id, false_alarm=True), at("10:10"))
    (tuning,) = stage.of_type(TuningProposed)
    assert (tuning.rule, tuning.measured, tuning.limit, tuning.proposed) == ("p0-wide", 2.0, 2.0, 3.0)


def test_a_combination_proposes_to_ask_for_one_rule_more() -> None:
    stage = Stage()
    grave = [poisoning(1, at("10:00")), poisoning(2, at("10:05"))]
    stage.signals([*grave, signal(3, at("10:06"), label="negative", reach=2_000_000)])
    assert stage.incident().level == "red"
    stage.does(CloseIncident(id="c", **HEAD, incident=stage.incident().id, false_alarm=True), at("10:10"))
    (tuning,) = stage.of_type(TuningProposed)
    assert (tuning.rule, tuning.measured, tuning.limit, tuning.proposed) == ("crisis", 2.0, 2.0, 3.0)


def test_a_shift_in_level_proposes_how_many_items_it_takes() -> None:
    stage = Stage(with_rules(ChangeRule(id="shift", level="yellow", monitor="brand", minimum=5)))
    stage.signals([signal(number, at("10:00") + timedelta(seconds=20 * number)) for number in range(12)])
    opened = stage.incident()
    assert opened.evidence is not None
    stage.does(CloseIncident(id="c", **HEAD, incident=opened.id, false_alarm=True), at("10:10"))
    (tuning,) = stage.of_type(TuningProposed)
    assert (tuning.limit, tuning.proposed) == (5.0, opened.evidence.count + 1.0)


def test_when_one_of_two_grave_ones_is_over_the_other_goes_on_hushing() -> None:
    stage, _, employee = general()
    stage.does(OpenIncident(id="o2", **HEAD, level="orange", category="price"), at("10:02"))
    price = stage.incident("price").id
    stage.does(CloseIncident(id="c", **HEAD, incident=employee, reason="完"), at("10:30"))
    assert stage.incident("brand").inhibited_by == price
    assert [event.graver for event in stage.of_type(IncidentInhibited)] == [employee, price]
