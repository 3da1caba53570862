"""From a gateway to an outlet through Kafka: a POST of an item that must alarm, under load."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from streams.run.kafka import Cluster
from streams.run.kafka_topics import administered
from tests.bench import setting
from tests.bench.alert_speed import alarm, daemon_in, latency, load_on, outlet
from tests.bench.figures import Figure
from tests.bench.kafka_workers import command

ALARMS = 150
LOAD_S = 2_000
PARTITIONS = 2


def measure(cluster: Cluster, folder: Path, share: float) -> Iterator[Figure]:
    """One node of every role and one worker for both deciders, at 2,000 items a second."""
    alarms = max(20, int(ALARMS * share))
    with administered(cluster) as topics:
        topics.create(PARTITIONS, replicas=1)
    words, environ = command(cluster)
    with outlet() as taking:
        setting.write(folder / "config", outlet_port=taking.server_port, alarm_brands=alarms)
        with (folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(words, stdout=log, stderr=log, env=environ)
        try:
            with (
                daemon_in(folder, "--kafka", str(cluster), environ=environ) as node,
                load_on(node, folder, LOAD_S),
            ):
                found_ms = [alarm(node, taking, number) for number in range(alarms)]
        finally:
            worker.kill()
            worker.wait()
    yield latency("kafka_alert_p99_ms", found_ms, f"through Kafka, at {LOAD_S:,} items/s", 1_000)
