"""A house on a real Kafka: topics, a configuration that holds, senders, workers as processes of their own, and its journals."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from services.config import Config, load
from services.config.model import dump
from services.engine import CODECS
from streams.commands import ActivateConfig
from streams.journal import Entry
from streams.run.bundles import CONTENT_TYPE, encode_bundle
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import DEADLETTERS, DESK_INPUTS, Cluster, Reader, Record, Writer
from streams.run.kafka_configs import put_config
from streams.run.kafka_journal import KafkaJournal
from streams.run.sorting import send_inputs
from tests.brokers import ROOT
from tests.daemons import CONFIGURATION

PATIENCE_S = 60
SOURCE = "/test"


class WorkerProcess:
    """`tests.kafka.clocked_worker`; may be killed, stopped for a while, and started again."""

    def __init__(self, cluster: Cluster, deciders: Sequence[str], clock: Path, log: Path, *more: str) -> None:
        self._program: Sequence[str] = (sys.executable, "-m", "tests.kafka.clocked_worker")
        self._words = [",".join(cluster.servers), cluster.prefix, ",".join(deciders), str(clock), *more]
        self._log_path = log
        self._process: subprocess.Popen[bytes] | None = None

    def run_as(self, *program: str) -> None:
        """Another program that takes the same words."""
        self._program = program

    def start(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._program, *self._words], cwd=ROOT, stdout=log, stderr=log, env={**os.environ}
            )

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        if self._process is None:
            return None
        if self.alive:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
        return self._process.wait(PATIENCE_S)

    def freeze(self) -> None:
        """SIGSTOP: it holds its partitions and does nothing, until others take them away."""
        if self.alive and self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.alive and self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def log(self) -> str:
        return self._log_path.read_text(encoding="utf-8", errors="replace")


class KafkaHouse:
    """A house with `partitions` of Intake. Its clock stands still until a test moves it."""

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        partitions: int,
        now: datetime,
        config: Config | None = None,
    ) -> None:
        self.cluster = cluster
        self.folder = folder
        self.partitions = partitions
        self.clock = folder / "clock"
        self.set_clock(now)
        self.config = config or configured(folder, CONFIGURATION)
        self.workers: list[WorkerProcess] = []
        self.writer = Writer(cluster)
        self._journals: dict[tuple[str, int], KafkaJournal] = {}
        self._entries: defaultdict[tuple[str, int], list[Entry[Any]]] = defaultdict(list)
        self._counts: defaultdict[str, Counter[type]] = defaultdict(Counter)
        self._letters = Reader(cluster, cluster.topic(DEADLETTERS), 0)

    def set_clock(self, now: datetime) -> None:
        """In one step, so that no worker reads half of it."""
        draft = self.clock.with_suffix(".draft")
        draft.write_text(now.isoformat(), encoding="ascii")
        draft.rename(self.clock)

    def activate(self) -> None:
        """Let the configuration hold everywhere."""
        put_config(self.cluster, self.writer, self.config.hash, dump(self.config))
        command = ActivateConfig(id="activate", who="operator", config=self.config.hash)
        self.send([command])
        self.send_desk([command])

    def send(self, inputs: Sequence[Any]) -> None:
        send_inputs(self.cluster, self.writer, inputs, self.partitions, SOURCE)

    def send_desk(self, inputs: Sequence[Any]) -> None:
        self.send_raw(DESK_INPUTS, 0, encode_bundle(inputs, SOURCE))

    def send_raw(self, topic: str, partition: int, value: bytes) -> None:
        self.writer.send(self.cluster.topic(topic), partition, value, headers=[CONTENT_TYPE]).offset()

    def worker(self, *deciders: str, more: Sequence[str] = ()) -> WorkerProcess:
        """One more worker, started."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        worker = WorkerProcess(self.cluster, deciders or (INTAKE,), self.clock, log, *more)
        self.workers.append(worker)
        worker.start()
        return worker

    def entries(self, decider: str) -> list[Entry[Any]]:
        """Everything in a decider's journals, partition by partition."""
        count = self.partitions if decider == INTAKE else 1
        return [entry for number in range(count) for entry in self.journal(decider, number)]

    def journal(self, decider: str, number: int) -> list[Entry[Any]]:
        """Everything in one journal so far."""
        if (decider, number) not in self._journals:
            self._journals[decider, number] = KafkaJournal(self.cluster, decider, number, self.writer)
        journal, entries = self._journals[decider, number], self._entries[decider, number]
        for stored in journal.read(after=len(entries)):
            entries.append(CODECS[decider].decode(stored))
            self._counts[decider].update(type(event) for event in entries[-1].events)
        return entries

    def count(self, decider: str, *kinds: type) -> int:
        """Events of these kinds so far."""
        self.entries(decider)
        return sum(number for kind, number in self._counts[decider].items() if issubclass(kind, kinds))

    def events(self, decider: str) -> list[Any]:
        return [event for entry in self.entries(decider) for event in entry.events]

    def dead_letters(self) -> list[Record]:
        return [one for one in self._letters.read(0) if isinstance(one, Record)]

    def await_that(self, found: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        pause = threading.Event()
        for _ in range(int(patience_s / 0.2)):
            if found():
                return
            pause.wait(0.2)
        raise AssertionError("it never came: " + "\n".join(worker.log()[-3000:] for worker in self.workers))

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        for journal in self._journals.values():
            journal.close()
        self._letters.close()
        self.writer.close()


def configured(folder: Path, configuration: str, brands: Mapping[str, str] = MappingProxyType({})) -> Config:
    """What these files say; `brands` are the files of the brands that are not inline, by name."""
    config = folder / "config"
    (config / "brands").mkdir(parents=True)
    for name, written in brands.items():
        (config / "brands" / f"{name}.yaml").write_text(written, encoding="utf-8")
    (config / "fenghuo.yaml").write_text(configuration.format(outlet_port=1), encoding="utf-8")
    loaded = load(config)
    assert loaded.config is not None, loaded.problems
    return loaded.config


@contextmanager
def house_on(
    cluster: Cluster, folder: Path, partitions: int, now: datetime, config: Config | None = None
) -> Iterator[KafkaHouse]:
    """A house whose configuration holds, without a worker; ended with all its workers."""
    house = KafkaHouse(cluster, folder, partitions, now, config)
    try:
        house.activate()
        yield house
    finally:
        house.close()


BOTH = (INTAKE, DESK)
