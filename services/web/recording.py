"""Putting on record what a report says: by itself when one on schedule was sent, and when a person asks for it.

What counts is done by the reporter, as for the page; the desk journals the numbers (`report.recorded`).
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from alerting.report_commands import REPORTER, RecordReport
from alerting.report_events import ReportDue, ReportFigure
from services.reports.period_report import Period, PeriodReport, period_figures
from services.reports.recorded import incident_figures
from services.reports.reporter import Made
from services.reports.telling import Telling
from services.views.reports import unrecorded
from services.web.texts import DEFAULT_LANGUAGE
from services.web.visit import WebDesk
from streams import ids

LOOK_S = 5.0
"""How often it looks whether a report was sent."""
WITHIN = timedelta(days=2)
"""What was due longer ago, while nothing ran, is not called what was said then."""


class ReportRecorder:
    """One of a node's duties. Several nodes may do it: the desk takes one recording of each report."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._log = structlog.get_logger("fenghuo.reports")

    async def run(self) -> None:
        """Look without end; what fails is logged and tried again."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  (whatever fails, the next report is still to be recorded)
                self._log.error("a report was not put on record", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> int:
        """Put on record what was sent and is not; returns how many reports that were."""
        due = unrecorded(self._desk.reader, self._desk.now() - WITHIN)
        for report in due:
            await self._record(report)
        if due:
            await self._desk.refresh()
        return len(due)

    async def _record(self, due: ReportDue) -> None:
        await self._desk.refresh()
        made = await self._desk.reporter.period(period_of(due), self._telling(due.key, self._desk.now()))
        await self._desk.house.command(
            RecordReport(
                id=ids.derived("report.record", due.report), who=REPORTER, brand=due.key, report=due.report,
                as_of=made.report.as_of, figures=figures_of(made),
            )
        )  # fmt: skip

    def _telling(self, brand: str, now: datetime) -> Telling:
        desk = self._desk
        return Telling(
            reader=desk.reader, opener=desk.opener, veil=desk.veil, config=desk.decisions().desk, brand=brand,
            language=DEFAULT_LANGUAGE, now=now,
        )  # fmt: skip


def period_of(due: ReportDue) -> Period:
    """What a report on schedule is about."""
    return Period(
        kind=due.kind, from_at=due.from_at, to_at=due.to_at, category=due.category, report=due.report
    )


def figures_of(made: Made) -> tuple[ReportFigure, ...]:
    """The numbers of a report."""
    report = made.report
    return period_figures(report) if isinstance(report, PeriodReport) else incident_figures(report)
