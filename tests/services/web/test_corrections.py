"""The mention page: what was judged and why, and how a person corrects it."""

import pytest

from services.views.items import item
from services.views.rows import ItemRow
from streams import ids
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, post

ITEM = ids.item_id("weibo", "n1")


@pytest.fixture
async def house(quiet: Stage) -> Stage:
    """One post that dodges the brand's name and is bad about its service."""
    await quiet.take(post(1, "13:00", "青禾小馆的服务员态度差，客服也没人理", "阿杰"))
    return quiet


def shown(house: Stage) -> ItemRow:
    row = item(house.desk.reader, ITEM)
    assert row is not None
    return row


async def test_a_mention_shows_its_score_its_topic_and_their_grounds(house: Stage) -> None:
    async with browsing(house) as browser:
        page = (await browser.get("/mentions")).text
    assert "<mark" in page
    assert "把握 " in page or "把握只有 " in page
    assert "类别 服务态度" in page
    assert "依据 " in page


async def test_a_correction_is_a_post_and_shows_at_once(house: Stage) -> None:
    async with browsing(house) as browser:
        answer = await browser.post(
            "/mentions/corrections",
            data={
                "item": ITEM,
                "label": "positive",
                "topic": "price",
                "back": "/mentions?label=negative&said=x",
            },
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/mentions?label=negative&said=corrected"
        page = (await browser.get("/mentions")).text
    assert "许 13:00 改判" in page
    assert "类别 价格" in page
    row = shown(house)
    assert (row.label, row.topic) == ("positive", "price")
    assert row.corrected is not None
    assert (row.corrected.by, row.corrected.at) == ("xu", at("13:00"))


async def test_only_who_is_signed_in_corrects(house: Stage) -> None:
    async with browsing(house, person=None) as browser:
        answer = await browser.post("/mentions/corrections", data={"item": ITEM, "label": "positive"})
        assert answer.status_code in {303, 401, 403}
        answer = await browser.post(f"/api/items/{ITEM}/correct", data={"label": "positive"})
        assert answer.status_code == 401
    async with browsing(house) as browser:
        del browser.headers["x-form-token"]
        answer = await browser.post("/mentions/corrections", data={"item": ITEM, "label": "positive"})
        assert answer.status_code == 403
    assert shown(house).corrected is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"item": ITEM, "label": "awful"}, 400),
        ({"item": ITEM, "topic": "weather"}, 409),
        ({"item": ITEM}, 409),
        ({"item": "0" * 32, "label": "positive"}, 404),
        ({"item": "../x", "label": "positive"}, 404),
    ],
)
async def test_what_cannot_be_corrected_is_told(house: Stage, fields: dict[str, str], status: int) -> None:
    async with browsing(house) as browser:
        answer = await browser.post("/mentions/corrections", data=fields)
    assert answer.status_code == status
    assert shown(house).corrected is None


async def test_other_programs_correct_too(house: Stage) -> None:
    async with browsing(house) as browser:
        answer = await browser.post(f"/api/items/{ITEM}/correct", data={"label": "neutral"})
        assert answer.status_code == 200
        assert answer.json()["label"] == "neutral"
        assert answer.json()["corrected"]["by"] == "xu"


async def test_the_way_back_leads_nowhere_else(house: Stage) -> None:
    async with browsing(house) as browser:
        for back in ("https://evil.example/?a=b", "//evil.example", "\r\nSet-Cookie: a=b"):
            data = {"item": ITEM, "label": "neutral", "back": back}
            answer = await browser.post("/mentions/corrections", data=data)
            assert answer.headers["location"].startswith("/mentions?")
