"""Quiet hours of people, and what overrides them."""

import msgspec
import pytest

from alerting.commands import OpenIncident
from alerting.config import DeskConfig, EscalationStep, Hours, Person
from alerting.events import PageRequested
from alerting.levels import Level
from alerting.rest import asleep, awake_at
from tests.alerting.stage import CONFIG, Stage, page_line, poisoning
from tests.alerting.test_escalation import SHANGHAI, with_escalation
from tests.builders import at

NIGHT = Hours(22 * 60, 7 * 60)
"""22:00 to 07:00."""


def sleepers(*names: str) -> tuple[Person, ...]:
    return tuple(
        msgspec.structs.replace(person, quiet=NIGHT) if person.id in names else person
        for person in CONFIG.people
    )


def house(*names: str, steps: tuple[EscalationStep, ...]) -> Stage:
    return Stage(with_escalation(*steps, people=sleepers(*names)))


def pages(stage: Stage) -> list[str]:
    return [page_line(page) for page in stage.of_type(PageRequested) if page.reason == "step"]


def test_quiet_hours_are_those_of_the_persons_own_zone() -> None:
    person = Person(id="p", name="p", quiet=NIGHT, timezone="Europe/Paris")
    assert not asleep(person, SHANGHAI, at("04:59"))  # 21:59 in Paris
    assert asleep(person, SHANGHAI, at("05:00"))
    assert awake_at(person, SHANGHAI, at("05:00")) == at("14:00")
    assert awake_at(person, SHANGHAI, at("15:00")) == at("15:00")


def test_yellow_waits_for_the_first_who_wakes() -> None:
    stage = house("he", "jin", steps=(EscalationStep(notify=("he", "jin")),))
    stage.signals([poisoning(1, at("23:30"))])
    assert pages(stage) == []
    stage.until(at("08:00", 1))
    assert pages(stage) == ["07:00 notify he", "07:00 notify jin"]


def test_yellow_tells_whoever_is_awake_and_lets_the_others_sleep() -> None:
    stage = house("he", steps=(EscalationStep(notify=("he", "jin")),))
    stage.signals([poisoning(1, at("23:30"))])
    stage.until(at("08:00", 1))
    assert pages(stage) == ["23:30 notify jin"]


def test_orange_passes_the_sleeping_over_and_wakes_them_if_nobody_else_is_left() -> None:
    steps = (EscalationStep(notify=("he", "jin")), EscalationStep(after_s=180, call=("he",)))
    stage = house("he", steps=steps)
    stage.signals([poisoning(1, at("23:30")), poisoning(2, at("23:30"))])
    stage.until(at("23:40"))
    assert pages(stage) == ["23:30 notify jin", "23:30 notify jin", "23:33 call he"]


def test_red_knows_no_quiet_hours() -> None:
    everybody = tuple(person.id for person in CONFIG.people)
    stage = house(*everybody, steps=(EscalationStep(notify=("he", "jin")),))
    stage.does(_open("red"), at("23:30"))
    assert pages(stage) == ["23:30 notify he", "23:30 notify jin"]


def test_a_small_one_that_the_desk_was_late_for_wakes_them() -> None:
    stage = house("he", steps=(EscalationStep(notify=("he",), hours=Hours(8 * 60, 21 * 60)),))
    stage.signals([poisoning(1, at("07:59"))])
    entry = stage.partition.fire(at("23:00")).entry
    assert entry is not None
    assert [event.person for event in entry.events if isinstance(event, PageRequested)] == ["he"]


@pytest.mark.parametrize("level", ["yellow", "orange", "red"])
def test_whoever_sleeps_somebody_is_told_in_the_end(level: Level) -> None:
    everybody = tuple(person.id for person in CONFIG.people)
    config: DeskConfig = msgspec.structs.replace(CONFIG, people=sleepers(*everybody))
    stage = Stage(config)
    stage.does(_open(level), at("23:30"))
    stage.until(at("12:00", 1))
    assert pages(stage) != []


def _open(level: Level) -> OpenIncident:
    return OpenIncident(id="o", who="lin", brand="xibei", level=level, category="safety")
