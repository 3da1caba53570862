"""The queue for other programs: filters, one conversation with its reasons, and everything that the page does."""

import pytest
from litestar.testing import AsyncTestClient

from services.web.routes import local
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import CRAWLER_KEY, Stage
from tests.services.web.test_attending import waiting

BEARER = {"authorization": f"Bearer {CRAWLER_KEY}"}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("overdue=true", ["小满", "长街"]),
        ("vip=true", ["小满"]),
        ("account=qinghe-mp", ["晴", "木木", "北岸"]),
        ("topic=service", ["长街"]),
        ("soon=true&platform=wechat", ["晴"]),
        ("later=true", []),
        ("mine=true", []),
    ],
)
async def test_the_interface_filters_as_the_page_does(stormy: Stage, question: str, names: list[str]) -> None:
    async with browsing(stormy) as browser:
        rows = (await browser.get(f"/api/queue?{question}")).json()["items"]
    assert [row["item"]["author_name"] for row in rows] == names


async def test_a_conversation_comes_with_why_it_is_due_then(sparked: Stage) -> None:
    async with browsing(sparked, person=None) as browser:
        found = (
            await browser.get("/api/conversation", params={"id": waiting(sparked)}, headers=BEARER)
        ).json()
    first, resolution = found["clocks"]
    assert (first["clock"]["kind"], first["clock"]["due_at"]) == ("first_response", "2026-11-23T05:30:00Z")
    assert sum(span["counted_s"] for span in first["ledger"]) == 600
    assert resolution["clock"]["kind"] == "resolution"
    assert found["items"][0]["item"]["text"] == "青禾小馆的菜里有异物，没人回"


async def test_a_claim_changes_the_tag_and_shows_in_the_list(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        tag = (await browser.get("/api/queue")).headers["etag"]
        claimed = (await browser.post("/api/conversation/claim", data={"conversation": name})).json()
        assert claimed["claim"] == {"by": "chen", "since": "2026-11-23T05:20:30Z"}
        again = await browser.get("/api/queue", headers={"if-none-match": tag})
        assert again.status_code == 200
        assert again.json()["items"][0]["claim"]["by"] == "chen"
        assert len((await browser.get("/api/queue?mine=true")).json()["items"]) == 1
        same = await browser.get("/api/queue", headers={"if-none-match": again.headers["etag"]})
        assert same.status_code == 304


async def test_a_program_of_a_person_answers_and_is_told_when_somebody_was_faster(sparked: Stage) -> None:
    name = waiting(sparked)
    fields = {"conversation": name, "text": "您好，马上为您处理。", "answering": "first_response/1"}
    async with browsing(sparked, "chen") as browser:
        answered = (await browser.post("/api/conversation/reply", data=fields)).json()
        assert [one["sent_by"] for one in answered["items"]] == [None, "chen"]
        sparked.clock.set(at("13:50"))
        late = await browser.post("/api/conversation/reply", data=fields)
    assert late.status_code == 409
    assert set(late.json()) == {"title", "status", "detail", "safe", "do"}


async def test_the_local_socket_puts_off_and_raises(sparked: Stage) -> None:
    name = waiting(sparked)
    async with AsyncTestClient(local(sparked.app)) as browser:
        later = {"conversation": name, "until": at("14:00").isoformat()}
        found = (await browser.post("/api/conversation/snooze", data=later)).json()
        assert found["snoozed_until"] == "2026-11-23T06:00:00Z"
        note = {"conversation": name, "note": "请跟进", "category": "service"}
        assert (await browser.post("/api/conversation/raise", data=note)).status_code == 200


async def test_a_source_reads_conversations_and_changes_none(sparked: Stage) -> None:
    async with browsing(sparked, person=None) as browser:
        answer = await browser.post(
            "/api/conversation/claim", data={"conversation": waiting(sparked)}, headers=BEARER
        )
        assert answer.status_code == 401
        assert answer.json()["do"]
        assert (
            await browser.get("/api/conversation", params={"id": "none"}, headers=BEARER)
        ).status_code == 404
