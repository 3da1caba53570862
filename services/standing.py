"""How things stand at this moment, for the gauges of `/metrics`: who waits, what is open, how far the views are."""

import sqlite3
import threading
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from alerting.levels import Level
from services.views.reader import Reader
from streams.sla.instants import US, to_us

Age = Literal["overdue", "due_10m", "due_30m", "due_2h", "later"]
AGES: tuple[Age, ...] = ("overdue", "due_10m", "due_30m", "due_2h", "later")
"""How soon a response is due, the soonest first; each begins where the one before ends."""
_LIMITS = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2))


class OpenIncidents(msgspec.Struct, frozen=True):
    """How many incidents of a brand are open at one level."""

    brand: str
    level: Level
    count: int


class WaitingCustomers(msgspec.Struct, frozen=True):
    """How many response clocks of a platform run and are due this soon."""

    platform: str
    age: Age
    count: int


class NextDue(msgspec.Struct, frozen=True):
    """When the next response clock of a platform is due, in seconds since 1970."""

    platform: str
    due_s: float


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The views at one moment. Paused clocks are left out: nobody can be late for them."""

    incidents: tuple[OpenIncidents, ...] = ()
    waiting: tuple[WaitingCustomers, ...] = ()
    next_due: tuple[NextDue, ...] = ()
    positions: dict[str, int] = {}
    """The last entry of each journal that the views hold."""


class StandingReader:
    """Reads the views for a scrape. Safe to use from any thread, by one at a time."""

    def __init__(self, reader: Reader) -> None:
        """`reader` is for this object alone."""
        self._reader = reader
        self._lock = threading.Lock()

    def read(self, now: datetime) -> Standing | None:
        """How things stand at `now`; None if the views cannot be read right now."""
        with self._lock:
            try:
                return Standing(
                    incidents=self._incidents(),
                    waiting=self._waiting(now),
                    next_due=self._next_due(),
                    positions=self._positions(),
                )
            except sqlite3.Error:
                return None

    def positions(self) -> dict[str, int]:
        """The last entry of each journal that the views hold; none if they cannot be read right now.

        For `/readyz`, which is asked often and must not count a long queue each time.
        """
        with self._lock:
            try:
                return self._positions()
            except sqlite3.Error:
                return {}

    def _incidents(self) -> tuple[OpenIncidents, ...]:
        rows = self._reader.rows(
            "SELECT brand, level, count(*) AS n FROM incidents WHERE closed_us IS NULL GROUP BY brand, level"
        )
        return tuple(OpenIncidents(row["brand"], row["level"], row["n"]) for row in rows)

    def _waiting(self, now: datetime) -> tuple[WaitingCustomers, ...]:
        rows = self._reader.rows(
            "SELECT platform, (due_us >= ?) + (due_us >= ?) + (due_us >= ?) + (due_us >= ?) AS age, count(*) AS n"
            " FROM conversations INDEXED BY waiting WHERE due_us IS NOT NULL AND paused = 0 GROUP BY platform, age",
            to_us(now),
            *(to_us(now + limit) for limit in _LIMITS),
        )
        return tuple(WaitingCustomers(row["platform"], AGES[row["age"]], row["n"]) for row in rows)

    def _next_due(self) -> tuple[NextDue, ...]:
        rows = self._reader.rows(
            "SELECT platform, min(due_us) AS due_us FROM conversations INDEXED BY waiting"
            " WHERE due_us IS NOT NULL AND paused = 0 GROUP BY platform"
        )
        return tuple(NextDue(row["platform"], row["due_us"] / US) for row in rows)

    def _positions(self) -> dict[str, int]:
        return {
            row["partition"]: row["seq"] for row in self._reader.rows("SELECT partition, seq FROM positions")
        }
