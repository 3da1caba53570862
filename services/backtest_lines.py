"""What a backtest prints: alarms in time order, then one summary."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from alerting.config import DeskConfig
from alerting.duty_events import DutyEvent
from alerting.events import IncidentOpened, PageDelivered, PageRequested
from services.night_count import WEEK, NightCount
from streams.events import (
    ClockEvent,
    CommandRefused,
    ConfigActivated,
    ItemJudged,
    SlaBreached,
    SlaBreachVoided,
)
from streams.facts import Fact
from streams.run.embedded import DESK, FORWARDED

_INWARD = frozenset({"type", "at", "cause", "key", "revision", "brand", "clock"})
"""Fields that stand elsewhere in a line, or serve the journal alone."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The last line of a backtest."""

    type: str = "summary"
    items: int
    """Records that were read."""
    judged: int
    matched: int
    negative: int
    incidents: int
    """Opened, not counting those that were opened again."""
    pages: int
    night_calls_per_week: float
    """Nights (22–08 in the brand's zone) with a call, for each incident, by weeks of the file (at least one)."""
    breaches: int
    """Those that stand: without the ones that a late reply voided."""


class Tally:
    """Collects the lines and counts of a backtest."""

    def __init__(self, desk: DeskConfig) -> None:
        self._night_calls = NightCount(desk)
        self._lines: list[tuple[datetime, dict[str, object]]] = []
        self._judged = self._matched = self._negative = 0
        self._incidents = self._pages = self._breaches = 0
        self._first: datetime | None = None
        self._last: datetime | None = None

    def happened(self, partition: str, event: Any, now: datetime) -> None:
        """Take note of one event."""
        self._first, self._last = self._first or now, now
        match event:
            case Fact() | ConfigActivated():
                return
            case ItemJudged():
                self._judged += 1
                self._matched += bool(event.matches)
                self._negative += event.label == "negative"
                return
            case SlaBreached() if partition != DESK:
                self._breaches += 1
            case SlaBreachVoided() if partition != DESK:
                self._breaches -= 1
            case IncidentOpened():
                self._incidents += 1
            case PageRequested(incident=""):
                pass
            case PageRequested():
                self._pages += 1
                self._night_calls.saw(event)
            case _:
                pass
        if _is_told(partition, event):
            self._lines.append((event.at, _line(event)))

    def happenings(self) -> list[tuple[datetime, dict[str, object]]]:
        """What happened, by its own time; what happened at one time in the order in which it was decided."""
        return sorted(self._lines, key=lambda pair: pair[0])

    def lines(self) -> Iterator[dict[str, object]]:
        """The same, one line each."""
        yield from (line for _, line in self.happenings())

    def summary(self, items: int) -> Summary:
        """The counts over `items` records."""
        span = (self._last - self._first) if self._first and self._last else WEEK
        return Summary(
            items=items,
            judged=self._judged,
            matched=self._matched,
            negative=self._negative,
            incidents=self._incidents,
            pages=self._pages,
            night_calls_per_week=self._night_calls.per_week(span),
            breaches=self._breaches,
        )


def _is_told(partition: str, event: Any) -> bool:
    """Alarms: all that the Desk decides, and of Intake what ran out or was refused. That pages arrive is assumed."""
    if partition == DESK:
        about_nothing = isinstance(event, PageRequested) and not event.incident
        return not about_nothing and not isinstance(event, (*FORWARDED, PageDelivered, DutyEvent))
    return isinstance(event, SlaBreached | SlaBreachVoided | CommandRefused)


def _line(event: Any) -> dict[str, object]:
    fields: Mapping[str, object] = msgspec.to_builtins(event)
    rest = {name: value for name, value in fields.items() if name not in _INWARD}
    clock = _clock_line(event) if isinstance(event, ClockEvent) else {}
    brand = getattr(event, "brand", None) or event.key
    return {"at": event.at.astimezone(UTC), "type": event.type, "brand": brand, **rest, **clock}


def _clock_line(event: ClockEvent) -> dict[str, object]:
    clock = event.clock
    return {
        "kind": clock.kind,
        "policy": clock.policy,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "ended_at": clock.ended_at,
    }
