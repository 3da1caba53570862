"""The report on a stretch of time, 日报, 周报 or 专报: how much was said, what happened, how we did, beside the stretch before."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from alerting.levels import LEVELS, Level, rank
from alerting.report_events import ReportFigure, ReportKind
from alerting.reporting import REPORT_ID_DIGITS
from services.errors import WrongUse
from services.reports.document import verdict_of
from services.reports.parts import answers_in, spreaders_in, statement_of, viewpoints_in
from services.reports.recorded import Place, answer_figures, platform_figures, recorded_in
from services.reports.shapes import Answers, Recorded, Spreader, Statement, ViewpointsShape
from services.reports.telling import Telling
from services.views.contents import releases_of
from services.views.incidents import first_taken_at, incidents_between
from services.views.mentions import MentionFilter
from services.views.rows import IncidentRow, MinuteCount
from services.views.voices import PlatformShare, counts_by_minute, platform_shares
from streams import ids
from streams.sla.report import Waited

LONGEST = timedelta(days=31)
DAYS_DEFAULT = 7
NOW = "now"
"""Stands in addresses for the id of a report that is asked for by its days."""
SHARE_FROM = 30
"""Below so many items before, a change in percent says nothing."""


class WrongPeriod(WrongUse):
    """The days of a report do not fit."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Of which time, and of what, a report is asked for."""

    kind: ReportKind
    from_at: datetime
    to_at: datetime
    category: str | None = None
    report: str = ""
    """Id of the one on schedule; empty: it is asked for by its days."""


def period_of_days(
    kind: ReportKind, zone: ZoneInfo, today: date, first: date | None, last: date | None, category: str | None
) -> Period:
    """Whole days of a zone, the last one included; without them yesterday, or the seven days up to it.

    Raises:
        WrongPeriod: the first day comes after the last, they are too many, or a category is missing.
    """
    last = last or today - timedelta(days=1)
    first = first or last - timedelta(days=0 if kind == "daily" else DAYS_DEFAULT - 1)
    if first > last:
        raise WrongPeriod(f"{first} comes after {last} (起止日期颠倒)")
    if last - first >= LONGEST:
        raise WrongPeriod(f"at most {LONGEST.days} days (至多 {LONGEST.days} 天)")
    if (kind == "special") != (category is not None):
        raise WrongPeriod("a special report, and no other, has a category (专报要写类别，别的不写)")

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return Period(
        kind=kind, from_at=midnight(first), to_at=midnight(last + timedelta(days=1)), category=category
    )


class IncidentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that was open in the period."""

    incident: str
    number: int
    category: str
    peak: Level
    opened_at: datetime
    closed_at: datetime | None
    taken_s: float | None
    """From its opening until somebody took it; None: nobody has."""
    false_alarm: bool
    link: str


class PeriodReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the report says."""

    kind: ReportKind
    brand: str
    brand_name: str
    category: str | None
    drill: bool
    """It was counted in a drill (演练): nothing of it happened to anybody."""
    from_at: datetime
    to_at: datetime
    as_of: datetime
    verdict: str
    items: int
    negative: int
    authors: int
    items_before: int
    """In as long a time before."""
    negative_before: int
    link: str
    link_before: str
    platforms: tuple[PlatformShare, ...]
    counts: tuple[MinuteCount, ...]
    incidents: tuple[IncidentLine, ...]
    answers: Answers | None
    statements: tuple[Statement, ...]
    viewpoints: ViewpointsShape
    spreaders: tuple[Spreader, ...]
    recorded: tuple[Recorded, ...] = ()
    """Each time that it was put on record, the newest first."""


def period_report(period: Period, telling: Telling, waits: Sequence[Waited] | None) -> PeriodReport:
    """The report as it is recorded by `telling.now`."""
    brand, reader = telling.brand, telling.reader
    begin, end = period.from_at, period.to_at
    before_at = begin - (end - begin)
    wanted = MentionFilter(brand=brand, category=period.category, from_at=begin, to_at=end)
    shares = platform_shares(reader, wanted)
    earlier = platform_shares(reader, msgspec.structs.replace(wanted, from_at=before_at, to_at=begin))
    query = {"category": period.category} if period.category else {}
    released = [each for each in reversed(releases_of(reader, brand)) if begin <= each.released.at < end]
    report = PeriodReport(
        kind=period.kind,
        brand=brand,
        brand_name=telling.brand_name,
        category=period.category,
        drill=telling.config.drill,
        from_at=begin,
        to_at=end,
        as_of=telling.now,
        verdict="",
        items=sum(share.items for share in shares),
        negative=sum(share.negative for share in shares),
        authors=sum(share.authors for share in shares),
        items_before=sum(share.items for share in earlier),
        negative_before=sum(share.negative for share in earlier),
        link=telling.mentions(begin, end, **query),
        link_before=telling.mentions(before_at, begin, **query),
        platforms=shares,
        counts=counts_by_minute(reader, wanted),
        incidents=tuple(
            _line(row, telling)
            for row in incidents_between(reader, brand, begin, end)
            if period.category in (None, row.category)
        ),
        answers=answers_in(waits, brand, begin, end, telling),
        statements=tuple(statement_of(each, telling) for each in released),
        viewpoints=viewpoints_in(wanted, telling),
        spreaders=spreaders_in(wanted, telling),
    )
    place = Place(
        report=name_of(period, brand), wanted=wanted, path=f"/reports/{period.report or NOW}",
        query={} if period.report else _asked(period, telling),
    )  # fmt: skip
    return msgspec.structs.replace(
        report,
        verdict=_verdict(report, telling),
        recorded=recorded_in(place, period_figures(report), telling),
    )


def name_of(period: Period, brand: str) -> str:
    """Under which a report is on record."""
    if period.report:
        return period.report
    ends = (period.from_at.isoformat(), period.to_at.isoformat())
    return ids.derived("report.asked", brand, period.kind, *ends, period.category or "")[:REPORT_ID_DIGITS]


def _asked(period: Period, telling: Telling) -> dict[str, str]:
    """What the page of a report by its days is asked with."""
    first = period.from_at.astimezone(telling.zone)
    last = (period.to_at - timedelta(microseconds=1)).astimezone(telling.zone)
    days = {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}
    about = {"category": period.category} if period.category else {}
    return {"brand": telling.brand, "kind": period.kind, **days, **about}


def period_figures(report: PeriodReport) -> tuple[ReportFigure, ...]:
    """The numbers of a report on a stretch of time."""
    return (
        ReportFigure("items", report.items),
        ReportFigure("negative", report.negative),
        ReportFigure("authors", report.authors),
        ReportFigure("items_before", report.items_before),
        ReportFigure("negative_before", report.negative_before),
        ReportFigure("incidents", len(report.incidents)),
        ReportFigure("incidents_open", sum(line.closed_at is None for line in report.incidents)),
        *answer_figures(report.answers),
        ReportFigure("statements", len(report.statements)),
        ReportFigure("unreadable", report.viewpoints.unreadable),
        *platform_figures(report.platforms),
    )


def _line(row: IncidentRow, telling: Telling) -> IncidentLine:
    taken_at = first_taken_at(telling.reader, row.id)
    taken = None if taken_at is None else (taken_at - row.opened_at).total_seconds()
    return IncidentLine(
        incident=row.id,
        number=row.number,
        category=row.category,
        peak=row.peak,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        taken_s=taken,
        false_alarm=row.false_alarm,
        link=telling.link(f"/incidents/{row.id}"),
    )


def _verdict(report: PeriodReport, telling: Telling) -> str:
    say = telling.say
    parts = [
        say("period.volume", items=f"{report.items:,}", share=telling.share(report.negative, report.items)),
        _against_before(report, telling),
        _on_incidents(report, telling),
    ]
    answers = report.answers
    if answers is not None and answers.met + answers.breached:
        share = telling.share(answers.met, answers.met + answers.breached)
        parts.append(say("period.answers", share=share, breached=answers.breached))
    if report.statements:
        parts.append(say("verdict.statements", count=len(report.statements)))
    return verdict_of(tuple(parts))


def _against_before(report: PeriodReport, telling: Telling) -> str:
    """Small numbers are told as they are, not as a share."""
    if report.items_before < SHARE_FROM:
        return telling.say("period.before_few", before=report.items_before)
    change = report.items / report.items_before - 1
    before = telling.share(report.negative_before, report.items_before)
    return telling.say("period.before", change=f"{change:+.0%}", before=before)


def _on_incidents(report: PeriodReport, telling: Telling) -> str:
    if not report.incidents:
        return telling.say("period.no_incidents")
    gravest = LEVELS[max(rank(line.peak) for line in report.incidents) - 1]
    still_open = sum(line.closed_at is None for line in report.incidents)
    return telling.say(
        "period.incidents", count=len(report.incidents), level=telling.level(gravest), open=still_open
    )
