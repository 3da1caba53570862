"""Events between incidents (one goes into another, gives a part away, keeps quiet while a graver one burns), and of rules."""

from alerting.happening import IncidentEvent
from alerting.levels import Level


class IncidentMerged(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.merged"):
    """It goes on as a part of another one, and is closed itself."""

    into: str
    note: str = ""


class IncidentAbsorbed(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.absorbed"):
    """Another incident became a part of this one: what fires in its categories joins here from now on."""

    absorbed: str
    categories: tuple[str, ...]
    rules: tuple[str, ...] = ()
    level: Level
    """The level of the absorbed one."""

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.absorbed}"


class IncidentSplit(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.split"):
    """A part of it became an incident of its own, which opens right after."""

    part: str
    """The new incident."""
    category: str
    rules: tuple[str, ...] = ()
    """Rules that belong to the new one alone."""


class IncidentInhibited(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.inhibited"
):
    """A graver incident of the brand burns: nobody is called for this one meanwhile."""

    graver: str


class IncidentReleased(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.released"):
    """Nothing graver burns any more: what was held back is told now, unless it has calmed down."""


class TuningProposed(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="alarm.tuning_proposed"
):
    """A person called it a false alarm: with this limit the rule would have kept quiet."""

    rule: str
    rule_type: str
    measured: float
    limit: float
    proposed: float

    @property
    def discriminator(self) -> str:
        return f"{self.incident}/{self.rule}"


JoiningEvent = (
    IncidentMerged | IncidentAbsorbed | IncidentSplit | IncidentInhibited | IncidentReleased | TuningProposed
)
