"""Playbooks used by name: six ship, a folder may have its own, and mistakes are told where they stand."""

from pathlib import Path

import pytest

from alerting.config import Playbook, PlaybookStep
from services.config.loader import Loaded, load
from services.config.playbooks import library
from services.sample import PLAYBOOKS_FOLDER, write_sample
from tests.services.config.test_loader import TODAY

NAMES = ("conduct", "data-leak", "product-quality", "rumour", "safety", "service-dispute")
HOUR_S = 3600


def used(tmp_path: Path, old: str = "", new: str = "") -> Loaded:
    write_sample(tmp_path / "config", lambda written: written.replace(old, new, 1) if old else written)
    return load(tmp_path / "config", TODAY)


def playbooks(loaded: Loaded) -> dict[str, Playbook]:
    assert loaded.config is not None, loaded.problems
    return {each.id: each for each in loaded.config.desk.brands[0].playbooks}


def step(playbook: Playbook, name: str) -> PlaybookStep:
    return next(each for each in playbook.steps if each.id == name)


def errors(loaded: Loaded) -> list[str]:
    return [str(each) for each in loaded.problems if each.severity == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_each_starting_playbook_has_what_a_crisis_needs(tmp_path: Path, name: str) -> None:
    found = playbooks(used(tmp_path))[name]
    names = {each.id for each in found.steps}
    assert names >= {
        "lead",
        "complainant",
        "ads",
        "freeze",
        "voices",
        "duty",
        "statement",
        "legal",
        "publish",
        "report",
    }
    assert names & {"evidence", "facts"}
    assert (step(found, "complainant").role, step(found, "complainant").due_s) == ("support", 900)
    assert "直播" in step(found, "ads").title
    assert step(found, "freeze").action == "freeze_publications"
    assert step(found, "duty").role == "legal"
    assert (step(found, "publish").action, step(found, "publish").after) == ("publish_content", ("legal",))
    assert all(each.guide for each in found.steps if each.id in {"complainant", "ads", "voices", "duty"})


@pytest.mark.parametrize("name", ["product-quality", "safety", "data-leak"])
def test_where_there_is_a_product_it_is_held(tmp_path: Path, name: str) -> None:
    assert step(playbooks(used(tmp_path))[name], "hold").role == "manager"


def test_a_data_leak_is_reported_within_hours(tmp_path: Path) -> None:
    duty = step(playbooks(used(tmp_path))["data-leak"], "duty")
    assert duty.due_s is not None
    assert duty.due_s < 4 * HOUR_S
    assert duty.after == ()
    assert "《个人信息保护法》（2021-11-01 起施行）第五十七条" in duty.guide
    assert "《国家网络安全事件报告管理办法》" in duty.guide


def test_six_ship() -> None:
    assert library() == NAMES


def test_what_ships_serves_where_the_folder_has_no_copy(tmp_path: Path) -> None:
    write_sample(tmp_path / "config")
    own = playbooks(load(tmp_path / "config", TODAY))
    for file in (tmp_path / "config" / PLAYBOOKS_FOLDER).iterdir():
        file.unlink()
    assert playbooks(load(tmp_path / "config", TODAY)) == own


def test_the_folders_own_copy_goes_first(tmp_path: Path) -> None:
    write_sample(tmp_path / "config")
    copy = tmp_path / "config" / PLAYBOOKS_FOLDER / "rumour.yaml"
    copy.write_text(copy.read_text("utf-8").replace("自查是否属实", "先查自己"), "utf-8")
    assert step(playbooks(load(tmp_path / "config", TODAY))["rumour"], "facts").title == "先查自己"


def test_id_and_condition_may_be_said_where_it_is_used(tmp_path: Path) -> None:
    found = playbooks(
        used(
            tmp_path, "- use: rumour ", "- {use: rumour, id: gossip, when: {level: red, category: [brand]}} "
        )
    )
    assert (found["gossip"].when.levels, found["gossip"].when.categories) == (("red",), ("brand",))


def test_a_scenario_without_content_is_only_a_warning_in_what_ships(tmp_path: Path) -> None:
    write_sample(tmp_path / "config")
    for statement in (tmp_path / "config" / "content").glob("rumour*.md"):
        statement.unlink()
    loaded = load(tmp_path / "config", TODAY)
    assert "rumour" in playbooks(loaded)
    (told,) = [str(each) for each in loaded.problems if "playbooks/" in str(each)]
    assert told.startswith("playbooks/rumour.yaml:")


def test_mistakes_name_file_line_and_what_was_expected(tmp_path: Path) -> None:
    (unknown,) = errors(used(tmp_path / "a", "- use: rumour ", "- use: rumor "))
    assert unknown.startswith("fenghuo.yaml:")
    assert "rumour" in unknown
    write_sample(tmp_path / "b" / "config")
    copy = tmp_path / "b" / "config" / PLAYBOOKS_FOLDER / "safety.yaml"
    copy.write_text(copy.read_text("utf-8").replace("role: support", "role: suport", 1), "utf-8")
    line = copy.read_text("utf-8").splitlines().index("    role: suport") + 1
    (role,) = errors(load(tmp_path / "b" / "config", TODAY))
    assert role.startswith(f"playbooks/safety.yaml:{line}:")
    assert "support" in role
    (again,) = errors(used(tmp_path / "c", "- use: rumour ", "- use: safety "))
    assert "safety" in again


def test_the_playbooks_of_the_readme_are_right(tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text("utf-8")
    written = readme.partition("## Playbooks\n\n```yaml\n")[2].partition("```")[0]
    assert written.startswith("playbooks:")
    write_sample(tmp_path / "config")
    file = tmp_path / "config" / "fenghuo.yaml"
    before, _, rest = file.read_text("utf-8").partition("playbooks:\n")
    file.write_text(before + written + "content: content/" + rest.partition("content: content/")[2], "utf-8")
    assert set(playbooks(load(tmp_path / "config", TODAY))) == {"data-leak", "rumour", "own"}
