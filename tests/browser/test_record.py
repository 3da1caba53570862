"""The record in a real Chromium: a report in the hand, and a moment that is over, in which nothing can be done."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_desk import incident_of
from tests.browser.visitors import DESK, PHONE, visiting
from tests.services.web.stage import Stage

pytestmark = pytest.mark.browser


async def test_a_time_of_the_timeline_leads_back_and_everything_stays_there(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK) as visitor:
        page = visitor.page
        await visitor.opens(f"/incidents/{incident_of(house)}")
        await page.locator("#timeline a.moment").last.click()
        await expect(page.get_by_role("status")).to_contain_text("时的样子")
        await expect(page.locator("#lead")).to_contain_text("▲ 黄")
        await expect(page.get_by_role("button", name="我来处理")).to_be_disabled()
        assert await page.evaluate("document.scripts.length") == 0
        await page.get_by_role("link", name="提及").click()
        await expect(page.get_by_role("status")).to_contain_text("时的样子")
        assert "at=" in page.url
        await page.get_by_role("link", name="回到现在").click()
        await expect(page.get_by_text("时的样子")).to_have_count(0)
        assert "at=" not in page.url


async def test_a_report_is_read_on_a_phone_and_taken_away(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        page = visitor.page
        await visitor.opens(f"/incidents/{incident_of(house)}/report")
        await expect(page.locator(".verdict")).to_contain_text("食品安全")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE[0]
        async with page.expect_download() as taken:
            await page.get_by_role("link", name="下载 PDF").click()
        download = await taken.value
        assert download.suggested_filename == "fenghuo-incident-qinghe-1.pdf"
        await expect(page.locator("h1")).to_contain_text("事件报告")
