"""Events about whether pages go out at all."""

from streams.decided import Decided


class OutboxDisarmed(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="outbox.disarmed"):
    """From here on pages are asked for and not sent: the house was restored, or somebody wants quiet."""

    by: str


class OutboxArmed(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="outbox.armed"):
    """Pages go out again. Those that were let go have failed, by the events before this one."""

    by: str
    let_go: int = 0
    """Pages that were held and are not sent any more."""
    going: int = 0
    """Pages that were held and go out now."""


AnyArmingEvent = OutboxDisarmed | OutboxArmed
