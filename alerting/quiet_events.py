"""Alarms that people hold back for a while, knowing why."""

from datetime import datetime

import msgspec

from streams.decided import Decided


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From when until when which alarms open, join and raise nothing. Neither rules nor categories: all of the brand."""

    id: str
    by: str
    reason: str
    from_at: datetime
    until: datetime
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class SilenceStarted(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="silence.started"):
    """A person holds alarms back."""

    silence: Silence

    @property
    def discriminator(self) -> str:
        return self.silence.id


class SilenceEnded(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="silence.ended"):
    """Alarms sound again: the time is over, or (`by`) a person said so."""

    silence: str
    by: str | None = None

    @property
    def discriminator(self) -> str:
        return self.silence
