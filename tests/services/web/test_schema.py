"""The OpenAPI document says what the JSON interface does, and nothing of the pages."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from services.problem import MEDIA_TYPE
from services.web.routes import routes
from services.web.schema import schema
from tests.services.web.stage import Stage


@pytest.fixture
async def document(stormy: Stage) -> dict[str, Any]:
    app = Litestar(
        route_handlers=list(routes(stormy.desk)), openapi_config=schema("1.2.3"), logging_config=None
    )
    async with AsyncTestClient(app) as browser:
        answer = await browser.get("/schema/openapi.json")
        assert (await browser.get("/schema/openapi.yaml")).status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_every_path_of_the_interface_is_in_the_document_and_no_page(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == "1.2.3"
    assert {
        "/api/queue", "/api/conversation", "/api/conversation/reply", "/api/conversation/raise",
        "/api/conversation/{op}", "/api/lint", "/api/incidents", "/api/incidents/{incident_id}", "/api/mentions",
    } <= set(document["paths"])  # fmt: skip
    assert [path for path in document["paths"] if not path.startswith("/api/")] == []


async def test_answers_and_errors_have_their_shapes(document: dict[str, Any]) -> None:
    answers = document["paths"]["/api/queue"]["get"]["responses"]
    shape = answers["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(document["components"]["schemas"][shape]["properties"]) == {"items", "next"}
    problem = answers["409"]["content"][MEDIA_TYPE]["schema"]["$ref"].rpartition("/")[2]
    assert set(document["components"]["schemas"][problem]["properties"]) == {
        "title", "status", "detail", "safe", "do",
    }  # fmt: skip


async def test_filters_and_pages_of_the_queue_are_named(document: dict[str, Any]) -> None:
    named = {one["name"] for one in document["paths"]["/api/queue"]["get"]["parameters"]}
    assert {"platform", "account", "topic", "overdue", "vip", "mine", "later", "limit", "cursor"} == named - {
        "brand",
        "soon",
    }
