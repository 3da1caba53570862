"""A playbook at work: what it does by itself, what happens when a step is late, and what people may change in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import pytest

from alerting.commands import (
    Acknowledge,
    AddStep,
    AssignCommander,
    CloseIncident,
    FinishStep,
    OpenIncident,
    ReassignStep,
    RetimeStep,
    RunCommand,
    SkipStep,
    StartPlaybook,
    decode_command,
    encode_command,
)
from alerting.config import DeskConfig, Person, Playbook, PlaybookCondition, PlaybookStep
from alerting.content_commands import ReleaseContent
from alerting.events import CommanderAssigned, DeskEvent, FreezeAsked, PageRequested, PublicationsFrozen
from alerting.playbook import version_of
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepReassigned,
    StepRetimed,
)
from alerting.run import Run
from streams.commands import ActivateConfig
from streams.events import CommandRefused
from streams.sla.spec import parse_calendar
from tests.alerting.review_stage import STATEMENT, ReviewDesk, house
from tests.alerting.stage import CONFIG, PLAYBOOK, Stage, page_line, poisoning
from tests.builders import at

LEAK = Playbook(
    id="leak",
    when=PlaybookCondition(levels=("orange", "red"), categories=("data-leak",)),
    steps=(
        PlaybookStep(id="lead", role="commander", action="assign"),
        PlaybookStep(id="seal", role="pr", title="断开泄露源", due_s=3600),
        PlaybookStep(id="tell", role="legal", title="告知法务", action="notify", after=("seal",)),
        PlaybookStep(id="freeze", action="freeze_publications", after=("seal",)),
        PlaybookStep(
            id="office", role="legal", title="书面材料", due_s=4 * 3600, calendar="office", guide="两份"
        ),
    ),
)


def with_playbooks(config: DeskConfig = CONFIG, *playbooks: Playbook) -> DeskConfig:
    """The configuration with these playbooks (none: the usual one and `LEAK`) and an office calendar."""
    brand = msgspec.structs.replace(config.brands[0], playbooks=playbooks or (LEAK, PLAYBOOK))
    office = parse_calendar("office", {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}})
    return msgspec.structs.replace(config, brands=(brand,), calendars=(office,))


def burning(level: Any = "orange", category: str = "safety", config: DeskConfig | None = None) -> Stage:
    """An incident opened by hand at 10:00 and taken by 何 a minute later, so that only the playbook calls."""
    stage = Stage(config or with_playbooks())
    opened = OpenIncident(id="open", who="he", brand="xibei", level=level, category=category)
    stage.does(opened, at("10:00"))
    stage.does(Acknowledge(id="ack", who="he", brand="xibei", incident=stage.incident().id), at("10:01"))
    return stage


def head(stage: Stage, name: str, who: str = "jin") -> dict[str, Any]:
    return {"id": name, "who": who, "brand": "xibei", "incident": stage.incident().id}


def finish(stage: Stage, step: str, when: datetime) -> Sequence[DeskEvent]:
    return stage.does(FinishStep(**head(stage, f"finish-{step}"), step=step), when)


def run_of(stage: Stage) -> Run:
    run = stage.incident().run
    assert run is not None
    return run


def called(events: Sequence[DeskEvent]) -> list[str]:
    return [page_line(event) for event in events if isinstance(event, PageRequested)]


def refusal(events: Sequence[DeskEvent]) -> str | None:
    return events[0].why if events and isinstance(events[0], CommandRefused) else None


def test_the_category_chooses_the_playbook_and_its_version_is_kept() -> None:
    stage = burning(category="data-leak")
    (started,) = stage.of_type(PlaybookStarted)
    assert (started.playbook, started.version) == ("leak", version_of(LEAK))
    assert version_of(LEAK) != version_of(PLAYBOOK)
    assert started.steps[4].guide == "两份"


def test_a_deadline_counts_by_its_calendar() -> None:
    stage = burning(category="data-leak")
    due = {step.id: step.due_at for step in run_of(stage).steps}
    assert due["seal"] == at("11:00")
    assert due["office"] == at("15:30"), "four hours of office time from 10:00, less the lunch break"


def test_somebody_is_named_commander_at_once_if_there_is_none() -> None:
    stage = burning(category="data-leak")
    assert [event.person for event in stage.of_type(CommanderAssigned)] == ["jin"]
    assert "lead" in run_of(stage).ended


def test_what_a_step_does_by_itself_waits_for_the_steps_before_it() -> None:
    stage = burning(category="data-leak")
    assert stage.of_type(FreezeAsked) == []
    events = finish(stage, "seal", at("10:20"))
    assert [type(event) for event in events if isinstance(event, StepDone | FreezeAsked)] == [
        StepDone, StepDone, FreezeAsked,
    ]  # fmt: skip
    assert called(events) == ["10:20 notify wu", "10:20 notify jin"]
    assert run_of(stage).ended == ("lead", "seal", "tell")


@pytest.mark.parametrize(("level", "frozen"), [("orange", False), ("red", True)])
def test_publications_freeze_by_themselves_only_at_red(level: str, frozen: bool) -> None:
    stage = burning(level)
    assert bool(stage.of_type(PublicationsFrozen)) is frozen
    assert bool(stage.of_type(FreezeAsked)) is not frozen
    if not frozen:
        finish(stage, "freeze", at("10:05"))
        assert stage.incident().frozen


def test_a_late_step_calls_its_people_and_then_whoever_leads() -> None:
    stage = burning("red")
    stage.does(AssignCommander(**head(stage, "lead"), person="wu"), at("10:02"))
    events = [
        each for each in stage.until(at("10:20")) if getattr(each, "playbook_step", "") == "complainant"
    ]
    assert called(events) == ["10:15 notify lin", "10:20 call wu"]
    assert [(each.step, each.at) for each in stage.of_type(StepEscalated)] == [
        ("complainant", at("10:20")), ("facts", at("10:20")),
    ]  # fmt: skip


def test_a_step_that_was_done_meanwhile_is_not_escalated() -> None:
    stage = burning("red")
    stage.until(at("10:15"))
    for step in ("complainant", "facts"):
        finish(stage, step, at("10:17"))
    stage.until(at("10:29"))
    assert stage.of_type(StepEscalated) == []


def test_a_late_step_of_people_without_a_phone_goes_up_at_once() -> None:
    silent = tuple(
        msgspec.structs.replace(each, contacts=()) if each.id == "lin" else each for each in CONFIG.people
    )
    stage = burning(config=msgspec.structs.replace(with_playbooks(), people=silent))
    stage.until(at("10:15"))
    assert [(each.step, each.at) for each in stage.of_type(StepEscalated)] == [("complainant", at("10:15"))]


def test_a_step_whose_turn_comes_late_is_told_again_and_escalates_from_then_on() -> None:
    stage = burning()
    stage.until(at("10:40"))
    finish(stage, "facts", at("10:50"))
    stage.until(at("11:05"))
    told = [(each.at, each.waits_for) for each in stage.of_type(StepOverdue) if each.step == "statement"]
    assert told == [(at("10:30"), ("facts",)), (at("10:50"), ())]
    assert [each.at for each in stage.of_type(StepEscalated) if each.step == "statement"] == [at("11:05")]


def test_a_step_can_be_added_while_it_runs_and_tells_its_owner() -> None:
    stage = burning()
    events = stage.does(
        AddStep(
            **head(stage, "add"),
            title="联系市场监管所",
            person="wu",
            due_at=at("10:30"),
            after=("facts",),
            reason="来电",
        ),
        at("10:05"),
    )
    (added,) = stage.of_type(StepAdded)
    assert called(events) == ["10:05 notify wu"]
    assert events[1].step_title == "联系市场监管所"  # type: ignore[union-attr]
    early = FinishStep(**head(stage, "early"), step=added.step)
    assert refusal(stage.does(early, at("10:06"))) == "step_blocked"
    finish(stage, "facts", at("10:07"))
    finish(stage, added.step, at("10:08"))
    assert added.step in run_of(stage).ended


def test_a_new_due_time_takes_lateness_back_and_runs_out_again() -> None:
    stage = burning()
    stage.until(at("10:20"))
    moved = RetimeStep(**head(stage, "move"), step="complainant", due_at=at("10:40"), reason="当事人在飞机上")
    stage.does(moved, at("10:21"))
    assert "complainant" not in run_of(stage).overdue
    stage.until(at("11:00"))
    assert [each.at for each in stage.of_type(StepOverdue) if each.step == "complainant"] == [
        at("10:15"), at("10:40"),
    ]  # fmt: skip
    assert [each.at for each in stage.of_type(StepEscalated) if each.step == "complainant"] == [at("10:55")]
    (event,) = stage.of_type(StepRetimed)
    assert (event.from_due_at, event.due_at, event.by) == (at("10:15"), at("10:40"), "jin")
    assert len(stage.event_ids()) == len(set(stage.event_ids()))


def test_a_reassigned_step_is_its_new_owners() -> None:
    stage = burning()
    given = ReassignStep(**head(stage, "give"), step="complainant", person="fang", reason="林在外")
    events = stage.does(given, at("10:05"))
    assert called(events) == ["10:05 notify fang"]
    assert [(each.from_person, each.person) for each in stage.of_type(StepReassigned)] == [("lin", "fang")]
    late = [each for each in stage.until(at("10:15")) if getattr(each, "playbook_step", "") == "complainant"]
    assert called(late) == ["10:15 notify fang", "10:15 notify lin"]


def test_a_configuration_that_changes_meanwhile_does_not_change_the_run() -> None:
    stage = burning()
    before = run_of(stage)
    shorter = msgspec.structs.replace(PLAYBOOK, steps=PLAYBOOK.steps[:1])
    stage.book["two"] = with_playbooks(CONFIG, shorter)
    stage.happens(ActivateConfig(id="two", who="test", config="two"), at("10:05"))
    assert run_of(stage) == before
    stage.until(at("10:15"))
    assert [each.step for each in stage.of_type(StepOverdue)] == ["complainant", "facts"]


def test_a_person_may_start_another_playbook_and_none_starts_by_itself_after_it() -> None:
    stage = burning()
    stage.does(StartPlaybook(**head(stage, "leak"), playbook="leak", reason="会员数据外泄"), at("10:10"))
    ended = stage.of_type(PlaybookEnded)[0]
    assert (ended.reason, ended.by, ended.open_steps) == (
        "replaced", "jin", ("complainant", "facts", "freeze", "statement", "legal", "report"),
    )  # fmt: skip
    assert (run_of(stage).playbook, run_of(stage).by_hand) == ("leak", True)
    for step in ("seal", "freeze", "office"):
        finish(stage, step, at("10:20"))
    assert run_of(stage).over
    stage.signals([poisoning(1, at("10:30")), poisoning(2, at("10:31"))])
    assert run_of(stage).playbook == "leak"


def test_a_closed_incident_leaves_no_step_open() -> None:
    stage = burning()
    incident = stage.incident().id
    finish(stage, "facts", at("10:05"))
    stage.does(CloseIncident(**head(stage, "close"), reason="已核实"), at("10:10"))
    run = stage.state.brand("xibei").incidents[incident].run
    assert run is not None
    assert (run.over, run.open_steps()) == (True, ())
    (ended,) = stage.of_type(PlaybookEnded)
    assert "facts" not in ended.open_steps
    assert set(run.ended) == {step.id for step in PLAYBOOK.steps}


def test_what_cannot_be_is_refused_and_recorded() -> None:
    stage = burning()
    late, soon = at("09:00"), at("11:00")
    cases: list[tuple[RunCommand, str]] = [
        (AddStep(**head(stage, "1"), title="x", person="wu", reason=" "), "reason_missing"),
        (AddStep(**head(stage, "2"), title=" ", person="wu", reason="r"), "text_missing"),
        (AddStep(**head(stage, "3"), title="x", reason="r"), "nobody_named"),
        (AddStep(**head(stage, "4"), title="x", person="nobody", reason="r"), "unknown_person"),
        (AddStep(**head(stage, "5"), title="x", role="cook", reason="r"), "unknown_role"),
        (AddStep(**head(stage, "6"), title="x", role="pr", after=("nope",), reason="r"), "unknown_step"),
        (AddStep(**head(stage, "7"), title="x", role="pr", due_at=late, reason="r"), "due_passed"),
        (AddStep(**head(stage, "8"), title="长" * 101, role="pr", reason="r"), "text_too_long"),
        (RetimeStep(**head(stage, "9"), step="facts", due_at=late, reason="r"), "due_passed"),
        (RetimeStep(**head(stage, "10"), step="nope", due_at=soon, reason="r"), "unknown_step"),
        (RetimeStep(**head(stage, "11"), step="facts", due_at=soon, reason=""), "reason_missing"),
        (ReassignStep(**head(stage, "12"), step="facts", person="nobody", reason="r"), "unknown_person"),
        (StartPlaybook(**head(stage, "13"), playbook="nope", reason="r"), "unknown_playbook"),
        (StartPlaybook(**head(stage, "14"), playbook=PLAYBOOK.id, reason="r"), "playbook_runs"),
        (StartPlaybook(**head(stage, "15"), playbook="leak", reason=""), "reason_missing"),
        (SkipStep(**head(stage, "16"), step="facts", reason="长" * 4001), "text_too_long"),
    ]
    assert [(each.id, refusal(stage.does(each, at("10:06")))) for each, _ in cases] == [
        (each.id, why) for each, why in cases
    ]


def test_only_who_leads_changes_a_playbook_at_work() -> None:
    stage = burning()
    support = head(stage, "s", "lin")
    changes: list[RunCommand] = [
        SkipStep(**support, step="facts", reason="r"),
        AddStep(**{**support, "id": "a"}, title="x", role="pr", reason="r"),
        RetimeStep(**{**support, "id": "r"}, step="facts", due_at=at("11:00"), reason="r"),
        ReassignStep(**{**support, "id": "g"}, step="facts", person="lin", reason="r"),
        StartPlaybook(**{**support, "id": "p"}, playbook="leak", reason="r"),
    ]
    assert {refusal(stage.does(each, at("10:05"))) for each in changes} == {"not_permitted"}
    assert refusal(stage.does(FinishStep(**{**support, "id": "f"}, step="complainant"), at("10:06"))) is None


def test_the_commands_go_over_the_wire_and_a_time_needs_its_zone() -> None:
    command = RetimeStep(
        id="r", who="he", brand="xibei", incident="i", step="facts", due_at=at("11:00"), reason="r"
    )
    assert decode_command(encode_command(command)) == command
    naive = encode_command(command).replace(b"Z", b"").replace(b"+00:00", b"")
    with pytest.raises(msgspec.ValidationError, match="due_at"):
        decode_command(naive)


def test_people_are_named_by_who_is_on_call() -> None:
    people = (*CONFIG.people, Person(id="new", name="新", roles=("pr",)))
    stage = burning(config=msgspec.structs.replace(with_playbooks(), people=people))
    assert run_of(stage).step("facts").person == "he"  # type: ignore[union-attr]


STATING = Playbook(
    id="stating",
    when=PlaybookCondition(levels=("orange",)),
    steps=(
        PlaybookStep(id="legal", role="legal", title="法务确认"),
        PlaybookStep(id="publish", role="commander", action="publish_content", due_s=3600, after=("legal",)),
        PlaybookStep(id="report", role="pr", action="report"),
    ),
)


@pytest.mark.parametrize(("confirmed", "ended"), [(True, ("legal", "publish")), (False, ())])
def test_a_released_statement_is_its_step_done_once_its_turn_has_come(
    confirmed: bool, ended: tuple[str, ...]
) -> None:
    stage = ReviewDesk(with_playbooks(house(), STATING))
    stage.approves("09:00")
    stage.burns("orange", "10:00")
    incident = stage.incident().id
    if confirmed:
        finish(stage, "legal", at("10:05"))
    assert stage.fills("lin", "10:06", topic="保质期", hours="4") == ""
    text = {"item": STATEMENT.id, "text_hash": stage.filled(), "incident": incident}
    assert stage.asks(ReleaseContent, "he", "10:07", **text) == ""
    assert run_of(stage).ended == ended
    done = [event for event in stage.of_type(StepDone) if event.step == "publish"]
    assert [(event.by, event.note) for event in done] == ([("he", "weibo a")] if confirmed else [])
