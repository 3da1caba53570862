"""A real crisis from its first alarm to the closed incident, in two browsers: one at a desk, one in the hand."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from services.views.incidents import incident_file, incidents_page
from services.views.rows import IncidentRow
from tests.browser.visitors import DESK, PHONE, Visitor, visiting
from tests.services.web.stage import Stage, stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

XIBEI = "events/xibei_2025_bilibili.jsonl"
WITHIN = timedelta(hours=36)
"""The first alarm comes 21 hours after the first item."""
PHONE_SIDE, DESK_SIDE = "何", "金"


def records_of(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def time_of(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["time"])


class Crisis:
    """The recorded items, played until something happens."""

    def __init__(self, house: Stage, records: list[dict[str, Any]]) -> None:
        self.house = house
        self._records = records

    async def until_alarm(self) -> IncidentRow:
        """Play on until the first incident opens."""
        while self._records:
            await self._play(20)
            found = incidents_page(self.house.desk.reader, open_only=True).items
            if found:
                return found[0]
        raise AssertionError("nothing alarmed in all of the recorded time")

    async def _play(self, count: int) -> None:
        batch, self._records = self._records[:count], self._records[count:]
        await self.house.play(batch)

    async def more(self) -> None:
        """Some minutes later."""
        await self._play(10)


@pytest.fixture
async def house(tmp_path: Path, data_folder: Path) -> AsyncIterator[Stage]:
    """The brand of the example configuration when its first item came in."""
    config = data_folder.parent / "example-config"
    if not config.is_dir():
        pytest.skip("no example configuration beside the real data: expected example-config/ there")
    first = time_of(next(records_of(data_folder / XIBEI)))
    with stage(tmp_path, first, config) as opened:
        yield opened


@pytest.fixture
async def crisis(house: Stage, data_folder: Path) -> Crisis:
    first = time_of(next(records_of(data_folder / XIBEI)))
    known = takewhile(lambda each: time_of(each) < first + WITHIN, records_of(data_folder / XIBEI))
    return Crisis(house, list(known))


async def test_from_the_first_alarm_to_the_closed_incident(
    chromium: Browser, house: Stage, url: str, crisis: Crisis
) -> None:
    row = await crisis.until_alarm()
    assert (row.level, row.brand, row.acknowledged_by) == ("yellow", "xibei", None)
    async with (
        visiting(chromium, house, url, PHONE, "he") as hand,
        visiting(chromium, house, url, DESK, "jin") as desk,
    ):
        await desk.opens(f"/incidents/{row.id}")
        await expect(desk.page.locator("#lead")).to_contain_text("还没有人接手")
        await hand.opens(f"/i/{row.id}")
        assert await hand.width() <= PHONE[0]
        await hand.page.get_by_role("button", name="我来处理").click()
        await expect(hand.page.get_by_text("您已接手，不再呼叫别人")).to_be_visible()
        await expect(desk.page.locator("#lead")).to_contain_text(f"{PHONE_SIDE} ✓")

        await _raise(desk)
        await expect(desk.page.locator("#playbook")).to_contain_text("核实事实并保全证据")
        await _lead(desk)
        await expect(desk.page.locator("#lead")).to_contain_text(f"指挥 {DESK_SIDE}")

        await hand.opens(f"/incidents/{row.id}")
        await hand.page.get_by_role("button", name="我来处理").click()
        facts = hand.page.locator(".steps [data-step=facts]")
        await unfold(facts)
        await facts.get_by_role("button", name="完成").first.click()
        await expect(desk.page.locator(".steps li.done", has_text="核实事实并保全证据")).to_have_count(1)
        await hand.page.fill(".note input[name=text]", "已联系涉事门店，封存留样")
        await hand.page.get_by_role("button", name="记下").click()
        await expect(desk.page.locator("#timeline")).to_contain_text("封存留样")
        assert await hand.width() <= PHONE[0]

        await crisis.more()
        assert await _brief(desk) == 5
        await _close(desk, "已公布核查结果，声量回落")
        await expect(hand.page.locator("#lead")).to_contain_text(f"{DESK_SIDE} ")
        await expect(hand.page.locator("#lead")).to_contain_text("重新打开")
    _check_record(house, row.id)


async def unfold(step: Locator) -> None:
    """Show what belongs to a step, unless it is shown already."""
    if await step.locator("details[data-fold]").get_attribute("open") is None:
        await step.locator("summary").first.click()


async def _raise(visitor: Visitor) -> None:
    await visitor.page.get_by_text("调高等级…", exact=True).click()
    sheet = visitor.page.locator("#ask-raise")
    await sheet.locator("select[name=level]").select_option("orange")
    await sheet.locator("input[name=note]").fill("媒体开始跟进")
    await sheet.locator("button").click()
    await expect(visitor.page.locator("#lead")).to_contain_text("◆ 橙")


async def _lead(visitor: Visitor) -> None:
    await visitor.page.get_by_text("更多…", exact=True).click()
    await visitor.page.locator("#ask-more select[name=person]").select_option("jin")
    await visitor.page.get_by_role("button", name="指定", exact=True).click()


async def _brief(visitor: Visitor) -> int:
    """How many lines the boss gets, by one press."""
    await visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.url)
    await visitor.page.locator("#boss").click()
    await expect(visitor.page.locator("#boss")).to_have_text("已复制")
    return len((await visitor.page.evaluate("navigator.clipboard.readText()")).splitlines())


async def _close(visitor: Visitor, reason: str) -> None:
    await visitor.page.get_by_text("关闭…", exact=True).click()
    await visitor.page.locator("#ask-close input[name=reason]").fill(reason)
    await visitor.page.get_by_role("button", name="关闭事件").click()
    await expect(visitor.page.get_by_text("事件已关闭")).to_be_visible()


def _check_record(house: Stage, incident_id: str) -> None:
    """What the journal says of it, and that two people did it."""
    found = incident_file(house.desk.reader, incident_id)
    assert found is not None
    assert (found.row.closed_by, found.row.close_reason, found.row.commander, found.row.peak) == (
        "jin", "已公布核查结果，声量回落", "jin", "orange",
    )  # fmt: skip
    told = [row.event.type for row in reversed(found.timeline)]
    order = ["incident.opened", "page.requested", "incident.acknowledged", "incident.raised", "playbook.started",
             "playbook.step_done", "incident.noted", "incident.closed", "playbook.ended"]  # fmt: skip
    assert sorted(order, key=told.index) == order
    assert {row.event.by for row in found.timeline} >= {"he", "jin"}
    assert found.pages != ()
