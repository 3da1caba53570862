import re

import pytest

from tests.services.web.conftest import browsing, sits_down
from tests.services.web.stage import Stage, comment, message
from tests.services.web.test_pages import words_of


def names_in(html: str) -> list[str]:
    """The customers of the list, in its order."""
    listed = html.partition('id="waiting"')[2].partition('id="conversation"')[0]
    return re.findall(r'<span class="meta">[^<]*? · ([^ <]+)', listed)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("", ["小满", "长街", "阿杰", "北望", "晴", "木木", "北岸"]),
        ("?overdue=1", ["小满", "长街"]),
        ("?vip=1", ["小满"]),
        ("?vip=1&platform=wechat", []),
        ("?platform=wechat", ["晴", "木木", "北岸"]),
        ("?account=qinghe-mp&q=包间", ["北岸"]),
        ("?topic=service", ["长街"]),
        ("?q=木木", ["木木"]),
        ("?q=没人+异物", ["小满"]),
        ("?from=5&rows=1", ["木木"]),
        ("?brand=qinghe&soon=1", ["小满", "长街", "阿杰", "北望", "晴"]),
    ],
)
async def test_the_address_says_what_is_shown(stormy: Stage, question: str, names: list[str]) -> None:
    async with browsing(stormy) as browser:
        assert names_in((await browser.get(f"/queue{question}")).text) == names


async def test_a_filter_keeps_the_others_and_is_taken_away_by_pressing_it_again(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get("/queue?platform=weibo&overdue=1")).text
    assert 'href="/queue?platform=weibo&amp;overdue=1&amp;vip=1"' in page
    assert 'href="/queue?platform=weibo" aria-current="true"' in page


async def test_rows_know_their_place_in_the_whole_list(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get("/queue?from=2&rows=3")).text
    assert re.findall(r'aria-posinset="(\d+)" aria-setsize="7"', page) == ["3", "4", "5"]
    assert 'href="/queue?from=5"' in page


@pytest.mark.parametrize("question", ["from=x", "from=-1", "rows=0", "rows=201", f"q={'长' * 501}"])
async def test_a_wrong_address_is_told(stormy: Stage, question: str) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get(f"/queue?{question}")
    assert answer.status_code == 400
    assert question.partition("=")[0] in answer.text


async def test_a_search_finds_words_of_whoever_was_not_forgotten(quiet: Stage) -> None:
    await quiet.take(
        comment(1, "13:00", "Where is my Order", name="安娜"), message(2, "13:00", "订单", "贝尔")
    )
    async with browsing(quiet) as browser:
        assert names_in((await browser.get("/queue?q=ORDER my")).text) == ["安娜"]
        quiet.forget("u-安娜")
        assert "这个筛选下没有等待回复的消息" in words_of((await browser.get("/queue?q=order")).text)


async def test_a_view_is_saved_under_a_name_for_one_person_and_dropped_again(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        kept = {"name": "要紧的", "vip": "1", "platform": "weibo"}
        assert (await browser.post("/queue/views", data=kept)).headers[
            "location"
        ] == "/queue?platform=weibo&vip=1"
        assert '<a href="/queue?platform=weibo&amp;vip=1">要紧的</a>' in (await browser.get("/queue")).text
        sits_down(browser, sparked, "zhou")
        assert "要紧的" not in (await browser.get("/queue")).text
        sits_down(browser, sparked, "chen")
        await browser.post("/queue/views", data={"name": "要紧的", "op": "drop"})
        assert "要紧的" not in (await browser.get("/queue")).text
        assert (await browser.post("/queue/views", data={"name": " "})).status_code == 400
        for number in range(20):
            await browser.post("/queue/views", data={"name": f"视图 {number}", "vip": "1"})
        assert (await browser.post("/queue/views", data={"name": "再来一个", "vip": "1"})).status_code == 409


async def test_an_empty_overview_is_never_empty(quiet: Stage) -> None:
    """Pain: an overview that shows nothing, although customers wait under another filter, or nobody was connected yet."""
    async with browsing(quiet) as browser:
        assert "还没有收到过顾客消息；接入来源后" in (await browser.get("/queue")).text
        await quiet.take(comment(1, "13:00", "几点关门"))
        page = words_of((await browser.get("/queue?vip=1")).text)
        assert "这个筛选下没有等待回复的消息 全部还有 1 条在等。 看全部" in page
        assert words_of((await browser.get("/queue?from=40")).text).count("几点关门") == 0
        assert "全部 1" in words_of((await browser.get("/queue?from=40")).text)
