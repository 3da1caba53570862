"""Shifts of support: who went off and left what, who came on and looked at it. No duty is meant: nobody is called by this."""

from streams.decided import Decided


class ShiftEvent(Decided, frozen=True, kw_only=True, omit_defaults=True):
    """Something about the shift of one person."""

    by: str

    @property
    def discriminator(self) -> str:
        return self.by


class ShiftGiven(ShiftEvent, frozen=True, kw_only=True, omit_defaults=True, tag="shift.given"):
    """They go off (交班): what they had claimed went back to the queue; the note is for whoever comes."""

    note: str = ""


class ShiftTaken(ShiftEvent, frozen=True, kw_only=True, omit_defaults=True, tag="shift.taken"):
    """They come on (接班) and have seen what is open."""

    promises: tuple[str, ...] = ()
    """Cases in which something was promised and not kept yet."""
    incidents: tuple[str, ...] = ()
    """Those that were open."""


AnyShiftEvent = ShiftGiven | ShiftTaken
