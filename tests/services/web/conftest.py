import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from services.web.access import form_token
from services.web.visit import SESSION_COOKIE
from streams import ids
from streams.courtesies import is_sampled
from tests.builders import at
from tests.services.web.stage import Stage, comment, spark, stage, storm

Browser = AsyncTestClient[Any]


@asynccontextmanager
async def browsing(house: Stage, person: str | None = "xu") -> AsyncIterator[Browser]:
    """A browser in which `person` is signed in; it follows no redirects."""
    async with AsyncTestClient(house.app, base_url="http://desk.test") as browser:
        browser.follow_redirects = False
        if person is not None:
            sits_down(browser, house, person)
        yield browser


def sits_down(browser: Browser, house: Stage, person: str) -> None:
    """Somebody else sits down at the same browser and signs in."""
    session = house.session(person)
    browser.cookies.set(SESSION_COOKIE, session)
    browser.headers["x-form-token"] = form_token(session)


@pytest.fixture(scope="session")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The house at 14:40 on a stormy day. Tests only look."""
    with stage(tmp_path_factory.mktemp("stormy"), at("12:00")) as house:
        asyncio.run(house.play(storm()))
        house.clock.set(at("14:40"))
        yield house


@pytest.fixture
def sparked(tmp_path: Path) -> Iterator[Stage]:
    """A small house at 13:20:30 with an orange incident and one customer who waits. Tests may act."""
    with stage(tmp_path, at("13:00")) as house:
        asyncio.run(house.play(spark()))
        house.clock.set(at("13:20:30"))
        yield house


@pytest.fixture
def thanked(tmp_path: Path) -> Iterator[Stage]:
    """A house in which one thank-you came in and was drawn for a person to check. Tests may act."""
    drawn = next(number for number in count() if is_sampled(ids.item_id("weibo", f"c{number}"), 0.01))
    with stage(tmp_path, at("13:00")) as house:
        asyncio.run(house.play([comment(drawn, "13:10", "谢谢")]))
        yield house


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Stage]:
    """A house in which nothing has happened yet."""
    with stage(tmp_path, at("13:00")) as house:
        yield house
