"""The events of reports: one on schedule is due, of which period and for whom; what one said when it was sent or put on record.

A report is counted by whoever shows it, so corrections show; what people acted on stands in `report.recorded`.
"""

from datetime import datetime
from typing import Literal

import msgspec

from alerting.happening import instant
from streams.decided import Decided

ReportKind = Literal["daily", "weekly", "special"]
"""日报 · 周报 · 专报: on one category."""


class ReportDue(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="report.due"):
    """A period is over, and its report is there; `key` is the brand, `at` when it was due, however late it was noticed."""

    report: str
    plan: str
    kind: ReportKind
    from_at: datetime
    to_at: datetime
    category: str | None = None
    people: tuple[str, ...] = ()
    """Who is told; nobody, if a later report of the same plan was due by then."""

    @property
    def discriminator(self) -> str:
        return f"{self.plan}/{instant(self.at)}"


class ReportFigure(msgspec.Struct, frozen=True, array_like=True):
    """One number of a report: `("items", 312)`, `("items/weibo", 280)`, `("acknowledged_s", 95.0)`. Names tell no person."""

    name: str
    value: int | float


class ReportRecorded(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="report.recorded"):
    """What a report said: `key` is the brand, `as_of` until when everything recorded was counted.

    Numbers alone, so that who is forgotten later is forgotten here too, and nothing has to be changed for it.
    """

    report: str
    """The one that was due; the incident that it is on; or what was asked for by its days."""
    incident: str = ""
    by: str | None = None
    """Who put it on record; None: the desk, when it was sent."""
    as_of: datetime
    figures: tuple[ReportFigure, ...]

    @property
    def discriminator(self) -> str:
        return self.report


class ReportPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report on schedule. It covers whole days of the brand's zone, up to the midnight before it is due."""

    id: str
    kind: ReportKind
    brand: str
    timezone: str
    minute: int
    """Of the day."""
    weekday: int | None = None
    """0 is Monday: once a week, on seven days. None: every day, on the day before."""
    to: tuple[str, ...] = ()
    """People and duties."""
    category: str | None = None
    """Of a special report."""
