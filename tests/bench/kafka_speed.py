"""`make bench-kafka`: how fast on Kafka, everything in one run on one broker. Writes bench-kafka.json at the root.

`--quix PYTHON` names an interpreter that holds quixstreams, which is measured beside; without it that line is left out.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console

from streams.run.bundles import encode_bundle
from streams.run.kafka import INTAKE_INPUTS, Cluster, Writer
from streams.run.kafka_topics import administered
from tests import brokers
from tests.bench import kafka_alerts, kafka_failover, kafka_restart, kafka_workers
from tests.bench.__main__ import table, write
from tests.bench.figures import Figure
from tests.bench.material import ROOT, templates

ITEMS = 200_000
MESSAGES = 40_000
"""One event each, for those who take one event a message."""
SCALES = (2, 4)
PEERS = Path(__file__).with_name("kafka_peers.py")


class Bench:
    """One run."""

    def __init__(self, servers: tuple[str, ...], folder: Path, share: float, quix: str | None) -> None:
        self._servers = servers
        self._folder = folder
        self._share = share
        self._quix = quix
        self._items = int(ITEMS * share)
        self._config = kafka_workers.config_in(folder)

    def cluster(self, prefix: str) -> Cluster:
        return Cluster(servers=self._servers, prefix=prefix)

    def intake(self) -> Iterator[Figure]:
        items = kafka_workers.prepared(self._folder, self._config, self._items)
        peers = self._peers(items[: int(MESSAGES * self._share)])
        yield from peers.values()
        with Writer(self.cluster("one")) as writer:
            kafka_workers.house(self.cluster("one"), writer, self._config, 1, items)
            one = kafka_workers.taken(self.cluster("one"), writer, self._folder, 1, len(items))
            yield Figure(
                key="worker_items_s", value=one.items_s, unit="items/s", aim=15_000,
                what="one intake worker, 1,000 monitors: judged items from bundles, each in the journal",
            )  # fmt: skip
            yield Figure(
                key="worker_ratio", value=one.items_s / peers["faust"].value, unit="×", aim=3,
                what="the same over a bare Faust agent",
            )  # fmt: skip
            yield Figure(
                key="worker_cpu_s_per_million", value=one.cpu_s_per_million, unit="CPU s",
                what="one worker: CPU time a million items (the gateways' judging not counted)",
            )  # fmt: skip
            yield Figure(
                key="folded_events_s", value=kafka_workers.folded_events_s(self.cluster("one"), writer, self._config),
                unit="events/s", aim=100_000, what="a journal on Kafka folded from its first entry",
            )  # fmt: skip
            yield from self._scaled(writer, items)

    def _scaled(self, writer: Writer, items: list[object]) -> Iterator[Figure]:
        for count in SCALES:
            cluster = self.cluster(f"scale{count}")
            kafka_workers.house(cluster, writer, self._config, count, items)
            found = kafka_workers.taken(cluster, writer, self._folder, count, len(items))
            yield Figure(
                key=f"workers_{count}_items_s", value=found.items_s, unit="items/s",
                what=f"{count} partitions, {count} workers on this machine ({found.cpu_s_per_million:.0f} CPU s a million)",
            )  # fmt: skip

    def _peers(self, items: list[object]) -> dict[str, Figure]:
        """The same items, one a message."""
        cluster = self.cluster("peers")
        topic = cluster.topic(INTAKE_INPUTS)
        with administered(cluster) as topics:
            topics.create(1, replicas=1)
        with Writer(cluster) as writer:
            tickets = [writer.send(topic, 0, encode_bundle([one], "/bench")[1:-1]) for one in items]
            for ticket in tickets:
                ticket.offset()
        found = {
            "aiokafka": self._peer("aiokafka", sys.executable, topic, len(items), "bare aiokafka loop, nothing decoded"),
            "faust": self._peer("faust", sys.executable, topic, len(items), "bare Faust agent, one JSON event a message"),
        }  # fmt: skip
        if self._quix is not None:
            found["quix"] = self._peer("quix", self._quix, topic, len(items), "Quix Streams, the same decode")
        return found

    def _peer(self, name: str, python: str, topic: str, count: int, what: str) -> Figure:
        words = [python, str(PEERS), name, self._servers[0], topic, str(count)]
        done = subprocess.run(
            words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300
        )
        rate = json.loads(done.stdout.splitlines()[-1])["messages_s"]
        return Figure(key=f"{name}_messages_s", value=rate, unit="messages/s", what=what)

    def failover(self) -> Iterator[Figure]:
        cluster = self.cluster("failover")
        with Writer(cluster) as writer:
            latest_s, untrue = kafka_failover.latest_s(cluster, writer, self._folder / "failover")
        yield Figure(
            key="failover_s", value=latest_s, unit="s", aim=15, better="less",
            what="a worker is killed: the latest breach of its clocks, after its due time",
        )  # fmt: skip
        yield Figure(
            key="failover_untrue", value=untrue, unit="breaches", aim=0, better="less",
            what="breaches that do not carry their true time, or are missing",
        )  # fmt: skip

    def restart(self) -> Iterator[Figure]:
        yield from kafka_restart.measure(self.cluster("restart"), self._share)

    def alerts(self) -> Iterator[Figure]:
        yield from kafka_alerts.measure(self.cluster("alerts"), self._folder / "alerts", self._share)

    @property
    def sections(self) -> Mapping[str, Callable[[], Iterator[Figure]]]:
        return {
            "intake": self.intake,
            "failover": self.failover,
            "restart": self.restart,
            "alerts": self.alerts,
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kafka_speed", description=__doc__)
    parser.add_argument("--only", action="append", choices=("intake", "failover", "restart", "alerts"))
    parser.add_argument("--share", type=float, default=1.0, help="of the full load; less is not written down")
    parser.add_argument("--quix", metavar="PYTHON")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-kafka.json")
    options = parser.parse_args()
    if (reason := brokers.why_none()) is not None:
        sys.exit(reason)
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(f"Python {platform.python_version()}, {templates()[0]}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name:
        broker = brokers.Broker(Path(name) / "broker")
        try:
            broker.start()
            bench = Bench(broker.servers, Path(name), options.share, options.quix)
            for section in options.only or bench.sections:
                console.print(f"measuring {section} …")
                figures += bench.sections[section]()
        finally:
            broker.kill()
    console.print(table(figures))
    if options.share == 1:
        write(options.out, figures)


if __name__ == "__main__":
    main()
