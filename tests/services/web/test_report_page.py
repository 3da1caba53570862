"""The report on response times: the same figures as `fenghuo sla report`, each with what stands behind it."""

import asyncio
import re
import threading
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar

from services.sla_history import waits_since
from services.web.report_figures import Asked, Reports
from services.web.routes import routes
from streams.sla.report import Waited
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, reply
from tests.services.web.test_attending import replies, waiting
from tests.services.web.test_pages import words_of


@pytest.fixture
async def answered(quiet: Stage) -> Stage:
    """One answered in time by Chen, one late by nobody that is known, one who is not answered and overdue."""
    await quiet.play(
        [comment(1, "13:00", "几点关门", name="甲"), comment(2, "13:01", "有停车场吗", name="乙")]
    )
    quiet.clock.set(at("13:05"))
    async with browsing(quiet, "chen") as browser:
        await replies(browser, waiting(quiet), "十点。", answering="first_response/1")
    await quiet.play([reply(2, "13:50", "有的", to="乙"), comment(3, "13:51", "可以订包间吗", name="丙")])
    quiet.clock.set(at("15:00"))
    await quiet.take()
    return quiet


async def test_the_page_shows_what_the_journal_tells(answered: Stage) -> None:
    async with browsing(answered) as browser:
        page = (await browser.get("/report")).text
    words = words_of(page)
    assert "2026-11-17 至 2026-11-23 开始等待的" in words
    assert re.search(r"33\.3% 达标率.* 1 按时.* 2 超时", words)
    for row in ("微博 33.3%", "陈 100.0%", "未记录是谁 0.0%", "13 时 33.3%", "首次回复 33.3%"):
        assert row in words, row
    assert "2026-11-23：按时 1，超时 2，达标率 33.3%" in page
    assert 'href="/report"' in page


async def test_every_figure_leads_to_what_it_counts(answered: Stage) -> None:
    async with browsing(answered) as browser:
        page = (await browser.get("/report?from=2026-11-23&to=2026-11-23")).text
        links = re.findall(r'href="(/report\?[^"]+show=[^"]+#behind)"', page)
        assert links
        late = words_of((await browser.get("/report?by=platform&name=weibo&show=breached")).text)
        slow = words_of((await browser.get("/report?show=answers")).text)
        none = words_of(
            (await browser.get("/report?by=platform&name=weibo&show=met&from=2026-11-01&to=2026-11-02")).text
        )
    assert "微博 · 超时 · 2 次" in late
    assert "还没有回复" in late
    assert slow.index("等了 49 分钟") < slow.index("等了 5 分钟")
    assert "这段时间没有到期或已回复的等待" in none


async def test_the_table_is_that_of_the_command(answered: Stage) -> None:
    async with browsing(answered) as browser:
        answer = await browser.get("/report.csv?from=2026-11-23&to=2026-11-23")
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="fenghuo-sla-2026-11-23-2026-11-23.csv"'
    )
    head, whole, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("by,name,met,breached,attainment")
    assert whole.startswith("all,all,1,2,")
    assert any(row.startswith("agent,chen,1,0,1.0,") for row in rows)


@pytest.mark.parametrize(
    "query",
    [
        "from=soon",
        "from=2026-11-23&to=2026-11-01",
        "from=2026-01-01&to=2026-11-01",
        "show=all",
        "by=moon&show=met",
    ],
)
async def test_what_cannot_be_asked_is_told(quiet: Stage, query: str) -> None:
    async with browsing(quiet) as browser:
        answer = await browser.get(f"/report?{query}")
    assert answer.status_code == 400


async def test_nobody_reads_it_without_signing_in(quiet: Stage) -> None:
    async with browsing(quiet, None) as browser:
        answers = [await browser.get("/report"), await browser.get("/report.csv")]
    assert [answer.headers["location"].split("?")[0] for answer in answers] == ["/signin", "/signin"]


async def test_reading_a_report_does_not_hold_up_the_desk() -> None:
    begun, desk_went_on, in_time = threading.Event(), threading.Event(), list[bool]()

    def waits(_since: datetime, _now: datetime) -> list[Waited]:
        begun.set()
        in_time.append(desk_went_on.wait(20))
        return []

    asked = Asked(from_at=at("00:00"), to_at=at("13:00"), period={})
    figures = asyncio.create_task(Reports(waits).figures(asked, None, at("13:00"), ZoneInfo("UTC")))
    await asyncio.to_thread(begun.wait, 20)
    desk_went_on.set()
    assert (await figures).total.attainment is None
    assert in_time == [True]


async def test_a_report_over_too_much_says_what_to_do_instead(answered: Stage, tmp_path: Path) -> None:
    reports = Reports(partial(waits_since, tmp_path, events_most=3))
    desk = replace(answered.desk, reports=reports)
    answered.app = Litestar(route_handlers=list(routes(desk)), openapi_config=None)
    async with browsing(answered) as browser:
        answer = await browser.get("/report")
    assert answer.status_code == 409
    assert "fenghuo sla report" in answer.text
