"""Makes reports beside the event loop, one at a time: opening and comparing two thousand texts takes a core a second or two."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import msgspec

from services.errors import HistoryTooLong
from services.reports.document import Document
from services.reports.incident_document import incident_document
from services.reports.incident_report import began_at, incident_report
from services.reports.period_document import period_document
from services.reports.period_report import Period, PeriodReport, period_report
from services.reports.shapes import IncidentReport
from services.reports.telling import Telling
from services.views.incidents import incident
from services.views.reader import Reader
from streams.sla.report import Waited

WaitsSince = Callable[[datetime, datetime], list[Waited]]
"""The response clocks that began since, as they stand at a moment."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report in figures, and as it is shown."""

    report: IncidentReport | PeriodReport
    document: Document


class Reporter:
    """Every report of a daemon; a command makes its own."""

    def __init__(self, waits_since: WaitsSince) -> None:
        self._waits_since = waits_since
        self._turn = asyncio.Lock()

    async def incident(self, incident_id: str, telling: Telling) -> Made | None:
        """The report on an incident; None: there is none of this id."""
        async with self._turn:
            return await asyncio.to_thread(self._incident, incident_id, telling)

    def _incident(self, incident_id: str, telling: Telling) -> Made | None:
        with closing(Reader(telling.reader.path)) as own:
            return made_of_incident(incident_id, replace(telling, reader=own), self._waits_since)

    async def period(self, period: Period, telling: Telling) -> Made:
        """The report on a stretch of time about the brand of `telling`."""
        async with self._turn:
            return await asyncio.to_thread(self._period, period, telling)

    def _period(self, period: Period, telling: Telling) -> Made:
        with closing(Reader(telling.reader.path)) as own:
            return made_of_period(period, replace(telling, reader=own), self._waits_since)


def made_of_period(period: Period, telling: Telling, waits_since: WaitsSince) -> Made:
    """The same in this thread."""
    report = period_report(period, telling, _waits(waits_since, period.from_at, telling.now))
    return Made(report=report, document=period_document(report, telling))


def _waits(waits_since: WaitsSince, since: datetime, now: datetime) -> list[Waited] | None:
    """None: too much was recorded since then."""
    try:
        return waits_since(since, now)
    except HistoryTooLong:
        return None


def made_of_incident(incident_id: str, telling: Telling, waits_since: WaitsSince) -> Made | None:
    """The same in this thread."""
    row = incident(telling.reader, incident_id)
    if row is None:
        return None
    telling = replace(telling, brand=row.brand)
    begin = began_at(row.opened_at, row.closed_at or telling.now)
    report = incident_report(incident_id, telling, _waits(waits_since, begin, telling.now))
    return None if report is None else Made(report=report, document=incident_document(report, telling))
