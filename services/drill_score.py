"""How a drill went: minutes to notice, to acknowledge, to the first review and statement, and which steps came late.

Everything is read from what was decided, so a drill on a virtual clock and one with people at their desks are scored alike.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Any

import msgspec

from alerting.content_events import ContentEvent
from alerting.events import (
    IncidentAcknowledged,
    IncidentClosed,
    IncidentOpened,
    IncidentRaised,
    PageRequested,
)
from alerting.happening import IncidentEvent
from alerting.levels import Level, rank
from alerting.playbook_events import (
    PlaybookEvent,
    PlaybookStarted,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepSkipped,
)
from alerting.run import Run, fold_run
from services.drill_said import Said, StatementScore, seconds
from streams.events import SignalRaised
from streams.journal import Entry
from streams.run.embedded import DESK

PUBLISH = "publish"
"""The step of a playbook by whose end a statement is out, where none was released through the desk."""
SIGNALS_KEPT = 100_000
"""So many of the newest items are known by the time they were written."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was timed. `seconds` None: it never happened."""

    at: datetime | None = None
    seconds: int | None = None
    allowed_s: int | None = None
    """What the playbook allows; None: it says nothing."""
    late: bool = False
    """It took longer than allowed, or that time is over and it has not happened."""


class StepScore(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the playbook."""

    id: str
    title: str
    state: str
    """`done`, `skipped`, `dropped` with the run, or `open`."""
    by: str | None = None
    allowed_s: int | None = None
    """From the start of the run, as it stood last."""
    taken_s: int | None = None
    late: bool = False
    escalated: bool = False


class DrillScore(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="score"):
    """One incident of a drill."""

    incident: str
    category: str
    peak: Level
    playbook: str | None
    began_at: datetime
    """When the first of the items was written that the first alarm rests on."""
    notice: Measure
    acknowledge: Measure
    """From the opening on."""
    review: Measure
    """From the opening to the first opinion on a statement."""
    statement: Measure
    """From the opening on; the playbook allows what its step `publish` has."""
    statements: tuple[StatementScore, ...]
    steps: tuple[StepScore, ...]
    pages: int
    """Calls that would have gone out."""
    closed_at: datetime | None

    @property
    def late_steps(self) -> int:
        """Steps that were late, or are still open beyond their time."""
        return sum(step.late for step in self.steps)


class Scorer:
    """Listens to a drill. `happened` takes everything that is decided, in order."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, datetime] = OrderedDict()
        self._marks: dict[str, _Mark] = {}

    def happened(self, partition: str, event: Any, now: datetime) -> None:  # noqa: ARG002 (as listeners are called)
        """Take note of one event."""
        if partition != DESK:
            return
        match event:
            case SignalRaised():
                self._written.setdefault(event.item, event.occurred_at)
                if len(self._written) > SIGNALS_KEPT:
                    self._written.popitem(last=False)
            case IncidentOpened():
                self._marks[event.incident] = _Mark(event, self._began(event))
            case IncidentEvent() | ContentEvent():
                if (mark := self._marks.get(event.incident)) is not None:
                    mark.take(event)
            case _:
                pass

    def listen(self, partition: str, entry: Entry[Any]) -> None:
        """The same, entry by entry, as the engine calls its listeners."""
        for event in entry.events:
            self.happened(partition, event, entry.now)

    def _began(self, opened: IncidentOpened) -> datetime:
        items = opened.evidence.items if opened.evidence is not None else ()
        written = [self._written[item] for item in items if item in self._written]
        return min([*written, opened.at])

    def scores(self, now: datetime) -> tuple[DrillScore, ...]:
        """How each incident went, the gravest first, those without a playbook last."""
        marks = sorted(
            self._marks.values(), key=lambda mark: (mark.run is None, -rank(mark.peak), mark.opened.at)
        )
        return tuple(mark.score(now) for mark in marks)


class _Mark:
    """What is remembered of one incident."""

    def __init__(self, opened: IncidentOpened, began_at: datetime) -> None:
        self.opened = opened
        self.began_at = began_at
        self.peak = opened.level
        self.run: Run | None = None
        self._ends: dict[str, StepDone | StepSkipped] = {}
        self._late: set[str] = set()
        self._escalated: set[str] = set()
        self._acknowledged_at: datetime | None = None
        self._said = Said(opened.at)
        self._closed_at: datetime | None = None
        self._pages = 0

    def take(self, event: IncidentEvent | ContentEvent) -> None:
        match event:
            case IncidentRaised():
                self.peak = max(self.peak, event.level, key=rank)
            case IncidentAcknowledged():
                self._acknowledged_at = self._acknowledged_at or event.at
            case PageRequested():
                self._pages += 1
            case ContentEvent():
                self._said.take(event)
            case IncidentClosed():
                self._closed_at = event.at
            case _:
                if isinstance(event, PlaybookEvent):
                    self._take_step(event)

    def _take_step(self, event: PlaybookEvent) -> None:
        if isinstance(event, PlaybookStarted):
            self._ends, self._late, self._escalated = {}, set(), set()
            self.run = Run(id=event.run, playbook=event.playbook, started_at=event.at, steps=event.steps)
            return
        if self.run is None:
            return
        self.run = fold_run(self.run, event)
        match event:
            case StepDone() | StepSkipped():
                self._ends[event.step] = event
            case StepOverdue():
                self._late.add(event.step)
            case StepEscalated():
                self._escalated.add(event.step)
            case _:
                pass

    def score(self, now: datetime) -> DrillScore:
        opened_at = self.opened.at
        published = self._ends.get(PUBLISH)
        said_at = self._said.released_at or (published.at if isinstance(published, StepDone) else None)
        return DrillScore(
            incident=self.opened.incident,
            category=self.opened.category,
            peak=self.peak,
            playbook=self.run.playbook if self.run is not None else None,
            began_at=self.began_at,
            notice=_measure(self.began_at, opened_at),
            acknowledge=_measure(opened_at, self._acknowledged_at),
            review=_measure(opened_at, self._said.reviewed_at),
            statement=_measure(opened_at, said_at, self._allowed_for_statement(), self._closed_at or now),
            statements=self._said.scores(),
            steps=tuple(self._step(step.id, now) for step in self.run.steps) if self.run is not None else (),
            pages=self._pages,
            closed_at=self._closed_at,
        )

    def _allowed_for_statement(self) -> int | None:
        step = self.run.step(PUBLISH) if self.run is not None else None
        if step is None or step.due_at is None:
            return None
        return seconds(step.due_at - self.opened.at)

    def _step(self, step_id: str, now: datetime) -> StepScore:
        run = self.run
        assert run is not None
        step = run.step(step_id)
        assert step is not None
        end = self._ends.get(step_id)
        overdue = end is None and step.due_at is not None and step.due_at < (self._closed_at or now)
        return StepScore(
            id=step.id,
            title=step.title or step.id,
            state=_state(end, run, step_id),
            by=end.by if end is not None else None,
            allowed_s=seconds(step.due_at - run.started_at) if step.due_at is not None else None,
            taken_s=seconds(end.at - run.started_at) if end is not None else None,
            late=overdue or step_id in self._late,
            escalated=step_id in self._escalated,
        )


def _state(end: StepDone | StepSkipped | None, run: Run, step: str) -> str:
    if end is None:
        return "dropped" if step in run.ended else "open"
    return "done" if isinstance(end, StepDone) else "skipped"


def _measure(
    since: datetime, at: datetime | None, allowed_s: int | None = None, until: datetime | None = None
) -> Measure:
    """`until` is how long it has been waited for."""
    waited_until = at or until
    late = allowed_s is not None and waited_until is not None and seconds(waited_until - since) > allowed_s
    taken_s = seconds(at - since) if at is not None else None
    return Measure(at=at, seconds=taken_s, allowed_s=allowed_s, late=late)
