"""The report on a stretch of time as a document."""

from collections.abc import Iterator
from datetime import datetime, timedelta

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
from services.reports.period_report import IncidentLine, PeriodReport
from services.reports.recorded_words import recorded_sections
from services.reports.telling import Telling
from services.web.curve import Mark, curve_of


def period_document(report: PeriodReport, telling: Telling) -> Document:
    """The document in the language of `telling`."""
    say = telling.say
    days = days_words(report.from_at, report.to_at, telling)
    title = say(f"period.title_{report.kind}", brand=report.brand_name, days=days)
    about = f" · {telling.known('category', report.category)}" if report.category else ""
    name = f"fenghuo-{report.kind}-{report.brand}-{report.from_at.astimezone(telling.zone):%Y-%m-%d}"
    return Document(
        title=(say("drill.mark") if report.drill else "") + title + about,
        subtitle=say("period.as_of", now=f"{report.as_of.astimezone(telling.zone):%Y-%m-%d %H:%M}"),
        verdict=report.verdict,
        sections=(
            *recorded_sections(report.recorded, telling),
            Section("size", say("record.size"), tuple(_size(report, telling))),
            Section("incidents", say("period.incidents_title"), (_incidents(report, telling),)),
            Section("answers", say("period.answers_title"), (answers_line(report.answers, telling),)),
            Section(
                "statements", say("record.statements"), tuple(statement_blocks(report.statements, telling))
            ),
            Section(
                "viewpoints", say("record.viewpoints"), tuple(viewpoint_blocks(report.viewpoints, telling))
            ),
            Section("spreaders", say("record.spreaders"), (spreader_grid(report.spreaders, telling),)),
        ),
        foot=say("record.foot"),
        made_at=report.as_of,
        timezone=telling.zone.key,
        file_name=name,
    )


def days_words(from_at: datetime, to_at: datetime, telling: Telling) -> str:
    """`2026-11-25`, or `2026-11-16 至 2026-11-22`."""
    first = from_at.astimezone(telling.zone)
    last = (to_at - timedelta(microseconds=1)).astimezone(telling.zone)
    if first.date() == last.date():
        return f"{first:%Y-%m-%d}"
    return telling.say("period.days", first=f"{first:%Y-%m-%d}", last=f"{last:%Y-%m-%d}")


def _size(report: PeriodReport, telling: Telling) -> Iterator[Block]:
    say = telling.say
    query = {"category": report.category} if report.category else {}
    negative = telling.mentions(report.from_at, report.to_at, label="negative", **query)
    yield Figures(
        (
            Figure(f"{report.items:,}", say("record.items"), report.link),
            Figure(telling.share(report.negative, report.items), say("record.negative"), negative),
            Figure(f"{report.authors:,}", say("record.authors"), report.link),
            Figure(f"{report.items_before:,}", say("period.items_before"), report.link_before),
        )
    )
    marks = [
        Mark(at=line.opened_at, words=f"#{line.number} {telling.level(line.peak)}", tone=line.peak)
        for line in report.incidents
    ]
    curve = curve_of(report.counts, marks[:MARKS_MOST], report.from_at, report.to_at)
    if curve is not None:
        yield chart_of(curve, telling)
        yield Words(plain(say("record.curve_hint")), small=True)
    yield platform_grid(report.platforms, telling, report.from_at, report.to_at, **query)


def _incidents(report: PeriodReport, telling: Telling) -> Block:
    say = telling.say
    if not report.incidents:
        return Words(plain(say("period.no_incidents_there")), small=True)

    def row(line: IncidentLine) -> tuple[Pieces, ...]:
        ended = telling.clock(line.closed_at) if line.closed_at else say("period.still_open")
        return (
            (Piece(f"#{line.number} {telling.known('category', line.category)}", line.link),),
            (Piece(telling.level(line.peak), tone=line.peak),),
            plain(telling.clock(line.opened_at)),
            plain("–" if line.taken_s is None else telling.length(line.taken_s)),
            plain(ended + (f" · {say('incident.false_alarm')}" if line.false_alarm else "")),
        )

    head = ("incident", "level", "opened", "taken", "closed")
    return Grid(tuple(say(f"period.{name}") for name in head), tuple(map(row, report.incidents)))
