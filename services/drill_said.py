"""What became of each text that was handed in for an incident of a drill: reviewed, approved, released, ratified, when and by whom."""

from datetime import datetime, timedelta

import msgspec

from alerting.content_events import (
    ContentApproved,
    ContentEvent,
    ContentRatified,
    ContentReleased,
    ContentSubmitted,
    OpinionGiven,
)

_replace = msgspec.structs.replace


class StatementScore(msgspec.Struct, frozen=True, kw_only=True):
    """One text. Seconds are from the opening of the incident on; None: it never happened."""

    item: str
    emergency: bool = False
    """It took the emergency lane."""
    reviewers: tuple[str, ...] = ()
    """Whoever gave an opinion in its last review, in order."""
    submitted_s: int
    approved_s: int | None = None
    released_s: int | None = None
    released_by: str | None = None
    ratified_s: int | None = None
    """In the emergency lane: once all three levels agreed."""


class Said:
    """Listens to what happened to statements for one incident, opened at `opened_at`."""

    def __init__(self, opened_at: datetime) -> None:
        self._opened_at = opened_at
        self._scores: dict[str, StatementScore] = {}
        self.reviewed_at: datetime | None = None
        """When the first opinion was given."""
        self.released_at: datetime | None = None
        """When the first text went out."""

    def take(self, event: ContentEvent) -> None:
        """Take note of one event."""
        after_s = seconds(event.at - self._opened_at)
        known = self._scores.get(event.item) or StatementScore(item=event.item, submitted_s=after_s)
        match event:
            case ContentSubmitted():
                known = _replace(known, emergency=event.emergency, reviewers=())
            case OpinionGiven():
                self.reviewed_at = self.reviewed_at or event.at
                known = _replace(known, reviewers=(*known.reviewers, event.by or ""))
            case ContentApproved():
                known = _replace(known, approved_s=after_s)
            case ContentReleased():
                self.released_at = self.released_at or event.at
                known = _replace(known, released_s=after_s, released_by=event.by)
            case ContentRatified():
                known = _replace(known, ratified_s=after_s)
            case _:
                return
        self._scores[event.item] = known

    def scores(self) -> tuple[StatementScore, ...]:
        """In the order in which they were handed in."""
        return tuple(self._scores.values())


def seconds(length: timedelta) -> int:
    """Whole seconds, never less than none."""
    return max(0, int(length.total_seconds()))
