"""The queue in a real Chromium, as a person who answers 200 messages a shift uses it."""

import re
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from services import clock
from services.sample import write_sample
from services.web.access import Access
from services.web.visit import SESSION_COOKIE
from tests.browser.visitors import DESK, PATIENCE_MS, PHONE, visiting
from tests.builders import at
from tests.daemons import Daemon
from tests.services.web.stage import CRAWLER_KEY, Stage, comment, message

pytestmark = pytest.mark.browser


async def test_the_queue_counts_down_by_the_servers_clock(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        first = visitor.page.locator(".wait").first
        await expect(first).to_have_class(re.compile("over"))
        await expect(first).to_contain_text("小满")
        await expect(first.locator(".left small")).to_have_text("已超时")
        shown = await first.locator(".left b").inner_text()
        await expect(first.locator(".left b")).not_to_have_text(shown)
        minutes, seconds = (int(part) for part in (await first.locator(".left b").inner_text()).split(":"))
        overdue_s = (house.clock() - at("14:30")).total_seconds()
        assert abs(60 * minutes + seconds - overdue_s) <= 2


async def test_moving_with_j_and_k_opens_conversations(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        conversation = visitor.page.locator("#conversation h1")
        await expect(conversation).to_have_text("小满")  # the most urgent one lies open by itself
        for key, name in (("j", "长街"), ("j", "阿杰"), ("k", "长街")):
            await visitor.page.keyboard.press(key)
            await expect(conversation).to_have_text(name)
        await expect(visitor.page.locator(".wait[aria-current]")).to_have_count(1)
        await expect(visitor.page.locator("#conversation .why").first).to_contain_text("为什么是 14:34？")


async def test_a_new_question_appears_without_reloading(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        await expect(visitor.page.locator(".wait")).to_have_count(7)
        await house.take(comment(90, "14:40", "新来的问题", name="新客"))
        await expect(visitor.page.locator(".wait")).to_have_count(8)
        await expect(visitor.page.locator(".wait.arrived")).to_contain_text("新来的问题")


async def test_words_being_typed_outlive_a_change_of_the_page(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        await visitor.page.keyboard.press("j")
        await visitor.page.fill("#draft", "正在写的回复")
        await house.take(comment(90, "14:40", "新来的问题", name="新客"))
        await expect(visitor.page.locator(".wait")).to_have_count(8)
        await expect(visitor.page.locator("#draft")).to_have_value("正在写的回复")


async def test_a_computer_whose_clock_is_wrong_counts_right(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.page.add_init_script(
            "{ const right = Date.now; Date.now = () => right() + 5_000_000; }"
        )
        await visitor.opens("/queue")
        first = visitor.page.locator(".wait .left b").first
        shown = await first.inner_text()
        await expect(first).not_to_have_text(shown)
        minutes, seconds = (int(part) for part in (await first.inner_text()).split(":"))
        assert abs(60 * minutes + seconds - (house.clock() - at("14:30")).total_seconds()) <= 2


async def test_ten_thousand_rows_are_drawn_only_where_they_are_seen(
    chromium: Browser, house: Stage, url: str
) -> None:
    waiting = [
        message(n, f"14:{35 + n % 5}:{n % 60:02}", f"第 {n} 个问题", f"客{n}") for n in range(1000, 10_993)
    ]
    await house.take(*waiting)
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        rows, list_ = visitor.page.locator(".wait"), visitor.page.locator("#waiting ol")
        await expect(visitor.page.locator("li[aria-setsize='10000']").first).to_be_visible()
        for share in (0.3, 0.9, 0.5, 1.0):
            top = await list_.evaluate(
                f"(list) => (list.parentElement.scrollTop = list.offsetHeight * {share})"
            )
            index = int(top / 70) + 1
            await expect(visitor.page.locator(f"li[aria-posinset='{min(index, 9_990)}']")).to_be_in_viewport()
            assert await rows.count() <= 200
        box = await list_.bounding_box()
        assert box is not None
        assert box["height"] == 70 * 10_000


async def test_the_keyboard_walks_past_what_is_drawn(chromium: Browser, house: Stage, url: str) -> None:
    await house.take(
        *(message(n, f"14:39:{n % 60:02}", f"第 {n} 个问题", f"客{n}") for n in range(1000, 1100))
    )
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        await expect(visitor.page.locator("#conversation h1")).to_have_text("小满")
        row = visitor.page.locator(".wait[aria-current]").locator("..")
        for number in range(2, 46):
            await visitor.page.keyboard.press("j")
            await expect(row).to_have_attribute("aria-posinset", str(number))
        await expect(row).to_be_in_viewport()


async def test_the_keys_are_explained_and_a_search_is_one_key_away(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        await visitor.page.keyboard.press("?")
        await expect(visitor.page.locator("#help")).to_be_visible()
        await visitor.page.keyboard.press("Escape")
        await expect(visitor.page.locator("#help")).to_be_hidden()
        await visitor.page.keyboard.press("/")
        await visitor.page.keyboard.type("主食")
        await visitor.page.keyboard.press("Enter")
        await expect(visitor.page.locator(".wait")).to_have_count(1)
        await expect(visitor.page.locator("#conversation h1")).to_have_text("木木")


async def test_a_breach_is_told_while_the_page_is_not_in_front(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.page.context.grant_permissions(["notifications"], origin=url)
        await visitor.page.add_init_script(
            "{ document.hasFocus = () => false; globalThis.told = [];"
            " globalThis.Notification = class { static permission = 'granted';"
            " constructor(title) { told.push(title); } }; }"
        )
        await visitor.opens("/queue")
        await expect(visitor.page.locator("#conversation h1")).to_have_text("小满")
        house.clock.set(at("14:49:05"))  # 阿杰 was due at 14:49
        await house.take(comment(91, "14:49", "还在吗", name="新客"))
        await expect(visitor.page.locator(".wait.over")).to_have_count(3)
        await visitor.page.wait_for_function("told.length === 1")
        assert await visitor.page.evaluate("told[0]") == "又有会话超时，共 3 个"


async def test_on_a_phone_a_conversation_takes_the_page_and_gives_it_back(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        await visitor.opens("/queue")
        await visitor.page.locator(".wait").nth(1).click()
        await expect(visitor.page.locator("#conversation h1")).to_have_text("长街")
        await expect(visitor.page.locator("#waiting")).to_be_hidden()
        await visitor.page.locator(".to-list").click()
        await expect(visitor.page.locator(".wait")).to_have_count(7)


async def test_a_line_that_was_cut_shows_at_once_and_what_was_missed_comes(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        page = visitor.page
        await visitor.opens("/queue")
        await expect(page.locator(".wait")).to_have_count(7)
        await page.locator("#draft").fill("正在写的回复")
        await page.context.set_offline(True)
        await expect(page.locator("#cut-off")).to_be_visible()
        await house.take(comment(92, "14:40", "断线时来的问题", name="新客"))
        await page.context.set_offline(False)
        await expect(page.locator(".wait")).to_have_count(8)
        await expect(page.locator("#cut-off")).to_be_hidden()
        await expect(page.locator("#draft")).to_have_value("正在写的回复")
        visitor.complaints.clear()  # of the line that was cut


async def test_a_restarted_daemon_goes_on_with_the_queue_and_its_claims(
    chromium: Browser, tmp_path: Path
) -> None:
    write_sample(tmp_path / "config")
    daemon = Daemon(tmp_path / "config", tmp_path / "data", {"FENGHUO_KEY_CRAWLER": CRAWLER_KEY})
    headers = {"authorization": f"Bearer {CRAWLER_KEY}"}
    now = clock.now()

    def asks(number: int, name: str) -> None:
        record = message(number, "10:00", "周末可以订包间吗", name) | {"time": clock.now().isoformat()}
        httpx.post(f"{daemon.url}/v1/records", json=[record], headers=headers).raise_for_status()

    try:
        daemon.start()
        with closing(Access(tmp_path / "data" / "access.db")) as access:
            session = access.open_session("chen", now)
        asks(1, "木木")
        context = await chromium.new_context()
        await context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": daemon.url}])
        page = await context.new_page()
        await page.goto(f"{daemon.url}/queue")
        await expect(page.locator("#conversation h1")).to_have_text("木木")
        await page.keyboard.press("c")
        await expect(page.locator(".wait .claim")).to_have_text("陈 已认领")
        assert daemon.stop() == 0
        await expect(page.locator("#cut-off")).to_be_visible(timeout=PATIENCE_MS)
        daemon.start()
        asks(2, "北岸")
        await expect(page.locator(".wait")).to_have_count(2, timeout=PATIENCE_MS)
        await expect(page.locator("#cut-off")).to_be_hidden()
        await expect(page.locator(".wait .claim")).to_have_text("陈 已认领")
        await context.close()
    finally:
        daemon.stop()
        daemon.close()
