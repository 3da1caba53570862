"""What all events of one incident have in common."""

from datetime import UTC, datetime

from streams.decided import Decided


def instant(at: datetime) -> str:
    """`at` as part of an id: the same in whatever zone it is written."""
    return at.astimezone(UTC).isoformat()


class IncidentEvent(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something about one incident. `by` is the person who did it; None: the desk itself."""

    incident: str
    by: str | None = None

    @property
    def discriminator(self) -> str:
        return f"{self.incident}/{instant(self.at)}/{self.revision}"
