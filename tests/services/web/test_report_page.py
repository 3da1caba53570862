"""The report on response times: the same figures as `fenghuo sla report`, each with what stands behind it."""

import re
from dataclasses import replace
from typing import TypeVar

import pytest
from litestar import Litestar

from services.aside import Aside
from services.errors import HistoryTooLong
from services.questions import Question
from services.web.routes import routes
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, reply
from tests.services.web.test_attending import replies, waiting
from tests.services.web.test_pages import words_of

T = TypeVar("T")


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


class Overwhelmed(Aside):
    """Says of every question that too much would have to be read."""

    async def ask(self, question: Question, answer: type[T]) -> T:
        raise HistoryTooLong(f"too much for {question} and {answer}")


async def test_a_report_over_too_much_says_what_to_do_instead(answered: Stage) -> None:
    desk = replace(answered.desk, aside=Overwhelmed({}))
    answered.app = Litestar(route_handlers=list(routes(desk)), openapi_config=None, logging_config=None)
    async with browsing(answered) as browser:
        answer = await browser.get("/report")
    assert answer.status_code == 409
    assert "fenghuo sla report" in answer.text


async def test_other_promises_are_shown_beside_what_was(answered: Stage) -> None:
    period = "from=2026-11-23&to=2026-11-23"
    async with browsing(answered) as browser:
        plain = (await browser.get(f"/report?{period}")).text
        page = (await browser.get(f"/report?{period}&first_response.weibo=1h")).text
        same = (await browser.get(f"/report?{period}&first_response.weibo=30m")).text
        table = (await browser.get(f"/report.csv?{period}&first_response.weibo=1h")).content.decode(
            "utf-8-sig"
        )
        wrong = await browser.get(f"/report?{period}&first_response.weibo=soon")
    words = words_of(page)
    assert 'name="first_response.weibo" value="30m"' in plain
    assert "换承诺后" not in words_of(same)
    assert re.search(r"微博 33\.3% 66\.7% \+33\.3 1 2", words)
    assert "first_response.weibo=1h" in page.replace("&amp;", "&"), "figures keep what was asked"
    assert "what_if_attainment" in table.splitlines()[0]
    assert wrong.status_code == 400


async def test_the_report_is_in_the_api(answered: Stage) -> None:
    async with browsing(answered) as browser:
        answer = await browser.get("/api/report?from=2026-11-23&to=2026-11-23&first_response.weibo=1h")
    total, *lines = answer.json()["lines"]
    assert (total["row"]["met"], total["what_if"]["met"]) == (1, 2)
    assert {line["by"] for line in lines} == {"platform", "account", "policy", "agent", "hour", "day", "kind"}
