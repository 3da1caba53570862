"""The desk alone on a virtual clock, with stand-ins for people: what a backtest and a preview of changed rules run on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from alerting.config import DeskConfig
from alerting.desk import Desk
from alerting.events import DeskEvent
from services.attendants import Attendants
from streams.journal import Codec, Entry
from streams.run.embedded import DESK
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal


class VirtualDesk:
    """Time is pushed on by whoever runs it; every page arrives."""

    def __init__(
        self,
        config_hash: str,
        config: DeskConfig,
        attendants: Attendants,
        happened: Callable[[Any, datetime], None],
    ) -> None:
        """`happened` is called with every event that is decided, and the virtual time."""
        self._partition: AnyPartition = Partition(
            ForgetfulJournal(DESK), Desk({config_hash: config}), Codec(DeskEvent)
        )
        self._attendants = attendants
        self._happened = happened

    @property
    def next_at(self) -> datetime | None:
        """The earliest timer, or the earliest answer of a person."""
        moments = (self._partition.next_due, self._attendants.next_at)
        return min((at for at in moments if at is not None), default=None)

    def take(
        self, happenings: Sequence[Any], now: datetime, next_offsets: Mapping[str, int] | None = None
    ) -> None:
        """Take in what happened or was asked for."""
        self._record(self._partition.take(happenings, now, next_offsets).entry)

    def fire(self, now: datetime) -> None:
        """What is due by now, and the answers of people that are."""
        self._record(self._partition.fire(now).entry)
        while (answer_at := self._attendants.next_at) is not None and answer_at <= now:
            if commands := self._attendants.answer():
                self.take(commands, now)

    def _record(self, entry: Entry[Any] | None) -> None:
        if entry is None:
            return
        for event in entry.events:
            self._happened(event, entry.now)
            self._attendants.saw(event, entry.now)
        if reports := self._attendants.reports():
            self.take(reports, entry.now)
