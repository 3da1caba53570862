"""`fenghuo run --kafka` on a real broker: from an HTTP request to a page and back, and what happens while the broker is away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerting.events import IncidentAcknowledged, PageDelivered
from services.gateway.address import SOCKET_NAME
from streams.run.embedded import DESK
from tests.daemons import Daemon
from tests.kafka.nodes import Estate, estate_in, record

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with estate_in(tmp_path_factory.mktemp("estate")) as estate:
        estate.worker()
        yield estate


@pytest.fixture(scope="module")
def node(estate: Estate) -> Daemon:
    """One node of all roles."""
    node = estate.node("data")
    node.start()
    return node


def post(client: httpx.Client, *records: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/records", json=list(records))


def through_folder(folder: Path) -> httpx.Client:
    """As the local admin."""
    transport = httpx.HTTPTransport(uds=str(folder / SOCKET_NAME))
    return httpx.Client(transport=transport, base_url="http://fenghuo", timeout=30)


def test_from_a_request_to_a_page_and_its_acknowledgement(estate: Estate, node: Daemon) -> None:
    with node.client() as client, through_folder(node.data) as admin:
        told = post(client, *(record(number) for number in range(20)), {"text": "no time"})
        assert told.status_code == 202
        assert (told.json()["accepted"], told.json()["duplicates"]) == (20, None)
        assert [one["field"] for one in told.json()["rejected"]] == ["time"]
        estate.await_that(lambda: len(estate.outlet.pages) > 0)
        estate.await_that(lambda: any(isinstance(each, PageDelivered) for each in estate.events(DESK)))

        (incident,) = admin.get("/api/incidents").json()["items"]
        answered = admin.post(f"/api/incidents/{incident['id']}/acknowledge")
        assert answered.json()["acknowledged_by"] == "local-admin"
        assert any(isinstance(each, IncidentAcknowledged) for each in estate.events(DESK))
        mentions = admin.get("/api/mentions?limit=50").json()["items"]
        assert {one["item"]["text"] for one in mentions} == {"青禾小馆的菜里有异物"}

        refused = admin.post("/api/incidents/unknown/acknowledge")
        assert refused.status_code == 404
        assert post(client, record(0)).json() == {"accepted": 1, "duplicates": None, "rejected": []}
        assert len(estate.outlet.pages) == 1
    assert estate.natives() == sorted(f"n{number}" for number in range(20))


def test_without_the_broker_senders_are_asked_to_come_again_and_nothing_accepted_is_lost(
    estate: Estate, node: Daemon
) -> None:
    with node.client() as client:
        estate.broker.freeze()
        estate.await_that(lambda: readiness(client) == 503)
        refused = post(client, record(1_000))
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert "Kafka" in refused.json()["title"]
        estate.broker.kill()
        assert post(client, record(1_000)).status_code == 503
        estate.broker.start()
        estate.await_that(lambda: post(client, record(1_000)).status_code == 202)
        estate.await_that(lambda: readiness(client) == 200)
    estate.await_that(lambda: "n1000" in estate.natives())
    assert len(estate.natives()) == len(set(estate.natives()))


def readiness(client: httpx.Client) -> int:
    return client.get("/readyz").status_code
