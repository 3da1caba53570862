"""What can be asked for about reports."""

from datetime import datetime

from alerting.report_events import ReportFigure
from streams.commands import Command

REPORTER = "reporter"
"""Who puts reports on schedule on record."""
FIGURES_MOST = 300
NAME_CHARACTERS_MOST = 100


class RecordReport(Command, frozen=True, kw_only=True, tag="report.record"):
    """Put on record what a report says (留档); as `ReportRecorded`."""

    brand: str
    report: str
    incident: str = ""
    as_of: datetime
    figures: tuple[ReportFigure, ...]
