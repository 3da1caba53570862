"""A playbook at work: its steps as they were fixed when it started, and which of them are over."""

from datetime import datetime

import msgspec

from alerting.events import StepPlan


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A playbook at work."""

    id: str
    playbook: str
    started_at: datetime
    steps: tuple[StepPlan, ...]
    ended: tuple[str, ...] = ()
    """Steps that are done or skipped."""
    overdue: tuple[str, ...] = ()
    over: bool = False

    def step(self, step: str) -> StepPlan | None:
        """The step with this id."""
        return next((each for each in self.steps if each.id == step), None)

    def open_steps(self) -> tuple[StepPlan, ...]:
        """Steps neither done nor skipped, in the playbook's order."""
        return tuple(step for step in self.steps if step.id not in self.ended)

    def blocked_by(self, step: StepPlan) -> tuple[str, ...]:
        """Open steps that come before `step`."""
        return tuple(each for each in step.after if each not in self.ended)
