"""A worker dies: how late its partitions' clocks run out elsewhere, and whether each breach carries its true time."""

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.config import load
from services.config.model import dump
from services.engine import CODECS
from services.gateway.preparing import Batch, judging_preparer
from services.vault import Vault
from streams.commands import ActivateConfig
from streams.events import SlaBreached
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_configs import put_config
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_topics import administered
from streams.run.sorting import send_inputs
from tests.bench.kafka_workers import await_that, workers
from tests.daemons import CONFIGURATION

PARTITIONS = 4
CLOCKS = 120
EVERY_S = 0.25
FIRST_DUE = timedelta(seconds=12)
PROMISE = timedelta(minutes=30)
KILL_AFTER_S = 16.0


def latest_s(cluster: Cluster, writer: Writer, folder: Path) -> tuple[float, int]:
    """Seconds from the due time to the breach, the worst of all clocks; and how many do not carry their true time.

    Two workers; clocks run out every quarter of a second, and one of the workers is killed in their midst.
    """
    with administered(cluster) as topics:
        topics.create(PARTITIONS, replicas=1)
    (folder / "config").mkdir(parents=True)
    (folder / "vault").mkdir()
    written = CONFIGURATION.format(outlet_port=9)
    (folder / "config" / "fenghuo.yaml").write_text(written, encoding="utf-8")
    config = load(folder / "config").config
    assert config is not None
    put_config(cluster, writer, config.hash, dump(config))
    send_inputs(
        cluster, writer, [ActivateConfig(id="a", who="bench", config=config.hash)], PARTITIONS, "/bench"
    )
    with workers(cluster, 2, folder) as started:
        time.sleep(KILL_AFTER_S - FIRST_DUE.total_seconds())  # until both have their partitions
        vault = Vault.of_folder(folder / "vault", {})
        due, comments = _comments(datetime.now(UTC) + FIRST_DUE)
        prepare = judging_preparer(config.intake, vault, lambda: datetime.now(UTC)).prepare
        arrivals = prepare(Batch("bench", "records", list(range(len(comments))), comments)).arrivals
        vault.close()
        send_inputs(cluster, writer, arrivals, PARTITIONS, "/bench")
        time.sleep(KILL_AFTER_S)
        started[0].kill()
        await_that(lambda: len(_breaches(cluster, writer)) >= len(due))
    breaches = _breaches(cluster, writer)
    late_s = max((breach.noticed_at - breach.at).total_seconds() for breach in breaches)
    return late_s, len(due) - len({breach.at for breach in breaches} & due)


def _comments(first_due: datetime) -> tuple[set[datetime], Sequence[bytes]]:
    due = [first_due + timedelta(seconds=EVERY_S) * number for number in range(CLOCKS)]
    return set(due), [
        msgspec.json.encode(
            {
                "time": (at - PROMISE).isoformat(),
                "platform": f"p{number % 40}",
                "kind": "comment",
                "id": f"c{number}",
                "post_id": f"p{number}",
                "account": f"account-{number % 40}",
                "author_id": f"u{number}",
                "text": "什么时候营业",
            }
        )
        for number, at in enumerate(due)
    ]


def _breaches(cluster: Cluster, writer: Writer) -> list[Any]:
    found: list[Any] = []
    for number in range(PARTITIONS):
        with closing(KafkaJournal(cluster, INTAKE, number, writer)) as journal:
            for stored in journal.read():
                found += (one for one in CODECS[INTAKE].decode(stored).events if isinstance(one, SlaBreached))
    return found
