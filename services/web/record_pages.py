"""Reports on incidents: on the desk, as files to take away (HTML, PDF, JSON), and put on record."""

import asyncio

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from alerting.report_commands import RecordReport
from services.reports.files import MEDIA, file_of
from services.reports.reporter import Made
from services.reports.shapes import IncidentReport
from services.reports.telling import Telling
from services.web.actions import Fields, command_id, settled
from services.web.errors import Missing
from services.web.recording import figures_of
from services.web.render import page
from services.web.visit import Form, SignedIn, Visit, check_may_act


@get("/incidents/{incident_id:str}/report")
async def show_incident_report(visit: SignedIn, incident_id: FromPath[str]) -> Response[str]:
    """The report as it stands now."""
    made = await _made(visit, incident_id, "")
    place = f"/incidents/{incident_id}"
    return page(
        visit,
        "document_page.html",
        here="incidents",
        doc=made.document,
        back=place,
        back_words=visit.say("record.back"),
        files={kind: f"{place}/report.{kind}" for kind in MEDIA},
        record=f"{place}/report",
    )


@post("/incidents/{incident_id:str}/report")
async def record_incident_report(visit: SignedIn, form: Form, incident_id: FromPath[str]) -> Redirect:
    """Put on record what it says now; back to it."""
    made = await _made(visit, incident_id, "")
    assert isinstance(made.report, IncidentReport)
    await record(visit, form, made, brand=made.report.brand, report=incident_id, incident=incident_id)
    return Redirect(f"/incidents/{incident_id}/report?said=report_recorded", status_code=303)


async def record(
    visit: Visit, fields: Fields, made: Made, *, brand: str, report: str, incident: str = ""
) -> None:
    """Put a report on record, in the visitor's name.

    Raises:
        Refused: the Desk refused it, or the visitor only looks.
    """
    check_may_act(visit)
    command = RecordReport(
        id=command_id(visit, fields), who=visit.person.id, brand=brand, report=report, incident=incident,
        as_of=made.report.as_of, figures=figures_of(made),
    )  # fmt: skip
    await settled(visit, await visit.desk.house.command(command))


@get([f"/incidents/{{incident_id:str}}/report.{kind}" for kind in MEDIA])
async def incident_report_file(visit: SignedIn, incident_id: FromPath[str]) -> Response[bytes]:
    """The same as a file; its links lead back to this desk."""
    kind = visit.request.url.path.rpartition(".")[2]
    made = await _made(visit, incident_id, visit.base_url)
    body = await asyncio.to_thread(file_of, made.report, made.document, kind, visit.language)
    name = f"{made.document.file_name}.{kind}"
    return Response(
        body, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def telling_of(visit: Visit, base_url: str = "") -> Telling:
    """What a report is told from, for who looks."""
    desk = visit.desk
    return Telling(
        reader=desk.reader, opener=desk.opener, veil=desk.veil, config=visit.config, brand=visit.brand_id or "",
        language=visit.language, now=visit.now, base_url=base_url, past=visit.past,
    )  # fmt: skip


async def _made(visit: Visit, incident_id: str, base_url: str) -> Made:
    made = await visit.desk.reporter.incident(incident_id, telling_of(visit, base_url))
    if made is None:
        raise Missing("incident")
    return made
