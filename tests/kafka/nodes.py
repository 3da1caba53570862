"""A whole house on Kafka as people run it: a broker that may be stopped, workers, and nodes of any role, each its own process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.engine import CODECS
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_topics import administered
from tests import brokers
from tests.conftest import ON_CI
from tests.daemons import CONFIGURATION, Daemon, Outlet

PARTITIONS = 2
PATIENCE_S = 60


def record(number: int, text: str = "青禾小馆的菜里有异物", **fields: Any) -> dict[str, Any]:
    made = {"time": datetime.now(UTC).isoformat(), "platform": "weibo", "kind": "post"}
    return made | {"id": f"n{number}", "author_id": f"u{number}", "text": text} | fields


class Estate:
    """The house: `node` and `worker` start processes, `events` reads the journals."""

    def __init__(self, folder: Path, broker: brokers.Broker, configuration: str = CONFIGURATION) -> None:
        self.folder = folder
        self.broker = broker
        self.cluster = Cluster(servers=broker.servers, prefix=f"t{os.urandom(4).hex()}")
        self.outlet = Outlet()
        self.config = folder / "config"
        self.config.mkdir()
        text = configuration.format(outlet_port=self.outlet.port)
        (self.config / "fenghuo.yaml").write_text(text, encoding="utf-8")
        self.environ = {
            "FENGHUO_KAFKA": broker.servers[0],
            "FENGHUO_KAFKA_PREFIX": self.cluster.prefix,
            "FENGHUO_VAULT_KEY": "ab" * 32,
        }
        with administered(self.cluster) as topics:
            topics.create(PARTITIONS, replicas=1)
        self._daemons: list[Daemon] = []
        self._workers: list[subprocess.Popen[bytes]] = []

    def node(self, name: str, *roles: str) -> Daemon:
        """A node that is not started yet; `name` is its data folder."""
        words = [word for role in roles for word in ("--role", role)]
        more = words or ["--kafka", self.broker.servers[0]]
        daemon = Daemon(self.config, self.folder / name, self.environ, *more)
        self._daemons.append(daemon)
        return daemon

    def worker(self, *more: str) -> subprocess.Popen[bytes]:
        """A worker that begins."""
        command = [sys.executable, "-m", "services.cli", "worker", *more]
        with (self.folder / f"worker-{len(self._workers)}.log").open("ab") as log:
            worker = subprocess.Popen(
                command, cwd=brokers.ROOT, env={**os.environ, **self.environ}, stdout=log, stderr=log
            )
        self._workers.append(worker)
        return worker

    def events(self, decider: str) -> list[Any]:
        """What the journals of a decider hold."""
        count = PARTITIONS if decider == INTAKE else 1
        with Writer(self.cluster) as writer:
            return [event for number in range(count) for event in self._journal(decider, number, writer)]

    def _journal(self, decider: str, number: int, writer: Writer) -> list[Any]:
        with closing(KafkaJournal(self.cluster, decider, number, writer)) as journal:
            return [event for stored in journal.read() for event in CODECS[decider].decode(stored).events]

    def natives(self) -> list[str]:
        """The native ids of the facts in Intake's journals, sorted."""
        return sorted(event.native_id for event in self.events(INTAKE) if hasattr(event, "native_id"))

    def await_that(self, found: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE_S / 0.2)):
            if found():
                return
            pause.wait(0.2)
        raise AssertionError("it never came: " + self.logs())

    def logs(self) -> str:
        workers = [path.read_text(errors="replace")[-3000:] for path in self.folder.glob("worker-*.log")]
        return "\n".join([*workers, *(daemon.log() for daemon in self._daemons)])

    def close(self) -> None:
        for daemon in self._daemons:
            daemon.close()
        for worker in self._workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait(PATIENCE_S)
        self.outlet.close()


@contextmanager
def estate_in(folder: Path, configuration: str = CONFIGURATION) -> Iterator[Estate]:
    """A house with a broker of its own, that a test may stop and kill."""
    if (reason := brokers.why_none()) is not None:
        pytest.fail(reason) if ON_CI else pytest.skip(reason)
    broker = brokers.Broker(folder / "broker")
    try:
        broker.start()
        estate = Estate(folder, broker, configuration)
        try:
            yield estate
        finally:
            estate.close()
    finally:
        broker.kill()
