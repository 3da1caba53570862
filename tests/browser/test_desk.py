"""The desk in a real Chromium, at the sizes people have: 1440×900 at a desk, 390×844 in the hand at night."""

import pytest
from playwright.async_api import Browser, expect

from services.views.incidents import incidents_page
from services.web.visit import SESSION_COOKIE
from tests.browser.visitors import DESK, PATIENCE_MS, PHONE, visiting
from tests.builders import at
from tests.services.web.stage import Stage

pytestmark = pytest.mark.browser


def incident_of(house: Stage) -> str:
    return incidents_page(house.desk.reader).items[0].id


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


async def test_a_late_step_counts_right_on_a_computer_whose_clock_is_wrong(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        await visitor.page.add_init_script(
            "{ const right = Date.now; Date.now = () => right() - 5_000_000; }"
        )
        await visitor.opens(f"/incidents/{incident_of(house)}")
        counted = visitor.page.locator("[data-step=facts] .count.over")
        await expect(counted).to_contain_text("已超时")
        shown = await counted.locator("b").inner_text()
        await expect(counted.locator("b")).not_to_have_text(shown)
        hours, minutes, seconds = map(int, (await counted.locator("b").inner_text()).split(":"))
        late_s = (house.clock() - at("13:30")).total_seconds()  # a quarter of an hour from 13:15
        assert abs(3600 * hours + 60 * minutes + seconds - late_s) <= 2


async def test_a_false_alarm_leads_to_what_its_proposal_would_have_done(
    chromium: Browser, house: Stage, url: str
) -> None:
    async with visiting(chromium, house, url, PHONE) as visitor:
        await visitor.opens(f"/incidents/{incident_of(house)}")
        await visitor.page.locator("#ask-false summary").click()
        await visitor.page.get_by_role("button", name="确认是误报").click()
        await visitor.page.get_by_role("link", name="如果昨晚启用？").click()
        await expect(visitor.page.locator(".compared")).to_contain_text("夜间叫醒次数/周")
        await expect(visitor.page.locator(".yaml")).to_contain_text("- {id: ")
        assert await visitor.width() <= PHONE[0]
