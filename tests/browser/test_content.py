"""From a statement that nobody reviewed to one that is out, on the screens on which it is done."""

import pytest
from playwright.async_api import Browser, Page, expect

from services.views.incidents import incidents_page
from tests.browser.visitors import DESK, PHONE, visiting
from tests.services.web.stage import Stage

pytestmark = pytest.mark.browser

PLACE = "/content/qinghe/safety/weibo/hold"
LINK = "https://weibo.com/7/NaBc"


async def decides(page: Page, opinion: str) -> None:
    await page.get_by_label("意见").fill(opinion)
    await page.get_by_role("button", name="同意").click()
    await expect(page.locator(".said")).to_have_text("意见已记录。")


async def test_three_people_agree_on_their_phones_and_it_goes_out_from_the_incident(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, DESK, "chen") as author:
        await author.opens(PLACE)
        await author.page.get_by_text("送审…").click()
        await author.page.get_by_role("button", name="送审", exact=True).click()
        await expect(author.page.locator(".said")).to_contain_text("已送审")
    for person in ("zhou", "xu", "tang"):
        async with visiting(chromium, house, url, PHONE, person) as reviewer:
            await reviewer.opens("/content")
            await reviewer.page.locator(".mine a").click()
            agree = await reviewer.page.get_by_role("button", name="同意").bounding_box()
            assert agree is not None
            assert agree["height"] >= 44
            assert await reviewer.width() <= PHONE[0]
            await decides(reviewer.page, f"{person} 看过，可以")
    async with visiting(chromium, house, url, DESK, "xu") as leader:
        page = leader.page
        await leader.opens(f"/incidents/{incidents_page(house.desk.reader).items[0].id}")
        offer = page.locator(".offer", has_text="已通过")
        await expect(offer).to_contain_text("tang 看过，可以")
        for blank in await offer.locator("select").all():
            await blank.select_option(index=1)
        await offer.locator("input[type=time]").fill("17:00")
        await offer.get_by_role("button", name="填空并发布").click()
        await expect(page.locator(".said")).to_contain_text("已放行")
        release = page.locator(".release")
        await expect(release).to_contain_text("17:00")
        await release.get_by_label("发布后的链接").fill(LINK)
        await release.get_by_role("button", name="登记链接").click()
        await expect(release.get_by_role("link", name=LINK)).to_be_visible()
        await expect(page.locator("#timeline")).to_contain_text("发布 微博 暂缓稿")


async def test_what_is_objected_to_is_said_while_typing(chromium: Browser, house: Stage, url: str) -> None:
    async with visiting(chromium, house, url, PHONE, "chen") as author:
        await author.opens(PLACE)
        await author.page.get_by_text("修改", exact=True).click()
        area = author.page.get_by_label("正文")
        await area.fill("我们是全国销量第一的餐厅")
        await expect(author.page.locator("#lint-edit")).to_contain_text("第九条第（三）项")
        await area.fill("我们会第一时间公布结果")
        await expect(author.page.locator("#lint-edit li")).to_have_count(0)
