"""A real daemon with a long queue, under load: how fast its first page is, and when an event reaches an open page."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx

from services.web.access import Access
from services.web.visit import SESSION_COOKIE
from tests.bench import setting
from tests.bench.alert_speed import Daemon, daemon_in, load_on
from tests.bench.figures import Figure, percentile

OPEN_ROWS = 100_000
RATE_PER_S = 2_000.0
QUESTIONS = 600
"""Of the first page, so that p99 is not one value alone."""
ARRIVALS = 30
BATCH = 500
PATIENCE_S = 120.0
OTHER_PLATFORM = "douyin"
"""Where only the arrivals come from, so that each is on the page that is looked at."""


def measure(share: float) -> Iterator[Figure]:
    rows = int(OPEN_ROWS * share)
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name:
        folder = Path(name)
        setting.write(folder / "config")
        with daemon_in(folder) as daemon:
            _fill(daemon, rows)
            idle_ms = _first_pages(daemon, int(QUESTIONS * share))
            bare_ms = [_asked_ms(daemon, "/healthz") for _ in idle_ms]
            yield _latency(None, bare_ms, "the peer: GET /healthz, idle", None)
            yield _latency(None, idle_ms, f"first page of /api/queue, {rows:,} open rows, idle", None)
            with load_on(daemon, folder, RATE_PER_S):
                loaded_ms = _first_pages(daemon, int(QUESTIONS * share))
                bare_ms = [_asked_ms(daemon, "/healthz") for _ in loaded_ms]
                arrivals_ms = _arrivals(daemon, folder, max(5, int(ARRIVALS * share)))
            yield _latency(None, bare_ms, "the peer: GET /healthz, loaded", None)
            what = f"{RATE_PER_S:,.0f} items a second coming in"
            yield _latency("queue_p99_ms", loaded_ms, f"the same, {what}", 50)
            yield _latency(
                "queue_live_p99_ms",
                arrivals_ms,
                f"POST of a message until an open page shows it, {what}",
                1000,
            )


def _latency(key: str | None, values_ms: list[float], what: str, aim: float | None) -> Figure:
    middle = percentile(values_ms, 0.5)
    told = f"{what}, p99 of {len(values_ms)} (median {middle:.1f})"
    return Figure(key=key, value=percentile(values_ms, 0.99), unit="ms", what=told, aim=aim, better="less")


def _message(number: int, platform: str) -> bytes:
    record = {
        "time": datetime.now(UTC).isoformat(), "platform": platform, "kind": "message", "id": f"q{number}",
        "account": "xibei-official", "author_id": f"waits{number}", "author_name": f"顾客{number}",
        "text": f"第 {number} 个问题，什么时候有人回",
    }  # fmt: skip
    return json.dumps(record, ensure_ascii=False).encode()


def _post(daemon: Daemon, lines: list[bytes]) -> None:
    answer = daemon.client.post(
        f"{daemon.url}/v1/records",
        content=b"\n".join(lines),
        headers={"content-type": "application/x-ndjson"},
        timeout=PATIENCE_S,
    )
    answer.raise_for_status()


def _fill(daemon: Daemon, rows: int) -> None:
    for start in range(0, rows, BATCH):
        _post(daemon, [_message(number, "weibo") for number in range(start, min(rows, start + BATCH))])
    while daemon.client.get(f"{daemon.url}/readyz").status_code != 200:  # the views follow
        time.sleep(0.1)


def _first_pages(daemon: Daemon, count: int) -> list[float]:
    return [_asked_ms(daemon, "/api/queue") for _ in range(max(20, count))]


def _asked_ms(daemon: Daemon, path: str) -> float:
    began_s = time.perf_counter()
    daemon.client.get(daemon.url + path).raise_for_status()
    return (time.perf_counter() - began_s) * 1000


def _arrivals(daemon: Daemon, folder: Path, count: int) -> list[float]:
    """As a browser does: told by the one stream that something changed, it asks for its rows anew."""
    with closing(Access(folder / "data" / "access.db")) as access:
        cookies = {SESSION_COOKIE: access.open_session("he", datetime.now(UTC))}
    values_ms = []
    with (
        httpx.Client(base_url=daemon.url, cookies=cookies, timeout=PATIENCE_S) as browser,
        browser.stream("GET", "/live") as live,
    ):
        changes = (line for line in live.iter_lines() if line.startswith("data:") and "queue" in line)
        for number in range(count):
            began_s = time.perf_counter()
            _post(daemon, [_message(10_000_000 + number, OTHER_PLATFORM)])
            marker = f"顾客{10_000_000 + number}"
            while marker not in browser.get(f"/queue?platform={OTHER_PLATFORM}&rows=50").text:
                if time.perf_counter() - began_s > PATIENCE_S:
                    raise TimeoutError(f"no open page shows a message within {PATIENCE_S:g} s")
                next(changes)
            values_ms.append((time.perf_counter() - began_s) * 1000)
    return values_ms
