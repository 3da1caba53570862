"""The report on an incident, counted from the views: what happened, how large it was, who said what, what we did and when."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from alerting import events as desk
from alerting.events import Evidence
from alerting.playbook_events import StepDone
from services.reports.parts import answers_in, spreaders_in, statement_of, viewpoints_in
from services.reports.recorded import Place, incident_figures, recorded_in
from services.reports.shapes import (
    Happened,
    IncidentReport,
    Late,
    Pace,
    Statement,
    Totals,
)
from services.reports.telling import Telling
from services.reports.verdict import opening_of, verdict_on
from services.reports.viewpoints import READ_MOST
from services.views.contents import releases_of
from services.views.incidents import incident_file
from services.views.mentions import MentionFilter, minute_counts
from services.views.rows import IncidentFile, MinuteCount, StepRow
from services.views.voices import platform_shares, sampled_voices
from services.web.new_words import NewWords
from services.web.timeline import timeline_of
from streams.sla.report import Waited

BEFORE = timedelta(minutes=40)
"""The report begins so long before the incident was opened, as its curve does."""
LONGEST = timedelta(days=30)
"""Of an incident that was open for longer, the last stretch is counted."""
TIMELINE_MOST = 5_000
"""Events that are told; of more, the newest."""
PEAK_SLICE = timedelta(minutes=10)


def incident_report(
    incident_id: str, telling: Telling, waits: Sequence[Waited] | None
) -> IncidentReport | None:
    """The report as things stand at `telling.now`; None: there is no such incident.

    `waits` are the response clocks that began since `began_at`; None: there are too many to read.
    """
    found = incident_file(telling.reader, incident_id, TIMELINE_MOST)
    if found is None:
        return None
    found = NewWords(telling.reader, telling.opener, telling.veil).file(found)
    row = found.row
    end = row.closed_at or telling.now
    begin = began_at(row.opened_at, end)
    wanted = MentionFilter(brand=row.brand, from_at=begin, to_at=end)
    shares = platform_shares(telling.reader, wanted)
    counts = minute_counts(telling.reader, row.brand, begin, end)
    peak, peak_at = _peak(counts)
    report = IncidentReport(
        incident=row.id,
        number=row.number,
        brand=row.brand,
        brand_name=telling.brand_name,
        category=row.category,
        level=row.level,
        peak=row.peak,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        false_alarm=row.false_alarm,
        drill=row.drill,
        as_of=telling.now,
        link=telling.link(f"/incidents/{row.id}"),
        verdict="",
        totals=Totals(
            from_at=begin,
            to_at=end,
            items=sum(share.items for share in shares),
            negative=sum(share.negative for share in shares),
            authors=sum(share.authors for share in shares),
            peak=peak,
            peak_at=peak_at,
            peak_s=int(PEAK_SLICE.total_seconds()),
            link=telling.mentions(begin, end),
        ),
        platforms=shares,
        spreaders=spreaders_in(wanted, telling),
        viewpoints=viewpoints_in(wanted, telling),
        paces=tuple(_paces(found, telling)),
        answers=answers_in(waits, row.brand, begin, end, telling),
        statements=statements_in(found, telling),
        late=tuple(_late(found, telling)),
        timeline=_timeline(found, telling),
    )
    place = Place(report=row.id, wanted=wanted, path=f"/incidents/{row.id}/report")
    return msgspec.structs.replace(
        report,
        verdict=verdict_on(report, found, telling),
        recorded=recorded_in(place, incident_figures(report), telling),
    )


def began_at(opened_at: datetime, end: datetime) -> datetime:
    """Since when things are counted."""
    return max(opened_at - BEFORE, end - LONGEST)


def _peak(counts: Sequence[MinuteCount]) -> tuple[int, datetime | None]:
    """Most items within a whole slice of the clock, and where it begins."""
    slices: dict[datetime, int] = {}
    for count in counts:
        begin = count.at - timedelta(minutes=count.at.minute % (PEAK_SLICE // timedelta(minutes=1)))
        slices[begin] = slices.get(begin, 0) + count.items
    if not slices:
        return 0, None
    at = max(slices, key=lambda begin: (slices[begin], -begin.timestamp()))
    return slices[at], at


def _paces(found: IncidentFile, telling: Telling) -> Iterator[Pace]:
    """What was first of each kind, in the order in which it happened."""
    opened_at = found.row.opened_at
    place = f"/incidents/{found.row.id}"

    def pace(what: str, at: datetime, by: str | None, anchor: str, since: datetime = opened_at) -> Pace:
        name = telling.name_of(by) if by else None
        return Pace(
            what=what, at=at, seconds=(at - since).total_seconds(), by=name, link=telling.link(place, anchor)
        )

    first_at = _first_said(found, telling)
    if first_at is not None and first_at <= opened_at:
        yield pace("noticed", opened_at, None, "#why", since=first_at)
    firsts: dict[str, Pace] = {}
    for line in reversed(found.timeline):
        match line.event:
            case desk.PageRequested():
                firsts.setdefault("called", pace("called", line.at, line.event.person, "#pages"))
            case desk.PageDelivered():
                firsts.setdefault("delivered", pace("delivered", line.at, line.event.person, "#pages"))
            case desk.IncidentAcknowledged():
                firsts.setdefault("acknowledged", pace("acknowledged", line.at, line.event.by, "#timeline"))
            case StepDone():
                firsts.setdefault("step", pace("step", line.at, line.event.by, "#playbook"))
            case _:
                pass
    if said := releases_of(telling.reader, found.row.brand, incident=found.row.id):
        first = said[-1].released
        firsts["statement"] = pace("statement", first.at, first.by, "#offers")
    yield from sorted(firsts.values(), key=lambda each: each.at)
    if found.row.closed_at is not None:
        yield pace("closed", found.row.closed_at, found.row.closed_by, "#timeline")


def _first_said(found: IncidentFile, telling: Telling) -> datetime | None:
    """When the earliest item behind the first alarm was published."""
    opening = opening_of(found)
    evidence: Evidence | None = opening.evidence if opening is not None else None
    if evidence is None or not evidence.items:
        return None
    named = MentionFilter(brand=found.row.brand, items=evidence.items)
    voices = sampled_voices(telling.reader, named, READ_MOST).voices
    return min((voice.item.occurred_at for voice in voices), default=None)


def statements_in(found: IncidentFile, telling: Telling) -> tuple[Statement, ...]:
    """What we said in an incident, the first on top, with what was said before and after."""
    row = found.row
    released = reversed(releases_of(telling.reader, row.brand, incident=row.id))
    return tuple(statement_of(each, telling) for each in released)


def _late(found: IncidentFile, telling: Telling) -> Iterator[Late]:
    place = telling.link(f"/incidents/{found.row.id}", "#playbook")
    for step in found.steps:
        due_at = step.plan.due_at
        if due_at is None or not (step.late or (step.state == "open" and due_at < telling.now)):
            continue
        yield Late(
            what=title_of(step, telling),
            due_at=due_at,
            done_at=step.ended_at if step.state != "dropped" else None,
            who=_who(step, telling),
            link=place,
        )


def title_of(step: StepRow, telling: Telling) -> str:
    """A step's name."""
    if step.plan.title:
        return step.plan.title
    return telling.say(f"step.action.{step.plan.action}") if step.plan.action else step.plan.id


def _who(step: StepRow, telling: Telling) -> str:
    person = step.ended_by or step.plan.person
    if person:
        return telling.name_of(person)
    return telling.known("role", step.plan.role) if step.plan.role else ""


def _timeline(found: IncidentFile, telling: Telling) -> tuple[Happened, ...]:
    titles = {step.plan.id: title_of(step, telling) for step in found.steps}
    oldest_first = reversed(timeline_of(found, titles, telling))
    lines = [
        Happened(
            at=line.since or line.at, words=line.words, detail=line.detail, who=line.who, tone=line.tone, times=line.times
        )
        for line in oldest_first
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: line.at))
