"""Reports on stretches of time: those that were made on schedule, and any other on demand."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import get_args
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from alerting.report_events import ReportKind
from services.reports.files import MEDIA, file_of
from services.reports.period_document import days_words
from services.reports.period_report import NOW, Period, WrongPeriod, name_of, period_of_days
from services.reports.reporter import Made
from services.views.reports import report_due, reports_of, said_first
from services.web.asked import one_of
from services.web.errors import BadQuestion, Missing
from services.web.record_pages import record, telling_of
from services.web.recording import period_of
from services.web.render import page
from services.web.visit import Form, SignedIn, Visit
from services.web.wording import figures_words


@get("/reports")
async def show_reports(visit: SignedIn) -> Response[str]:
    """The reports of the brand, the newest on top, and a way to make another."""
    telling = telling_of(visit)
    return page(
        visit,
        "reports.html",
        reports=reports_of(visit.desk.reader, visit.brand_id or ""),
        as_sent={
            report: figures_words(recorded, visit.language)
            for report, recorded in said_first(visit.desk.reader, visit.brand_id or "").items()
        },
        categories=_categories(visit),
        days_of=lambda due: days_words(due.from_at, due.to_at, telling),
        names_of=lambda people: visit.say("list").join(map(visit.name_of, people)),
    )


@get("/reports/{report_id:str}")
async def show_period_report(visit: SignedIn, report_id: FromPath[str]) -> Response[str]:
    """One report; `now` is one on demand (`kind`, `from`, `to`, `category`)."""
    made = await _made(visit, report_id, "")
    query = f"?{urlencode(visit.asked)}" if visit.asked else ""
    return page(
        visit,
        "document_page.html",
        here="reports",
        doc=made.document,
        back="/reports",
        back_words=visit.say("reports.back"),
        files={kind: f"/reports/{report_id}/report.{kind}{query}" for kind in MEDIA},
        record=f"/reports/{report_id}{query}",
    )


@get([f"/reports/{{report_id:str}}/report.{kind}" for kind in MEDIA])
async def period_report_file(visit: SignedIn, report_id: FromPath[str]) -> Response[bytes]:
    """The same as a file."""
    kind = visit.request.url.path.rpartition(".")[2]
    made = await _made(visit, report_id, visit.base_url)
    body = await asyncio.to_thread(file_of, made.report, made.document, kind, visit.language)
    name = f"{made.document.file_name}.{kind}"
    return Response(
        body, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@post("/reports/{report_id:str}")
async def record_period_report(visit: SignedIn, form: Form, report_id: FromPath[str]) -> Redirect:
    """Put on record what it says now; back to it."""
    period, brand = _period(visit, report_id)
    made = await _made(visit, report_id, "")
    await record(visit, form, made, brand=brand, report=name_of(period, brand))
    query = urlencode([*visit.asked, ("said", "report_recorded")])
    return Redirect(f"/reports/{report_id}?{query}", status_code=303)


async def _made(visit: Visit, report_id: str, base_url: str) -> Made:
    period, brand = _period(visit, report_id)
    return await visit.desk.reporter.period(period, replace(telling_of(visit, base_url), brand=brand))


def _period(visit: Visit, report_id: str) -> tuple[Period, str]:
    """What the report is about, and the brand."""
    if report_id == NOW:
        return _asked(visit), visit.brand_id or ""
    due = report_due(visit.desk.reader, report_id)
    if due is None:
        raise Missing("report")
    return period_of(due), due.key


def _asked(visit: Visit) -> Period:
    query = visit.request.query_params
    if query.get("brand") and visit.config.brand(query["brand"]) is None:
        raise BadQuestion(f"brand: there is no {query['brand'][:40]!r}")
    kind: ReportKind = one_of("kind", query.get("kind"), get_args(ReportKind)) or "daily"
    today = visit.now.astimezone(visit.zone).date()
    try:
        return period_of_days(
            kind, visit.zone, today, _day(visit, "from"), _day(visit, "to"), query.get("category") or None
        )
    except WrongPeriod as error:
        raise BadQuestion(str(error)) from error


def _day(visit: Visit, name: str) -> date | None:
    written = visit.request.query_params.get(name)
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise BadQuestion(f"{name}: found {written[:40]!r}, expected a day such as 2026-11-20") from error


def _categories(visit: Visit) -> list[str]:
    """What monitors of the brand are about."""
    own = (monitor.category for monitor in visit.intake.monitors if monitor.brand == visit.brand_id)
    return list(dict.fromkeys(own))
