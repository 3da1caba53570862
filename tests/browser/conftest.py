import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.visitors import FLAGS, PATIENCE_MS
from tests.builders import at
from tests.services.web.stage import Stage, stage, storm

expect.set_options(timeout=PATIENCE_MS)


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
