"""What `check` says about prepared statements: what is covered, what is objected to, who would review them."""

from datetime import date
from pathlib import Path

import pytest

from alerting.config import Material, Promotion
from alerting.content import lock_item
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


SET = """\
---
set: quality
scenario: quality
author: lin
expires: 2027-06-30
blanks:
  topic: {type: enum, of: [食材, 卫生]}
  by: {type: time, within: 4h}
  more: {type: free}
---

## weibo/hold
关于{topic}，{by} 前公布。

## douyin/a  口播稿，约 40 秒
大家好。

{topic}的事：{more}
"""


def test_a_file_may_hold_a_set_of_statements_below_headings(tmp_path: Path) -> None:
    hold, script = read(folder_of(tmp_path, STAFFED, SET)).desk.brands[0].content
    assert (hold.id, hold.form, hold.text) == ("quality/weibo/hold", "", "关于{topic}，{by} 前公布。")
    assert (script.id, script.form) == ("quality/douyin/a", "口播稿，约 40 秒")
    assert script.text == "大家好。\n\n{topic}的事：{more}"
    assert [[blank.name for blank in each.blanks] for each in (hold, script)] == [
        ["topic", "by"], ["topic", "more"],
    ]  # fmt: skip


def test_a_statement_of_a_set_is_locked_like_one_in_a_file_of_its_own(tmp_path: Path) -> None:
    alone = STATEMENT.replace("  more: {type: free}\n", "").replace("{more}", "")
    as_set = alone.replace("platform: weibo\nvariant: a\n", "").replace("---\n关于", "---\n## weibo/a\n关于")
    (one,), (other,) = (
        read(folder_of(tmp_path / name, STAFFED, written)).desk.brands[0].content
        for name, written in (("alone", alone), ("set", as_set))
    )
    assert lock_item(one) == lock_item(other)


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("## weibo/hold", "## Weibo hold", 12, "the heading ## Weibo hold"),
        ("\n## weibo/hold", "写在前面\n## weibo/hold", 11, "words above the first heading"),
        ("关于{topic}，{by} 前公布。\n", "", 12, "a heading without words"),
        ("{more}", "{more}{less}", 18, "the blank {less}"),
        ("douyin/a  口播", "weibo/hold  口播", 16, "the content item quality/weibo/hold again"),
    ],
)
def test_what_is_wrong_in_a_set_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, found: str
) -> None:
    problems = load(folder_of(tmp_path, STAFFED, SET.replace(old, new)), TODAY).problems
    assert (line, found) in [(one.place.line, one.found.en) for one in problems if one.severity == "error"]


def test_a_blank_of_a_set_that_no_statement_has_is_an_error(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, STAFFED, SET.replace("{more}", "好")), TODAY)
    assert [one.found.en for one in loaded.problems if one.severity == "error"] == ["the blank {more}"]


def test_headings_in_a_single_statement_are_words(tmp_path: Path) -> None:
    (item,) = (
        read(folder_of(tmp_path, STAFFED, STATEMENT.replace("关于 {", "## 说明\n关于 {")))
        .desk.brands[0]
        .content
    )
    assert item.text.startswith("## 说明\n")
