"""`reports`: which reports are made when, and who is told."""

from collections.abc import Sequence
from datetime import time
from functools import partial

from alerting.config import BrandDesk, OnCall, Person
from alerting.report_events import ReportKind, ReportPlan
from services.config import texts
from services.config.people import read_handoff
from services.config.readers import choice, ident, identified, one_or_many, reference
from services.config.values import Read, Table, Value

MOST_REPORTS = 100
KINDS: tuple[ReportKind, ...] = ("daily", "weekly", "special")


def read_reports(
    root: Table, brands: Sequence[BrandDesk], people: Sequence[Person], duties: Sequence[OnCall]
) -> tuple[ReportPlan, ...]:
    """The plans. A report without a brand is on the first one."""
    target = reference([*(duty.id for duty in duties), *(person.id for person in people)])
    read = partial(_plan, brands={brand.id: brand for brand in brands}, target=target)
    return root.optional("reports", identified(read, MOST_REPORTS), ())


def _plan(table: Table, *, brands: dict[str, BrandDesk], target: Read[str]) -> ReportPlan:
    kind = table.required("kind", _kind, KINDS[0], texts.REPORT_KIND)
    first = next(iter(brands), "")
    brand = table.optional("brand", reference(brands), first)
    weekday, at = table.required("at", read_handoff, (None, time()), texts.HANDOFF)
    category = table.optional("category", ident, None)
    told = table.value.report
    if kind == "daily" and weekday is not None:
        told.error(table.key_place("at"), texts.A_WEEKDAY, texts.DAILY_AT)
    if kind == "weekly" and weekday is None:
        told.error(table.key_place("at"), texts.NO_WEEKDAY, texts.WEEKLY_AT)
    if (kind == "special") != (category is not None):
        found = texts.NO_CATEGORY if kind == "special" else texts.A_CATEGORY
        told.error(table.value.place, found, texts.SPECIAL_HAS)
    return ReportPlan(
        id=table.required("id", ident, ""),
        kind=kind,
        brand=brand,
        timezone=brands[brand].timezone if brand in brands else "UTC",
        minute=at.hour * 60 + at.minute,
        weekday=weekday,
        to=table.optional("to", one_or_many(target), ()),
        category=category,
    )


def _kind(value: Value) -> ReportKind:
    return choice(KINDS)(value)
