"""A restored desk decides as ever and sends nothing; whoever arms it sends what still says something, once."""

import pytest

from alerting import desk_state
from alerting.arming_events import OutboxArmed
from alerting.commands import (
    Acknowledge,
    ArmOutbox,
    CloseIncident,
    DeskCommand,
    DisarmOutbox,
    StartProbe,
)
from alerting.desk_state import pending_pages
from alerting.events import PageFailed, PageRequested
from streams.events import CommandRefused
from tests.alerting.stage import Stage, poisoning
from tests.builders import at

ARM = ArmOutbox(id="arm", who="local-admin")
DISARM = DisarmOutbox(id="disarm", who="local-admin")


@pytest.fixture
def restored() -> Stage:
    """Orange since 10:00, disarmed at 10:01 before anything was sent, and an hour later."""
    stage = Stage()
    stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
    stage.does(DISARM, at("10:01"))
    stage.until(at("11:00"))
    return stage


def armed(stage: Stage, when: str) -> tuple[set[tuple[str, str, str]], OutboxArmed]:
    """Whom which pages reach after arming, by what means."""
    *failed, event = stage.does(ARM, at(when))
    assert isinstance(event, OutboxArmed)
    going = pending_pages(stage.state)
    assert (event.let_go, event.going) == (len(failed), len(going))
    assert {type(each) for each in failed} <= {PageFailed}
    assert len(
        {(page.incident, page.person, page.means, page.reason, page.playbook_step) for page in going}
    ) == len(going)
    assert all(page.at > at("10:01") for page in going)
    return {(page.person, page.means, page.reason) for page in going}, event


def test_what_still_burns_calls_everybody_once(restored: Stage) -> None:
    assert len(pending_pages(restored.state)) > 20
    going, event = armed(restored, "11:00")
    assert {("jin", "notify", "step"), ("wu", "notify", "step"), ("jin", "call", "step")} <= going
    assert event.let_go > 0
    assert restored.state.disarmed_at is None
    before = len(restored.of_type(PageRequested))
    restored.until(at("11:10"))
    assert len(restored.of_type(PageRequested)) > before


def test_what_was_taken_meanwhile_calls_nobody(restored: Stage) -> None:
    incident = restored.incident().id
    restored.does(Acknowledge(id="a", who="he", brand="xibei", incident=incident), at("11:00"))
    assert {reason for _, _, reason in armed(restored, "11:00")[0]} <= {"step_overdue", "step_notice"}


def test_what_is_over_says_nothing(restored: Stage) -> None:
    incident = restored.incident().id
    close = CloseIncident(id="c", who="jin", brand="xibei", incident=incident, reason="处理完了")
    restored.does(close, at("11:00"))
    assert armed(restored, "11:00")[0] == set()


def test_what_belongs_to_no_incident_goes_too_and_disarming_again_lets_go_of_it(restored: Stage) -> None:
    restored.does(StartProbe(id="p", who="jin", targets=("wu",)), at("11:01"))
    restored.does(DisarmOutbox(id="again", who="local-admin"), at("11:02"))
    restored.does(StartProbe(id="q", who="jin", targets=("fang",)), at("11:03"))
    assert {person for person, _, reason in armed(restored, "11:03")[0] if reason == "probe"} == {"fang"}


def test_a_snapshot_remembers_it(restored: Stage) -> None:
    again = desk_state.load(list(desk_state.dump(restored.state)))
    assert again.disarmed_at == at("10:01")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (ArmOutbox(id="1", who="jin"), "not_permitted"),
        (DisarmOutbox(id="2", who="nobody"), "unknown_person"),
        (ArmOutbox(id="3", who="local-admin"), "already_armed"),
    ],
)
def test_who_may_not(command: DeskCommand, why: str) -> None:
    (refused,) = Stage().does(command, at("10:00"))
    assert isinstance(refused, CommandRefused)
    assert refused.why == why
