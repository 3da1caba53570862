"""What the report on an incident holds, as JSON gives it away: numbers, times and ids; each with its address."""

from datetime import datetime

import msgspec

from alerting.levels import Level
from alerting.report_events import ReportFigure
from services.reports.effect import Effect
from services.views.voices import PlatformShare


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about the brand from `from_at` to `to_at`."""

    from_at: datetime
    to_at: datetime
    items: int
    negative: int
    authors: int
    peak: int
    """Most items within `peak_s`."""
    peak_at: datetime | None
    peak_s: int
    link: str


class Spreader(msgspec.Struct, frozen=True, kw_only=True):
    """An author whose words went far. Whoever was forgotten is none."""

    name: str
    platform: str
    followers: int
    reposts: int
    items: int
    negative: int
    link: str


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A text of a viewpoint."""

    text: str
    platform: str
    at: datetime
    copies: int
    link: str


class ViewpointShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of people says."""

    words: tuple[str, ...]
    items: int
    negative: int
    originals: int
    copies: int
    authors: int
    examples: tuple[Example, ...]
    link: str
    named: int
    """So many of the items are listed behind the link."""


class ViewpointsShape(msgspec.Struct, frozen=True, kw_only=True):
    """All viewpoints."""

    groups: tuple[ViewpointShape, ...]
    rest: int
    read: int
    unreadable: int
    every: int
    """Every so-manyth mention was read."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, counted from when the incident was opened."""

    what: str
    """`noticed` (counted from the first item of the cause), `called` `delivered` `acknowledged` `step` `statement` `closed`."""
    at: datetime
    seconds: float
    by: str | None
    link: str


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """How customers who wrote in that time were answered."""

    met: int
    breached: int
    median_s: float | None
    link_met: str
    link_breached: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that we said."""

    at: datetime
    platform: str
    text: str
    by: str | None
    link: str
    withdrawn: bool
    effect: Effect | None


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not done in time; `done_at` None: it never was."""

    what: str
    due_at: datetime
    done_at: datetime | None
    who: str
    link: str


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the timeline."""

    at: datetime
    words: str
    detail: str
    who: str | None
    tone: str
    times: int


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is not what it was; None: there was, or is, none."""

    name: str
    then: int | float | None
    now: int | float | None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the report said when it was sent or put on record."""

    at: datetime
    as_of: datetime
    """Everything recorded by then was counted."""
    by: str | None
    """None: the desk, when it was sent."""
    event: str
    """Id of the event in the journal."""
    figures: tuple[ReportFigure, ...]
    changed: tuple[Changed, ...]
    corrected: int
    """Items whose sentiment or topic people corrected since."""
    link: str
    """The whole report as it stood."""


class IncidentReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the report on an incident says."""

    incident: str
    number: int
    brand: str
    brand_name: str
    category: str
    level: Level
    peak: Level
    opened_at: datetime
    closed_at: datetime | None
    false_alarm: bool
    drill: bool
    """It happened in a drill (演练), to nobody."""
    as_of: datetime
    link: str
    verdict: str
    totals: Totals
    platforms: tuple[PlatformShare, ...]
    spreaders: tuple[Spreader, ...]
    viewpoints: ViewpointsShape
    paces: tuple[Pace, ...]
    answers: Answers | None
    """None: there is too much to read at once."""
    statements: tuple[Statement, ...]
    late: tuple[Late, ...]
    timeline: tuple[Happened, ...]
    """Oldest first."""
    recorded: tuple[Recorded, ...] = ()
    """Each time that it was put on record, the newest first."""
