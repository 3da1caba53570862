"""Events about the desk itself: its own alarm when an escalation stood still, and test alarms."""

from datetime import datetime
from typing import Literal

import msgspec

from streams.decided import Decided

Stuck = Literal["late_step", "nobody_next", "page_stuck"]
"""A step that is due and was not taken · a grave incident that nobody has and nobody will be called for · a page whose
outcome nobody knows."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An escalation that should have moved and did not."""

    kind: Stuck
    incident: str
    """Empty: a page that belongs to no incident."""
    brand: str
    since: datetime
    """When it should have moved."""
    page: str = ""


class AuditAlarmed(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="audit.alarmed"):
    """The auditor found escalations that stood still, and told people past the outbox."""

    findings: tuple[Finding, ...]
    told: tuple[str, ...] = ()
    """People whose channel took the auditor's own message."""


class ProbeStarted(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="probe.started"):
    """A test alarm goes through the whole chain; its pages follow, and say that they are a test."""

    probe: str
    by: str
    people: tuple[str, ...]

    @property
    def discriminator(self) -> str:
        return self.probe
