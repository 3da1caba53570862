"""The auditor's eye: escalations that should have moved and did not."""

from datetime import datetime, timedelta

from alerting.audit import PAGE_GRACE, STEP_GRACE, audit
from alerting.audit_events import Finding
from alerting.commands import OUTBOX, Acknowledge, ReportAudit, ReportPage, StartProbe
from alerting.config import DeskConfig
from alerting.desk_state import open_incidents, pending_pages
from alerting.events import PageRequested
from alerting.orders import orders_of
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, Stage, poisoning
from tests.builders import at


def orange() -> Stage:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
    return stage


def found(stage: Stage, when: datetime, config: DeskConfig = CONFIG) -> list[str]:
    orders = orders_of(config)
    return [
        each.kind for each in audit(open_incidents(stage.state), stage.state.pages.values(), orders, when)
    ]


def deliver_all(stage: Stage, when: datetime) -> None:
    for page in pending_pages(stage.state):
        report = ReportPage(
            id=f"r{page.page}",
            who=OUTBOX,
            brand="xibei",
            incident=page.incident,
            page=page.page,
            outcome="delivered",
        )
        stage.does(report, when)


def test_a_desk_that_moves_gives_no_cause() -> None:
    stage = orange()
    for minute in range(1, 60):
        stage.until(at(f"10:{minute:02}"))
        deliver_all(stage, at(f"10:{minute:02}"))
        assert found(stage, at(f"10:{minute:02}")) == []


def test_a_step_that_is_late_is_found() -> None:
    """The desk stands still from 10:00 on; its second step was due at 10:03."""
    stage = orange()
    deliver_all(stage, at("10:00"))
    assert found(stage, at("10:03") + STEP_GRACE) == []
    assert found(stage, at("10:03") + STEP_GRACE + timedelta(seconds=1)) == ["late_step"]


def test_a_page_without_an_outcome_is_found() -> None:
    stage = orange()
    stage.does(Acknowledge(id="a", who="he", brand="xibei", incident=stage.incident().id), at("10:01"))
    assert found(stage, at("10:00") + PAGE_GRACE) == []
    assert set(found(stage, at("10:06"))) == {"page_stuck"}


def test_a_grave_incident_that_nobody_will_be_called_for_is_found() -> None:
    stage = orange()
    deliver_all(stage, at("10:00"))
    nobody = DeskConfig(brands=CONFIG.brands, people=CONFIG.people)
    assert found(stage, at("10:05"), nobody) == ["nobody_next"]


def test_only_the_auditor_reports() -> None:
    stage = orange()
    findings = (Finding(kind="late_step", incident="i", brand="xibei", since=at("10:03")),)
    (refused,) = stage.does(ReportAudit(id="1", who="he", findings=findings), at("10:06"))
    assert isinstance(refused, CommandRefused)
    (alarmed,) = stage.does(ReportAudit(id="2", who="auditor", findings=findings, told=("jin",)), at("10:06"))
    assert alarmed.type == "audit.alarmed"


def test_a_probe_pages_everybody_whom_escalations_name_and_says_that_it_is_a_test() -> None:
    stage = Stage(begins="10:00")
    stage.does(StartProbe(id="p", who="jin"), at("10:00"))
    pages = stage.of_type(PageRequested)
    assert {(page.person, page.reason, page.incident) for page in pages} == {
        (person, "probe", "") for person in ("he", "fang", "jin", "wu")
    }
    assert open_incidents(stage.state) == ()
    assert set(pending_pages(stage.state)) == set(pages)


def test_a_probe_of_one_duty_and_what_is_refused() -> None:
    stage = Stage(begins="10:00")
    stage.does(StartProbe(id="p", who="jin", targets=("pr-desk",)), at("10:00"))
    assert [page.person for page in stage.of_type(PageRequested)] == ["he"]
    refused = [
        stage.does(StartProbe(id=str(number), who=who, targets=targets), at("10:01"))[0]
        for number, (who, targets) in enumerate(
            [("lin", ()), ("jin", ("x",)), ("jin", ("guest",)), ("x", ())]
        )
    ]
    assert [each.why for each in refused if isinstance(each, CommandRefused)] == [
        "not_permitted", "unknown_person", "nobody_to_reach", "unknown_person",
    ]  # fmt: skip
