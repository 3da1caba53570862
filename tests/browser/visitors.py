"""People with a browser: a real Chromium of one size, in which somebody is signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from services.web.visit import SESSION_COOKIE
from tests.services.web.stage import Stage

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
        """How wide the page is, with its styles: words can be read before these have come."""
        await self.page.wait_for_load_state()
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))


@asynccontextmanager
async def visiting(
    chromium: Browser, house: Stage, url: str, size: tuple[int, int], person: str = "xu"
) -> AsyncIterator[Visitor]:
    """A signed-in person; at the end their browser must have had nothing to complain about."""
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]})
    await context.add_cookies([{"name": SESSION_COOKIE, "value": house.session(person), "url": url}])
    visitor = Visitor(await context.new_page(), url)
    yield visitor
    assert visitor.complaints == [], visitor.complaints
    await context.close()
