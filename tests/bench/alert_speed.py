"""A real daemon: from the POST of an item that must alarm to the outlet's request, idle and loaded; and its memory.

Every alarm is about a brand of its own, so that each one opens an incident and pages somebody.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import msgspec

from tests.bench import setting
from tests.bench.figures import Figure, percentile

ALARMS = 150
"""Of each kind, idle and loaded."""
RSS_ITEMS = 1_000_000
PROBE_ITEMS = 40_000
READY_S = 60.0
ARRIVAL_S = 30.0
KEY = "a-key-for-the-benchmark"


def measure(share: float) -> Iterator[Figure]:
    yield from _latencies(share)
    yield _memory(int(RSS_ITEMS * share))


def _latencies(share: float) -> Iterator[Figure]:
    alarms = max(20, int(ALARMS * share))
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name, outlet() as taking:
        folder = Path(name)
        setting.write(folder / "config", outlet_port=taking.server_port, alarm_brands=2 * alarms)
        with daemon_in(folder) as daemon:
            idle_ms = [alarm(daemon, taking, number) for number in range(alarms)]
            yield latency("alert_idle_p99_ms", idle_ms, "idle", 500)
            full = _loaded(daemon, int(PROBE_ITEMS * share), 0, "probe")
            yield Figure(
                value=full, unit="items/s", what="full load: POST /v1/records, 4 clients, 500 a batch"
            )
            with load_on(daemon, folder, full / 2):
                loaded_ms = [alarm(daemon, taking, number) for number in range(alarms, 2 * alarms)]
            yield latency(
                "alert_loaded_p99_ms", loaded_ms, f"at half the full load ({full / 2:,.0f} items/s)", 1500
            )


def _memory(items: int) -> Figure:
    """Of a daemon that has taken in that many items since it began, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name:
        folder = Path(name)
        setting.write(folder / "config")
        with daemon_in(folder) as daemon:
            _loaded(daemon, items, 0, "fill")
            return Figure(
                key="rss_1m_mb",
                value=_rss_mb(daemon.pid),
                unit="MB",
                what=f"memory of the daemon and its press (PSS) after {items:,} items",
                aim=300,
                better="less",
            )


def latency(key: str, values_ms: Sequence[float], when: str, aim: float) -> Figure:
    middle = percentile(values_ms, 0.5)
    what = f"POST of a P0 item to the outlet's request, {when}, p99 of {len(values_ms)} (median {middle:.0f})"
    return Figure(key=key, value=percentile(values_ms, 0.99), unit="ms", what=what, aim=aim, better="less")


class _Outlet(ThreadingHTTPServer):
    """Takes pages and notes when the first one about each brand came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.came_at_s: dict[str, float] = {}
        self.changed = threading.Condition()

    def wait_for(self, brand: str) -> float:
        with self.changed:
            if not self.changed.wait_for(lambda: brand in self.came_at_s, ARRIVAL_S):
                raise TimeoutError(f"no page about {brand} within {ARRIVAL_S:g} s")
            return self.came_at_s[brand]


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        came_at_s = time.perf_counter()
        outlet = self.server
        assert isinstance(outlet, _Outlet)
        message = self.rfile.read(int(self.headers["content-length"])).decode()
        title = json.loads(message)["title"]
        with outlet.changed:
            for brand in re.findall(r"警报品牌\d{4}号", title):
                outlet.came_at_s.setdefault(brand, came_at_s)
            outlet.changed.notify_all()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Pages are no news here."""


@contextmanager
def outlet() -> Iterator[_Outlet]:
    with _Outlet() as outlet:
        threading.Thread(target=outlet.serve_forever, daemon=True).start()
        yield outlet
        outlet.shutdown()


class Daemon(msgspec.Struct, frozen=True):
    url: str
    pid: int
    client: Any


@contextmanager
def daemon_in(
    folder: Path, *more: str, environ: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Daemon]:
    """`fenghuo run` on the folder's configuration, with what is given besides."""
    port = _free_port()
    command = [str(Path(sys.executable).with_name("fenghuo")), "run", "--port", str(port)]
    command += ["--config", str(folder / "config"), "--data", str(folder / "data"), *more]
    environment = {**os.environ, setting.KEY_VARIABLE: KEY, **environ}
    url = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("wb") as log,
        httpx.Client(headers={"authorization": f"Bearer {KEY}"}) as client,
    ):
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait_until_ready(process, client, url, folder / "log")
            yield Daemon(url, process.pid, client)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taking) as probe:
        return probe.server_port


def _wait_until_ready(process: subprocess.Popen[bytes], client: httpx.Client, url: str, log: Path) -> None:
    end_s = time.perf_counter() + READY_S
    while time.perf_counter() < end_s and process.poll() is None:
        try:
            if client.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the daemon is not ready: {log.read_text(encoding='utf-8')[-2000:]}")


def alarm(daemon: Daemon, outlet: _Outlet, number: int) -> float:
    """Milliseconds from before the POST until the outlet's request began."""
    brand = setting.alarm_brand(number)
    record = {
        "time": datetime.now(UTC).isoformat(), "platform": "weibo", "kind": "post", "id": f"alarm{number}",
        "author_id": f"alarmed{number}", "text": f"在{brand}吃完饭，全家{setting.ALARM_WORD}了",
    }  # fmt: skip
    began_s = time.perf_counter()
    answer = daemon.client.post(f"{daemon.url}/v1/records", json=[record])
    receipt = answer.json()  # a gateway on Kafka cannot know about duplicates
    assert (receipt["accepted"], receipt["rejected"]) == (1, []), answer.text
    return (outlet.wait_for(brand) - began_s) * 1000


def _loaded(daemon: Daemon, count: int, rate_per_s: float, name: str) -> float:
    """Items a second that the daemon took from a client in another process."""
    done = subprocess.run(
        _load_command(daemon, count, rate_per_s, name), check=True, stdout=subprocess.PIPE, env=_env()
    )
    told = json.loads(done.stdout)
    return float(told["sent"] / told["took_s"])


@contextmanager
def load_on(daemon: Daemon, folder: Path, rate_per_s: float) -> Iterator[None]:
    """That load while the body runs; the body begins once the load does."""
    done = folder / "done"
    command = [*_load_command(daemon, int(rate_per_s * 120), rate_per_s, "load"), str(done)]
    before = _recorded(daemon)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_env())
    while _recorded(daemon) < before + 10:
        time.sleep(0.1)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the load ended before the alarms did")
    finally:
        done.touch()
        process.wait(timeout=60)


def _recorded(daemon: Daemon) -> float:
    """Entries in Intake's journals."""
    text = daemon.client.get(f"{daemon.url}/metrics").text
    found = re.findall(r'^fenghuo_journal_seq{partition="intake[^"]*"} (\S+)', text, re.MULTILINE)
    return sum(map(float, found))


def _load_command(daemon: Daemon, count: int, rate_per_s: float, name: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.load", daemon.url, str(count), str(rate_per_s), name]


def _env() -> dict[str, str]:
    return {**os.environ, setting.KEY_VARIABLE: KEY}


def _rss_mb(pid: int) -> float:
    """Memory of the daemon and its press; a page that both hold counts half for each (PSS)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return sum(_pss_kb(process) for process in [str(pid), *children]) / 1024


def _pss_kb(pid: str) -> int:
    found = re.search(
        r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE
    )
    assert found is not None
    return int(found[1])
