"""Workers on Kafka: how many judged items a second they take, what a million costs, how fast a journal is folded.

Everything lies on the topics before the workers start. An entry's own time in the journal tells when it was written, so
nobody who counts takes time from those who work.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition

from services.collector import settle_collector
from services.config import Config, load
from services.config.model import dump
from services.engine import CODECS, cached_scorers
from services.gateway.preparing import Batch, judging_preparer
from services.vault import Vault
from streams.commands import ActivateConfig
from streams.facts import Fact
from streams.intake import Intake
from streams.journal import Snapshot, Stored
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_configs import put_config
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_topics import administered
from streams.run.loop import Partition
from streams.run.sorting import send_inputs
from streams.text.topics import load_topics
from tests.bench import setting
from tests.bench.figures import took_s
from tests.bench.material import lines

CHUNK = 2_000
PATIENCE_S = 120


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What workers did."""

    items_s: float
    """While all of them worked."""
    cpu_s_per_million: float


def config_in(folder: Path) -> Config:
    """A thousand monitors."""
    setting.write(folder / "config")
    found = load(folder / "config").config
    assert found is not None
    return found


def prepared(folder: Path, config: Config, count: int) -> list[Any]:
    """Items as a gateway hands them on: sealed and judged."""
    (folder / "vault").mkdir()
    vault = Vault.of_folder(folder / "vault", {})
    try:
        prepare = judging_preparer(config.intake, vault, lambda: datetime.now(UTC)).prepare
        records = lines(count)
        found: list[Any] = []
        while chunk := [record for record, _ in zip(records, range(CHUNK), strict=False)]:
            found += prepare(Batch("bench", "records", list(range(len(chunk))), chunk)).arrivals
        return found
    finally:
        vault.close()


def house(cluster: Cluster, writer: Writer, config: Config, partitions: int, items: Sequence[Any]) -> None:
    """Topics with a configuration that holds and all items on them."""
    with administered(cluster) as topics:
        topics.create(partitions, replicas=1)
    put_config(cluster, writer, config.hash, dump(config))
    activate = ActivateConfig(id="bench", who="bench", config=config.hash)
    send_inputs(cluster, writer, [activate], partitions, "/bench")
    for start in range(0, len(items), CHUNK):
        send_inputs(cluster, writer, items[start : start + CHUNK], partitions, "/bench")


def command(cluster: Cluster, *more: str) -> tuple[list[str], dict[str, str]]:
    """`fenghuo worker` and its environment."""
    environ = {"FENGHUO_KAFKA": str(cluster), "FENGHUO_KAFKA_PREFIX": cluster.prefix}
    return [str(Path(sys.executable).with_name("fenghuo")), "worker", *more], {**os.environ, **environ}


@contextmanager
def workers(cluster: Cluster, count: int, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many of them for Intake, started."""
    words, environ = command(cluster, "--decider", INTAKE)
    with (folder / "workers.log").open("ab") as log:
        started = [subprocess.Popen(words, stdout=log, stderr=log, env=environ) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait(PATIENCE_S)


def taken(cluster: Cluster, writer: Writer, folder: Path, partitions: int, items: int) -> Taken:
    """As many workers as partitions take what lies there."""
    with workers(cluster, partitions, folder) as started:
        await_that(lambda: _left(cluster) == 0)
        cpu_s = sum(_cpu_s(worker.pid) for worker in started)
    courses = [_course(cluster, number) for number in range(partitions)]
    begin, end = max(course[0][0] for course in courses), min(course[-1][0] for course in courses)
    together = sum(count for course in courses for at, count in course if begin < at <= end)
    return Taken(items_s=together / (end - begin), cpu_s_per_million=cpu_s / items * 1_000_000)


def _left(cluster: Cluster) -> int:
    with administered(cluster) as topics:
        return sum(lag.end - (lag.committed or 0) for lag in topics.lag() if lag.decider == INTAKE)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _course(cluster: Cluster, number: int) -> list[tuple[float, int]]:
    """When each entry with items was written, and how many it holds."""
    place = TopicPartition(cluster.journal(INTAKE), number)
    consumer = KafkaConsumer(
        **cluster.client_options(), auto_offset_reset="earliest", max_partition_fetch_bytes=16 << 20
    )
    consumer.assign([place])
    end = consumer.end_offsets([place])[place]
    found: list[tuple[float, int]] = []
    while consumer.position(place) < end:
        for message in consumer.poll(1000).get(place, ()):
            entry = CODECS[INTAKE].decode(Stored(0, b"", message.value))
            facts = sum(isinstance(event, Fact) for event in entry.events)
            if facts:
                found.append((message.timestamp / 1000, facts))
    consumer.close()
    return found


class _WithoutSnapshots(KafkaJournal):
    """Every entry has to be folded."""

    def snapshot(self) -> Snapshot | None:
        return None


def folded_events_s(cluster: Cluster, writer: Writer, config: Config) -> float:
    """How many events a second are read from a journal on Kafka and folded."""
    intake = Intake({config.hash: config.intake}, cached_scorers(), load_topics(), str)
    with closing(_WithoutSnapshots(cluster, INTAKE, 0, writer)) as journal:
        events = sum(len(CODECS[INTAKE].decode(stored).events) for stored in journal.read())
        settle_collector()  # as a worker does
        return events / took_s(lambda: Partition(journal, intake, CODECS[INTAKE]))


def await_that(found: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_S * 2):
        if found():
            return
        time.sleep(0.5)
    raise TimeoutError("it never came")
