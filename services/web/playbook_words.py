"""What happened in a playbook, in words."""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

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
from services.web.texts import Language, known, say


class Names:
    """Words for the ids and moments that stand in events."""

    def __init__(self, people: dict[str, str], steps: dict[str, str], zone: ZoneInfo) -> None:
        self._people = people
        self._steps = steps
        self._zone = zone

    def person(self, person: str) -> str:
        return self._people.get(person, person)

    def step(self, step: str) -> str:
        return self._steps.get(step, step)

    def steps(self, steps: tuple[str, ...], language: Language) -> str:
        return say(language, "list").join(map(self.step, steps))

    def moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%m-%d %H:%M}"


def playbook_words(event: PlaybookEvent, language: Language, names: Names) -> tuple[str, str]:
    """What happened, and what is to be known about it."""
    key = f"event.{event.type}"
    match event:
        case PlaybookStarted():
            return say(language, key, playbook=known(language, "playbook_name", event.playbook)), event.reason
        case StepDone():
            return say(language, key, step=names.step(event.step)), event.note
        case StepSkipped():
            return say(language, key, step=names.step(event.step)), event.reason
        case StepOverdue() | StepEscalated():
            return say(language, key, step=names.step(event.step)), ""
        case StepAdded(plan=plan):
            return say(language, key, step=plan.title, name=names.person(plan.person or "")), event.reason
        case StepRetimed():
            words = say(language, key, step=names.step(event.step), time=names.moment(event.due_at))
            return words, event.reason
        case StepReassigned():
            words = say(language, key, step=names.step(event.step), name=names.person(event.person))
            return words, event.reason
        case PlaybookEnded(open_steps=()):
            return say(language, key), ""
        case PlaybookEnded():
            dropped = say(language, f"{key}_dropped", steps=names.steps(event.open_steps, language))
            return say(language, key), dropped
        case _:
            assert_never(event)
