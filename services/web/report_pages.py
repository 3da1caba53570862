"""How well promises were kept: `fenghuo sla report` as a page, and as a table for other programs.

It is counted from the journal in a thread, one report at a time, and stands still until somebody asks again.
"""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from io import StringIO
from typing import TypeVar

import msgspec
from litestar import Response, get

from services.errors import HistoryTooLong
from services.sla_table import write_csv
from services.web.errors import Refused
from services.web.render import page
from services.web.report_asked import DAYS_DEFAULT, asked_in
from services.web.report_figures import TREND_HEIGHT, TREND_WIDTH, Asked, Figures
from services.web.texts import known
from services.web.visit import SignedIn, Visit
from streams.sla.report import By, Row

SHOWN: tuple[By, ...] = ("platform", "account", "policy", "agent", "kind", "hour")
"""What stands on the page, one table each; days are the trend."""
PERIODS = (1, DAYS_DEFAULT, 30)
BOM = "\ufeff"
"""Spreadsheets take a table without it for another encoding, and Chinese for noise."""

T = TypeVar("T")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the name that people know."""

    words: str
    row: Row


class Chip(msgspec.Struct, frozen=True):
    """A period to choose."""

    days: int
    address: str
    on: bool


@get("/report")
async def show_report(visit: SignedIn) -> Response[str]:
    """Attainment and response times in a period (`from`, `to`), and what stands behind a figure (`by`, `name`, `show`)."""
    asked = asked_in(visit.request.query_params, visit)
    figures = await _bounded(visit.desk.reports.figures(asked, visit.brand_id, visit.now, visit.zone))
    first, last = _ends(asked, visit)
    return page(
        visit,
        "report.html",
        asked=asked,
        figures=figures,
        tables=_tables(figures, visit),
        behind_words=_words(asked.by, asked.name, visit) if asked.by else "",
        chips=_chips(asked, visit),
        first=first,
        last=last,
        width=TREND_WIDTH,
        height=TREND_HEIGHT,
    )


@get("/report.csv")
async def report_csv(visit: SignedIn) -> Response[str]:
    """The same figures as a table."""
    asked = asked_in(visit.request.query_params, visit)
    lines = await _bounded(visit.desk.reports.lines(asked, visit.brand_id, visit.now, visit.zone))
    out = StringIO()
    write_csv(out, lines)
    first, last = _ends(asked, visit)
    return Response(
        BOM + out.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="fenghuo-sla-{first}-{last}.csv"'},
    )


async def _bounded(figures: Awaitable[T]) -> T:
    try:
        return await figures
    except HistoryTooLong as error:
        raise Refused("report_too_long") from error


def _ends(asked: Asked, visit: Visit) -> tuple[str, str]:
    """The first and the last day."""
    last = asked.to_at.astimezone(visit.zone) - timedelta(microseconds=1)
    return f"{asked.from_at.astimezone(visit.zone):%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _tables(figures: Figures, visit: Visit) -> Mapping[By, list[Named]]:
    return {
        by: [Named(words=_words(by, row.name, visit), row=row) for row in figures.rows[by]] for by in SHOWN
    }


def _words(by: By, name: str, visit: Visit) -> str:
    match by:
        case "platform":
            return known(visit.language, "platform", name)
        case "account":
            return _account_words(name, visit)
        case "kind":
            return known(visit.language, "clock", name)
        case "hour":
            return visit.say("report.hour_of", hour=name)
        case "agent":
            return visit.name_of(name) if name else visit.say("report.agent_unknown")
        case _:
            return name


def _account_words(name: str, visit: Visit) -> str:
    platform, _, account = name.partition("/")
    found = next(
        (one.name for one in visit.intake.accounts if (one.platform, one.id) == (platform, account)), ""
    )
    return f"{known(visit.language, 'platform', platform)} · {found or account}"


def _chips(asked: Asked, visit: Visit) -> list[Chip]:
    today = visit.now.astimezone(visit.zone).date()
    chips = []
    for days in PERIODS:
        first = today - timedelta(days=days - 1)
        period = {"from": first.isoformat(), "to": today.isoformat()}
        on = _ends(asked, visit) == (period["from"], period["to"])
        chips.append(Chip(days, msgspec.structs.replace(asked, period=period).address(), on))
    return chips
