"""What an incident came to, in one breath: at most 200 characters, the weightiest first."""

from collections.abc import Iterator

from alerting.events import IncidentOpened
from services.reports.document import verdict_of
from services.reports.shapes import IncidentReport
from services.reports.telling import Telling
from services.views.rows import IncidentFile
from services.web.wording import evidence_words


def verdict_on(report: IncidentReport, found: IncidentFile, telling: Telling) -> str:
    """The verdict; what has no room is left out whole, never cut."""
    return verdict_of(tuple(_parts(report, found, telling)))


def opening_of(found: IncidentFile) -> IncidentOpened | None:
    """How it began, with the evidence of that moment; None where the timeline is longer than what is read."""
    return next((line.event for line in found.timeline if isinstance(line.event, IncidentOpened)), None)


def _parts(report: IncidentReport, found: IncidentFile, telling: Telling) -> Iterator[str]:
    say, totals = telling.say, report.totals
    lasted = telling.length(((report.closed_at or report.as_of) - report.opened_at).total_seconds())
    yield say(
        "verdict.closed" if report.closed_at else "verdict.open",
        level=telling.level(report.peak),
        category=telling.known("category", report.category),
        opened=f"{report.opened_at.astimezone(telling.zone):%m-%d %H:%M}",
        lasted=lasted,
    )
    if report.false_alarm:
        yield say("verdict.false_alarm")
    if totals.items:
        yield say(
            "verdict.volume",
            items=f"{totals.items:,}",
            share=telling.share(totals.negative, totals.items),
            platform=telling.known("platform", report.platforms[0].platform),
            of_it=telling.share(report.platforms[0].items, totals.items),
        )
    taken = next((pace for pace in report.paces if pace.what == "acknowledged"), None)
    if taken is not None:
        yield say("verdict.taken", length=telling.length(taken.seconds), name=taken.by or "")
    else:
        yield say("verdict.untaken")
    if report.late:
        yield say("verdict.late", count=len(report.late))
    if report.statements:
        yield say("verdict.statements", count=len(report.statements))
        effect = report.statements[0].effect
        if effect is not None:
            yield say(f"verdict.effect_{effect.share}")
    opening = opening_of(found)
    if opening is not None and opening.evidence is not None:
        yield say("verdict.cause", cause=evidence_words(opening.evidence, telling.language))
    if found.row.close_reason and found.row.close_reason != "calm":
        yield say("verdict.reason", reason=found.row.close_reason)
