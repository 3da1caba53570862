"""One conversation: what is known of it, and how its clocks stand."""

from datetime import datetime

import msgspec

from streams.events import Severity
from streams.sla.clocks import Clock, Touch
from streams.sla.policy import Asked


class Era(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A policy that a conversation stood under before."""

    until: datetime
    config: str | None
    policy: str


class Conversation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of one conversation. Changed by `Intake.evolve` alone."""

    id: str
    key: str
    platform: str
    account: str
    brand: str | None = None
    config: str | None = None
    """Hash of the configuration whose policy it got; later configurations do not move it."""
    policy: str | None = None
    severity: Severity | None = None
    asked: Asked | None = None
    """The first message, as far as policies ask about it."""
    touches: list[Touch] = []
    clocks: dict[str, Clock] = {}
    """By `kind/ordinal`."""
    breached: set[str] = set()
    """Names of the clocks whose breach stands."""
    voided: dict[str, int] = {}
    """How often a clock's breach was voided."""
    warned: dict[str, int] = {}
    """How many of a clock's warnings were given."""
    eras: list[Era] = []
    """What it stood under before, the oldest first; what was over by then keeps its promise."""
    apart: bool = False
    """Something in it is too grave to fold into a group."""

    @property
    def last_at(self) -> datetime:
        """When something happened last; in a group, which has no messages of its own, when it was answered."""
        ended = (clock.ended_at for clock in self.clocks.values() if clock.ended_at is not None)
        return max((touch.at for touch in self.touches), default=None) or max(ended)

    @property
    def open(self) -> bool:
        """Whether any clock still runs or is paused."""
        return any(clock.ended_at is None for clock in self.clocks.values())

    @property
    def threaded(self) -> bool:
        """Whether it stands under a post of ours, as its key does; a group stands for others there."""
        return self.id.startswith(f"{self.key}/") and not is_group(self.id)

    def next_timer(self, name: str) -> datetime | None:
        """When the clock `name` needs attention next: a warning or the breach."""
        clock = self.clocks.get(name)
        if (
            clock is None
            or clock.ended_at is not None
            or clock.paused_since is not None
            or clock.folded_at is not None
            or name in self.breached
        ):
            return None
        warned = self.warned.get(name, 0)
        return clock.warn_ats[warned] if warned < len(clock.warn_ats) else clock.due_at


def group_id(key: str) -> str:
    """The conversation that stands for a group under the post with this partition key: no pseudonym looks like that."""
    return f"{key}/*"


def is_group(conversation_id: str) -> bool:
    """Whether a conversation stands for a group."""
    return conversation_id.endswith("/*")
