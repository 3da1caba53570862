"""What a report said when it was sent or put on record, beside what it says now."""

from collections.abc import Iterator, Mapping

import msgspec

from alerting.report_events import ReportFigure, ReportRecorded
from services.reports.shapes import Answers, Changed, IncidentReport, Recorded
from services.reports.telling import Telling
from services.views.mentions import MentionFilter
from services.views.reports import recordings_of
from services.views.voices import PlatformShare, corrected_since

PLATFORMS_MOST = 100
SECONDS = "_s"
"""How the name of a length of time ends."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Under which name a report is on record, what it counts, and at which address it is read."""

    report: str
    wanted: MentionFilter
    path: str
    query: Mapping[str, str] = {}


def incident_figures(report: IncidentReport) -> tuple[ReportFigure, ...]:
    """The numbers of a report on an incident."""
    totals = report.totals
    return (
        ReportFigure("items", totals.items),
        ReportFigure("negative", totals.negative),
        ReportFigure("authors", totals.authors),
        ReportFigure("peak", totals.peak),
        *(ReportFigure(f"{pace.what}{SECONDS}", pace.seconds) for pace in report.paces),
        *answer_figures(report.answers),
        ReportFigure("statements", len(report.statements)),
        ReportFigure("late", len(report.late)),
        ReportFigure("unreadable", report.viewpoints.unreadable),
        *platform_figures(report.platforms),
    )


def answer_figures(answers: Answers | None) -> Iterator[ReportFigure]:
    """How customers were answered; nothing where that was not counted."""
    if answers is not None:
        yield ReportFigure("answers_met", answers.met)
        yield ReportFigure("answers_breached", answers.breached)


def platform_figures(shares: tuple[PlatformShare, ...]) -> Iterator[ReportFigure]:
    """What came from each platform, at most `PLATFORMS_MOST` of them."""
    for share in shares[:PLATFORMS_MOST]:
        yield ReportFigure(f"items/{share.platform}", share.items)
        yield ReportFigure(f"negative/{share.platform}", share.negative)


def recorded_in(place: Place, now: tuple[ReportFigure, ...], telling: Telling) -> tuple[Recorded, ...]:
    """Each time that the report was put on record, the newest first, with what is otherwise `now`."""
    return tuple(
        _recorded(event, place, now, telling) for event in recordings_of(telling.reader, place.report)
    )


def _recorded(
    event: ReportRecorded, place: Place, now: tuple[ReportFigure, ...], telling: Telling
) -> Recorded:
    return Recorded(
        at=event.at,
        as_of=event.as_of,
        by=telling.name_of(event.by) if event.by else None,
        event=event.id,
        figures=event.figures,
        changed=tuple(_changed(event.figures, now)),
        corrected=corrected_since(telling.reader, place.wanted, event.as_of),
        link=telling.link(place.path, **{**place.query, "at": event.as_of.isoformat()}),
    )


def _changed(before: tuple[ReportFigure, ...], after: tuple[ReportFigure, ...]) -> Iterator[Changed]:
    """What is otherwise, what is new and what is gone, in the order of the report."""
    then, now = ({figure.name: figure.value for figure in figures} for figures in (before, after))
    for name in dict.fromkeys([*now, *then]):
        if then.get(name) != now.get(name):
            yield Changed(name=name, then=then.get(name), now=now.get(name))
