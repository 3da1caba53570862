"""A real daemon as its own process, for tests that start, ask, kill and restart it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec

START_TRIES = 300
"""Times 0.1 s that a daemon has for getting ready."""
KEY = "a-key-for-tests-only"
KEY_VARIABLE = "FENGHUO_KEY_CRAWLER"

WHO_IS_REACHED = """\
levels: {{ease_after: 60m}}
people:
  - {{id: lin, name: 林, contacts: ["json://127.0.0.1:{outlet_port}/lin"], roles: [support, pr, manager, legal, commander]}}
network: {{allow_private: ["127.0.0.1"]}}
oncall:
  desk:
    rotation: {{people: [lin], handoff: "mon 09:00", every: 1w, timezone: Asia/Shanghai, from: 2026-01-05}}
escalation:
  blue: [{{after: 0m, digest: desk}}]
  yellow: [{{after: 0m, notify: [desk]}}]
  orange: &people
    - {{after: 0m, notify: [desk]}}
    - {{after: 3m, call: [desk], repeat: 10m}}
  red: *people
  again_after: 30m
"""
"""Of a configuration that a test fills in with `outlet_port`: one person, on call, called from orange on."""
CONFIGURATION = (
    """
brand: {{id: qinghe, name: 青禾小馆, timezone: Asia/Shanghai}}
accounts:
  - {{platform: weibo, id: qinghe-official, name: 青禾小馆, custodian: lin}}
sources:
  - {{id: crawler, key: "env:FENGHUO_KEY_CRAWLER", rate: 100000/s, basis: licensed}}
monitors:
  - {{id: brand, query: '青禾', category: brand, severity: P3}}
  - {{id: safety, query: '青禾 AND 异物', category: safety, severity: P0}}
calendars:
  always: {{hours: 24x7}}
sla:
  cap: 24h
  policies:
    - {{id: all, when: {{}}, calendar: always, first_response: 30m, next_response: 30m}}
  warn_at: [0.5]
rules:
  - {{id: p0, type: severity, severity: P0, authors: 1, level: orange}}
  - {{id: new-words, type: emerging, monitor: brand, window: 15m, minimum: 50, level: yellow}}
"""
    + WHO_IS_REACHED
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Daemon:
    """`fenghuo run` on a folder; may be killed and started again."""

    def __init__(
        self, config: Path, data: Path, environ: Mapping[str, str] | None = None, *more: str
    ) -> None:
        """`more` are further words of its command line."""
        self._more = more
        self.config = config
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = {**os.environ, KEY_VARIABLE: KEY, **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_path = data.with_suffix(".log")
        self._log = self._log_path.open("ab")

    def start(self) -> None:
        command = [sys.executable, "-m", "services.cli", "run", "--config", str(self.config)]
        command += ["--data", str(self.data), "--port", str(self.port), *self._more]
        self._process = subprocess.Popen(command, env=self._environ, stdout=self._log, stderr=self._log)
        self._await_ready()

    def _await_ready(self) -> None:
        assert self._process is not None
        waiting = threading.Event()
        for _ in range(START_TRIES):
            if self._process.poll() is not None:
                raise AssertionError(f"the daemon ended with {self._process.returncode}: {self.log()}")
            if self._is_ready():
                return
            waiting.wait(0.1)
        raise AssertionError(f"the daemon did not get ready: {self.log()}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def log(self) -> str:
        self._log.flush()
        return self._log_path.read_text(encoding="utf-8", errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int | None:
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(30)

    def close(self) -> None:
        self._end(signal.SIGKILL)
        self._log.close()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)


class Outlet:
    """A local server that takes every page and remembers it."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = []
        self.arrived = threading.Condition()
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with outlet.arrived:
                    outlet.pages.append(msgspec.json.decode(body))
                    outlet.arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def wait_for(self, count: int, timeout_s: float = 30) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.pages) >= count, timeout_s), self.pages

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def house(folder: Path, configuration: str = CONFIGURATION) -> Iterator[tuple[Daemon, Outlet]]:
    """A configuration, an outlet, and a daemon that is not started yet."""
    outlet = Outlet()
    config = folder / "config"
    config.mkdir()
    (config / "fenghuo.yaml").write_text(configuration.format(outlet_port=outlet.port), encoding="utf-8")
    daemon = Daemon(config, folder / "data")
    try:
        yield daemon, outlet
    finally:
        daemon.close()
        outlet.close()
