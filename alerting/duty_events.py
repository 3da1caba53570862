"""Who holds a duty, whatever the plan says. These events concern no single brand: they hold for the whole desk."""

from datetime import datetime

import msgspec

from alerting.happening import instant
from streams.decided import Decided


class Override(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody is on call instead of whom the plan names."""

    id: str
    person: str
    from_at: datetime
    until: datetime
    by: str
    reason: str = ""


class DutyEvent(Decided, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one duty. `by` is the person who did it; None: the desk itself."""

    duty: str
    by: str | None = None

    @property
    def discriminator(self) -> str:
        return f"{self.duty}/{instant(self.at)}"


class DutyOverridden(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.overridden"):
    """An override holds from its time on; a swap is two of them."""

    override: Override

    @property
    def discriminator(self) -> str:
        return self.override.id


class OverrideEnded(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.override_ended"):
    """An override was taken back."""

    override: str

    @property
    def discriminator(self) -> str:
        return self.override


class HandoverDue(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.handover_due"):
    """The plan passes on to somebody else, who is asked to confirm; until then the outgoing person stays on call."""

    outgoing: str
    incoming: str
    incidents: tuple[str, ...] = ()
    """Those that are open."""


class HandoverAsked(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.handover_asked"):
    """The incoming person did not confirm and is asked again."""

    incoming: str


class HandoverNoted(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.handover_noted"):
    """What the next one should know: promises made, who was called, what to watch."""

    text: str


class DutyHandedOver(DutyEvent, frozen=True, kw_only=True, omit_defaults=True, tag="duty.handed_over"):
    """The incoming person confirmed (or the plan came back to whom the duty never left): from now on they are called."""

    to: str
    incidents: tuple[str, ...] = ()
    """Those that were open when they took it."""
    promises: tuple[str, ...] = ()
    """Cases in which something was promised and not kept yet."""


AnyDutyEvent = DutyOverridden | OverrideEnded | HandoverDue | HandoverAsked | HandoverNoted | DutyHandedOver
