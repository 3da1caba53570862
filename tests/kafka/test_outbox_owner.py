"""Two outboxes on a real broker: one sends, the other goes on when it dies, and the robot never hears more than it may."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from alerting.events import PageDelivered, PageRequested
from services.gateway.address import SOCKET_NAME
from services.notify.pace import LIMITS
from streams.run.embedded import DESK
from tests.daemons import CONFIGURATION, Daemon
from tests.kafka.nodes import Estate, estate_in

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

(LIMIT,) = LIMITS["dingtalk"]
BEFORE, IN_ALL = 5, LIMIT.messages + 5
"""Pages that are asked for before the first outbox dies, the last of them on its way; and in all."""


class Robot:
    """A robot as DingTalk runs them. It keeps its answer to message number `silent_at` to itself."""

    def __init__(self, silent_at: int) -> None:
        self.messages = 0
        self.ended = threading.Event()
        robot, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                with lock:
                    robot.messages += 1
                    number = robot.messages
                if number == silent_at:
                    robot.ended.wait()
                body = b'{"errcode": 0}' if number <= LIMIT.messages else b'{"errcode": 130101}'
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def heard(self, number: int) -> bool:
        return self.messages >= number

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def robot() -> Iterator[Robot]:
    robot = Robot(silent_at=BEFORE)
    yield robot
    robot.close()


@pytest.fixture
def estate(tmp_path: Path, robot: Robot) -> Iterator[Estate]:
    ours = f"dingtalk://token?at=http://127.0.0.1:{robot.port}"
    with estate_in(tmp_path, CONFIGURATION.replace("json://127.0.0.1:{outlet_port}/lin", ours)) as estate:
        estate.worker("--decider", "desk")
        yield estate


def ask_for_page(desk: Daemon) -> None:
    transport = httpx.HTTPTransport(uds=str(desk.data / SOCKET_NAME))
    with httpx.Client(transport=transport, base_url="http://fenghuo", timeout=30) as admin:
        assert admin.post("/api/probes", data={"targets": "lin"}).status_code == 202


def pages(estate: Estate, kind: type[PageRequested | PageDelivered]) -> int:
    return len({event.page for event in estate.events(DESK) if isinstance(event, kind)})


def pending(node: Daemon) -> int:
    found = re.search(r"^fenghuo_pages_pending (\d+)", httpx.get(f"{node.url}/metrics").text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def test_the_next_outbox_goes_on_at_the_robots_pace(estate: Estate, robot: Robot) -> None:
    first, second = estate.node("first", "outbox"), estate.node("second", "outbox", "web")
    first.start()
    estate.await_that(lambda: "the outbox is ours" in first.log())
    second.start()
    for number in range(1, BEFORE + 1):
        ask_for_page(second)
        estate.await_that(partial(robot.heard, number))
    estate.await_that(lambda: pages(estate, PageDelivered) == BEFORE - 1)
    first.kill()
    for _ in range(IN_ALL - BEFORE):
        ask_for_page(second)
    estate.await_that(lambda: robot.messages >= LIMIT.messages)
    # One page was on its way and is sent again, so one less of the others goes out in this minute.
    estate.await_that(lambda: pages(estate, PageDelivered) == LIMIT.messages - 1)
    estate.await_that(lambda: pending(second) == IN_ALL - (LIMIT.messages - 1))
    assert pages(estate, PageRequested) == IN_ALL
    assert robot.messages == LIMIT.messages
    assert "the outbox is ours" in second.log()
