"""Test alarms for `fenghuo probe`: begin one, and ask what became of its pages."""

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from alerting.audit_events import ProbeStarted
from alerting.commands import StartProbe
from services.views.pages import ProbePage, probe_pages
from services.web.actions import command_id, settled
from services.web.errors import Missing
from services.web.visit import Form, SignedIn


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """A test alarm and its pages."""

    probe: str
    pages: tuple[ProbePage, ...]


@post("/api/probes", status_code=202)
async def begin_probe(visit: SignedIn, form: Form) -> Response[bytes]:
    """Send a test alarm to the people and duties in `targets`, with commas between; none: to all whom escalations name."""
    targets = tuple(each for each in form.get("targets", "").split(",") if each)
    command = StartProbe(id=command_id(visit, form), who=visit.person.id, targets=targets)
    outcome = await visit.desk.house.command(command)
    await settled(visit, outcome)
    started = next((event for event in outcome.events if isinstance(event, ProbeStarted)), None)
    if started is None:
        raise Missing("probe")
    return _json(202, Probe(probe=started.probe, pages=probe_pages(visit.desk.reader, started.probe)))


@get("/api/probes/{probe:str}")
async def show_probe(visit: SignedIn, probe: FromPath[str]) -> Response[bytes]:
    """How far it is."""
    await visit.desk.refresh()
    pages = probe_pages(visit.desk.reader, probe)
    if not pages:
        raise Missing("probe")
    return _json(200, Probe(probe=probe, pages=pages))


def _json(status: int, body: object) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
