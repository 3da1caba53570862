"""The timeline of an incident in lines that a person reads: calls stand with the step that made them, repeats are one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from alerting import events as desk
from alerting.config import DeskConfig
from alerting.content_events import ContentFilled, ContentReturned, ReviewAsked
from alerting.playbook_events import StepEscalated, StepOverdue
from services.views.rows import IncidentFile, TimelineRow
from services.web.playbook_words import Names
from services.web.texts import Language
from services.web.wording import event_words


class TimelineLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline."""

    at: datetime
    who: str | None
    words: str
    detail: str
    tone: str
    """A level, or empty."""
    times: int = 1
    since: datetime | None = None
    """When the first of several equal ones happened."""


class Teller(Protocol):
    """Who tells a timeline: a visit, or a report."""

    @property
    def language(self) -> Language: ...

    @property
    def config(self) -> DeskConfig: ...

    @property
    def zone(self) -> ZoneInfo: ...

    def say(self, key: str, **values: object) -> str: ...

    def name_of(self, person: str | None) -> str: ...


_LEVELED = (desk.IncidentOpened, desk.IncidentRaised, desk.IncidentEased, desk.IncidentReopened)
_CALLING = (desk.IncidentEscalated, StepOverdue, StepEscalated)
_REPEATED = (desk.IncidentEscalated, desk.PageFailed)
_TOLD_ELSEWHERE = (desk.PageDelivered, ReviewAsked, ContentFilled, ContentReturned)
"""With the pages, on the statement's own page, or by the opinion that returned it."""


def timeline_of(found: IncidentFile, titles: Mapping[str, str], teller: Teller) -> tuple[TimelineLine, ...]:
    """The lines, newest first. That a page arrived stands with the pages, not here."""
    names = Names({person.id: person.name for person in teller.config.people}, dict(titles), teller.zone)
    called = _called(found, teller)
    lines: dict[object, TimelineLine] = {}
    for number, row in enumerate(found.timeline):
        if isinstance(row.event, _TOLD_ELSEWHERE) or _stands_elsewhere(row, called):
            continue
        line = _line(row, names, called, teller)
        key = (line.words, line.detail) if isinstance(row.event, _REPEATED) else number
        known = lines.get(key)
        if known is None:
            lines[key] = line
        else:
            lines[key] = msgspec.structs.replace(known, times=known.times + 1, since=line.at)
    return tuple(lines.values())


def _line(row: TimelineRow, names: Names, called: Mapping[object, list[str]], teller: Teller) -> TimelineLine:
    words, detail = event_words(row.event, teller.language, names)
    people = called.get(_cause(row), []) if isinstance(row.event, _CALLING) else []
    event = row.event
    return TimelineLine(
        at=row.at,
        who=teller.name_of(event.by) if event.by else None,
        words=words,
        detail=detail or teller.say("list").join(people),
        tone=event.level if isinstance(event, _LEVELED) else "",
    )


def _cause(row: TimelineRow) -> object:
    """What a call was made for: the step of the escalation, or the late step of the playbook."""
    match row.event:
        case desk.IncidentEscalated(reason=reason, climb=climb, step=step, round=round_):
            return (reason, climb, step, round_)
        case desk.PageRequested(reason="step_notice"):
            return None
        case desk.PageRequested(playbook_step=str() as step, step=about):
            return (step, about is not None)
        case desk.PageRequested(reason="again", climb=climb, round=round_):
            return ("again", climb, -1, round_)
        case desk.PageRequested(reason=reason, climb=climb, step=step, round=round_):
            return (reason, climb, step, round_)
        case StepOverdue(step=step):
            return (step, False)
        case StepEscalated(step=step):
            return (step, True)
        case _:
            return None


def _called(found: IncidentFile, teller: Teller) -> dict[object, list[str]]:
    """Whom each cause called, if the cause has a line of its own."""
    causes = {_cause(row) for row in found.timeline if isinstance(row.event, _CALLING)}
    called: dict[object, list[str]] = {cause: [] for cause in causes}
    for row in reversed(found.timeline):
        if isinstance(row.event, desk.PageRequested) and _cause(row) in causes:
            words = f"{teller.name_of(row.event.person)} {teller.say(f'means.{row.event.means}')}"
            if words not in called[_cause(row)]:
                called[_cause(row)].append(words)
    return called


def _stands_elsewhere(row: TimelineRow, called: Mapping[object, list[str]]) -> bool:
    return isinstance(row.event, desk.PageRequested) and _cause(row) in called
