"""`fenghuo run --kafka` on a real broker: from an HTTP request to a page and back, and what happens while the broker is away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from alerting.events import IncidentAcknowledged, PageDelivered
from services.cli import app
from services.gateway.address import SOCKET_NAME
from streams.events import SlaMet
from streams.run.embedded import DESK, INTAKE
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


def test_a_web_node_looks_back(estate: Estate, node: Daemon) -> None:
    """Each of these reads the journals on Kafka, beside the loop or in a process of its own."""
    ours = {"account": "qinghe-official", "post_id": "p1"}
    asked = record(100, "几点开门？", kind="comment", **ours)
    with node.client() as client, through_folder(node.data) as admin:
        post(client, asked, record(101, "九点", kind="reply", to_author_id="u100", **ours))
        estate.await_that(lambda: any(isinstance(each, SlaMet) for each in estate.events(INTAKE)))
        (incident,) = admin.get("/api/incidents").json()["items"]
        opened_at = datetime.fromisoformat(incident["opened_at"])
        before = (opened_at - timedelta(seconds=1)).isoformat()
        assert admin.get("/incidents", params={"at": before}).text.count(incident["id"]) == 0
        then = admin.get("/mentions", params={"at": datetime.now(UTC).isoformat()})
        assert "时的样子" in then.text
        assert then.text.count("异物") >= 20

        (total, *_) = admin.get("/api/report").json()["lines"]
        assert (total["row"]["met"], total["row"]["breached"]) == (1, 0)
        report = admin.get(f"/incidents/{incident['id']}/report.json").json()
        assert report["answers"]["met"] == 1

        tried = admin.get("/api/alarms/preview", params={"rule": "p0", "authors": "100"}).json()
        assert (tried["before"]["incidents"], tried["after"]["incidents"]) == (1, 0)
        assert tried["taken_in"] == 21


def test_commands_read_the_journals_too(
    estate: Estate, node: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in estate.environ.items():
        monkeypatch.setenv(name, value)
    types = ("mention.observed", "comment.received", "reply.sent")
    told = CliRunner().invoke(app, ["export", *(word for each in types for word in ("--type", each))])
    exported = [msgspec.json.decode(line) for line in told.stdout.splitlines()]
    assert sorted(one["data"]["id"] for one in exported) == estate.natives()
    assert {one["data"]["text"] for one in exported} == {"青禾小馆的菜里有异物", "几点开门？", "九点"}


def test_a_changed_policy_is_looked_at_and_a_report_is_asked_of_the_node(
    estate: Estate, node: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in estate.environ.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "fenghuo.yaml").write_text(
        (estate.config / "fenghuo.yaml")
        .read_text("utf-8")
        .replace("first_response: 30m", "first_response: 10m"),
        "utf-8",
    )
    with node.client() as client:
        post(client, record(102, "有人吗？", kind="comment", account="qinghe-official", post_id="p2"))
    estate.await_that(lambda: "n102" in estate.natives())
    words = ["sla", "apply", "--dry-run", "--data", str(node.data), "--kafka", estate.broker.servers[0]]
    told = CliRunner().invoke(app, [*words, "--config", str(tmp_path), "--json"])
    (move,) = [msgspec.json.decode(line) for line in told.stdout.splitlines()]
    assert move["conversation"].startswith("weibo/qinghe-official/p2/")
    assert move["kind"] == "first_response"

    out = tmp_path / "report.json"
    asked = ["report", "daily", "--data", str(node.data), "--format", "json", "--out", str(out)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert msgspec.json.decode(out.read_bytes())["brand"] == "qinghe"
    assert "no such brand" in str(CliRunner().invoke(app, [*asked, "--brand", "none"]).exception)


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
