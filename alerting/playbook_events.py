"""Events of a playbook at work: its steps, what became of them, and what people changed while it ran."""

from datetime import datetime
from typing import Literal

import msgspec

from alerting.config import StepAction
from alerting.happening import IncidentEvent

RunEnd = Literal["done", "incident_closed", "false_alarm", "replaced"]


class StepPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a running playbook: who is to do it, until when."""

    id: str
    title: str = ""
    role: str | None = None
    person: str | None = None
    """Whose turn it is: whoever of the role was on call when the run started, or who was named since."""
    due_at: datetime | None = None
    action: StepAction | None = None
    scenario: str | None = None
    after: tuple[str, ...] = ()
    guide: str = ""
    """How it is done, and by which rule."""


class PlaybookStarted(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.started"):
    """The incident's playbook runs; its steps are fixed for this run, whatever the configuration becomes."""

    run: str
    playbook: str
    steps: tuple[StepPlan, ...]
    version: str = ""
    """The beginning of the hash of all that the playbook says."""
    reason: str = ""
    """Why a person chose this one."""


class StepEvent(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one step of a run."""

    run: str
    step: str

    @property
    def discriminator(self) -> str:
        return f"{self.run}/{self.step}/{self.revision}"


class StepDone(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_done"):
    """A step is done."""

    note: str = ""


class StepSkipped(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_skipped"):
    """A step is left out, for a reason."""

    reason: str


class StepOverdue(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_overdue"):
    """A step was not done in time. `waits_for` are undone steps before it: then their people were called.

    Told again when its turn comes, and when a later due time passes as well; `revision` counts.
    """

    waits_for: tuple[str, ...] = ()


class StepEscalated(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_escalated"):
    """Its people were called and it is still not done, or they cannot be reached: whoever leads is called (上报)."""


class StepAdded(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_added"):
    """A person added a step to this run."""

    plan: StepPlan
    reason: str


class StepRetimed(StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_retimed"):
    """A person gave a step another due time."""

    due_at: datetime
    from_due_at: datetime | None = None
    reason: str

    @property
    def discriminator(self) -> str:
        return f"{self.run}/{self.step}"


class StepReassigned(
    StepEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.step_reassigned"
):
    """A step is somebody else's from now on."""

    person: str
    from_person: str | None = None
    reason: str

    @property
    def discriminator(self) -> str:
        return f"{self.run}/{self.step}"


class PlaybookEnded(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="playbook.ended"):
    """The run is over; `open_steps` were neither done nor skipped, and are dropped with it."""

    run: str
    reason: RunEnd
    open_steps: tuple[str, ...] = ()


StepChanged = StepAdded | StepRetimed | StepReassigned
StepEnded = StepDone | StepSkipped
PlaybookEvent = PlaybookStarted | StepEnded | StepOverdue | StepEscalated | StepChanged | PlaybookEnded
