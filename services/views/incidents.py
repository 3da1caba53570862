"""Incidents: the list, open ones first, and everything about one of them."""

import sqlite3
from datetime import datetime

import msgspec

from alerting.events import Evidence, IncidentAcknowledged, OfferedVariant
from alerting.levels import Level, rank
from alerting.playbook_events import StepPlan
from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST, decode_cursor, encode_cursor
from services.views.reader import Reader
from services.views.rows import (
    EvidenceRow,
    IncidentFile,
    IncidentRow,
    OfferRow,
    Page,
    PageRow,
    StepRow,
    TimelineEvent,
    TimelineRow,
)
from streams.sla.instants import from_us, to_us

TIMELINE_MOST = 500
PAGES_MOST = 200

_events: msgspec.msgpack.Decoder[TimelineEvent] = msgspec.msgpack.Decoder(TimelineEvent)
_evidence = msgspec.msgpack.Decoder(Evidence)
_plans = msgspec.msgpack.Decoder(StepPlan)
_variants = msgspec.msgpack.Decoder(OfferedVariant)


class _Place(msgspec.Struct, frozen=True, array_like=True):
    closed: int
    opened_us: int
    id: str


def incidents_page(
    reader: Reader,
    *,
    brand: str | None = None,
    open_only: bool = False,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Page[IncidentRow]:
    """One page of incidents: open ones first, the newest on top.

    Raises:
        BadCursor: `cursor` is not from a page of this list.
    """
    limit = max(1, min(limit, LIMIT_MOST))
    where = ""
    parameters: list[object] = []
    if brand is not None:
        where, parameters = where + " AND brand = ?", [*parameters, brand]
    if open_only:
        where += " AND closed_us IS NULL"
    if cursor is not None:
        place = decode_cursor(cursor, _Place)
        where += " AND (closed_us IS NOT NULL, -opened_us, id) > (?, ?, ?)"
        parameters = [*parameters, place.closed, -place.opened_us, place.id]
    rows = reader.rows(
        f"SELECT * FROM incidents WHERE true{where}"  # noqa: S608
        " ORDER BY closed_us IS NOT NULL, opened_us DESC, id LIMIT ?",
        *parameters, limit + 1,
    )  # fmt: skip
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode_cursor(_Place(int(last["closed_us"] is not None), last["opened_us"], last["id"]))
    return Page(items=tuple(_incident_row(reader, row) for row in rows[:limit]), next=following)


def incidents_between(
    reader: Reader, brand: str, from_at: datetime, to_at: datetime
) -> tuple[IncidentRow, ...]:
    """Incidents of a brand that were open at some time in `[from_at, to_at)`, in the order in which they were opened."""
    rows = reader.rows(
        "SELECT * FROM incidents WHERE brand = ? AND opened_us < ? AND (closed_us IS NULL OR closed_us >= ?)"
        " ORDER BY opened_us, id LIMIT ?",
        brand, to_us(to_at), to_us(from_at), LIMIT_MOST,
    )  # fmt: skip
    return tuple(_incident_row(reader, row) for row in rows)


def first_taken_at(reader: Reader, incident_id: str) -> datetime | None:
    """When somebody took an incident for the first time, also if its level was raised since and it waits again."""
    rows = reader.rows("SELECT at_us, body FROM timeline WHERE incident = ? ORDER BY n", incident_id)
    taken = (row["at_us"] for row in rows if isinstance(_events.decode(row["body"]), IncidentAcknowledged))
    return _instant(next(taken, None))


def open_levels(reader: Reader, brand: str | None = None) -> tuple[tuple[Level, int], ...]:
    """How many incidents are open at each level, the highest level first; levels without any are left out."""
    where, parameters = (" AND brand = ?", [brand]) if brand is not None else ("", [])
    rows = reader.rows(
        f"SELECT level, count(*) AS n FROM incidents WHERE closed_us IS NULL{where} GROUP BY level",  # noqa: S608
        *parameters,
    )  # fmt: skip
    return tuple(sorted(((row["level"], row["n"]) for row in rows), key=lambda each: -rank(each[0])))


def highest_open(reader: Reader, brand: str | None = None) -> Level | None:
    """The highest level of the open incidents."""
    levels = open_levels(reader, brand)
    return levels[0][0] if levels else None


def incident(reader: Reader, incident_id: str) -> IncidentRow | None:
    """One incident as the list shows it."""
    row = reader.row("SELECT * FROM incidents WHERE id = ?", incident_id)
    return None if row is None else _incident_row(reader, row)


def incident_file(
    reader: Reader, incident_id: str, timeline_most: int = TIMELINE_MOST
) -> IncidentFile | None:
    """Everything about one incident, at most the newest `timeline_most` lines; None if there is none of this id."""
    row = incident(reader, incident_id)
    if row is None:
        return None
    timeline = reader.rows(
        "SELECT * FROM timeline WHERE incident = ? ORDER BY at_us DESC, n DESC LIMIT ?",
        incident_id,
        timeline_most,
    )
    pages = reader.rows(
        "SELECT * FROM pages WHERE incident = ? ORDER BY requested_us DESC LIMIT ?", incident_id, PAGES_MOST
    )
    steps = reader.rows("SELECT * FROM steps WHERE incident = ? ORDER BY n", incident_id)
    offers = reader.rows("SELECT * FROM offers WHERE incident = ? ORDER BY offered_us, n", incident_id)
    return IncidentFile(
        row=row,
        timeline=tuple(
            TimelineRow(at=from_us(one["at_us"]), event=_events.decode(one["body"])) for one in timeline
        ),
        pages=tuple(_page_row(one) for one in pages),
        steps=tuple(_step_row(one) for one in steps),
        offers=tuple(
            OfferRow(
                scenario=one["scenario"],
                offered_at=from_us(one["offered_us"]),
                variant=_variants.decode(one["body"]),
            )
            for one in offers
        ),
    )


def _incident_row(reader: Reader, row: sqlite3.Row) -> IncidentRow:
    pages = reader.row("SELECT count(*) AS n FROM pages WHERE incident = ?", row["id"])
    fired = reader.rows("SELECT * FROM evidence WHERE incident = ? ORDER BY first_us, rule", row["id"])
    return IncidentRow(
        id=row["id"],
        number=row["number"],
        brand=row["brand"],
        category=row["category"],
        level=row["level"],
        peak=row["peak"],
        opened_at=from_us(row["opened_us"]),
        last_at=from_us(row["last_us"]),
        opened_by=row["opened_by"],
        note=row["note"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=_instant(row["acknowledged_us"]),
        commander=row["commander"],
        calm_since=_instant(row["calm_since_us"]),
        frozen=bool(row["frozen"]),
        playbook=row["playbook"],
        playbook_version=row["playbook_version"] or "",
        playbook_at=_instant(row["playbook_us"]),
        closed_at=_instant(row["closed_us"]),
        closed_by=row["closed_by"],
        close_reason=row["close_reason"],
        false_alarm=bool(row["false_alarm"]),
        merged_into=row["merged_into"],
        inhibited_by=row["inhibited_by"],
        split_from=row["split_from"],
        drill=bool(row["drill"]),
        pages=pages["n"] if pages else 0,
        evidence=tuple(
            EvidenceRow(
                first_at=from_us(one["first_us"]),
                last_at=from_us(one["last_us"]),
                evidence=_evidence.decode(one["body"]),
            )
            for one in fired
        ),
    )


def _page_row(row: sqlite3.Row) -> PageRow:
    return PageRow(
        page=row["page"],
        person=row["person"],
        means=row["means"],
        reason=row["reason"],
        round=row["round"],
        requested_at=from_us(row["requested_us"]),
        outcome=row["outcome"],
        outcome_at=_instant(row["outcome_us"]),
        detail=row["detail"] or "",
    )


def _step_row(row: sqlite3.Row) -> StepRow:
    return StepRow(
        plan=_plans.decode(row["plan"]),
        state=row["state"],
        late=bool(row["late"]),
        escalated=bool(row["escalated"]),
        ended_at=_instant(row["ended_us"]),
        ended_by=row["ended_by"],
        note=row["note"] or "",
        changed=row["changed"] or "",
    )


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
