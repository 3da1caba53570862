"""Pages of incidents that are still open: what a code in a text message may be about."""

from datetime import datetime, timedelta

import msgspec

from services.views.reader import Reader
from streams.sla.instants import to_us

CODES_LAST = timedelta(hours=24)
PAGES_MOST = 500


class OpenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page about an incident that is not closed."""

    page: str
    person: str
    incident: str
    brand: str
    acknowledged_by: str | None


def open_pages(reader: Reader, now: datetime) -> tuple[OpenPage, ...]:
    """Calls of the last day about open incidents, the newest first, at most `PAGES_MOST`."""
    rows = reader.rows(
        "SELECT pages.page, pages.person, pages.incident, incidents.brand, incidents.acknowledged_by FROM pages"
        " JOIN incidents ON incidents.id = pages.incident WHERE incidents.closed_us IS NULL"
        " AND pages.means = 'call' AND pages.requested_us >= ? ORDER BY pages.requested_us DESC LIMIT ?",
        to_us(now - CODES_LAST), PAGES_MOST,
    )  # fmt: skip
    return tuple(OpenPage(**{name: row[name] for name in OpenPage.__struct_fields__}) for row in rows)


class ProbePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a test alarm."""

    person: str
    outcome: str | None
    """`delivered`, `failed`, or None while it is on its way."""
    detail: str


def probe_pages(reader: Reader, probe: str) -> tuple[ProbePage, ...]:
    """What became of a test alarm, the last attempt of each person."""
    rows = reader.rows(
        "SELECT person, outcome, detail FROM pages WHERE about <> '' AND about = ? ORDER BY requested_us, page",
        probe,
    )
    last = {
        row["person"]: ProbePage(person=row["person"], outcome=row["outcome"], detail=row["detail"] or "")
        for row in rows
    }
    return tuple(last.values())
