"""A brand's own history under changed rules: what opens no more, what is missed, what opens anew."""

import asyncio
import os
from pathlib import Path

import pytest

import services.sample
from alerting.config import BrandDesk, DeskConfig
from services.aside import WAITING_MOST, Aside, NotAnswered, TookTooLong
from services.config.loader import load
from services.config.rule_text import change
from services.errors import HistoryTooLong, WrongUse
from services.preview import Preview, preview, with_rules
from services.questions import PreviewAsked
from services.views.incidents import incidents_page
from streams.errors import Overloaded
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import BRAND, post, stage, storm

PEOPLE_NEEDED = {"authors": "40"}
"""With which the rule `p0-wide` (two authors of a grave word) keeps quiet through the storm."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lived")


@pytest.fixture
async def folder(lived: Path) -> Path:
    """The storm of one afternoon; nobody has said yet what it was."""
    data = lived / "data"
    if not data.exists():
        with stage(data, at("12:00")) as house:
            await house.play(storm())
    return data


def desk() -> DeskConfig:
    config = load(Path(services.sample.__file__).parent / "folder").config
    assert config is not None
    return config.desk


def brand() -> BrandDesk:
    found = desk().brand(BRAND)
    assert found is not None
    return found


def changed(rule: str, settings: dict[str, str] | None) -> DeskConfig:
    found = change(brand().rules, rule, settings)
    assert found.rules is not None, found.problems
    return with_rules(desk(), BRAND, found.rules)


def seen(folder: Path, after: DeskConfig, from_at: str = "12:00", to_at: str = "14:44") -> Preview:
    return preview(folder, BRAND, with_rules(desk(), BRAND, brand().rules), after, at(from_at), at(to_at))


async def test_unchanged_rules_change_nothing(folder: Path) -> None:
    found = seen(folder, changed("p0-wide", {}))
    assert (found.told, found.before) == ((), found.after)
    assert found.same == found.before.incidents > 0
    assert found.before.firings["p0-wide"] > 0


async def test_the_run_with_today_s_rules_opens_what_really_opened(folder: Path) -> None:
    with stage(folder, at("14:44")) as house:
        really = incidents_page(house.desk.reader).items
    assert seen(folder, changed("p0-wide", {})).before.incidents == len(really)


async def test_a_rule_that_asks_for_more_is_told_with_what_it_leaves(folder: Path) -> None:
    found = seen(folder, changed("p0-wide", PEOPLE_NEEDED))
    assert found.after.firings["p0-wide"] == 0 < found.before.firings["p0-wide"]
    (told,) = found.told
    assert (told.kind, told.missed) == ("changed", False)
    (orange, *_) = told.moved
    assert (orange.level, orange.before) == ("orange", at("13:15"))
    assert orange.after is None or orange.after > at("13:15")


async def test_what_nobody_called_false_would_be_missed(folder: Path) -> None:
    config = with_rules(desk(), BRAND, ())
    found = seen(folder, config)
    assert found.after.incidents == 0
    assert found.missed == found.told_count == found.before.incidents
    assert all(each.verdict is None and each.kind == "gone" for each in found.told)


async def test_what_people_called_false_is_no_loss(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with stage(data, at("13:00")) as house:
        await house.play([post(1, "13:08", "青禾小馆的菜里有异物", "阿杰")])
        (opened,) = incidents_page(house.desk.reader).items
        async with browsing(house) as browser:
            await browser.post(f"/incidents/{opened.id}/close", data={"false_alarm": "yes"})
    found = seen(data, changed("p0", {"authors": "2"}), "13:00", "14:00")
    (told,) = found.told
    assert (told.kind, told.verdict, found.missed) == ("gone", "false_alarm", 0)


async def test_an_alarm_that_only_the_changed_rules_raise_is_new(folder: Path) -> None:
    before = with_rules(desk(), BRAND, ())
    found = preview(folder, BRAND, before, changed("p0", {}), at("12:00"), at("14:44"))
    assert {each.kind for each in found.told} == {"new"}
    assert found.after.incidents == found.told_count


async def test_what_came_before_is_known_and_not_counted(folder: Path) -> None:
    late = seen(folder, changed("p0", {}), from_at="13:20")
    whole = seen(folder, changed("p0", {}))
    assert 0 < late.taken_in < whole.taken_in
    assert late.before.pages < whole.before.pages


async def test_more_than_is_read_at_once_is_refused(folder: Path) -> None:
    config = changed("p0", {})
    with pytest.raises(HistoryTooLong, match="more than 3 signals"):
        preview(folder, BRAND, config, config, at("12:00"), at("14:44"), events_most=3)


def test_a_folder_without_a_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no journal"):
        seen(tmp_path, changed("p0", {}))


def question(folder: Path) -> PreviewAsked:
    return PreviewAsked(
        folder=str(folder), brand=BRAND, before=changed("p0", {}), after=changed("p0-wide", PEOPLE_NEEDED),
        from_at=at("12:00"), to_at=at("14:44"),
    )  # fmt: skip


async def test_a_process_of_its_own_answers_the_same(folder: Path) -> None:
    assert await Aside(os.environ).ask(question(folder), Preview) == seen(
        folder, changed("p0-wide", PEOPLE_NEEDED)
    )


async def test_a_question_that_cannot_be_answered_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotAnswered, match="no journal"):
        await Aside(os.environ).ask(question(tmp_path), Preview)


async def test_more_questions_than_may_wait_are_asked_to_come_again(tmp_path: Path) -> None:
    aside = Aside(os.environ)
    asked = await asyncio.gather(
        *(aside.ask(question(tmp_path), Preview) for _ in range(WAITING_MOST + 2)), return_exceptions=True
    )
    assert [type(each) for each in asked] == [NotAnswered] * WAITING_MOST + [Overloaded] * 2


async def test_a_question_that_takes_too_long_is_ended(folder: Path) -> None:
    with pytest.raises(TookTooLong, match="within 0 s"):
        await Aside(os.environ, limit_s=0).ask(question(folder), Preview)
