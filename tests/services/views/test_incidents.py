from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.commands import (
    Acknowledge,
    CloseIncident,
    FinishStep,
    NoteIncident,
    ReopenIncident,
    ReportPage,
    SkipStep,
)
from alerting.events import IncidentOpened, PageRequested
from services.views.incidents import highest_open, incident, incident_file, incidents_page, open_levels
from services.views.reader import Reader
from services.views.rows import IncidentFile, IncidentRow
from services.views.store import Views
from tests.alerting.stage import Stage, poisoning
from tests.builders import at


class Wall:
    """The real desk with views that follow it."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage()
        self.views = Views(folder / "views.db")
        self.reader = Reader(folder / "views.db")

    def close(self) -> None:
        self.reader.close()
        self.views.close()

    def storm(self) -> str:
        """Two people fall ill at 10:00 and 10:05; returns the incident."""
        self.stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:05"))])
        self.views.follow(self.stage.journal)
        return self.stage.of_type(IncidentOpened)[0].incident

    def does(self, command: object, when: str) -> None:
        self.stage.does(command, at(when))  # type: ignore[arg-type]
        self.views.follow(self.stage.journal)

    def row(self) -> IncidentRow:
        (row,) = incidents_page(self.reader).items
        return row

    def file(self) -> IncidentFile:
        found = incident_file(self.reader, self.row().id)
        assert found is not None
        return found


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Wall]:
    opened = Wall(tmp_path)
    yield opened
    opened.close()


def test_an_incident_is_listed_with_its_level_and_why(wall: Wall) -> None:
    wall.storm()

    row = wall.row()
    assert (row.brand, row.category, row.level, row.peak) == ("xibei", "safety", "orange", "orange")
    assert row.opened_at == at("10:00")
    assert {each.evidence.rule for each in row.evidence} == {"p0", "p0-wide"}
    assert highest_open(wall.reader) == "orange"
    assert open_levels(wall.reader, "xibei") == (("orange", 1),)


def test_acknowledging_shows_who_and_when(wall: Wall) -> None:
    incident_id = wall.storm()
    wall.does(Acknowledge(id="ack", who="he", brand="xibei", incident=incident_id), "10:07")

    row = wall.row()
    assert (row.acknowledged_by, row.acknowledged_at) == ("he", at("10:07"))


def test_pages_carry_their_outcome(wall: Wall) -> None:
    incident_id = wall.storm()
    page = wall.stage.of_type(PageRequested)[0]
    report = ReportPage(
        id="report", who="outbox", brand="xibei", incident=incident_id, page=page.page, outcome="failed", detail="503"
    )  # fmt: skip
    wall.does(report, "10:06")

    (found,) = [each for each in wall.file().pages if each.page == page.page]
    assert (found.person, found.outcome, found.detail) == (page.person, "failed", "503")


def test_steps_are_done_and_skipped_by_somebody(wall: Wall) -> None:
    incident_id = wall.storm()
    wall.does(
        FinishStep(id="s1", who="he", brand="xibei", incident=incident_id, step="facts", note="视频已存"),
        "10:12",
    )
    wall.does(
        SkipStep(id="s2", who="he", brand="xibei", incident=incident_id, step="complainant", reason="找不到"),
        "10:13",
    )

    steps = {step.plan.id: step for step in wall.file().steps}
    assert (steps["facts"].state, steps["facts"].ended_by, steps["facts"].note) == ("done", "he", "视频已存")
    assert (steps["complainant"].state, steps["complainant"].note) == ("skipped", "找不到")
    assert steps["legal"].state == "open"


def test_prepared_statements_are_offered_once_the_step_before_is_done(wall: Wall) -> None:
    incident_id = wall.storm()
    wall.does(FinishStep(id="s1", who="he", brand="xibei", incident=incident_id, step="facts"), "10:12")

    offers = wall.file().offers
    assert [offer.variant.variant for offer in offers] == ["a", "b"]
    assert offers[0].variant.blanks == ("topic", "hours")


def test_closing_and_reopening(wall: Wall) -> None:
    incident_id = wall.storm()
    wall.does(CloseIncident(id="c", who="he", brand="xibei", incident=incident_id, false_alarm=True), "11:00")
    row = wall.row()
    assert (row.closed_at, row.closed_by, row.false_alarm) == (at("11:00"), "he", True)
    assert highest_open(wall.reader) is None
    assert incidents_page(wall.reader, open_only=True).items == ()

    wall.does(ReopenIncident(id="r", who="he", brand="xibei", incident=incident_id), "11:05")
    row = wall.row()
    assert (row.closed_at, row.false_alarm, row.acknowledged_by) == (None, False, None)


def test_the_timeline_is_newest_first_and_names_every_event_once(wall: Wall) -> None:
    incident_id = wall.storm()
    wall.does(NoteIncident(id="n", who="he", brand="xibei", incident=incident_id, text="已联系门店"), "10:20")

    timeline = wall.file().timeline
    assert timeline[-1].event.type == "incident.opened"
    assert [line.at for line in timeline] == sorted((line.at for line in timeline), reverse=True)
    assert len({line.event.id for line in timeline}) == len(timeline)


def test_a_rule_that_goes_on_firing_stays_one_line(wall: Wall) -> None:
    wall.storm()
    before = [line.event.type for line in wall.file().timeline].count("incident.joined")
    wall.stage.signals([poisoning(number, at(f"10:{number:02}")) for number in range(10, 30)])
    wall.views.follow(wall.stage.journal)

    after = [line.event.type for line in wall.file().timeline].count("incident.joined")
    assert after - before <= 2
    evidence = {each.evidence.rule: each.evidence for each in wall.row().evidence}
    assert evidence["p0"].measured > 10


def test_an_unknown_incident_is_none(wall: Wall) -> None:
    assert incident(wall.reader, "none") is None
    assert incident_file(wall.reader, "none") is None
