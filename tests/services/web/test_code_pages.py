"""Taking an incident by the code of a call or a text message."""

import pytest

from services.notify.codes import code_in, code_of
from services.views.incidents import incidents_page
from services.views.pages import open_pages
from services.web.access import WRONG_CODES_MOST
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import CRAWLER_KEY, Stage

BEARER = {"authorization": f"Bearer {CRAWLER_KEY}"}


async def called(house: Stage) -> tuple[str, str]:
    """A few minutes later people are called; the code of the newest call, and whom it called."""
    house.clock.set(at("13:21"))
    await house.take()
    page = open_pages(house.desk.reader, house.clock())[0]
    return code_of(house.desk.veil, page.page), page.person


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", "123456"), ("接手 123456 谢谢", "123456"), ("１２３４５６", "123456"), ("1234567", None),
     ("123456 654321", None), ("ok", None), ("123456,123456", "123456")],
)  # fmt: skip
def test_a_code_is_found_in_whatever_words(text: str, code: str | None) -> None:
    assert code_in(text) == code


async def test_the_code_takes_the_incident_for_the_one_it_was_sent_to(sparked: Stage) -> None:
    code, person = await called(sparked)
    async with browsing(sparked, None) as browser:
        assert "六位数字" in (await browser.get("/a")).text
        page = await browser.post("/a", data={"code": f" {code} "})
        assert page.status_code == 200
        assert "已接手" in page.text
        again = await browser.post("/a", data={"code": code})
        assert "已经接手" in again.text
    assert incidents_page(sparked.desk.reader).items[0].acknowledged_by == person


async def test_a_text_message_sent_back_takes_it_too(sparked: Stage) -> None:
    code, person = await called(sparked)
    async with browsing(sparked, None) as browser:
        assert (await browser.post("/api/replies", json={"text": code})).status_code == 401
        assert (await browser.post("/api/replies", json={"words": code}, headers=BEARER)).status_code == 400
        answer = await browser.post("/api/replies", json={"text": f"收到 {code}"}, headers=BEARER)
        assert answer.json() == {
            "outcome": "taken", "incident": incidents_page(sparked.desk.reader).items[0].id, "by": person,
        }  # fmt: skip


async def test_guessing_ends_soon(sparked: Stage) -> None:
    code, _ = await called(sparked)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    async with browsing(sparked, None) as browser:
        for _ in range(WRONG_CODES_MOST):
            assert (await browser.post("/a", data={"code": wrong})).status_code == 404
        assert (await browser.post("/a", data={"code": code})).status_code == 429
        sparked.clock.set(at("13:35"))
        assert (await browser.post("/a", data={"code": code})).status_code == 200


async def test_looking_at_the_page_takes_nothing(sparked: Stage) -> None:
    code, _ = await called(sparked)
    async with browsing(sparked, None) as browser:
        await browser.get(f"/a?code={code}")
    assert incidents_page(sparked.desk.reader).items[0].acknowledged_by is None
