"""A reply that goes out through a connector, from the page that a person answers on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.config.model import Connector, Network
from tests.browser.visitors import DESK, visiting
from tests.builders import at
from tests.services.notify.outlet import Outlet, outlet
from tests.services.web.stage import Stage, spark, stage

pytestmark = pytest.mark.browser


@pytest.fixture
async def post() -> AsyncIterator[Outlet]:
    """A connector that is out of order twice, then posts."""
    async with outlet(500, 500, 200, body=b"{}") as post:
        yield post


@pytest.fixture
async def house(tmp_path: Path, post: Outlet, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The small house, whose Weibo account has that connector."""
    monkeypatch.setenv("REPLIES_KEY", "a-connector-key-for-tests-only")
    way = Connector(
        platform="weibo",
        account="qinghe-official",
        url=f"http://127.0.0.1:{post.port}/replies",
        key="env:REPLIES_KEY",
    )
    network = Network(allow_private=("127.0.0.1",), connectors=(way,))
    with stage(tmp_path, at("13:00"), network=network) as opened:
        await opened.play(spark())
        opened.clock.set(at("13:20:30"))
        opened.clock.run()
        yield opened


async def test_what_did_not_go_out_is_told_and_pressing_again_sends_it(
    chromium: Browser, house: Stage, url: str, post: Outlet
) -> None:
    async with visiting(chromium, house, url, DESK, person="chen") as visitor:
        await visitor.opens("/queue")
        await visitor.page.fill("#draft", "小满您好，马上为您处理。")
        await visitor.page.click("#send")
        await expect(visitor.page.locator(".said")).to_contain_text("回复没有发出去")
        await expect(visitor.page.locator("#draft")).to_have_value("小满您好，马上为您处理。")
        visitor.complaints.clear()  # the browser tells of the 502
        await visitor.page.press("#draft", "Control+Enter")
        await expect(visitor.page.locator("#conversation")).to_contain_text("陈 发出")
    assert {letter["text"] for letter in post.received} == {"小满您好，马上为您处理。"}
    assert len({letter["id"] for letter in post.received}) == 1
    await asyncio.wait_for(post.came(3), 10)
