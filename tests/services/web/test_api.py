from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from services.views.incidents import incidents_page
from services.web.routes import local
from tests.services.web.conftest import Browser, browsing
from tests.services.web.stage import CRAWLER_KEY, Stage

LISTS = ("/api/queue", "/api/incidents", "/api/mentions")
BEARER = {"authorization": f"Bearer {CRAWLER_KEY}"}


async def all_of(browser: Browser, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await browser.get(f"{path}?limit={limit}{cursor}", headers=BEARER)).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("path", LISTS)
async def test_lists_open_to_a_session_a_source_and_the_local_socket(stormy: Stage, path: str) -> None:
    async with browsing(stormy, person=None) as browser:
        assert (await browser.get(path, headers=BEARER)).status_code == 200
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eA=="}):
            answer = await browser.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
    async with browsing(stormy) as browser:
        assert (await browser.get(path)).status_code == 200
    async with AsyncTestClient(local(stormy.app)) as browser:
        assert (await browser.get(path)).status_code == 200


async def test_the_queue_tells_times_due_and_left(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        first = (await browser.get("/api/queue")).json()["items"][0]
    assert first["clock"] == {
        "kind": "first_response",
        "policy": "vip",
        "started_at": "2026-11-23T06:20:00Z",
        "due_at": "2026-11-23T06:30:00Z",
        "left_s": -600,
        "state": "breached",
    }
    assert first["item"]["author_name"] == "小满"
    assert first["item"]["text"].startswith("等了三个小时")
    assert first["vip"] is True


@pytest.mark.parametrize("path", ["/api/queue", "/api/mentions"])
async def test_pages_of_lists_hold_everything_once(stormy: Stage, path: str) -> None:
    async with browsing(stormy) as browser:
        bundled, one_by_one = await all_of(browser, path, 500), await all_of(browser, path, 3)
    assert bundled == one_by_one
    assert len(bundled) > 3


async def test_an_incident_with_all_that_belongs_to_it(stormy: Stage) -> None:
    incident_id = incidents_page(stormy.desk.reader).items[0].id
    async with browsing(stormy) as browser:
        found = (await browser.get(f"/api/incidents/{incident_id}")).json()
        listed = (await browser.get("/api/incidents")).json()["items"][0]
    assert found["incident"] == listed
    assert found["incident"]["level"] == "red"
    assert {"complainant", "facts", "statement"} <= {step["id"] for step in found["steps"]}
    assert found["timeline"][-1]["type"] == "incident.opened"
    assert found["incident"]["evidence"][0]["rule"] == "p0"


async def test_who_has_it_already_gets_nothing_again(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        for path in LISTS:
            tag = (await browser.get(path)).headers["etag"]
            again = await browser.get(path, headers={"if-none-match": tag})
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("/api/queue?cursor=x", "cursor"),
        ("/api/queue?limit=0", "limit"),
        ("/api/mentions?limit=501", "limit"),
        ("/api/mentions?label=angry", "label"),
        ("/api/mentions?from=2026-11-23T10:00:00", "from"),
    ],
)
async def test_a_wrong_question_names_its_parameter(stormy: Stage, question: str, named: str) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get(question)
    assert answer.status_code == 400
    problem = answer.json()
    assert named in problem["detail"]
    assert problem["title"]
    assert problem["do"]


async def test_an_unknown_incident_is_a_problem_in_json(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        answer = await browser.get("/api/incidents/none")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_program_of_a_person_acknowledges(sparked: Stage) -> None:
    incident_id = incidents_page(sparked.desk.reader).items[0].id
    async with browsing(sparked) as browser:
        row = (await browser.post(f"/api/incidents/{incident_id}/acknowledge")).json()
    assert row["acknowledged_by"] == "xu"


async def test_a_source_may_read_and_not_act(sparked: Stage) -> None:
    incident_id = incidents_page(sparked.desk.reader).items[0].id
    async with browsing(sparked, person=None) as browser:
        answer = await browser.post(f"/api/incidents/{incident_id}/acknowledge", headers=BEARER)
    assert answer.status_code == 401


async def test_the_local_socket_acts_as_local_admin(sparked: Stage) -> None:
    incident_id = incidents_page(sparked.desk.reader).items[0].id
    async with AsyncTestClient(local(sparked.app)) as browser:
        row = (await browser.post(f"/api/incidents/{incident_id}/acknowledge")).json()
    assert row["acknowledged_by"] == "local-admin"


async def test_a_person_checks_what_a_rule_let_go(thanked: Stage) -> None:
    async with browsing(thanked) as browser:
        before = (await browser.get("/api/no-reply")).json()
        (row,) = before["items"]
        after = (await browser.post(f"/api/no-reply/{row['item']['id']}/overturned")).json()
        rules = (await browser.get("/api/no-reply")).json()["rules"]
        (waiting,) = (await browser.get("/api/queue")).json()["items"]
    assert (row["rule"], row["sampled"], row["verdict"]) == ("thanks", True, None)
    assert (after["verdict"], after["by"]) == ("overturned", "xu")
    assert rules == [
        {"rule": "thanks", "marked": 1, "sampled": 1, "reviewed": 1, "overturned": 1, "error_rate": 1.0}
    ]
    assert waiting["conversation"] == row["conversation"]


async def test_a_verdict_is_one_of_two(thanked: Stage) -> None:
    async with browsing(thanked) as browser:
        row = (await browser.get("/api/no-reply")).json()["items"][0]
        wrong = await browser.post(f"/api/no-reply/{row['item']['id']}/maybe")
        unknown = await browser.post("/api/no-reply/none/confirmed")
    assert (wrong.status_code, unknown.status_code) == (400, 404)
