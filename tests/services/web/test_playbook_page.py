"""The playbook on an incident's page and over the API: what is due, what is late, and what people change in it."""

import re
from typing import Any

import pytest

from services.views.rows import StepRow
from tests.builders import at
from tests.services.web.conftest import Browser, browsing
from tests.services.web.stage import Stage
from tests.services.web.test_actions import incident_of


def steps_of(house: Stage) -> dict[str, StepRow]:
    return {step.plan.id: step for step in incident_of(house).steps}


async def shown(browser: Browser, house: Stage) -> dict[str, str]:
    """The lines of the playbook, by step, without their markup."""
    page = (await browser.get(f"/incidents/{incident_of(house).row.id}")).text
    lines = re.findall(r'data-step="([^"]+)">(.*?)</li>', page, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", line).split()) for name, line in lines}


async def ask(browser: Browser, house: Stage, action: str, **fields: str) -> Any:
    return await browser.post(f"/api/incidents/{incident_of(house).row.id}/{action}", data=fields)


async def test_what_is_due_counts_down_by_the_servers_clock(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
        lines = await shown(browser, sparked)
    due_ms = int(at("13:30").timestamp() * 1000)
    assert f'data-due="{due_ms}"' in page
    assert f'data-now="{int(at("13:20:30").timestamp() * 1000)}"' in page
    assert "剩 9:30" in lines["complainant"]
    assert "第一百零三条" in lines["facts"], "how it is done stands with the step"
    assert "等 核实事实并保全证据" in lines["statement"]


async def test_what_is_late_is_told_by_sign_and_word(sparked: Stage) -> None:
    sparked.clock.set(at("13:40"))
    await sparked.take()
    async with browsing(sparked, "qin") as browser:
        lines = await shown(browser, sparked)
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
    assert lines["complainant"].startswith("!")
    assert "已超时 10:00" in lines["complainant"]
    assert "4 步超时" in page
    assert steps_of(sparked)["complainant"].late


async def test_both_languages_tell_the_playbook(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        browser.cookies.set("fenghuo_language", "en")
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
    assert "Playbook" in page
    assert "2 of 15 steps" in page
    assert "Another playbook…" in page


async def test_a_step_is_added_retimed_and_reassigned(sparked: Stage) -> None:
    async with browsing(sparked, "qin") as browser:
        added = await ask(
            browser,
            sparked,
            "add-step",
            title="联系平台小二",
            person="zhou",
            due_at="2026-11-23T14:00",
            reason="要看后台数据",
        )
        assert added.status_code == 200, added.text
        await ask(
            browser, sparked, "retime", step="complainant", due_at=at("13:50").isoformat(), reason="在飞机上"
        )
        await ask(browser, sparked, "reassign", step="complainant", person="song", reason="陈休假")
        lines = await shown(browser, sparked)
        found = (await browser.get(f"/api/incidents/{incident_of(sparked).row.id}")).json()
    plan = steps_of(sparked)["complainant"].plan
    assert (plan.person, plan.due_at) == ("song", at("13:50"))
    assert "宋" in lines["complainant"]
    assert "改动：陈休假" in lines["complainant"]
    (new,) = [step for step in found["steps"] if step["id"].startswith("added-")]
    assert (new["title"], new["person"], new["left_s"]) == ("联系平台小二", "zhou", 2370)
    assert found["playbook"] == "safety"
    assert len(found["playbook_version"]) == 8


async def test_another_playbook_takes_over_and_the_first_ones_steps_are_left_undone(sparked: Stage) -> None:
    async with browsing(sparked, "qin") as browser:
        answer = await ask(browser, sparked, "playbook", playbook="rumour", reason="视频是旧闻")
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
    assert answer.status_code == 200
    assert "notice" in steps_of(sparked)
    assert "未完成：" in page
    assert "视频是旧闻" in page


async def test_a_closed_incident_shows_what_was_left_undone(sparked: Stage) -> None:
    async with browsing(sparked, "qin") as browser:
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
        assert "预案还有 13 步没有做" in page
        await ask(browser, sparked, "close", reason="已和解")
        lines = await shown(browser, sparked)
    assert {step.state for step in steps_of(sparked).values()} == {"done", "dropped"}
    assert "未完成" in lines["facts"]


@pytest.mark.parametrize(
    ("action", "fields", "status", "words"),
    [
        ("retime", {"step": "facts", "due_at": "soon", "reason": "r"}, 400, "due_at"),
        ("retime", {"step": "facts", "due_at": "2020-01-01T00:00", "reason": "r"}, 409, "时限要在现在之后"),
        ("retime", {"step": "facts", "due_at": "2026-12-01T00:00", "reason": ""}, 409, "请写明原因"),
        ("add-step", {"title": "x", "reason": "r"}, 409, "请写明由谁负责"),
        ("reassign", {"step": "facts", "person": "nobody", "reason": "r"}, 409, "没有这个人"),
        ("playbook", {"playbook": "safety", "reason": "r"}, 409, "这个预案正在进行"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    sparked: Stage, action: str, fields: dict[str, str], status: int, words: str
) -> None:
    async with browsing(sparked, "qin") as browser:
        answer = await ask(browser, sparked, action, **fields)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_who_may_not_change_it_is_not_offered_to(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        page = (await browser.get(f"/incidents/{incident_of(sparked).row.id}")).text
        refused = await ask(browser, sparked, "reassign", step="facts", person="chen", reason="r")
    assert "换预案" not in page
    assert "更改…" not in page
    assert "完成并备注" in page
    assert refused.status_code == 409
