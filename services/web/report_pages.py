"""How well promises were kept: `fenghuo sla report` as a page, and as a table for other programs.

It is counted from the journal in a process of its own, one report at a time, and stands still until somebody asks again.
With other promises in the address it shows beside each share what that would have been under these.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO

import msgspec
from litestar import Response, get

from services.aside import TookTooLong
from services.errors import HistoryTooLong
from services.questions import ReportAsked
from services.sla_table import Line, write_csv
from services.web.api import as_json
from services.web.errors import Refused
from services.web.render import page
from services.web.report_asked import DAYS_DEFAULT, asked_in, promised, targets_of
from services.web.report_figures import TREND_HEIGHT, TREND_WIDTH, Asked, Figures
from services.web.schema import documented
from services.web.texts import known
from services.web.visit import SignedIn, Visit
from streams.sla.report import BYS, By, Row

SHOWN: tuple[By, ...] = ("platform", "account", "policy", "agent", "kind", "hour")
"""What stands on the page, one table each; days are the trend."""
PERIODS = (1, DAYS_DEFAULT, 30)
BOM = "\ufeff"
"""Spreadsheets take a table without it for another encoding, and Chinese for noise."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the name that people know."""

    words: str
    row: Row
    what_if: Row | None = None


class ReportShape(msgspec.Struct, frozen=True, kw_only=True):
    """A report: a line for all waits, then one for each value of platform, account, policy, agent, hour, day, kind."""

    from_at: datetime
    to_at: datetime
    lines: tuple[Line, ...]


class Chip(msgspec.Struct, frozen=True):
    """A period to choose."""

    days: int
    address: str
    on: bool


@get("/report")
async def show_report(visit: SignedIn) -> Response[str]:
    """Attainment and response times in a period (`from`, `to`), and what stands behind a figure (`by`, `name`, `show`)."""
    asked = asked_in(visit.request.query_params, visit)
    figures = await _figures(asked, visit)
    first, last = _ends(asked, visit)
    return page(
        visit,
        "report.html",
        asked=asked,
        figures=figures,
        tables=_tables(figures, visit),
        behind_words=_words(asked.by, asked.name, visit) if asked.by else "",
        chips=_chips(asked, visit),
        targets=targets_of(visit.intake),
        plain=msgspec.structs.replace(asked, promises={}).address(),
        first=first,
        last=last,
        width=TREND_WIDTH,
        height=TREND_HEIGHT,
    )


@get("/report.csv")
async def report_csv(visit: SignedIn) -> Response[str]:
    """The same figures as a table."""
    asked = asked_in(visit.request.query_params, visit)
    out = StringIO()
    write_csv(out, _lines(await _figures(asked, visit)))
    first, last = _ends(asked, visit)
    return Response(
        BOM + out.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="fenghuo-sla-{first}-{last}.csv"'},
    )


@get("/api/report", include_in_schema=True, responses=documented(ReportShape))
async def api_report(visit: SignedIn) -> Response[bytes]:
    """The same for other programs (`from`, `to`; `first_response.POLICY=20m` for other promises)."""
    asked = asked_in(visit.request.query_params, visit)
    lines = tuple(_lines(await _figures(asked, visit)))
    return as_json(visit.request, ReportShape(from_at=asked.from_at, to_at=asked.to_at, lines=lines))


async def _figures(asked: Asked, visit: Visit) -> Figures:
    question = ReportAsked(
        folder=visit.desk.folder,
        asked=asked,
        brand=visit.brand_id,
        now=visit.now,
        zone=visit.zone.key,
        what_if=promised(visit.intake, asked.promises) if asked.promises else None,
    )
    try:
        return await visit.desk.aside.ask(question, Figures)
    except (HistoryTooLong, TookTooLong) as error:
        raise Refused("report_too_long") from error


def _lines(figures: Figures) -> list[Line]:
    return [figures.total, *(line for by in BYS for line in figures.lines[by])]


def _ends(asked: Asked, visit: Visit) -> tuple[str, str]:
    """The first and the last day."""
    last = asked.to_at.astimezone(visit.zone) - timedelta(microseconds=1)
    return f"{asked.from_at.astimezone(visit.zone):%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _tables(figures: Figures, visit: Visit) -> Mapping[By, list[Named]]:
    return {
        by: [
            Named(words=_words(by, line.row.name, visit), row=line.row, what_if=line.what_if)
            for line in figures.lines[by]
        ]
        for by in SHOWN
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
