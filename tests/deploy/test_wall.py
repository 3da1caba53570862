"""The wall in a crisis: a real daemon takes in a real storm, a real Prometheus scrapes it, every panel answers."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml

from services.kafka_lag import LagWatch
from streams.run.kafka import Cluster

pytestmark = pytest.mark.slow

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
WALL = json.loads((DEPLOY / "grafana" / "dashboards" / "wall.json").read_text(encoding="utf-8"))
READY_S = 60.0
ANSWER_S = 30.0
POLL_S = 0.1
KEY = "a-key-for-one-test"
RATE_INTERVAL = "20s"  # what Grafana makes of $__rate_interval at a scrape every five seconds

CONFIGURATION = """
brand: {{id: xibei, name: 西贝, timezone: Asia/Shanghai}}
accounts:
  - {{platform: weibo, id: xibei-official, name: 西贝莜面村, custodian: he}}
sources:
  - {{id: crawler, key: "env:FENGHUO_KEY_CRAWLER", rate: 5000/s, basis: licensed}}
monitors:
  - {{id: brand, query: '西贝 OR 莜面村', category: brand, severity: P3}}
  - {{id: food-safety, query: '西贝 AND (食物中毒 OR 变质)', category: safety, severity: P0}}
calendars:
  always: {{hours: 24x7}}
sla:
  cap: 24h
  policies:
    - {{id: weibo, when: {{platform: weibo}}, calendar: always, first_response: 30m, next_response: 30m}}
  warn_at: [0.5, 0.8]
rules:
  - {{id: p0, type: severity, severity: P0, authors: 1, level: yellow}}
  - {{id: p0-wide, type: severity, severity: P0, authors: 2, level: orange}}
people:
  - {{id: he, name: 何, contacts: ["json://127.0.0.1:{outlet_port}/he"], roles: [support, pr, manager]}}
network: {{allow_private: ["127.0.0.1"]}}
oncall:
  pr-desk:
    rotation: {{people: [he], handoff: "mon 09:00", every: 1w, timezone: Asia/Shanghai, from: 2026-01-05}}
escalation:
  yellow: [{{after: 0m, notify: [pr-desk]}}]
  orange: [{{after: 0m, notify: [pr-desk]}}]
"""

T = TypeVar("T")
Locate = Callable[[str], Path]
Ask = Callable[[str], list[dict[str, Any]]]


def crisis(now: datetime, wave: int) -> list[dict[str, Any]]:
    """Two people fall ill, many talk about it, five wait for an answer since 40, 25, 15, 5 and 0 minutes."""
    said = [
        "在西贝吃完食物中毒了，太恶心了，再也不来了",
        "西贝的菜居然变质了，差评，气死我了",
        "西贝的羊肉很好吃，服务特别好，非常满意，推荐",
        "西贝在三楼，乘电梯上去",
    ]
    mentions = [
        {
            "kind": "post",
            "id": f"m{wave}-{n}",
            "author_id": f"talker{n}",
            "text": text,
            "time": now.isoformat(),
        }
        for n, text in enumerate(said * 5)
    ]
    waiting = [
        {
            "kind": "comment", "id": f"c{wave}-{minutes}", "author_id": f"customer{wave}-{minutes}", "post_id": "ours",
            "account": "xibei-official", "text": "什么时候给答复？", "time": (now - timedelta(minutes=minutes)).isoformat(),
        }
        for minutes in (40, 25, 15, 5, 0)
    ]  # fmt: skip
    return [{"platform": "weibo", **record} for record in mentions + waiting]


def eventually(ask: Callable[[], T | None], within_s: float, what: str) -> T:
    """Asks until there is an answer; fails with what was awaited."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if (answer := ask()) is not None:
            return answer
        time.sleep(POLL_S)
    pytest.fail(f"not within {within_s:g} s: {what}")


def value_of(ask: Ask, expression: str) -> float:
    """The one value of a query, awaited."""
    (series,) = eventually(lambda: ask(expression) or None, ANSWER_S, expression)
    return float(series["value"][1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str | Path], log: Path, **environment: str) -> Iterator[None]:
    """A program in the background; what it said is printed when something went wrong, and it is gone afterwards."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env={**os.environ, **environment})
        try:
            yield
        except BaseException:
            print(log.read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class _Takes(BaseHTTPRequestHandler):
    """An outlet that takes every page."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class calls it so
        """Pages are no news here."""


@pytest.fixture(scope="module")
def outlet_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Takes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, outlet_port: int) -> Iterator[httpx.Client]:
    """A daemon that is ready, and a client that may send to it."""
    folder = tmp_path_factory.mktemp("daemon")
    (folder / "config").mkdir()
    (folder / "config" / "fenghuo.yaml").write_text(
        CONFIGURATION.format(outlet_port=outlet_port), encoding="utf-8"
    )
    port = free_port()
    command: list[str | Path] = [Path(sys.executable).with_name("fenghuo"), "run", "--port", str(port)]
    command += ["--config", folder / "config", "--data", folder / "data"]
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {KEY}"}, timeout=10
    )
    with running(command, folder / "log", FENGHUO_KEY_CRAWLER=KEY), client:
        eventually(lambda: _ready(client, "/readyz"), READY_S, "the daemon is ready")
        yield client


def _ready(client: httpx.Client, path: str) -> bool | None:
    try:
        return client.get(path).status_code == 200 or None
    except httpx.TransportError:
        return None


@pytest.fixture(scope="module")
def ask(
    daemon: httpx.Client, require_tool: Locate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    """Asks a Prometheus that reads the daemon every second, with the configuration and rules of deploy/."""
    program = require_tool("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(DEPLOY / "prometheus" / "rules.yml")]
    configuration["scrape_configs"][0]["static_configs"] = [
        {"targets": [f"127.0.0.1:{daemon.base_url.port}"]}
    ]
    del configuration["alerting"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    port = free_port()
    command: list[str | Path] = [program, f"--config.file={folder / 'prometheus.yml'}", "--log.level=warn"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    with (
        running(command, folder / "log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        eventually(lambda: _ready(client, "/-/ready"), READY_S, "Prometheus is ready")

        def query(expression: str) -> list[dict[str, Any]]:
            answer = client.get("/api/v1/query", params={"query": expression}).json()
            assert answer["status"] == "success", answer
            result: list[dict[str, Any]] = answer["data"]["result"]
            return result

        yield query


@pytest.fixture(scope="module")
def stormy(daemon: httpx.Client, ask: Ask) -> Ask:
    """Two waves, the second once Prometheus has seen the first, so that there is a rate to see."""
    for wave in (1, 2):
        records = crisis(datetime.now(UTC), wave)
        answer = daemon.post("/v1/records", json=records)
        assert answer.status_code == 202, answer.text
        assert answer.json() == {"accepted": len(records), "duplicates": 0, "rejected": []}
        value_of(ask, f"sum(fenghuo_items_total) >= {wave * len(records)}")
    return ask


@pytest.mark.parametrize(
    "query",
    [target["expr"] for panel in WALL["panels"] for target in panel["targets"]],
    ids=lambda query: query[:50],
)
def test_every_query_of_the_wall_answers_in_a_crisis(stormy: Ask, query: str) -> None:
    expression = query.replace("$__rate_interval", RATE_INTERVAL)
    eventually(lambda: stormy(expression) or None, ANSWER_S, expression)


def test_the_wall_turns_orange(stormy: Ask) -> None:
    assert value_of(stormy, 'max by (brand) (fenghuo_incident_level{brand="xibei"}) == 3') == 3
    assert value_of(stormy, "sum(fenghuo_incidents_open) >= 1") >= 1


def test_the_wall_knows_who_waits_and_how_long(stormy: Ask) -> None:
    assert value_of(stormy, 'sum(fenghuo_queue_open{age="overdue"}) == 2') == 2
    assert value_of(stormy, "sum(fenghuo_queue_open) == 10") == 10
    assert value_of(stormy, "min(fenghuo_queue_next_due_timestamp_seconds) - time() < 0") < 0


def test_volume_rises_while_people_talk(stormy: Ask) -> None:
    assert value_of(stormy, f"sum(rate(fenghuo_items_total[{RATE_INTERVAL}])) > 0") > 0


def test_people_were_paged_and_prometheus_knows(stormy: Ask) -> None:
    assert value_of(stormy, 'sum(fenghuo_pages_total{outcome="delivered"}) >= 1') >= 1


def test_rules_and_wall_name_only_metrics_that_a_daemon_or_a_node_has(
    daemon: httpx.Client, stormy: Ask
) -> None:
    named = re.findall(r"\bfenghuo_[a-z_]+", json.dumps(WALL["panels"]) + _expressions_of_rules())
    declared = set(re.findall(r"^# TYPE (\w+)", daemon.get("/metrics").text, re.MULTILINE))
    declared |= {metric.name for metric in LagWatch(Cluster(servers=("127.0.0.1:9",)), _raised).collect()}
    assert {name.removesuffix("_bucket") for name in named} - declared == set()


def _raised(error: BaseException) -> None:
    raise error


def _expressions_of_rules() -> str:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8"))
    return " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
