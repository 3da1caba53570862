"""Intake over a journal in memory, with views that follow it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from services.views.queue import QueueFilter, queue_page
from services.views.reader import Reader
from services.views.rows import QueueRow
from services.views.store import CODECS, INTAKE, Views
from streams.arrivals import Arrival
from streams.commands import ActivateConfig, IntakeCommand, MarkConversation
from streams.config import IntakeConfig
from streams.facts import Seen
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from tests.builders import CONFIG, at, intake

CONVERSATION = "weibo/xibei-official/p1/customer"


class Room:
    """What arrives is journalled at once and shown at once."""

    def __init__(self, views: Views, reader: Reader, config: IntakeConfig) -> None:
        self.views = views
        self.reader = reader
        self.journal = MemoryJournal(INTAKE)
        self.partition: AnyPartition = Partition(self.journal, intake(config), CODECS[INTAKE])
        self.takes(at("00:00"), ActivateConfig(id="activate", who="test", config="c1"))

    def takes(self, now: datetime, *arrivals: Arrival | IntakeCommand) -> frozenset[str]:
        """Take arrivals in as one batch at `now`; returns the names of the pages that changed."""
        self.partition.take(arrivals, now)
        return self.views.follow(self.journal)

    def sees(self, *arrivals: Arrival) -> frozenset[str]:
        """Take in each at the time at which it was observed."""
        changed = [self.takes(arrival.fact.observed_at, arrival) for arrival in arrivals]
        return frozenset().union(*changed)

    def marks(self, op: str, when: datetime) -> None:
        self.takes(
            when,
            msgspec.convert(
                {
                    "type": "conversation.mark", "id": f"{op}-{when}", "who": "lin", "op": op,
                    "conversation": CONVERSATION, "key": "weibo/xibei-official/p1", "occurred_at": when,
                },
                MarkConversation,
            ),
        )  # fmt: skip

    def waiting(self, **wanted: object) -> list[QueueRow]:
        return list(queue_page(self.reader, QueueFilter(**wanted)).items)  # type: ignore[arg-type]

    def who_waits(self, **wanted: object) -> list[str]:
        """The customers, what runs out first on top."""
        return [row.conversation.rsplit("/", 1)[1] for row in self.waiting(**wanted)]


@contextmanager
def room(folder: Path, config: IntakeConfig = CONFIG) -> Iterator[Room]:
    """A room whose views lie in `folder`."""
    views = Views(folder / "views.db")
    reader = Reader(folder / "views.db")
    try:
        yield Room(views, reader, config)
    finally:
        reader.close()
        views.close()


def sealed(arrival: Arrival, content: bytes) -> Arrival:
    """`arrival` with these bytes as its sealed content."""
    assert isinstance(arrival.fact, Seen)
    return msgspec.structs.replace(arrival, fact=msgspec.structs.replace(arrival.fact, sealed=content))
