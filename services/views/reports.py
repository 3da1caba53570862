"""Reports on schedule: which there are, and whom they were sent to."""

import msgspec

from alerting.report_events import ReportDue
from services.views.reader import Reader

SHOWN_MOST = 200

_reports = msgspec.msgpack.Decoder(ReportDue)


def reports_of(reader: Reader, brand: str) -> tuple[ReportDue, ...]:
    """A brand's reports, the newest first, at most `SHOWN_MOST`."""
    rows = reader.rows(
        "SELECT body FROM reports WHERE brand = ? ORDER BY due_us DESC, report LIMIT ?", brand, SHOWN_MOST
    )
    return tuple(_reports.decode(row["body"]) for row in rows)


def report_due(reader: Reader, report: str) -> ReportDue | None:
    """One report; None: there is none of this id."""
    row = reader.row("SELECT body FROM reports WHERE report = ?", report)
    return None if row is None else _reports.decode(row["body"])
