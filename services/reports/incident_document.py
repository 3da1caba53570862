"""The report on an incident as a document: its figures in words, each with the address of what stands behind it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from services.reports.blocks import (
    MARKS_MOST,
    answers_line,
    chart_of,
    platform_grid,
    spreader_grid,
    statement_blocks,
    viewpoint_blocks,
)
from services.reports.document import (
    Block,
    Document,
    Figure,
    Figures,
    Grid,
    Piece,
    Pieces,
    Section,
    Words,
    plain,
)
from services.reports.recorded_words import recorded_sections
from services.reports.shapes import (
    IncidentReport,
    Late,
    Pace,
)
from services.reports.telling import Telling
from services.views.mentions import minute_counts
from services.web.curve import Mark, curve_of

MARKED = frozenset({"blue", "yellow", "orange", "red"})


def incident_document(report: IncidentReport, telling: Telling) -> Document:
    """The document in the language of `telling`."""
    say, totals = telling.say, report.totals
    category = telling.known("category", report.category)
    mark = say("drill.mark") if report.drill else ""
    return Document(
        title=mark + say("record.incident_title", number=report.number, category=category),
        subtitle=say(
            "record.as_of",
            brand=report.brand_name,
            from_time=f"{totals.from_at.astimezone(telling.zone):%Y-%m-%d %H:%M}",
            to_time=f"{totals.to_at.astimezone(telling.zone):%Y-%m-%d %H:%M}",
            now=f"{report.as_of.astimezone(telling.zone):%Y-%m-%d %H:%M}",
        ),
        verdict=report.verdict,
        sections=(
            *recorded_sections(report.recorded, telling),
            Section("size", say("record.size"), tuple(_size(report, telling))),
            Section("paces", say("record.paces"), tuple(_paces(report, telling))),
            Section(
                "statements", say("record.statements"), tuple(statement_blocks(report.statements, telling))
            ),
            Section("late", say("record.late"), (_late(report.late, telling),)),
            Section(
                "viewpoints", say("record.viewpoints"), tuple(viewpoint_blocks(report.viewpoints, telling))
            ),
            Section("spreaders", say("record.spreaders"), (spreader_grid(report.spreaders, telling),)),
            Section("timeline", say("record.timeline"), (_timeline(report, telling),)),
        ),
        foot=say("record.foot"),
        made_at=report.as_of,
        timezone=telling.zone.key,
        file_name=f"fenghuo-incident-{report.brand}-{report.number}",
    )


def _size(report: IncidentReport, telling: Telling) -> Iterator[Block]:
    say, totals = telling.say, report.totals
    negative = telling.mentions(totals.from_at, totals.to_at, label="negative")
    yield Figures(
        (
            Figure(f"{totals.items:,}", say("record.items"), totals.link),
            Figure(telling.share(totals.negative, totals.items), say("record.negative"), negative),
            Figure(f"{totals.authors:,}", say("record.authors"), totals.link),
            *_peak(report, telling),
        )
    )
    counts = minute_counts(telling.reader, report.brand, totals.from_at, totals.to_at)
    marks = [
        Mark(at=line.at, words=f"{line.at.astimezone(telling.zone):%H:%M} {line.words}", tone=line.tone)
        for line in report.timeline
        if line.tone in MARKED
    ]
    curve = curve_of(counts, marks[:MARKS_MOST], totals.from_at, totals.to_at)
    if curve is not None:
        yield chart_of(curve, telling)
        yield Words(plain(say("record.curve_hint")), small=True)
    yield platform_grid(report.platforms, telling, report.totals.from_at, report.totals.to_at)


def _peak(report: IncidentReport, telling: Telling) -> Iterator[Figure]:
    totals = report.totals
    if totals.peak_at is not None:
        end = totals.peak_at + timedelta(seconds=totals.peak_s)
        words = telling.say("record.peak", time=telling.clock(totals.peak_at))
        yield Figure(f"{totals.peak:,}", words, telling.mentions(totals.peak_at, end))


def _paces(report: IncidentReport, telling: Telling) -> Iterator[Block]:
    say = telling.say

    def row(pace: Pace) -> tuple[Pieces, ...]:
        return (
            plain(say(f"record.pace.{pace.what}")),
            plain(telling.length(pace.seconds), pace.link),
            plain(telling.clock(pace.at)),
            plain(pace.by or (say("by_desk") if pace.what == "step" else "")),
        )

    head = ("pace_what", "pace_took", "pace_at", "pace_by")
    yield Grid(tuple(say(f"record.{each}") for each in head), tuple(map(row, report.paces)))
    yield answers_line(report.answers, telling)


def _late(late: Sequence[Late], telling: Telling) -> Block:
    say = telling.say
    if not late:
        return Words(plain(say("record.none_late")), small=True)

    def row(each: Late) -> tuple[Pieces, ...]:
        over = ((each.done_at or telling.now) - each.due_at).total_seconds()
        return (
            plain(each.what, each.link),
            plain(each.who),
            plain(telling.clock(each.due_at)),
            plain(telling.clock(each.done_at) if each.done_at else say("record.late_never")),
            plain(telling.length(over)),
        )

    head = ("late_what", "pace_by", "late_due", "late_done", "late_by")
    return Grid(tuple(say(f"record.{name}") for name in head), tuple(map(row, late)))


def _timeline(report: IncidentReport, telling: Telling) -> Block:
    return Grid(
        (),
        tuple(
            (
                plain(
                    telling.clock(line.at),
                    telling.link(f"/incidents/{report.incident}", at=line.at.isoformat()),
                ),
                (
                    Piece(line.words, tone=line.tone),
                    Piece(f" ×{line.times}" if line.times > 1 else ""),
                    Piece(f"  {line.detail}" if line.detail else ""),
                    Piece(f"  {line.who}" if line.who else ""),
                ),
            )
            for line in report.timeline
        ),
        wide=1,
    )
