"""The event of a report on schedule: of which period, for whom. What it says is counted by whoever shows it."""

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
