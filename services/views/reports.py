"""Reports: which were due on schedule and whom they were sent to, and what each said when it was sent or put on record."""

from datetime import datetime

import msgspec

from alerting.report_events import ReportDue, ReportRecorded
from services.views.reader import Reader
from streams.sla.instants import to_us

SHOWN_MOST = 200
RECORDINGS_MOST = 20

_reports = msgspec.msgpack.Decoder(ReportDue)
_recordings = msgspec.msgpack.Decoder(ReportRecorded)


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


def unrecorded(reader: Reader, since: datetime) -> tuple[ReportDue, ...]:
    """Reports that were due since then and whose figures are not on record, the first that was due first."""
    rows = reader.rows(
        "SELECT body FROM reports WHERE due_us >= ? AND report NOT IN (SELECT report FROM recordings)"
        " ORDER BY due_us, report",
        to_us(since),
    )
    return tuple(_reports.decode(row["body"]) for row in rows)


def said_first(reader: Reader, brand: str) -> dict[str, ReportRecorded]:
    """What a brand's reports on schedule said when they were sent, by report; only of those that are on record."""
    rows = reader.rows(
        "SELECT c.body, min(c.n) FROM recordings c JOIN reports r ON r.report = c.report WHERE r.brand = ?"
        " GROUP BY c.report ORDER BY r.due_us DESC LIMIT ?",
        brand, SHOWN_MOST,
    )  # fmt: skip
    return {said.report: said for said in (_recordings.decode(row["body"]) for row in rows)}


def recordings_of(reader: Reader, report: str) -> tuple[ReportRecorded, ...]:
    """What a report said each time that it was put on record, the newest first, at most `RECORDINGS_MOST`."""
    rows = reader.rows(
        "SELECT body FROM recordings WHERE report = ? ORDER BY n DESC LIMIT ?", report, RECORDINGS_MOST
    )
    return tuple(_recordings.decode(row["body"]) for row in rows)
