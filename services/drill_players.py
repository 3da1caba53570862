"""Stand-ins for people in a drill on a virtual clock: they take the incident, and do each step some time after its turn."""

import heapq
from datetime import datetime, timedelta
from typing import Any

from alerting.commands import LOCAL_ADMIN, FinishStep
from alerting.happening import IncidentEvent
from alerting.playbook_events import PlaybookEvent, PlaybookStarted, StepPlan
from alerting.run import Run, fold_run, started
from services.attendants import Attendants
from streams import ids


class Players(Attendants):
    """`step_after` None: nobody works on the playbook, and every step with a deadline comes late."""

    def __init__(self, answer_after: timedelta | None, step_after: timedelta | None) -> None:
        super().__init__(answer_after)
        self._step_after = step_after
        self._runs: dict[str, Run] = {}
        self._begun: set[tuple[str, str]] = set()

    def saw(self, event: Any, now: datetime) -> None:
        """Take note of what the desk decided."""
        super().saw(event, now)
        if self._step_after is None or not isinstance(event, PlaybookEvent):
            return
        if isinstance(event, PlaybookStarted):
            run = started(event)
        elif (known := self._runs.get(event.incident)) is not None:
            run = fold_run(known, event)
        else:
            return
        self._runs[event.incident] = run
        for step in run.open_steps() if not run.over else ():
            if not run.blocked_by(step) and (run.id, step.id) not in self._begun:
                self._begun.add((run.id, step.id))
                self._work(event, run, step, now + self._step_after)

    def _work(self, event: IncidentEvent, run: Run, step: StepPlan, at: datetime) -> None:
        self._count += 1
        done = FinishStep(
            id=ids.derived(run.id, step.id, "played"),
            who=step.person or LOCAL_ADMIN,
            brand=event.key,
            incident=event.incident,
            step=step.id,
        )
        heapq.heappush(self._answers, (at, self._count, done))
