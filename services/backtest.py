"""The real deciders on a virtual clock: what would have happened, had this been recorded as it lies in the file.

Time is the largest `observed` so far (absent: `time`) of the records taken, in the order of the file. Timers fire in
between, each at its own instant. The clock stops at the last record, or at `until`: what falls due later is not told,
for nobody knows what would have been seen by then. Nothing is written, sealed or drawn by lot, so the same input gives
the same output, byte for byte.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from alerting.events import Evidence
from services.attendants import Attendants
from services.config.model import Config
from services.gateway.arrivals import to_arrivals
from services.gateway.errors import FieldError
from services.gateway.records import Record, read_record
from services.vault import ClearVault
from services.virtual_desk import VirtualDesk
from streams.arrivals import Arrival, IntakeHappening
from streams.commands import ActivateConfig, MarkConversation
from streams.events import IntakeEvent
from streams.intake import Intake
from streams.intake_state import IntakeState
from streams.journal import Codec, Entry
from streams.judging import text_of
from streams.run.embedded import DESK, INTAKE, forwarded
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal
from streams.text.names import whole_name
from streams.text.sentiment import Scorer
from streams.text.topics import load_topics

CHUNK = 500
"""Records that are read and judged together; each is decided by itself, at its own time."""
TEXTS_KEPT = 5_000
SOURCE = "file"
WHO = "backtest"

Happened = Callable[[str, Any, datetime], None]
"""Called with partition, event and virtual time for everything that is decided."""
WrongLine = Callable[[int, FieldError], None]


class VirtualHouse:
    """Intake and Desk, journals that keep nothing, and a clock that records push forward."""

    def __init__(
        self,
        config: Config,
        scorer_of: Callable[[str], Scorer],
        happened: Happened,
        attendants: Attendants | None = None,
    ) -> None:
        self._config = config
        self._happened = happened
        self._decider = Intake({config.hash: config.intake}, scorer_of, load_topics(), ClearVault().veil)
        self._intake: AnyPartition = Partition(ForgetfulJournal(INTAKE), self._decider, Codec(IntakeEvent))
        self._desk = VirtualDesk(
            config.hash, config.desk, attendants or Attendants(None), partial(self._tell, DESK)
        )
        self._texts: dict[str, str] = {}
        """Of the newest items, to name the new words in full."""
        self._accounts = frozenset((account.platform, account.id) for account in config.intake.accounts)
        self.now: datetime | None = None

    @property
    def intake(self) -> tuple[Intake, IntakeState]:
        """Intake with its state, for those who ask what it knows."""
        return self._decider, self._intake.state

    def take(self, records: list[Record]) -> None:
        """Take in some records, each at its own time."""
        if self.now is None and records:
            self._begin(_seen_at(records[0]))
        arrivals = to_arrivals(
            records, source=SOURCE, recorded_at=None, sealer=ClearVault(), accounts=self._accounts
        )
        self._remember(arrivals)
        judged = self._decider.judge(self._intake.state, arrivals)
        for record, happening in zip(records, judged, strict=True):
            self._take_one(happening, _seen_at(record))

    def advance(self, until: datetime, *, inclusive: bool = False) -> None:
        """Let pass what is due before `until` (or at it, if `inclusive`), everything at its own instant."""
        while (due_at := self._next_at()) is not None and (due_at < until or (inclusive and due_at == until)):
            now = self._time(due_at)
            self._record(self._intake.fire(now).entry)
            self._desk.fire(now)
        self._time(until)

    def _remember(self, arrivals: Iterable[Arrival | MarkConversation]) -> None:
        for arrival in arrivals:
            if isinstance(arrival, Arrival) and arrival.private is not None:
                self._texts[arrival.fact.item] = text_of(arrival.private)
        for item in list(self._texts)[: max(0, len(self._texts) - TEXTS_KEPT)]:
            del self._texts[item]

    def _named(self, event: Any) -> Any:
        """The event, with the new words of its evidence as the items behind it have them."""
        evidence = getattr(event, "evidence", None)
        if not isinstance(evidence, Evidence) or not evidence.words:
            return event
        texts = [text for item in evidence.items if (text := self._texts.get(item)) is not None]
        words = tuple(dict.fromkeys(whole_name(word, texts) for word in evidence.words))
        return msgspec.structs.replace(event, evidence=msgspec.structs.replace(evidence, words=words))

    def _next_at(self) -> datetime | None:
        """The earliest timer of both partitions, or the earliest answer."""
        moments = (self._intake.next_due, self._desk.next_at)
        return min((at for at in moments if at is not None), default=None)

    def _begin(self, at: datetime) -> None:
        command = ActivateConfig(id="activate", who=WHO, config=self._config.hash)
        self._record(self._intake.take([command], self._time(at)).entry)
        self._desk.take([command], self._time(at))

    def _take_one(self, happening: IntakeHappening, at: datetime) -> None:
        self.advance(at)
        # What was judged ahead passes through the partition's own judging untouched.
        self._record(self._intake.take([happening], self._time(at)).entry)

    def _time(self, at: datetime) -> datetime:
        self.now = at if self.now is None else max(self.now, at)
        return self.now

    def _record(self, entry: Entry[Any] | None) -> None:
        """What Intake decided, and what the desk makes of it."""
        if entry is None:
            return
        for event in entry.events:
            self._tell(INTAKE, event, entry.now)
        if (unseen := forwarded(entry)) is not None:
            self._desk.take(unseen.happenings, entry.now, {INTAKE: unseen.seq})

    def _tell(self, partition: str, event: Any, now: datetime) -> None:
        self._happened(partition, self._named(event), now)


def read_records(lines: Iterable[bytes], wrong: WrongLine) -> Iterator[Record]:
    """The records of a file; lines that are none are told and left out."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield read_record(line)
        except FieldError as error:
            wrong(number, error)


def replay(house: VirtualHouse, records: Iterator[Record], until: datetime | None = None) -> int:
    """Take in all records seen by `until`, then let the clock come to rest; returns how many were taken."""
    taken = 0
    while chunk := list(islice(records, CHUNK)):
        known = [record for record in chunk if until is None or _seen_at(record) <= until]
        house.take(known)
        taken += len(known)
    if (end := until or house.now) is not None and house.now is not None:
        house.advance(end, inclusive=True)
    return taken


def _seen_at(record: Record) -> datetime:
    return record.observed or record.time
