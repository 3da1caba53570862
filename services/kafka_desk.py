"""The desk on Kafka as an outbox sees it: what stands in its journal, what is newer than that, and what is recorded from then on.

The journal holds the pages and most outcomes; the newest outcomes may still lie among the desk's inputs. What robots are sent is
noted on a topic of its own before it goes out, so that whoever takes over keeps their paces.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any

from alerting.commands import ReportPage
from alerting.config import DeskConfig
from alerting.desk import Desk
from alerting.desk_state import pending_pages
from services.engine import CODECS
from services.taking_over import Known
from services.worker import BUNDLES
from streams.errors import StoreUnavailable, UnknownEvent
from streams.journal import Entry
from streams.run.bundles import NotABundle
from streams.run.embedded import DESK
from streams.run.kafka import DESK_INPUTS, PACES, Cluster, Reader, Record, Writer
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_journal import KafkaJournal, partition_name
from streams.run.kafka_owner import Ownership
from streams.run.kafka_tail import JournalTail, Place
from streams.run.loop import AnyPartition, Partition

GROUP = "outbox"
LONGEST_WINDOW = timedelta(seconds=61)
"""Of any robot's limit (`services.notify.pace`)."""


class KafkaDesk:
    """A `services.taking_over.DeskSource`."""

    def __init__(
        self,
        cluster: Cluster,
        writer: Writer,
        configs: Mapping[str, DeskConfig],
        monotonic_s: Callable[[], float],
    ) -> None:
        """`configs` are those that ever held."""
        self._cluster = cluster
        self._writer = writer
        self._configs = configs
        self._inputs = cluster.topic(DESK_INPUTS)
        self._monotonic_s = monotonic_s
        # Beside the event loop, since a producer without a broker may hold up its caller.
        self._notes = ThreadPoolExecutor(1, thread_name_prefix="fenghuo-paces")

    def join(self) -> Ownership:
        group = f"{self._cluster.prefix}-{GROUP}"
        return Ownership(self._cluster, group, self._cluster.journal(DESK), self._monotonic_s)

    def take_over(self, now: datetime) -> "tuple[Known, KafkaHeard]":
        with closing(KafkaJournal(self._cluster, DESK, DESK_PARTITION, self._writer)) as journal:
            folded: AnyPartition = Partition(journal, Desk(self._configs), CODECS[DESK])
            place = Place(folded.head, journal.last_offset)
        reported = {report.page for report in self._reports(folded.next.get(self._inputs, 0))}
        known = Known(
            state=folded.state,
            pending=[page for page in pending_pages(folded.state) if page.page not in reported],
            sent_at=self._sent_at(now - LONGEST_WINDOW),
        )
        return known, KafkaHeard(self._cluster, place)

    def note(self, robot: bytes, at: datetime) -> None:
        self._notes.submit(self._note, robot, at)

    def _note(self, robot: bytes, at: datetime) -> None:
        with suppress(StoreUnavailable):  # then nobody takes over either
            self._writer.send(self._cluster.topic(PACES), 0, at.isoformat().encode(), key=robot)

    def close(self) -> None:
        self._notes.shutdown()

    def _reports(self, start: int) -> Iterator[ReportPage]:
        """Outcomes among the desk's inputs that the desk has not taken in."""
        for one in self._records(self._inputs, lambda _: start):
            yield from (each for each in _inputs(one.value) if isinstance(each, ReportPage))

    def _sent_at(self, since: datetime) -> Mapping[bytes, Sequence[datetime]]:
        found: defaultdict[bytes, list[datetime]] = defaultdict(list)
        for one in self._records(self._cluster.topic(PACES), lambda reader: reader.offset_at(since)):
            found[one.key or b""].append(datetime.fromisoformat(one.value.decode("ascii")))
        return found

    def _records(self, topic: str, start: Callable[[Reader], int]) -> Iterator[Record]:
        with closing(Reader(self._cluster, topic, DESK_PARTITION)) as reader:
            yield from (one for one in reader.read(start(reader)) if isinstance(one, Record))


class KafkaHeard:
    """A `services.taking_over.Heard`."""

    def __init__(self, cluster: Cluster, place: Place) -> None:
        name = partition_name(DESK, DESK_PARTITION)
        self._tail = JournalTail(cluster, [(DESK, DESK_PARTITION)], {name: place})

    def poll(self, wait_ms: int) -> Sequence[tuple[str, Entry[Any]]]:
        heard = self._tail.poll(wait_ms)
        if self._tail.lost:
            raise StoreUnavailable("the desk's journal was replaced while it was followed")
        return [(one.partition, CODECS[DESK].decode(one.stored)) for one in heard]

    def close(self) -> None:
        self._tail.close()


def _inputs(value: bytes) -> Sequence[Any]:
    """What a message holds; what cannot be read, or is of a later release, is the worker's to tell of."""
    try:
        return BUNDLES[DESK].decode(value)[0]
    except (NotABundle, UnknownEvent):
        return ()
