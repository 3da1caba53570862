"""A drill goes through the production code, reaches nobody, and says everywhere that it is one."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.config import BrandDesk
from alerting.events import IncidentOpened, PageRequested
from services.backtest import VirtualHouse, replay
from services.config.loader import load
from services.config.model import Config, Network
from services.drill import SANDBOX, drilled, simulated_records
from services.drill_players import Pace, Players
from services.drill_score import DrillScore, Scorer
from services.notify.message import Stationery
from services.sample import sample_folder
from services.views.incidents import incidents_page
from streams.text.sentiment import load_scorer
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import spark, stage

NOON = at("12:00")


@pytest.fixture(scope="module")
def config() -> Config:
    found = load(sample_folder()).config
    assert found is not None
    return found


def played(
    config: Config, answer: int | None, step: int | None, absent: Sequence[str] = ()
) -> list[DrillScore]:
    """The simulated storm with stand-ins who need so many minutes."""
    scorer = Scorer()
    players = Players(config.desk, Pace(answer=_minutes(answer), step=_minutes(step)), absent)
    house = VirtualHouse(drilled(config), load_scorer, scorer.happened, players)
    replay(house, simulated_records(config, "qinghe", NOON), NOON + timedelta(hours=3))
    assert house.now is not None
    return list(scorer.scores(house.now))


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def late(score: DrillScore) -> Sequence[str]:
    return [step.id for step in score.steps if step.late]


def test_quick_people_are_in_time(config: Config) -> None:
    (score, *_) = played(config, 5, 10)
    assert (score.category, score.peak, score.playbook) == ("safety", "red", "safety")
    assert (score.notice.seconds, score.acknowledge.seconds) == (34, 300)
    assert score.statement.seconds is not None
    assert not score.statement.late
    assert late(score) == []
    assert {step.state for step in score.steps} == {"done"}


def test_stand_ins_review_fill_release_and_ratify_by_the_rules(config: Config) -> None:
    (score, *_) = played(config, 5, 10)
    assert score.review.seconds is not None
    assert score.review.seconds < (score.statement.seconds or 0)
    assert {said.item for said in score.statements} == {
        f"safety/{account.platform}/hold" for account in config.intake.accounts
    }
    for said in score.statements:
        assert said.emergency
        assert set(said.reviewers[:2]) == {"tang", "qin"}, "legal and commander let it out"
        assert len({"chen", *said.reviewers}) == 5, "four different people, none of them its author"
        assert said.submitted_s < (said.approved_s or 0) < (said.released_s or 0)
        assert (said.approved_s or 0) < (said.ratified_s or 0)
        assert said.released_by == "qin"


def test_deputies_stand_in_for_whoever_is_away(config: Config) -> None:
    (score, *_) = played(config, 5, 10, absent=["tang"])
    assert (score.acknowledge.seconds, late(score)) == (300, ["duty", "legal", "publish"])
    assert {step.by for step in score.steps if step.late} == {"qin"}, "whoever leads was called"
    assert not any("tang" in said.reviewers for said in score.statements)
    assert score.statement.seconds is not None


def test_at_orange_three_people_agree_one_after_the_other(config: Config) -> None:
    (score, *_) = played(without_red(config), 5, 10)
    assert score.peak == "orange"
    for said in score.statements:
        assert (said.emergency, said.ratified_s, len(set(said.reviewers))) == (False, None, 3)
    assert not score.statement.late


def test_what_is_in_review_when_it_turns_red_takes_the_emergency_lane(config: Config) -> None:
    (score, *_) = played(config, 5, 1)
    lanes = [said.emergency for said in score.statements]
    assert lanes == sorted(lanes), "what waits for one opinion alone goes on as it was"
    assert set(lanes) == {False, True}
    assert all(said.released_s is not None for said in score.statements)


def test_free_words_are_read_by_a_lawyer_before_they_go_out(config: Config) -> None:
    brand = config.desk.brands[0]
    free = tuple(item for item in brand.content if item.id == "safety/weibo/b")
    (score, *_) = played(with_brand(config, msgspec.structs.replace(brand, content=free)), 5, 10)
    (said,) = score.statements
    assert said.item == "safety/weibo/b"
    assert (said.released_s or 0) - (said.approved_s or 0) >= 60 * (3 + 4 + 3)
    assert "publish" in {step.id for step in score.steps if step.state == "done"}


def test_where_nothing_is_prepared_the_step_is_ticked_all_the_same(config: Config) -> None:
    brand = msgspec.structs.replace(config.desk.brands[0], content=())
    (score, *_) = played(with_brand(config, brand), 5, 10)
    assert (score.statements, score.review.seconds) == ((), None)
    assert score.statement.seconds is not None


def without_red(config: Config) -> Config:
    brand = config.desk.brands[0]
    rules = tuple(rule for rule in brand.rules if rule.id != "crisis")
    return with_brand(config, msgspec.structs.replace(brand, rules=rules))


def with_brand(config: Config, brand: BrandDesk) -> Config:
    desk = msgspec.structs.replace(config.desk, brands=(brand,))
    return msgspec.structs.replace(config, decisions=msgspec.structs.replace(config.decisions, desk=desk))


def test_slow_people_are_late_and_their_steps_go_up(config: Config) -> None:
    (score, *_) = played(config, 5, 40)
    assert score.statement.late
    assert {"complainant", "facts", "hold", "publish"} <= set(late(score))
    assert "visit" not in late(score)
    assert score.steps[2].escalated
    assert score.late_steps == len(late(score))


def test_where_nobody_works_everything_that_is_due_is_late(config: Config) -> None:
    (score, *_) = played(config, None, None)
    assert score.acknowledge.seconds is None
    assert (score.statement.seconds, score.statement.late) == (None, True)
    assert {step.state for step in score.steps if step.allowed_s is not None} == {"open"}
    assert set(late(score)) == {
        step.id for step in score.steps if step.allowed_s is not None and step.allowed_s < 3 * 3600
    }


def test_the_same_drill_gives_the_same_score(config: Config) -> None:
    assert played(config, 5, 10) == played(config, 5, 10)


def test_the_storm_is_told_of_any_brand(config: Config) -> None:
    brand = config.desk.brands[0]
    other = with_brand(config, msgspec.structs.replace(brand, name="云顶火锅"))
    texts = [record.text or "" for record in simulated_records(other, "qinghe", NOON)]
    assert any("云顶火锅" in text for text in texts)
    assert not any("青禾" in text for text in texts)


def test_a_drills_configuration_holds_nobodys_address(config: Config) -> None:
    drill = drilled(config)
    assert {contact for person in drill.desk.people for contact in person.contacts} == {
        f"{SANDBOX}{person.id}" for person in config.desk.people
    }
    assert (drill.sources, drill.network) == ((), Network())
    assert drill.hash != config.hash
    assert not config.desk.drill


def test_whoever_cannot_be_called_cannot_be_called_in_a_drill_either(config: Config) -> None:
    silent = msgspec.structs.replace(config.desk.people[0], contacts=())
    desk = msgspec.structs.replace(config.desk, people=(silent, *config.desk.people[1:]))
    decisions = msgspec.structs.replace(config.decisions, desk=desk)
    assert drilled(msgspec.structs.replace(config, decisions=decisions)).desk.people[0].contacts == ()


def test_messages_of_a_drill_say_so(config: Config) -> None:
    page = PageRequested(
        cause="c", key="qinghe", at=NOON, incident="i", page="p", level="red", category="safety", person="xu",
        means="call", reason="step", climb=0,
    )  # fmt: skip
    drill = Stationery(base_url="https://desk.example", drill=True)
    assert drill.write([page], config.desk).title.startswith("【演练】")
    assert drill.write([page, page], config.desk).title.startswith("【演练】")


async def test_every_page_of_a_drill_says_so(tmp_path: Path) -> None:
    with stage(tmp_path, at("13:00"), drill=True) as house:
        await house.play(spark())
        row = incidents_page(house.desk.reader).items[0]
        async with browsing(house) as browser:
            for path in ("/queue", "/incidents", f"/incidents/{row.id}", f"/i/{row.id}", "/wall", "/oncall"):
                assert "演练：不是真实事件" in (await browser.get(path)).text, path
            whole = (await browser.get(f"/incidents/{row.id}")).text
            report = (await browser.get(f"/incidents/{row.id}/report")).text
            told = (await browser.get(f"/api/incidents/{row.id}")).json()
            statement = "/content/qinghe/safety/weibo/hold"
            handed_in = await browser.post(f"{statement}/submit")
            sheet = (await browser.get("/content/sheets.csv")).text
    assert row.drill
    assert handed_in.status_code == 303
    assert "【演练】" in sheet
    assert "<title>【演练】" in whole
    assert "【演练】" in report
    assert told["incident"]["drill"] is True
    assert told["timeline"][-1]["drill"] is True


async def test_what_is_no_drill_does_not_say_so(tmp_path: Path) -> None:
    with stage(tmp_path, at("13:00")) as house:
        await house.play(spark())
        row = incidents_page(house.desk.reader).items[0]
        async with browsing(house) as browser:
            assert "演练" not in (await browser.get(f"/incidents/{row.id}")).text
    assert not row.drill


def test_an_incident_of_a_drill_is_marked_in_the_journal(config: Config) -> None:
    opened: list[IncidentOpened] = []

    def happened(_partition: str, event: object, _now: object) -> None:
        if isinstance(event, IncidentOpened):
            opened.append(event)

    house = VirtualHouse(drilled(config), load_scorer, happened)
    replay(house, simulated_records(config, "qinghe", NOON), NOON)
    assert opened
    assert all(event.drill for event in opened)
