"""The desk's own history under other rules: what would have fired, what would have been missed, who would have slept.

The journal of the desk holds all that it took in. It goes through the real desk twice, with the rules as they are and with
the changed ones, on a virtual clock; somebody picks up after five minutes and hand-offs are confirmed. What people did then
tells which alarms were false.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from alerting.commands import LOCAL_ADMIN, EndSilence, StartSilence
from alerting.config import DeskConfig
from alerting.events import (
    AlarmSilenced,
    Evidence,
    IncidentClosed,
    IncidentOpened,
    IncidentRaised,
    IncidentReopened,
    PageRequested,
    TakenIn,
)
from alerting.levels import LEVELS, Level, rank
from alerting.quiet_events import SilenceEnded, SilenceStarted
from alerting.rules import Rule
from services.attendants import Attendants
from services.errors import HistoryTooLong
from services.journals import Where, entries_since, opened_journals
from services.night_count import NightCount
from services.nights import PICKED_UP_AFTER
from services.virtual_desk import VirtualDesk
from streams.commands import ActivateConfig
from streams.events import SignalRaised, SlaBreached, SlaBreachVoided
from streams.journal import Entry
from streams.run.embedded import DESK

LEAD = timedelta(days=14)
"""So much before the time that is asked for goes through the rules as well, so that they know what is usual."""
EVENTS_MOST = 300_000
"""Signals and breaches of the brand: some half a minute of a core."""
TOLD_MOST = 100
WHO = "preview"
Verdict = Literal["false_alarm", "real"]
Kind = Literal["gone", "new", "changed"]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One incident as it went in a run, or as it really went."""

    incident: str
    category: str
    level: Level
    """The gravest that it reached."""
    rule: str | None = None
    """That opened it."""
    opened_at: datetime
    reached: dict[Level, datetime]
    """When it came to each level first."""
    closed_at: datetime | None = None
    false_alarm: bool = False


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A level that is reached at another time; None: never."""

    level: Level
    before: datetime | None
    after: datetime | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one set of rules would have done."""

    firings: dict[str, int]
    """How often each rule fired, by rule."""
    incidents: int
    by_level: dict[Level, int]
    pages: int
    night_calls_per_week: float


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that goes otherwise."""

    before: Alarm | None
    after: Alarm | None
    verdict: Verdict | None = None
    """What people made of it when it really happened; None: it did not, or is not closed."""

    @property
    def kind(self) -> Kind:
        if self.after is None:
            return "gone"
        return "new" if self.before is None else "changed"

    @property
    def missed(self) -> bool:
        """It opens no more, and nobody called it a false alarm."""
        return self.after is None and self.verdict != "false_alarm"

    @property
    def at(self) -> datetime:
        return min(each.opened_at for each in (self.before, self.after) if each is not None)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The levels that an incident of both runs reaches at another time, the mildest first."""
        if self.before is None or self.after is None:
            return ()
        before, after = self.before.reached, self.after.reached
        return tuple(
            Moved(level=level, before=before.get(level), after=after.get(level))
            for level in LEVELS
            if before.get(level) != after.get(level)
        )


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Both runs side by side."""

    from_at: datetime
    to_at: datetime
    taken_in: int
    """Signals and breaches since `from_at`."""
    before: Side
    after: Side
    same: int
    """Incidents that go alike."""
    told: tuple[Told, ...]
    """The others, the newest first, at most `TOLD_MOST`."""
    told_count: int

    @property
    def missed(self) -> int:
        """Of those that are told."""
        return sum(each.missed for each in self.told)


def with_rules(config: DeskConfig, brand: str, rules: tuple[Rule, ...]) -> DeskConfig:
    """The desk of this brand alone, with other rules."""
    found = config.brand(brand)
    brands = () if found is None else (msgspec.structs.replace(found, rules=rules),)
    return msgspec.structs.replace(config, brands=brands)


def preview(
    where: Where,
    brand: str,
    before: DeskConfig,
    after: DeskConfig,
    from_at: datetime,
    to_at: datetime,
    events_most: int = EVENTS_MOST,
) -> Preview:
    """What a brand's history since `from_at` would have been with the desk `before`, and with the one `after`.

    Raises:
        HistoryTooLong: the brand had more signals than `events_most`, those of `LEAD` among them.
        WrongUse: there is no journal.
        streams.errors.StreamsError: it cannot be read.
    """
    runs = (_Run("before", before, from_at), _Run("after", after, from_at))
    really, number, counted = _Seen(), 0, 0
    with closing(opened_journals(where)) as journals:
        for entry in entries_since(journals, DESK, from_at - LEAD):
            if entry.now > to_at:
                break
            really.saw_all(event for event in entry.events if event.key == brand)
            happened = list(_happened(entry, brand))
            taken_in = sum(isinstance(event, TakenIn) for event in happened)
            number, counted = number + taken_in, counted + (taken_in if entry.now >= from_at else 0)
            if number > events_most:
                raise HistoryTooLong(f"more than {events_most:,} signals since {from_at - LEAD}")
            for run in runs:
                run.take(happened, entry.now)
    sides = [run.end(to_at) for run in runs]
    was, would_be = (list(run.seen.alarms(from_at)) for run in runs)
    told, same = _compared(was, would_be, list(really.alarms(None)))
    return Preview(
        from_at=from_at, to_at=to_at, taken_in=counted, before=sides[0], after=sides[1],
        same=same, told=tuple(told[:TOLD_MOST]), told_count=len(told),
    )  # fmt: skip


def _happened(entry: Entry[Any], brand: str) -> Iterator[Any]:
    """What the desk took in about the brand, and which alarms people held back."""
    for event in entry.events:
        match event:
            case SignalRaised() | SlaBreached() | SlaBreachVoided() if event.brand == brand:
                yield event
            case SilenceStarted(key=key) if key == brand:
                silence = event.silence
                yield StartSilence(
                    id=event.cause, who=LOCAL_ADMIN, brand=brand, from_at=silence.from_at, until=silence.until,
                    reason=silence.reason, rules=silence.rules, categories=silence.categories,
                )  # fmt: skip
            case SilenceEnded(key=key, by=str()) if key == brand:
                yield EndSilence(id=event.cause, who=LOCAL_ADMIN, brand=brand, silence=event.silence)
            case _:
                pass


class _Seen:
    """The incidents of a brand, as its events tell them."""

    def __init__(self) -> None:
        self._alarms: dict[str, Alarm] = {}

    def saw_all(self, events: Iterable[Any]) -> None:
        for event in events:
            self.saw(event)

    def saw(self, event: Any) -> None:
        """Take note of one event."""
        match event:
            case IncidentOpened():
                rule = event.evidence.rule if event.evidence is not None else None
                self._alarms[event.incident] = Alarm(
                    incident=event.incident, category=event.category, level=event.level, rule=rule, opened_at=event.at,
                    reached={event.level: event.at},
                )  # fmt: skip
            case IncidentRaised() if (known := self._alarms.get(event.incident)) is not None:
                gravest = max(known.level, event.level, key=rank)
                reached = {event.level: event.at, **known.reached}
                self._alarms[event.incident] = msgspec.structs.replace(known, level=gravest, reached=reached)
            case IncidentClosed() if (known := self._alarms.get(event.incident)) is not None:
                self._alarms[event.incident] = msgspec.structs.replace(
                    known, closed_at=event.at, false_alarm=event.false_alarm
                )
            case IncidentReopened() if (known := self._alarms.get(event.incident)) is not None:
                self._alarms[event.incident] = msgspec.structs.replace(
                    known, closed_at=None, false_alarm=False
                )
            case _:
                pass

    def alarms(self, since: datetime | None) -> Iterator[Alarm]:
        """Those that opened since then, in their order."""
        return (each for each in self._alarms.values() if since is None or each.opened_at >= since)


class _Run:
    """One desk going through the history; what it does before `from_at` is not counted."""

    def __init__(self, name: str, config: DeskConfig, from_at: datetime) -> None:
        self._from_at = from_at
        self._desk = VirtualDesk(name, config, Attendants(PICKED_UP_AFTER), self._saw)
        self._begin = [ActivateConfig(id=WHO, who=WHO, config=name)]
        self._nights = NightCount(config)
        self._firings: Counter[str] = Counter({rule.id: 0 for brand in config.brands for rule in brand.rules})
        self._pages = 0
        self.seen = _Seen()

    def take(self, happened: Sequence[Any], now: datetime) -> None:
        """Let pass what is due before, then take in what happened."""
        if self._begin:
            self._desk.take(self._begin, now)
            self._begin = []
        self._advance(now)
        if happened:
            self._desk.take(happened, now)

    def end(self, now: datetime) -> Side:
        """Let pass what is due by now; what came of it all."""
        self._advance(now)
        alarms = list(self.seen.alarms(self._from_at))
        return Side(
            firings=dict(self._firings),
            incidents=len(alarms),
            by_level=dict(Counter(each.level for each in alarms)),
            pages=self._pages,
            night_calls_per_week=self._nights.per_week(now - self._from_at),
        )

    def _advance(self, until: datetime) -> None:
        while (due_at := self._desk.next_at) is not None and due_at <= until:
            self._desk.fire(due_at)

    def _saw(self, event: Any, now: datetime) -> None:
        self.seen.saw(event)
        if now < self._from_at:
            return
        if isinstance(event, PageRequested):
            if event.incident:
                self._pages += 1
                self._nights.saw(event)
        elif not isinstance(event, AlarmSilenced) and isinstance(
            evidence := getattr(event, "evidence", None), Evidence
        ):
            self._firings[evidence.rule] += 1


def _compared(before: list[Alarm], after: list[Alarm], really: list[Alarm]) -> tuple[list[Told], int]:
    """The incidents that go otherwise, the newest first, and how many go alike."""
    told, same = list[Told](), 0
    rest = list(after)
    for alarm in before:
        other = _first_like(alarm, rest)
        if other is not None:
            rest.remove(other)
        if other is not None and other.reached == alarm.reached:
            same += 1
        else:
            told.append(Told(before=alarm, after=other, verdict=_verdict(alarm, really)))
    told += [Told(before=None, after=alarm, verdict=_verdict(alarm, really)) for alarm in rest]
    return sorted(told, key=lambda each: each.at, reverse=True), same


def _first_like(alarm: Alarm, among: list[Alarm]) -> Alarm | None:
    return next((each for each in among if _are_one(each, alarm)), None)


def _are_one(one: Alarm, other: Alarm) -> bool:
    """Of one matter, and open at one time."""
    return (
        one.category == other.category
        and (one.closed_at is None or one.closed_at >= other.opened_at)
        and (other.closed_at is None or other.closed_at >= one.opened_at)
    )


def _verdict(alarm: Alarm, really: list[Alarm]) -> Verdict | None:
    found = _first_like(alarm, [each for each in really if each.closed_at is not None])
    if found is None:
        return None
    return "false_alarm" if found.false_alarm else "real"
