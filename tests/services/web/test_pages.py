import re

import pytest

from services.views.incidents import incidents_page
from services.web.security import SECURITY_HEADERS
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, post, reply

PAGES = ("/queue", "/queue?overdue=1", "/incidents", "/mentions", "/wall", "/signin")


def words_of(html: str) -> str:
    """The page as text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def incident_of(house: Stage) -> str:
    return incidents_page(house.desk.reader).items[0].id


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_answers_in_both_languages_with_guarding_headers(
    stormy: Stage, path: str, language: str
) -> None:
    async with browsing(stormy) as browser:
        browser.cookies.set("fenghuo_language", language)
        answer = await browser.get(path)
    assert answer.status_code == 200
    assert ('lang="zh-CN"' if language == "zh" else 'lang="en"') in answer.text
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("place", ["/incidents/", "/i/"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_both_pages_of_an_incident_answer(stormy: Stage, place: str, language: str) -> None:
    async with browsing(stormy) as browser:
        browser.cookies.set("fenghuo_language", language)
        answer = await browser.get(place + incident_of(stormy))
    assert answer.status_code == 200
    assert "异物" in answer.text


@pytest.mark.parametrize("path", ["/queue", "/incidents", "/mentions", "/wall", "/i/1"])
async def test_nobody_sees_a_page_without_signing_in(stormy: Stage, path: str) -> None:
    async with browsing(stormy, person=None) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/signin?to=%2F{path[1:].replace('/', '%2F')}"


async def test_the_queue_shows_what_runs_out_first_with_its_time(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = words_of((await browser.get("/queue")).text)
    # VIP since 14:20 with 10 minutes, the others since 14:04 with 30.
    assert page.index("小满") < page.index("长街") < page.index("阿杰")
    assert "10:00 已超时" in page
    assert "老王" not in page


async def test_a_conversation_says_why_it_is_due_then(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        listed = (await browser.get("/queue?vip=1")).text
        address = re.search(r'href="(/queue\?vip=1&amp;c=[^"]+)"', listed)
        assert address is not None
        page = words_of((await browser.get(address[1].replace("&amp;", "&"))).text)
    assert "为什么是 14:30？ vip 政策 · 首次回复 10 分钟 · 自 14:20 起 · 全天计时" in page
    assert "还有人吗？" in page
    assert "小满您好" in page


async def test_matched_words_are_marked_as_they_were_written(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get("/mentions?severity=P0")).text
    assert re.search(r'<mark title="food-safety: 异物">异物</mark>', page)


async def test_what_people_write_is_text_and_never_markup(quiet: Stage) -> None:
    await quiet.take(comment(1, "13:00", "<script>alert(1)</script> & 青禾小馆", name='"><b>x'))
    async with browsing(quiet) as browser:
        for path in ("/queue", "/mentions"):
            page = (await browser.get(path)).text
            assert "<script>alert" not in page
            assert '"><b>x' not in page
            assert "&lt;script&gt;" in page


async def test_an_address_of_another_scheme_is_no_link(quiet: Stage) -> None:
    await quiet.take(post(1, "13:00", "青禾小馆", "阿杰", url="javascript:alert(1)"))
    async with browsing(quiet) as browser:
        assert "javascript:" not in (await browser.get("/mentions")).text


async def test_a_forgotten_person_is_gone_from_every_page(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        assert "小满" in (await browser.get("/queue")).text
        sparked.forget("u-小满")
        for path in ("/queue", "/mentions", "/api/queue", "/api/mentions"):
            page = (await browser.get(path)).text
            assert "小满" not in page
            assert "没人回" not in page
        assert "内容已按要求删除" in (await browser.get("/queue")).text


async def test_an_empty_queue_says_what_it_means(quiet: Stage) -> None:
    async with browsing(quiet) as browser:
        assert "还没有收到过顾客消息" in (await browser.get("/queue")).text
        quiet.clock.set(at("13:05"))
        await quiet.take(comment(1, "13:01", "几点关门"), reply(2, "13:05", "十点", to="小满"))
        assert "最近一条 13:05 已回复" in (await browser.get("/queue")).text
        assert "这个筛选下没有等待回复的消息" in (await browser.get("/queue?overdue=1")).text
        assert "没有进行中的事件" in (await browser.get("/incidents")).text


async def test_figures_of_an_incident_lead_to_the_items_behind_them(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get(f"/incidents/{incident_of(stormy)}")).text
        figures = re.findall(r'<a href="([^"]+)"><b>([\d,]+)</b><span>', page)
        assert len(figures) == 2
        for address, number in figures:
            listed = words_of((await browser.get(address.replace("&amp;", "&"))).text)
            assert f"{number} 条" in listed


async def test_the_evidence_of_a_rule_leads_to_its_items(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get(f"/mentions?incident={incident_of(stormy)}&rule=p0")
    assert "规则 p0 的依据" in answer.text
    # The hour before 14:20, when it fired last: a large account at 13:31 and the waiting customer.
    assert answer.text.count("<li data-row=") == 2


async def test_the_wall_shows_no_names_and_no_quotes_of_customers(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get("/wall")).text
    assert "食品安全" in page
    for name in ("阿杰", "长街", "食探老周", "钢丝球", "网友"):
        assert name not in page


@pytest.mark.parametrize("path", ["/nothing", "/incidents/none", "/i/none", "/mentions?incident=x&rule=y"])
async def test_what_is_not_there_is_said_with_what_to_do(stormy: Stage, path: str) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 404
    if path != "/nothing":  # the application's own page for addresses of no router
        assert "这里没有这个页面" in answer.text
        assert "从队列或事件列表重新找" in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query", ["label=angry", "severity=P9", "from=yesterday", "from=2026-11-23T10:00:00", "after=x"]
)
async def test_a_wrong_parameter_is_named(stormy: Stage, query: str) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get(f"/mentions?{query}")
    assert answer.status_code == 400
    assert "请求里有看不懂的内容" in answer.text
    assert query.split("=", maxsplit=1)[0].replace("after", "cursor") in answer.text


async def test_static_files_are_kept_and_named_by_their_content(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get("/queue")).text
        address = re.search(r'href="(/static/desk\.css\?v=\w+)"', page)
        assert address is not None
        answer = await browser.get(address[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


def test_no_page_needs_inline_script_or_style() -> None:
    from services.web.render import FOLDER

    for template in (FOLDER / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        if template.name == "document_file.html":  # taken away as a file, never shown by the desk
            text = text.replace("<style>", "")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*src=)", text), template.name
