"""A worker that is given many open conversations: from the brokers, beside older snapshots, until it is ready."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from services.collector import settle_collector
from services.engine import CODECS
from streams.commands import ActivateConfig
from streams.intake import Intake
from streams.journal import Entry, Head, Snapshot
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_snapshots import PORTION_BYTES_LEAST
from streams.run.kafka_topics import administered
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal
from streams.text.sentiment import load_scorer
from streams.text.topics import load_topics
from tests.bench.clock_speed import BATCH, CONFIG, CONVERSATIONS, START, TARGET, comment
from tests.bench.figures import Figure, took_s

SNAPSHOTS = 4
NEVER = 1 << 62


def measure(cluster: Cluster, share: float) -> Iterator[Figure]:
    count = int(CONVERSATIONS * share)
    chunks = filled(count)
    megabytes = sum(map(len, chunks)) / 1e6
    with administered(cluster) as topics:
        topics.create(1, replicas=1)
    with Writer(cluster) as writer:
        put(cluster, writer, chunks)
        del chunks
        settle_collector()  # as a worker does
        with closing(KafkaJournal(cluster, INTAKE, 0, writer)) as journal:
            yield Figure(
                key="restart_fetch_s", value=took_s(lambda: fetch(journal)), unit="s", better="less",
                what=f"the newest of {SNAPSHOTS} snapshots found and read from the broker: {megabytes:.0f} MB",
            )  # fmt: skip
        with closing(KafkaJournal(cluster, INTAKE, 0, writer)) as journal:
            yield Figure(
                key="restart_s", value=took_s(lambda: Partition(journal, intake(), CODECS[INTAKE])), unit="s",
                better="less", what=f"the same, unpacked: a worker given {count:,} open conversations is ready",
            )  # fmt: skip


def intake() -> Intake:
    return Intake({"bench": CONFIG}, load_scorer, load_topics(), str)


def filled(count: int) -> list[bytes]:
    """The snapshot of so many open conversations."""
    partition: AnyPartition = Partition(
        ForgetfulJournal("intake/0"), intake(), CODECS[INTAKE], snapshot_every_events=NEVER
    )
    partition.take([ActivateConfig(id="activate", who="bench", config="bench")], START)
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        partition.take([comment(number, START - TARGET + timedelta(hours=1)) for number in numbers], START)
    return list(intake().dump(partition.state))


def put(cluster: Cluster, writer: Writer, chunks: list[bytes]) -> None:
    """Snapshots, one after the other, each with as many small entries as carry it along."""
    portions = sum(map(len, chunks)) // PORTION_BYTES_LEAST + 2
    with closing(KafkaJournal(cluster, INTAKE, 0, writer)) as journal:
        for number in range(SNAPSHOTS * portions):
            head = journal.head()
            entry = Entry(
                partition=journal.partition, seq=head.seq + 1, prev=head.hash, now=START,
                events=(comment(CONVERSATIONS + number, START).fact,),
            )  # fmt: skip
            stored = CODECS[INTAKE].encode(entry)
            of = Head(stored.seq, stored.hash)
            snapshot = None if number % portions else Snapshot(of, START, {}, iter(chunks))
            journal.append(stored, head.hash, snapshot)


def fetch(journal: KafkaJournal) -> None:
    snapshot = journal.snapshot()
    assert snapshot is not None
    assert sum(map(len, snapshot.chunks))
