"""What `check` says about prepared statements: what is covered, what is objected to, who would review them."""

from datetime import date
from pathlib import Path

import pytest

from alerting.config import Material, Promotion
from services.config.loader import load
from tests.services.config.test_loader import GOOD, STATEMENT, TODAY, folder_of, read

CREW = """\
  - {id: su, name: 苏, contacts: ["env:SU"], roles: [planner]}
  - {id: an, name: 安, contacts: ["env:AN"], roles: [planner, commander]}
  - {id: he, name: 何, contacts: ["env:HE"], roles: [manager, pr]}
  - {id: bo, name: 博, contacts: ["env:BO"], roles: [manager, legal]}
"""
STAFFED = GOOD.replace("network:", CREW + "network:", 1)


def told(folder: Path, path: str) -> list[str]:
    return [one.found.en for one in load(folder, TODAY).problems if one.place.path == path]


def test_with_people_for_every_level_and_variants_for_every_platform_there_is_nothing_to_say(
    tmp_path: Path,
) -> None:
    folder = folder_of(tmp_path, STAFFED)
    hold = (
        STATEMENT.replace("variant: a", "variant: hold")
        .replace("  more: {type: free}\n", "")
        .replace("{more}", "")
    )
    (folder / "content" / "hold.md").write_text(hold, "utf-8")
    assert [one.place.path for one in load(folder, TODAY).problems] == ["calendars.office"]


def test_the_coverage_table_names_platforms_without_enough_statements(tmp_path: Path) -> None:
    accounts = STAFFED.replace("accounts:", "accounts:\n  - {platform: douyin, id: acme-dy}", 1)
    assert told(folder_of(tmp_path, accounts), "content") == [
        "acme: for the scenario quality douyin 0 · weibo 1 statements"
    ]


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        ("roles: [planner]", None),
        ("roles: [support]", "one reviewer alone as planner for what acme: lin writes"),
    ],
)
def test_every_level_has_a_deputy(tmp_path: Path, roles: str, found: str | None) -> None:
    main = STAFFED.replace('contacts: ["env:SU"], roles: [planner]', f'contacts: ["env:SU"], {roles}')
    assert told(folder_of(tmp_path, main), "people") == ([found] if found else [])


def test_a_level_without_anybody_is_named(tmp_path: Path) -> None:
    main = STAFFED.replace("[manager, pr]", "[pr]").replace("[manager, legal]", "[legal]")
    assert told(folder_of(tmp_path, main), "people") == ["nobody to review as manager what acme: lin writes"]


def test_three_roles_of_two_people_are_no_route(tmp_path: Path) -> None:
    main = GOOD.replace("network:", "  - {id: su, name: 苏, roles: [planner, manager]}\nnetwork:", 1)
    assert told(folder_of(tmp_path, main), "people") == [
        "no three different reviewers for what acme: lin writes"
    ]


def test_hours_at_which_everybody_sleeps_are_named(tmp_path: Path) -> None:
    main = STAFFED.replace('["env:HE"]', '["env:HE"], quiet: "23:00-07:00"').replace(
        '["env:BO"]', '["env:BO"], quiet: "22:30-06:30"'
    )
    assert told(folder_of(tmp_path, main), "people") == [
        "no three reviewers awake at 00:00-06:30, 23:00-24:00 for what acme: lin writes"
    ]


def test_a_word_that_is_objected_to_is_told_with_its_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, STAFFED, STATEMENT.replace("{more}", "{more}\n我们是第一品牌。"))
    (problem,) = [one for one in load(folder, TODAY).problems if "第一品牌" in one.found.zh]
    lines = (folder / "content" / "a.md").read_text("utf-8").splitlines()
    assert lines[problem.place.line - 1][problem.place.column - 1 :].startswith("第一品牌")


def test_licences_labels_industry_and_dates_are_read(tmp_path: Path) -> None:
    head = (
        "materials: [{kind: picture, name: 封面, proof: 图库合同 118}, {kind: font, name: 标题字}]\n"
        "industry: finance\nai: true\npromotion: {from: 2026-12-01, to: 2026-12-07}\n"
    )
    folder = folder_of(tmp_path, STAFFED, STATEMENT.replace("blanks:", head + "blanks:", 1))
    (item,) = read(folder).desk.brands[0].content
    assert item.materials == (
        Material(kind="picture", name="封面", proof="图库合同 118"), Material(kind="font", name="标题字"),
    )  # fmt: skip
    assert (item.industry, item.ai) == ("finance", True)
    assert item.promotion == Promotion(starts=date(2026, 12, 1), ends=date(2026, 12, 7))
    warned = {one.found.en for one in load(folder, TODAY).problems if one.place.file == "content/a.md"}
    assert any("unlicensed-font" in one for one in warned)
    assert any("ai-unlabelled" in one for one in warned)


def test_standard_replies_are_read_as_well(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, STAFFED, scripts="- {id: sorry, category: service, text: '本店绝对安全，请放心。'}\n"
    )
    (problem,) = [one for one in load(folder, TODAY).problems if one.place.file == "scripts.yaml"]
    assert problem.found.zh.startswith("“绝对安全”")
