"""Reports over a real folder: what happened, and what would have happened under another configuration."""

from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from services.config.loader import load
from services.config.model import Config
from services.errors import HistoryTooLong
from services.sample import write_sample
from services.sla_history import history_of, history_under, waits_since
from streams.sla.report import Waited, row_of
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import comment, reply, stage
from tests.services.web.test_attending import replies, waiting


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Four who wrote on Weibo, where the sample promises 30 minutes, and a VIP, who has 10."""
    data = tmp_path / "data"
    with stage(data, at("12:00")) as house:
        await house.play(
            [
                comment(1, "12:00", "几点关门", name="甲"),
                comment(2, "12:05", "可以订包间吗", name="乙"),
                comment(3, "12:06", "等很久了", name="丙", author_tags=["vip"]),
                reply(1, "12:08", "十点", to="甲"),
                reply(2, "12:25", "可以的", to="乙"),
                comment(4, "12:50", "有停车场吗", name="丁"),
            ]
        )
        house.clock.set(at("12:55"))
        async with browsing(house, "chen") as browser:
            await house.take(reply(3, "12:51", "抱歉", to="丙"))
            await replies(browser, waiting(house), "有的，在地下一层。", answering="first_response/1")
    return data


def sample(tmp_path: Path, weibo: str = "30m") -> Config:
    """The sample configuration with another promise on Weibo."""
    write_sample(tmp_path / "config")
    file = tmp_path / "config" / "fenghuo.yaml"
    written = file.read_text(encoding="utf-8")
    assert "first_response: 30m" in written
    file.write_text(written.replace("first_response: 30m", f"first_response: {weibo}"), encoding="utf-8")
    config = load(tmp_path / "config").config
    assert config is not None
    return config


def waits_by_start(waits: list[Waited]) -> list[Waited]:
    return sorted(waits, key=lambda wait: wait.clock.started_at)


def test_what_happened_is_told_with_who_answered(folder: Path) -> None:
    waits = waits_by_start(list(history_of(folder).waits(at("13:00"))))
    assert [(wait.state, wait.agent) for wait in waits] == [
        ("met", None),
        ("met", None),
        ("breached", None),
        ("met", "chen"),
    ]
    assert [wait.counted_s for wait in waits] == [480, 1200, 2700, 300]


@pytest.mark.parametrize("since", ["11:00", "12:06", "12:30", "12:56"])
def test_a_report_from_some_time_on_is_that_part_of_the_whole(folder: Path, since: str) -> None:
    whole = [wait for wait in history_of(folder).waits(at("13:00")) if wait.clock.started_at >= at(since)]
    assert waits_by_start(waits_since(folder, at(since), at("13:00"))) == waits_by_start(whole)


def test_more_than_is_read_at_once_is_refused_and_not_cut(folder: Path) -> None:
    with pytest.raises(HistoryTooLong, match="more than 5 events"):
        waits_since(folder, at("11:00"), at("13:00"), events_most=5)
    assert waits_since(folder, at("12:56"), at("13:00"), events_most=5) == []


def test_the_same_history_under_the_same_promises_is_the_same(folder: Path, tmp_path: Path) -> None:
    really = waits_by_start(list(history_of(folder).waits(at("13:00"))))
    house = history_under(folder, sample(tmp_path).intake, _no_scorer)
    again = waits_by_start(list(house.waits(at("13:00"), history_of(folder).agents)))
    assert [msgspec.structs.replace(wait, counted_s=0) for wait in again] == [
        msgspec.structs.replace(wait, counted_s=0) for wait in really
    ]


def test_a_shorter_promise_would_have_been_broken(folder: Path, tmp_path: Path) -> None:
    under = list(history_under(folder, sample(tmp_path, "10m").intake, _no_scorer).waits(at("13:00")))
    assert row_of("all", under).attainment == pytest.approx(2 / 4)
    assert row_of("all", list(history_of(folder).waits(at("13:00")))).attainment == pytest.approx(3 / 4)


def test_a_what_if_from_some_time_on_is_that_part_of_it(folder: Path, tmp_path: Path) -> None:
    other = sample(tmp_path, "10m").intake
    whole = history_under(folder, other, _no_scorer).waits(at("13:00"))
    part = list(history_under(folder, other, _no_scorer, at("12:30")).waits(at("13:00")))
    assert waits_by_start(part) == [
        wait for wait in waits_by_start(list(whole)) if wait.clock.started_at >= at("12:30")
    ]
    with pytest.raises(HistoryTooLong, match="more than 5 events"):
        history_under(folder, other, _no_scorer, at("12:00"), events_most=5)


async def test_members_of_a_pile_on_count_once_as_their_group(tmp_path: Path) -> None:
    sample(tmp_path)
    file = tmp_path / "config" / "fenghuo.yaml"
    written = file.read_text(encoding="utf-8").replace("pile_on: {count: 50", "pile_on: {count: 2")
    file.write_text(written, encoding="utf-8")
    crowd = [comment(number, "12:00", "怎么还不开门", name=f"客人{number}") for number in range(4)]
    to_the_post = {
        name: value for name, value in reply(9, "12:10", "十点开门", to="").items() if name != "to_author_id"
    }
    with stage(tmp_path / "data", at("12:00"), tmp_path / "config") as house:
        await house.play([*crowd, comment(8, "12:01", "我的订单没到", name="小满"), to_the_post])
        house.clock.set(at("12:45"))
        await house.take()
    waits = list(history_of(tmp_path / "data").waits(at("12:50")))
    counted = sorted(wait.conversation.endswith("/*") for wait in waits if wait.state == "met")
    assert counted == [False, True], "the group, and who asked for their own order"
    whole = row_of("all", waits)
    assert (whole.met, whole.breached, whole.answers) == (2, 0, 2)


def _no_scorer(name: str) -> NoReturn:
    raise AssertionError(f"no text is judged again, least of all by {name}")
