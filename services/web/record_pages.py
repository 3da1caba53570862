"""Reports on incidents: on the desk, and as files to take away (HTML, PDF, JSON)."""

import asyncio

from litestar import Response, get
from litestar.params import FromPath

from services.reports.files import MEDIA, file_of
from services.reports.reporter import Made
from services.reports.telling import Telling
from services.web.errors import Missing
from services.web.render import page
from services.web.visit import SignedIn, Visit


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
    )


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
