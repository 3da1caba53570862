"""The desk in a real Chromium, at the sizes people have: 1440×900 at a desk, 390×844 in the hand at night."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from services.views.incidents import incidents_page
from services.web.visit import SESSION_COOKIE
from tests.builders import at
from tests.services.web.stage import Stage, comment, stage, storm

pytestmark = pytest.mark.browser

DESK = (1440, 900)
PHONE = (390, 844)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 15_000


class Visitor:
    """A person with a browser of one size; what the browser complains about is kept."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    async def opens(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def width(self) -> int:
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Stage]:
    """The stormy day, at 14:40, with a clock that runs."""
    with stage(tmp_path, at("12:00")) as opened:
        await opened.play(storm())
        opened.clock.set(at("14:40"))
        opened.clock.run()
        yield opened


@pytest.fixture
async def url(house: Stage) -> AsyncIterator[str]:
    """Its pages on a real port."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(house.app, log_config=None, lifespan="off"))
        serving = asyncio.ensure_future(server.serve(sockets=[door]))
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        house.desk.hub.close()
        server.should_exit = True
        await serving


@pytest.fixture
async def chromium(require_tool: Callable[[str], Path]) -> AsyncIterator[Browser]:
    program = require_tool("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(program), args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def visiting(
    chromium: Browser, house: Stage, url: str, size: tuple[int, int], person: str = "xu"
) -> AsyncIterator[Visitor]:
    """A signed-in person; at the end their browser must have had nothing to complain about."""
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]})
    await context.add_cookies([{"name": SESSION_COOKIE, "value": house.session(person), "url": url}])
    visitor = Visitor(await context.new_page(), url)
    yield visitor
    assert visitor.complaints == []
    await context.close()


def incident_of(house: Stage) -> str:
    return incidents_page(house.desk.reader).items[0].id


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


async def test_somebody_woken_at_night_takes_it_with_one_press(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        await visitor.opens(f"/i/{incident_of(house)}")
        take = visitor.page.get_by_role("button", name="我来处理")
        box = await take.bounding_box()
        assert box is not None
        assert box["height"] >= 56
        assert box["y"] + box["height"] <= PHONE[1]
        await take.click()
        await expect(visitor.page.get_by_text("您已接手，不再呼叫别人")).to_be_visible()
    assert incidents_page(house.desk.reader).items[0].acknowledged_by == "xu"


async def test_what_one_does_the_other_sees(chromium: Browser, house: Stage, url: str) -> None:
    path = f"/incidents/{incident_of(house)}"
    async with (
        visiting(chromium, house, url, DESK, "song") as watching,
        visiting(chromium, house, url, PHONE) as acting,
    ):
        await watching.opens(path)
        await expect(watching.page.locator("#lead")).to_contain_text("还没有人接手")
        await acting.opens(path)
        await acting.page.get_by_role("button", name="我来处理").click()
        await expect(watching.page.locator("#lead")).to_contain_text("许 ✓")


async def test_a_false_alarm_is_asked_once_and_says_what_will_happen(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        await visitor.opens(f"/i/{incident_of(house)}")
        await visitor.page.get_by_text("这是误报").click()
        await expect(visitor.page.get_by_text("不再呼叫任何人")).to_be_visible()
        await visitor.page.get_by_role("button", name="确认是误报").click()
        await expect(visitor.page.get_by_text("事件已关闭")).to_be_visible()


async def test_a_statement_is_copied_once_its_blanks_are_filled(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        await visitor.opens(f"/incidents/{incident_of(house)}")
        offer = visitor.page.locator(".offer").filter(has=visitor.page.locator("input[type=time]"))
        copy = offer.locator("button")
        await copy.click()
        await expect(copy).not_to_have_text("已复制")
        await offer.locator("select").select_option("异物")
        await offer.locator("input[type=time]").fill("16:00")
        await copy.click()
        await expect(copy).to_have_text("已复制")
        copied = await visitor.page.evaluate("navigator.clipboard.readText()")
        assert "异物" in copied
        assert "16:00" in copied
        assert "{" not in copied


async def test_the_language_is_switched_and_kept(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        await visitor.opens("/queue")
        await visitor.page.locator(".menu summary").click()
        await visitor.page.get_by_role("button", name="English").click()
        await expect(visitor.page.locator("nav")).to_contain_text("Queue")
        await visitor.opens("/incidents")
        await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_nothing_scrolls_sideways(
    chromium: Browser, house: Stage, url: str, size: tuple[int, int]
) -> None:
    async with visiting(chromium, house, url, size) as visitor:
        incident_id = incident_of(house)
        paths = [
            "/queue",
            "/incidents",
            f"/incidents/{incident_id}",
            f"/i/{incident_id}",
            "/mentions",
            "/wall",
        ]
        for path in [*paths, "/signin"]:
            await visitor.opens(path)
            assert await visitor.width() <= size[0], path


async def test_a_lost_connection_shows(chromium: Browser, house: Stage, url: str) -> None:
    context = await chromium.new_context()
    await context.add_cookies([{"name": SESSION_COOKIE, "value": house.session("xu"), "url": url}])
    page = await context.new_page()
    await page.goto(url + "/queue")
    await expect(page.locator("#cut-off")).to_be_hidden()
    await context.set_offline(True)
    house.desk.hub.close()
    await expect(page.locator("#cut-off")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator("#cut-off")).to_contain_text("连接断开")
    await context.close()


async def test_without_script_the_desk_still_works(chromium: Browser, house: Stage, url: str) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": house.session("xu"), "url": url}])
    page = await context.new_page()
    await page.goto(url + "/queue")
    await page.locator(".wait").first.click()
    await expect(page.locator("#conversation h1")).to_have_text("小满")
    await page.goto(f"{url}/i/{incident_of(house)}")
    await page.get_by_role("button", name="我来处理").click()
    await expect(page.get_by_text("您已接手，不再呼叫别人")).to_be_visible()
    await context.close()
