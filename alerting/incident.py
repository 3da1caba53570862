"""The life of an incident: opened → acknowledged → closed, with a level that goes up and down.

An incident is frozen; `fold` gives the next one. `Draft` lets a decision see what its own events lead to, without
touching any state.
"""

from datetime import datetime
from typing import Literal, TypedDict, assert_never

import msgspec

from alerting.events import (
    AnyIncidentEvent,
    CommanderAssigned,
    ContentOffered,
    EaseSuggested,
    Evidence,
    FreezeAsked,
    IncidentAcknowledged,
    IncidentClosed,
    IncidentEased,
    IncidentEscalated,
    IncidentJoined,
    IncidentNoted,
    IncidentOpened,
    IncidentRaised,
    IncidentReopened,
    PageDelivered,
    PageFailed,
    PageRequested,
    PublicationsFrozen,
    PublicationsThawed,
)
from alerting.joining_events import (
    IncidentAbsorbed,
    IncidentInhibited,
    IncidentMerged,
    IncidentReleased,
    IncidentSplit,
    TuningProposed,
)
from alerting.levels import Level, rank
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookEvent,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepReassigned,
    StepRetimed,
    StepSkipped,
)
from alerting.run import Run, fold_run, started

IncidentStatus = Literal["open", "acknowledged", "closed"]
_replace = msgspec.structs.replace


class Climb(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far up the escalation has gone since it last started."""

    number: int = 0
    """Counts the starts: opened, raised, reopened."""
    started_at: datetime
    step: int = -1
    """The last step that was taken; -1: none yet."""
    round: int = 0
    """How often the last step was repeated."""
    last_at: datetime | None = None
    hopes: int = 0
    """Pages of the last step that were delivered or are on their way."""
    quiet: bool = False
    """The level came down by itself: nobody is called for that."""


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One incident as it stands."""

    id: str
    brand: str
    category: str
    level: Level
    status: IncidentStatus = "open"
    opened_at: datetime
    calm_since: datetime
    """Nothing new has come up since."""
    ease_suggested: bool = False
    """Since it became calm."""
    evidence: Evidence | None = None
    """The gravest cause so far, without item ids; None: opened by hand."""
    rules: tuple[str, ...] = ()
    """Rules that had a part in it."""
    acknowledged_by: str | None = None
    commander: str | None = None
    active_at: datetime
    """When a person last did something about it."""
    climb: Climb
    agains: int = 0
    """How often it was paged again since somebody last did something."""
    again_at: datetime | None = None
    pages: tuple[PageRequested, ...] = ()
    """Requested, with no outcome yet."""
    run: Run | None = None
    runs: int = 0
    frozen: bool = False
    closed_at: datetime | None = None
    false_alarm: bool = False
    also: tuple[str, ...] = ()
    """Categories of incidents that were merged into it."""
    inhibited_by: str | None = None
    """A graver incident burns: at blue and yellow nobody is called meanwhile."""

    def covers(self, category: str) -> bool:
        """Whether what fires in this category belongs here."""
        return category == self.category or category in self.also

    @property
    def is_open(self) -> bool:
        """Not closed."""
        return self.status != "closed"

    def running(self) -> Run | None:
        """The playbook at work, if any."""
        return self.run if self.run is not None and not self.run.over else None


class EventHead(TypedDict):
    """What every event of a draft begins with."""

    cause: str
    key: str
    at: datetime
    incident: str


class Draft:
    """What a decision has come to so far: its events, and the incident as it would stand after them."""

    def __init__(self, incident: Incident, cause: str, now: datetime) -> None:
        self.incident = incident
        self.cause = cause
        self.now = now
        self.events: list[AnyIncidentEvent] = []

    @classmethod
    def opening(cls, event: IncidentOpened, now: datetime) -> "Draft":
        """A draft that begins with an incident's first event."""
        draft = cls(opened(event), event.cause, now)
        draft.events.append(event)
        return draft

    def head(self, at: datetime | None = None) -> EventHead:
        """The head of one more event; `at` is now, or for a timer its due time."""
        incident = self.incident
        return EventHead(cause=self.cause, key=incident.brand, at=at or self.now, incident=incident.id)

    def add(self, event: AnyIncidentEvent) -> None:
        """Decide one more event."""
        self.events.append(event)
        self.incident = fold(self.incident, event)


def opened(event: IncidentOpened) -> Incident:
    """The incident that `event` opens."""
    incident = Incident(
        id=event.incident,
        brand=event.key,
        category=event.category,
        level=event.level,
        opened_at=event.at,
        calm_since=event.at,
        active_at=event.at,
        climb=Climb(started_at=event.at),
        inhibited_by=event.inhibited_by,
        rules=event.rules,
    )
    return incident if event.evidence is None else _caused(incident, event.evidence, event.at)


def fold(incident: Incident, event: AnyIncidentEvent) -> Incident:
    """The incident after one more event."""
    if event.by is not None:
        incident = _replace(incident, active_at=event.at, agains=0, again_at=None)
    match event:
        case IncidentOpened():
            return opened(event)
        case IncidentJoined():
            return _caused(incident, event.evidence, event.at)
        case IncidentRaised() | IncidentEased() | EaseSuggested():
            return _fold_level(incident, event)
        case IncidentAcknowledged() | CommanderAssigned() | IncidentNoted():
            return _fold_person(incident, event)
        case IncidentClosed():
            return _closed(incident, event.at, false_alarm=event.false_alarm)
        case IncidentReopened():
            reopened = _replace(
                incident, closed_at=None, false_alarm=False, level=event.level, run=None, also=()
            )
            return _climb_anew(reopened, event.at)
        case IncidentEscalated() | PageRequested() | PageDelivered() | PageFailed():
            return _fold_page(incident, event)
        case (
            PlaybookStarted() | StepDone() | StepSkipped() | StepOverdue() | StepEscalated() | StepAdded()
            | StepRetimed() | StepReassigned() | PlaybookEnded()
        ):  # fmt: skip
            return _fold_run(incident, event)
        case PublicationsFrozen():
            return _replace(incident, frozen=True)
        case PublicationsThawed():
            return _replace(incident, frozen=False)
        case (
            IncidentMerged() | IncidentAbsorbed() | IncidentSplit() | IncidentInhibited() | IncidentReleased()
        ):
            return _fold_others(incident, event)
        case FreezeAsked():
            run = incident.running()
            return incident if run is None else _replace(incident, run=_replace(run, freeze_asked=True))
        case TuningProposed() | ContentOffered():
            return incident
        case _:
            assert_never(event)


def _closed(incident: Incident, at: datetime, *, false_alarm: bool = False) -> Incident:
    return _replace(incident, status="closed", closed_at=at, false_alarm=false_alarm, calm_since=at)


def _fold_others(
    incident: Incident,
    event: IncidentMerged | IncidentAbsorbed | IncidentSplit | IncidentInhibited | IncidentReleased,
) -> Incident:
    """What other incidents mean for this one."""
    match event:
        case IncidentMerged():
            return _closed(incident, event.at)
        case IncidentAbsorbed():
            return _absorbing(incident, event)
        case IncidentSplit():
            also = tuple(each for each in incident.also if each != event.category)
            return _replace(
                incident, also=also, rules=tuple(r for r in incident.rules if r not in event.rules)
            )
        case IncidentInhibited():
            return _replace(incident, inhibited_by=event.graver)
        case IncidentReleased():
            return _replace(incident, inhibited_by=None)
        case _:
            assert_never(event)


def _absorbing(incident: Incident, event: IncidentAbsorbed) -> Incident:
    return _replace(
        incident,
        also=tuple(sorted({*incident.also, *event.categories} - {incident.category})),
        rules=tuple(sorted({*incident.rules, *event.rules})),
        calm_since=event.at,
        ease_suggested=False,
    )


def _caused(incident: Incident, evidence: Evidence, at: datetime) -> Incident:
    graver = incident.evidence is None or rank(evidence.level) >= rank(incident.evidence.level)
    return _replace(
        incident,
        calm_since=at,
        ease_suggested=False,
        evidence=_replace(evidence, items=(), trace=()) if graver else incident.evidence,
        rules=tuple(sorted({*incident.rules, evidence.rule})),
    )


def _climb_anew(incident: Incident, at: datetime) -> Incident:
    return _replace(
        incident,
        status="open",
        acknowledged_by=None,
        calm_since=at,
        ease_suggested=False,
        climb=Climb(number=incident.climb.number + 1, started_at=at),
    )


def _fold_level(incident: Incident, event: IncidentRaised | IncidentEased | EaseSuggested) -> Incident:
    match event:
        case IncidentRaised():
            if event.evidence is not None:
                incident = _caused(incident, event.evidence, event.at)
            return _climb_anew(_replace(incident, level=event.level), event.at)
        case IncidentEased():
            return _eased(incident, event)
        case EaseSuggested():
            return _replace(incident, ease_suggested=True)
        case _:
            assert_never(event)


def _eased(incident: Incident, event: IncidentEased) -> Incident:
    """Nobody is called because a level came down; a person who lowers it has taken care of it."""
    climb = Climb(number=incident.climb.number + 1, started_at=event.at, quiet=event.by is None)
    incident = _replace(incident, level=event.level, calm_since=event.at, ease_suggested=False)
    if incident.status == "acknowledged":
        return incident
    if event.by is None:
        return _replace(incident, climb=climb)
    return _replace(incident, climb=climb, status="acknowledged", acknowledged_by=event.by)


def _fold_person(
    incident: Incident, event: IncidentAcknowledged | CommanderAssigned | IncidentNoted
) -> Incident:
    match event:
        case IncidentAcknowledged():
            return _replace(incident, status="acknowledged", acknowledged_by=event.by)
        case CommanderAssigned():
            return _replace(incident, commander=event.person)
        case IncidentNoted():
            return incident
        case _:
            assert_never(event)


def _fold_page(
    incident: Incident, event: IncidentEscalated | PageRequested | PageDelivered | PageFailed
) -> Incident:
    match event:
        case IncidentEscalated(reason="again"):
            return _replace(incident, agains=incident.agains + 1, again_at=event.at)
        case IncidentEscalated():
            climb = _replace(incident.climb, step=event.step, round=event.round, last_at=event.at, hopes=0)
            return _replace(incident, climb=climb)
        case PageRequested():
            hopeful = _hope(incident, event, 1)
            return _replace(hopeful, pages=(*incident.pages, event))
        case PageDelivered() | PageFailed():
            page = next((each for each in incident.pages if each.page == event.page), None)
            if page is None:
                return incident
            settled = _hope(incident, page, -1) if isinstance(event, PageFailed) else incident
            return _replace(settled, pages=tuple(each for each in incident.pages if each is not page))
        case _:
            assert_never(event)


def of_current_step(incident: Incident, page: PageRequested) -> bool:
    """Whether the page belongs to the step that the escalation stands on."""
    climb = incident.climb
    return page.reason == "step" and (page.climb, page.step, page.round) == (
        climb.number,
        climb.step,
        climb.round,
    )


def _hope(incident: Incident, page: PageRequested, more: int) -> Incident:
    if not of_current_step(incident, page):
        return incident
    return _replace(incident, climb=_replace(incident.climb, hopes=incident.climb.hopes + more))


def _fold_run(incident: Incident, event: PlaybookEvent) -> Incident:
    if isinstance(event, PlaybookStarted):
        return _replace(incident, run=started(event), runs=incident.runs + 1)
    current = incident.run
    if current is None or current.id != event.run:
        return incident
    return _replace(incident, run=fold_run(current, event))
