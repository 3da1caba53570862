"""The desk on Kafka as an outbox sees it: what stands in its journal, what is newer than that, and what is recorded from then on.

The journal holds the pages and most outcomes; the newest outcomes may still lie among the desk's inputs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from alerting.commands import ReportPage
from alerting.config import DeskConfig
from alerting.desk import Desk
from alerting.desk_state import pending_pages
from alerting.events import PageOutcome, PageRequested
from services.engine import CODECS
from services.taking_over import Known, PageTold
from services.worker import BUNDLES
from streams.errors import StoreUnavailable, UnknownEvent
from streams.journal import Entry, Stored
from streams.run.bundles import NotABundle
from streams.run.embedded import DESK
from streams.run.kafka import DESK_INPUTS, Cluster, Reader, Record, Writer
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_journal import HASH, KafkaJournal, number_of, partition_name
from streams.run.kafka_owner import Ownership
from streams.run.kafka_tail import JournalTail, Place
from streams.run.loop import AnyPartition, Partition

GROUP = "outbox"
LOOK_BACK = timedelta(minutes=15)
"""A page that was sent in the last minute was asked for within this time: a contact is given up much sooner."""


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
        self._monotonic_s = monotonic_s

    def join(self) -> Ownership:
        group = f"{self._cluster.prefix}-{GROUP}"
        return Ownership(self._cluster, group, self._cluster.journal(DESK), self._monotonic_s)

    def take_over(self, now: datetime) -> "tuple[Known, KafkaHeard]":
        with closing(KafkaJournal(self._cluster, DESK, DESK_PARTITION, self._writer)) as journal:
            folded: AnyPartition = Partition(journal, Desk(self._configs), CODECS[DESK])
            place = Place(folded.head, journal.last_offset)
        reports = list(self._reports(folded.next.get(self._cluster.topic(DESK_INPUTS), 0)))
        reported = {report.page for report in reports}
        waiting = pending_pages(folded.state)
        lately = list(self._lately(now - LOOK_BACK))
        told = [
            PageTold(event.page, event.detail, event.at) for event in lately if isinstance(event, PageOutcome)
        ]
        told += [PageTold(report.page, report.detail, now) for report in reports]
        asked = [*waiting, *(event for event in lately if isinstance(event, PageRequested))]
        known = Known(
            state=folded.state,
            pending=[page for page in waiting if page.page not in reported],
            told=sorted(told, key=lambda one: one.at),
            asked={page.page: page for page in asked},
        )
        return known, KafkaHeard(self._cluster, place)

    def _reports(self, start: int) -> Iterator[ReportPage]:
        """Outcomes among the desk's inputs that the desk has not taken in."""
        for value in self._values(self._cluster.topic(DESK_INPUTS), lambda _: start):
            yield from (each for each in _inputs(value.value) if isinstance(each, ReportPage))

    def _lately(self, since: datetime) -> Iterator[Any]:
        """Events of the desk's journal since then. An entry that fell out may be among them, which does no harm here."""
        for one in self._values(self._cluster.journal(DESK), lambda reader: reader.offset_at(since)):
            stored = Stored(number_of(one), one.headers.get(HASH, b""), one.value)
            yield from CODECS[DESK].decode(stored).events

    def _values(self, topic: str, start: Callable[[Reader], int]) -> Iterator[Record]:
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
