"""The mentions page in a real Chromium: what was written, how it was judged, and a person who knows better."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visitors import DESK, PHONE, visiting
from tests.services.web.stage import Stage, post

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_person_corrects_what_was_judged(
    chromium: Browser, house: Stage, url: str, size: tuple[int, int]
) -> None:
    await house.take(post(501, "14:39", "青*禾 小馆的菜吃完拉肚紫", "阿兰"))
    async with visiting(chromium, house, url, size) as visitor:
        await visitor.opens("/mentions")
        row = visitor.page.locator(".mentions li", has_text="阿兰")
        await expect(row.locator("mark").first).to_have_text("青*禾 小馆")
        await expect(row).to_contain_text("拉肚紫 是 拉肚子（谐音）")
        await row.locator("summary").click()
        await row.get_by_label("情绪").select_option("positive")
        await expect(row.get_by_role("button")).to_be_in_viewport()
        assert await visitor.width() <= size[0]
        await row.get_by_role("button").click()
        await expect(visitor.page.get_by_role("status")).to_contain_text("已改判")
        await expect(row.locator(".judged")).to_contain_text("许 14:4")
        await expect(row.locator(".judged")).to_contain_text("改判")
