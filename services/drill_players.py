"""Stand-ins for people in a drill on a virtual clock: they take the incident, work on the playbook, and see to what is said.

Each thing takes a person so long; nothing is drawn by lot, so the same storm gives the same score. Whoever is away does
nothing: others of their role follow, as the desk asks for deputies and calls who leads.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from alerting.commands import LOCAL_ADMIN, FinishStep
from alerting.config import DeskConfig
from alerting.events import ContentOffered
from alerting.playbook_events import PlaybookEvent, PlaybookStarted, StepEscalated, StepPlan
from alerting.run import Run, fold_run, started
from services.attendants import Attendants
from services.drill_speakers import Speakers, is_publishing
from streams import ids


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long stand-ins need."""

    answer: timedelta | None
    """Until the first to be called takes the incident; None: nobody does."""
    step: timedelta | None
    """For each step of the playbook, from its turn on; None: nobody works on it, and what has a deadline comes late."""
    review: timedelta = timedelta(minutes=4)
    """To read one text and give an opinion."""
    release: timedelta = timedelta(minutes=3)
    """To fill in one text and let it go out; as long again to post it and record its link."""


class Players(Attendants):
    """`absent`: ids of people who are away."""

    def __init__(self, config: DeskConfig, pace: Pace, absent: Collection[str] = ()) -> None:
        super().__init__(pace.answer)
        self._config = config
        self._step_after = pace.step
        self._absent = frozenset(absent)
        self._speakers = Speakers(config, pace.review, pace.release, self._absent, self._later)
        self._runs: dict[str, Run] = {}
        self._begun: set[tuple[str, str]] = set()

    def picks_up(self, person: str) -> bool:
        """Whoever is away does not."""
        return person not in self._absent

    def saw(self, event: Any, now: datetime) -> None:
        """Take note of what the desk decided."""
        super().saw(event, now)
        if self._step_after is None:
            return
        self._speakers.saw(event, now)
        if isinstance(event, PlaybookEvent):
            self._follow(event, now)
        elif isinstance(event, ContentOffered):
            self._speakers.offered(event)

    def _follow(self, event: PlaybookEvent, now: datetime) -> None:
        """Begin the steps whose turn has come."""
        if isinstance(event, PlaybookStarted):
            run = started(event)
        elif (known := self._runs.get(event.incident)) is not None:
            run = fold_run(known, event)
        else:
            return
        self._runs[event.incident] = run
        if isinstance(event, StepEscalated) and (step := run.step(event.step)) is not None:
            self._stand_in(event, run, step, now)
        for step in run.open_steps() if not run.over else ():
            if not run.blocked_by(step) and (run.id, step.id) not in self._begun:
                self._begun.add((run.id, step.id))
                if step.person not in self._absent:
                    self._work(event, run, step, step.person or LOCAL_ADMIN, now)

    def _stand_in(self, event: StepEscalated, run: Run, step: StepPlan, now: datetime) -> None:
        """Whoever leads was called since the step's person is away: somebody else of the role does it."""
        if step.person not in self._absent or run.blocked_by(step):
            return
        others = (each.id for each in self._config.people if step.role in each.roles)
        if (deputy := next((each for each in others if each not in self._absent), None)) is not None:
            self._work(event, run, step, deputy, now)

    def _work(self, event: PlaybookEvent, run: Run, step: StepPlan, who: str, now: datetime) -> None:
        assert self._step_after is not None
        done = FinishStep(
            id=ids.derived(run.id, step.id, "played"), who=who, brand=event.key, incident=event.incident, step=step.id,
        )  # fmt: skip
        at, speakers = now + self._step_after, self._speakers
        if step.action == "prepare_content":
            self._later(at, partial(speakers.hand_in, done))
        elif is_publishing(step):
            speakers.turn(done, step, now)
            self._later(at, lambda _at: [] if speakers.has_words(event.incident) else [done])
        else:
            self._later(at, lambda _at: [done])
