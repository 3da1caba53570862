import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from services.web.live import Hub
from services.web.visit import SESSION_COOKIE
from tests.services.web.stage import Stage, comment


@asynccontextmanager
async def served(house: Stage) -> AsyncIterator[str]:
    """The house's pages on a real port of loopback."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(house.app, log_config=None, lifespan="off"))
        serving = asyncio.ensure_future(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            house.desk.hub.close()
            server.should_exit = True
            await serving


async def changes(answer: httpx.Response) -> AsyncIterator[tuple[list[str], int]]:
    async for line in answer.aiter_lines():
        if line.startswith("data:"):
            change = json.loads(line.removeprefix("data:"))
            yield change["views"], change["now_ms"]


async def test_a_browser_hears_at_once_and_then_what_changes(quiet: Stage) -> None:
    cookies = {SESSION_COOKIE: quiet.session("xu")}
    async with (
        served(quiet) as url,
        httpx.AsyncClient(base_url=url, cookies=cookies, timeout=20) as browser,
        browser.stream("GET", "/live") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = changes(answer)
        views, now_ms = await anext(heard)
        assert (views, now_ms) == ([], int(quiet.clock().timestamp() * 1000))
        await quiet.take(comment(1, "13:00", "青禾小馆几点关门"))
        views, _ = await anext(heard)
        assert "queue" in views


async def test_the_stream_is_for_those_who_are_signed_in(quiet: Stage) -> None:
    async with served(quiet) as url, httpx.AsyncClient(base_url=url) as browser:
        assert (await browser.get("/live")).status_code == 401


async def test_many_changes_are_told_as_one() -> None:
    hub = Hub()
    heard = hub.changes()
    assert await anext(heard) == frozenset()
    for _ in range(100):
        hub.publish(frozenset({"queue"}))
        hub.publish(frozenset({"mentions"}))
    assert await anext(heard) == {"queue", "mentions"}
    await heard.aclose()  # type: ignore[attr-defined]
    assert not hub.full


async def test_closing_ends_every_stream() -> None:
    hub = Hub()
    heard = hub.changes()
    assert await anext(heard) == frozenset()
    hub.close()
    assert [names async for names in heard] == []


async def test_what_was_published_to_nobody_is_no_news_to_whoever_comes_later() -> None:
    hub = Hub()
    hub.publish(frozenset({"queue"}))
    heard = hub.changes()
    assert await anext(heard) == frozenset()
    hub.close()
    assert [names async for names in heard] == []
