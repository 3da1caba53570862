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
from services.reports.shapes import IncidentReport
from services.reports.telling import Telling
from services.views.incidents import incident
from services.views.reader import Reader
from streams.sla.report import Waited

WaitsSince = Callable[[datetime, datetime], list[Waited]]
"""The response clocks that began since, as they stand at a moment."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report in figures, and as it is shown."""

    report: IncidentReport
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


def made_of_incident(incident_id: str, telling: Telling, waits_since: WaitsSince) -> Made | None:
    """The same in this thread."""
    row = incident(telling.reader, incident_id)
    if row is None:
        return None
    telling = replace(telling, brand=row.brand)
    begin = began_at(row.opened_at, row.closed_at or telling.now)
    try:
        waits = waits_since(begin, telling.now)
    except HistoryTooLong:
        waits = None
    report = incident_report(incident_id, telling, waits)
    return None if report is None else Made(report=report, document=incident_document(report, telling))
