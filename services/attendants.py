"""Stand-ins for people in a backtest: every page arrives; somebody answers it after a while, if they are told to."""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerting.commands import (
    LOCAL_ADMIN,
    OUTBOX,
    Acknowledge,
    ConfirmHandover,
    DeskCommand,
    EaseLevel,
    ReportPage,
)
from alerting.duty_events import HandoverDue
from alerting.events import EaseSuggested, IncidentClosed, PageRequested
from alerting.levels import below
from streams import ids

DELIVERED = "backtest"
"""What a stand-in says of a page: it arrived."""

Job = Callable[[datetime], Sequence[DeskCommand]]
"""What a stand-in asks for when the time has come (which it is told); nothing, where it is no longer wanted."""


class Attendants:
    """Without `answer_after` nobody answers, and paging goes on as it would; hand-offs are confirmed when they are due.

    With it, whoever a step of the escalation calls first takes the incident that much later, and follows the desk's
    suggestions to lower the level as quickly. Nobody writes notes or ticks off the playbook, so those reminders stay.
    """

    def __init__(self, answer_after: timedelta | None) -> None:
        self._answer_after = answer_after
        self._reports: list[DeskCommand] = []
        self._answers: list[tuple[datetime, int, Job]] = []
        self._expected: dict[str, int] = {}
        self._count = 0

    def saw(self, event: Any, now: datetime) -> None:
        """Take note of what the desk decided."""
        match event:
            case PageRequested():
                self._reports.append(_arrived(event))
                if event.reason == "step" and self.picks_up(event.person):
                    self._answer(event.incident, now, _taken(event))
            case HandoverDue():
                self._reports.append(_confirmed(event))
            case EaseSuggested() if (lower := below(event.level)) is not None:
                command_id = ids.derived(event.id, "eased")
                ease = EaseLevel(
                    id=command_id, who=LOCAL_ADMIN, brand=event.key, incident=event.incident, level=lower
                )
                self._answer(event.incident, now, ease)
            case IncidentClosed():
                self._expected.pop(event.incident, None)
            case _:
                pass

    def picks_up(self, person: str) -> bool:  # noqa: ARG002  (where somebody is away, a subclass says so)
        """Whether a call reaches this person."""
        return True

    def _answer(self, incident: str, now: datetime, command: DeskCommand) -> None:
        """One answer at a time for each incident: the second to be paged sees that somebody is on it."""
        if self._answer_after is None or incident in self._expected:
            return
        self._expected[incident] = self._later(now + self._answer_after, lambda _at: [command])

    def _later(self, at: datetime, job: Job) -> int:
        """Put a job down for its time; returns its number."""
        self._count += 1
        heapq.heappush(self._answers, (at, self._count, job))
        return self._count

    @property
    def next_at(self) -> datetime | None:
        """When somebody answers next."""
        return self._answers[0][0] if self._answers else None

    def reports(self) -> list[DeskCommand]:
        """What became of the pages since the last call."""
        reports, self._reports = self._reports, []
        return reports

    def answer(self) -> Sequence[DeskCommand]:
        """The next answer, once its time has come."""
        at, number, job = heapq.heappop(self._answers)
        self._expected = {incident: each for incident, each in self._expected.items() if each != number}
        return job(at)


def _arrived(page: PageRequested) -> ReportPage:
    return ReportPage(
        id=ids.derived(page.page, DELIVERED),
        who=OUTBOX,
        brand=page.key,
        incident=page.incident,
        page=page.page,
        outcome="delivered",
    )


def _confirmed(due: HandoverDue) -> ConfirmHandover:
    return ConfirmHandover(id=ids.derived(due.id, "confirmed"), who=due.incoming, duty=due.duty)


def _taken(page: PageRequested) -> Acknowledge:
    return Acknowledge(
        id=ids.derived(page.page, "taken"), who=page.person, brand=page.key, incident=page.incident
    )
