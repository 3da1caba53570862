"""What holds of a playbook at work whatever people ask for, in whatever order."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.commands import (
    LOCAL_ADMIN,
    AddStep,
    AnyIncidentCommand,
    CloseIncident,
    FinishStep,
    RaiseLevel,
    ReassignStep,
    ReopenIncident,
    RetimeStep,
    SkipStep,
    StartPlaybook,
)
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepSkipped,
)
from streams.run.loop import Partition
from tests.alerting.stage import PLAYBOOK, Stage
from tests.alerting.test_playbook import LEAK, burning
from tests.builders import at

WHO = st.sampled_from(["lin", "he", "wu", "jin", "guest", LOCAL_ADMIN])
STEPS = tuple(step.id for step in (*PLAYBOOK.steps, *LEAK.steps))
ACTIONS = ("finish", "finish", "skip", "add", "retime", "reassign", "start", "close", "reopen", "red")


class Ask:
    """One thing that somebody asks for; which step it is about is chosen among those that there are."""

    def __init__(self, action: str, who: str, pick: int, pause_s: int, text: str) -> None:
        self.action, self.who, self.pick, self.pause_s, self.text = action, who, pick, pause_s, text

    def __repr__(self) -> str:
        return f"{self.action} by {self.who} #{self.pick} after {self.pause_s} s {self.text!r}"

    def command(self, stage: Stage, incident: str, number: int, when: datetime) -> AnyIncidentCommand:
        head: dict[str, Any] = {"id": f"c{number}", "who": self.who, "brand": "xibei", "incident": incident}
        run = stage.state.brand("xibei").incidents[incident].run
        steps = tuple(step.id for step in run.steps) if run is not None else STEPS
        step, text = steps[self.pick % len(steps)], self.text
        due_at = when + timedelta(minutes=self.pick - 2)
        match self.action:
            case "finish":
                return FinishStep(**head, step=step)
            case "skip":
                return SkipStep(**head, step=step, reason=text)
            case "add":
                after = (step,) if self.pick % 2 else ()
                return AddStep(**head, title=text, role="pr", due_at=due_at, after=after, reason=text)
            case "retime":
                return RetimeStep(**head, step=step, due_at=due_at, reason=text)
            case "reassign":
                return ReassignStep(**head, step=step, person="fang", reason=text)
            case "start":
                return StartPlaybook(**head, playbook=(LEAK.id, PLAYBOOK.id)[self.pick % 2], reason=text)
            case "close":
                return CloseIncident(**head, reason=text, false_alarm=self.pick > 8)
            case "reopen":
                return ReopenIncident(**head)
            case _:
                return RaiseLevel(**head, level="red")


ASKS = st.builds(
    Ask,
    st.sampled_from(ACTIONS), WHO, st.integers(0, 12), st.sampled_from([0, 1, 60, 400, 2000]),
    st.sampled_from(["说明", "说明", "说明", ""]),
)  # fmt: skip


def play(asks: list[Ask]) -> tuple[Stage, str]:
    stage, when = burning(), at("10:01")
    incident = stage.incident().id
    for number, ask in enumerate(asks):
        when += timedelta(seconds=ask.pause_s)
        stage.does(ask.command(stage, incident, number, when), when)
    return stage, incident


@settings(max_examples=80)
@given(asks=st.lists(ASKS, max_size=30))
def test_every_step_of_every_run_that_ended_has_ended_exactly_once(asks: list[Ask]) -> None:
    stage, incident = play(asks)
    close = CloseIncident(id="end", who=LOCAL_ADMIN, brand="xibei", incident=incident, reason="完")
    stage.does(close, stage.partition.now)
    begun: dict[str, list[str]] = {}
    ended: dict[str, Counter[str]] = {}
    for event in stage.events:
        match event:
            case PlaybookStarted():
                begun[event.run], ended[event.run] = [step.id for step in event.steps], Counter()
            case StepAdded():
                begun[event.run].append(event.step)
            case StepDone() | StepSkipped():
                ended[event.run][event.step] += 1
            case PlaybookEnded():
                ended[event.run].update(event.open_steps)
            case _:
                pass
    assert {run: dict.fromkeys(steps, 1) for run, steps in begun.items()} == ended
    run = stage.state.brand("xibei").incidents[incident].run
    assert run is not None
    assert (run.over, run.open_steps()) == (True, ())


@settings(max_examples=60)
@given(asks=st.lists(ASKS, max_size=30))
def test_no_late_step_keeps_quiet_and_none_is_told_twice(asks: list[Ask]) -> None:
    stage, incident = play(asks)
    stage.until(stage.partition.now + timedelta(days=2))
    found = stage.state.brand("xibei").incidents[incident]
    run = found.running()
    overdue = {event.step for event in stage.of_type(StepOverdue) if run is not None and event.run == run.id}
    escalated = {
        event.step for event in stage.of_type(StepEscalated) if run is not None and event.run == run.id
    }
    for step in run.open_steps() if run is not None else ():
        if step.due_at is not None and step.due_at <= stage.partition.now:
            assert step.id in overdue
            assert run is not None
            assert run.blocked_by(step) or step.id in escalated
    assert len(stage.event_ids()) == len(set(stage.event_ids()))


@settings(max_examples=40)
@given(asks=st.lists(ASKS, max_size=30))
def test_a_run_is_the_same_when_it_is_read_again(asks: list[Ask]) -> None:
    stage, _ = play(asks)
    replayed = Partition(stage.journal, stage.desk, stage.codec)
    assert list(stage.desk.dump(replayed.state)) == list(stage.desk.dump(stage.state))
    stage.restart()
    assert replayed.next_due == stage.desk.next_due(stage.state)
