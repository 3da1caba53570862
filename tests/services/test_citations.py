"""Laws are named with their article and the day of the text that was looked up, and pages say what that is worth."""

import re
from datetime import date
from pathlib import Path

import pytest

import services.sample
from alerting.compliance import OBJECTIONS

PLAYBOOKS = sorted((Path(services.sample.__file__).parent / "folder" / "playbooks").glob("*.yaml"))
NAMED = re.compile(r"《([^》]+)》")
CITED = re.compile(r"《([^》]+)》（(\d{4}-\d{2}-\d{2}) 起施行）第[一二三四五六七八九十百千零]+条")

BEARINGS = {path.stem: path.read_text("utf-8") for path in PLAYBOOKS} | {
    objection.rule: objection.source for objection in OBJECTIONS
}


@pytest.mark.parametrize("where", BEARINGS)
def test_every_law_has_its_article_and_the_day_of_its_text(where: str) -> None:
    cited = CITED.findall(BEARINGS[where])
    assert [law for law, _ in cited] == NAMED.findall(BEARINGS[where])
    assert all(date(1994, 1, 1) < date.fromisoformat(day) <= date(2026, 11, 26) for _, day in cited)


def test_one_law_is_of_one_day() -> None:
    days: dict[str, set[str]] = {}
    for words in BEARINGS.values():
        for law, day in CITED.findall(words):
            days.setdefault(law.removeprefix("中华人民共和国"), set()).add(day)
    assert len(days) > 15
    assert {law: found for law, found in days.items() if len(found) > 1} == {}


def test_a_playbook_with_laws_says_what_they_are_worth() -> None:
    for path in PLAYBOOKS:
        words = path.read_text("utf-8")
        assert ("不是法律意见" in words) == ("《" in words), path.name
