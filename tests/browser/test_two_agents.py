"""Two agents at one queue, each with a browser of their own."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.visitors import DESK, PHONE, visiting
from tests.services.web.stage import Stage, comment, reply

pytestmark = pytest.mark.browser

WORDS = "长街您好，马上为您处理。"


async def opens_second(page: Page) -> None:
    """Opens 长街, who waits second."""
    await expect(page.locator("#conversation h1")).to_have_text("小满")
    await page.keyboard.press("j")
    await expect(page.locator("#conversation h1")).to_have_text("长街")


async def test_the_second_sees_at_once_that_the_first_is_writing(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with (
        visiting(chromium, house, url, DESK, "chen") as chen,
        visiting(chromium, house, url, DESK, "zhou") as zhou,
    ):
        for visitor in (chen, zhou):
            await visitor.opens("/queue")
            await opens_second(visitor.page)
        await chen.page.keyboard.press("r")
        await expect(chen.page.locator("#draft")).to_be_focused()
        await expect(chen.page.locator(".holding")).to_contain_text("由您回复")
        await expect(zhou.page.locator(".holding")).to_contain_text("陈 正在回复")
        await expect(zhou.page.locator(".wait[aria-current] .claim")).to_have_text("陈 已认领")
        await expect(zhou.page.locator("#copy")).to_have_count(0)
        await zhou.page.get_by_text("接过来…").click()
        await zhou.page.get_by_role("button", name="由我回复").click()
        await expect(chen.page.locator(".holding")).to_contain_text("周 正在回复")


async def test_a_message_is_answered_by_keyboard_alone(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, DESK, "chen") as visitor:
        page = visitor.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        await visitor.opens("/queue")
        await opens_second(page)
        await page.keyboard.press("r")
        # The script leaves the time open: its blank is marked, and what is typed goes there.
        await page.keyboard.type("18:00")
        await expect(page.locator("#draft")).to_have_value(
            "长街您好，让您久等了，非常抱歉。我们已经记下您的问题，会在今天 18:00 前给您答复。"
        )
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#copy")).to_contain_text("已复制")
        assert "18:00" in await page.evaluate("navigator.clipboard.readText()")
        await house.take(comment(90, "14:40", "新来的问题", name="新客"))  # the page is renewed meanwhile
        await expect(page.locator(".wait")).to_have_count(8)
        await expect(page.locator("#copy")).to_contain_text("已复制")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".said")).to_have_text("回复已记录，计时停止。")
        await expect(page.locator(".wait")).to_have_count(7)
        await expect(page.locator("#conversation .ours")).to_contain_text(
            "陈 发出 · 话术 apology-wait，偏离 0%"
        )


async def test_forbidden_words_are_told_while_they_are_typed_and_before_they_are_copied(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK, "chen") as visitor:
        page = visitor.page
        await visitor.opens("/queue")
        await opens_second(page)
        await page.locator("#draft").fill("我们的菜是全国最好的")
        await expect(page.locator("#draft-flags")).to_contain_text("广告法")
        await page.locator("#copy").click()
        await expect(page.locator("#draft-flags")).to_contain_text("含违禁词")
        await expect(page.locator("#copy")).not_to_contain_text("已复制")


async def test_words_being_typed_stay_while_the_conversation_goes_on(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK, "chen") as visitor:
        page = visitor.page
        await visitor.opens("/queue")
        await opens_second(page)
        await page.locator("#draft").fill("正在写")
        await page.locator("#draft").press("End")
        await house.take(reply(50, "14:40", "已电话联系。", to="长街"))
        await expect(page.locator("#conversation .ours")).to_contain_text("已电话联系")
        await page.keyboard.type("的回复")
        await expect(page.locator("#draft")).to_have_value("正在写的回复")


async def test_who_was_slower_is_told_without_losing_the_words(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with (
        visiting(chromium, house, url, DESK, "chen") as chen,
        visiting(chromium, house, url, DESK, "zhou") as zhou,
    ):
        # What the first does is not seen here in time: the page hears of no change.
        await zhou.page.add_init_script("window.EventSource = class extends EventTarget {};")
        for visitor in (chen, zhou):
            await visitor.opens("/queue")
            await opens_second(visitor.page)
        await chen.page.locator("#draft").fill(WORDS)
        await chen.page.locator("#replied").click()
        await expect(chen.page.locator(".said")).to_contain_text("回复已记录")
        await zhou.page.locator("#draft").fill("长街您好，在的。")
        await zhou.page.locator("#replied").click()
        await expect(zhou.page.locator(".said")).to_contain_text("已经有人回复过了")
        await expect(zhou.page.locator("#draft")).to_have_value("长街您好，在的。")
        zhou.complaints.clear()  # of the refusal


@pytest.mark.parametrize(
    ("key", "button", "said"), [("x", "确认无需回复", "已记为无需回复"), ("s", "1 小时后", "已放到稍后")]
)
async def test_one_key_and_one_press_turn_to_the_next(
    chromium: Browser, house: Stage, url: str, key: str, button: str, said: str
) -> None:
    async with visiting(chromium, house, url, DESK, "chen") as visitor:
        page = visitor.page
        await visitor.opens("/queue")
        await opens_second(page)
        await page.keyboard.press(key)
        await page.get_by_role("button", name=button).click()
        await expect(page.locator(".said")).to_contain_text(said)


async def test_a_reply_is_recorded_on_a_phone(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, PHONE, "chen") as visitor:
        page = visitor.page
        await visitor.opens("/queue")
        await page.locator(".wait").nth(1).click()
        await page.locator("#draft").fill(WORDS)
        await page.locator("#replied").click()
        await expect(page.locator(".said")).to_contain_text("回复已记录")
        assert await visitor.width() <= PHONE[0]
