"""The commands of deploy/compose.kafka.yaml, run without containers: the same words, other places."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from services.gateway.address import SOCKET_NAME
from tests import brokers
from tests.conftest import ON_CI
from tests.daemons import CONFIGURATION, KEY, KEY_VARIABLE, Outlet, free_port
from tests.kafka.nodes import PATIENCE_S, record

COMPOSE = brokers.ROOT / "deploy" / "compose.kafka.yaml"
BROKER, TOPICS = "kafka", "topics"
MASTER = "ab" * 32

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class Deployment:
    """What `docker compose up` would run, here."""

    def __init__(self, folder: Path, kafka: str, outlet: Outlet) -> None:
        self.folder = folder
        self.services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
        self.ports = {name: free_port() for name, service in self.services.items() if "ports" in service}
        self._kafka = kafka
        self._started: list[subprocess.Popen[bytes]] = []
        (folder / "config").mkdir()
        text = CONFIGURATION.format(outlet_port=outlet.port)
        (folder / "config" / "fenghuo.yaml").write_text(text, encoding="utf-8")

    def start(self, name: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"{name}-{len(self._started)}.log"
        words = [self._here(name, word) for word in self.services[name]["command"]]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", *words], cwd=brokers.ROOT, stdout=out, stderr=out,
                env={**os.environ, **self._environ(name)},
            )  # fmt: skip
        self._started.append(process)
        return process

    def _environ(self, name: str) -> Mapping[str, str]:
        given: Mapping[str, str] = self.services[name]["environment"]
        there = {"FENGHUO_KAFKA": self._kafka, "FENGHUO_VAULT_KEY": MASTER, KEY_VARIABLE: KEY}
        return {**{key: there[key] for key in given}, KEY_VARIABLE: KEY}

    def _here(self, name: str, word: str) -> str:
        places = {
            "/config": str(self.folder / "config"),
            "/data": str(self.folder / name),
            "0.0.0.0": "127.0.0.1",
            "8080": str(self.ports.get(name, 0)),
        }
        return places.get(word, word)

    def start_all(self) -> None:
        """In the order of their dependencies, as often as it says."""
        assert self.start(TOPICS).wait(PATIENCE_S) == 0, self.logs()
        for name, service in self.services.items():
            if name not in (BROKER, TOPICS):
                for _ in range(service.get("deploy", {}).get("replicas", 1)):
                    self.start(name)

    def await_that(self, found: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE_S / 0.2)):
            if found():
                return
            pause.wait(0.2)
        raise AssertionError(f"it never came: {self.logs()}")

    def is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.wait(PATIENCE_S)


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    if (reason := brokers.why_none()) is not None:
        pytest.fail(reason) if ON_CI else pytest.skip(reason)
    broker, outlet = brokers.Broker(tmp_path / "broker"), Outlet()
    try:
        broker.start()
        deployment = Deployment(tmp_path, broker.servers[0], outlet)
        try:
            yield deployment
        finally:
            deployment.close()
    finally:
        outlet.close()
        broker.kill()


def at_desk(deployment: Deployment) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(deployment.folder / "desk" / SOCKET_NAME))
    return httpx.Client(transport=transport, base_url="http://fenghuo", timeout=30)


def mentions(deployment: Deployment) -> list[str | None]:
    with at_desk(deployment) as admin:
        return [one["item"]["text"] for one in admin.get("/api/mentions").json()["items"]]


def test_what_goes_in_at_the_gateway_is_read_and_forgotten_at_the_desk(deployment: Deployment) -> None:
    deployment.start_all()
    for name in ("gateway", "desk"):
        deployment.await_that(partial(deployment.is_ready, name))
    gateway = f"http://127.0.0.1:{deployment.ports['gateway']}"
    told = httpx.post(
        f"{gateway}/v1/records",
        json=[record(number) for number in range(10)],
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=30,
    )
    assert told.json() == {"accepted": 10, "duplicates": None, "rejected": []}
    deployment.await_that(lambda: mentions(deployment) == ["青禾小馆的菜里有异物"] * 10)
    assert httpx.get(f"{gateway}/api/mentions").status_code == 404
    with at_desk(deployment) as admin:
        forgotten = admin.post("/v1/forget", json={"platform": "weibo", "author": "u3"})
    assert (forgotten.status_code, forgotten.json()["keys"]) == (200, 1)
    assert mentions(deployment).count(None) == 1
    waiting = httpx.get(f"{gateway}/metrics").text
    assert 'fenghuo_inputs_waiting{decider="intake",partition="11"}' in waiting


def test_only_the_broker_is_not_ours() -> None:
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    ours = {name: service for name, service in compose["services"].items() if name != BROKER}
    assert {service["build"]["dockerfile"] for service in ours.values()} == {"deploy/Dockerfile"}
    assert {service["image"] for service in ours.values()} == {"fenghuo-kafka:0.1.0"}
    mounts = [
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service.get("volumes", [])
    ]
    assert {mount for mount in mounts if not mount.startswith("./")} == set(compose["volumes"])
