"""Incidents: the list, the whole page of one, and the page that a call in the night opens."""

from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from alerting.levels import EASES_BY_ITSELF, LEVELS, below, rank
from services.views.alarms import proposal_of
from services.views.errors import BadCursor
from services.views.incidents import incident, incident_file, incidents_page
from services.views.rows import IncidentFile, IncidentRow
from services.web.actions import act_on_incident, open_incident
from services.web.boss import boss_lines
from services.web.briefing import briefing_of, evidence_lines, shortened
from services.web.effects import effects_in
from services.web.errors import BadQuestion, Missing
from services.web.preview_pages import preview_link
from services.web.render import page
from services.web.visit import Form, SignedIn, Visit

CURSOR_LENGTH_MOST = 500


@get("/incidents")
async def show_incidents(
    visit: SignedIn, after: Annotated[str | None, QueryParameter(max_length=CURSOR_LENGTH_MOST)] = None
) -> Response[str]:
    """Open incidents first, then closed ones, the newest on top."""
    try:
        rows = incidents_page(visit.desk.reader, brand=visit.brand_id, cursor=after)
    except BadCursor as error:
        raise BadQuestion(str(error)) from error
    shown = [visit.desk.new_words.row(row) for row in rows.items]
    return page(
        visit,
        "incidents.html",
        open=[row for row in shown if row.closed_at is None],
        closed=[row for row in shown if row.closed_at is not None],
        first=after is None,
        following=rows.next,
        short_causes=lambda row: shortened(evidence_lines(row, visit)),
        levels_all=LEVELS,
        categories=_categories(visit),
    )


@get("/incidents/{incident_id:str}")
async def show_incident(visit: SignedIn, incident_id: FromPath[str]) -> Response[str]:
    """Everything about one incident."""
    found = _found(visit, incident_id)
    row, reader = found.row, visit.desk.reader
    others = [
        each for each in incidents_page(reader, brand=row.brand, open_only=True).items if each.id != row.id
    ]
    brief = briefing_of(found, visit)
    taken = {row.category, *(each.category for each in others)}
    return page(
        visit,
        "incident.html",
        found=found,
        row=row,
        brief=brief,
        boss=boss_lines(row, brief, visit),
        higher=LEVELS[rank(row.level) :],
        lower=below(row.level),
        levels_all=LEVELS,
        others=others,
        parts=[name for name in _categories(visit) if name not in taken],
        merged_into=incident(reader, row.merged_into) if row.merged_into else None,
        inhibitor=_inhibitor(found, visit),
        effects=effects_in(row, visit),
        proposal=proposal_of(reader, row.id) if row.false_alarm else None,
        preview_link=preview_link,
    )


def _inhibitor(found: IncidentFile, visit: Visit) -> IncidentRow | None:
    """The graver incident for whose sake nobody is called, while it is so."""
    row = found.row
    if row.inhibited_by is None or row.level not in EASES_BY_ITSELF or row.closed_at is not None:
        return None
    return incident(visit.desk.reader, row.inhibited_by)


@get("/i/{incident_id:str}")
async def show_incident_at_night(visit: SignedIn, incident_id: FromPath[str]) -> Response[str]:
    """Why you were woken, what is next, one big button. Looking at it changes nothing."""
    found = _found(visit, incident_id)
    brief = briefing_of(found, visit)
    return page(
        visit, "night.html", found=found, row=found.row, brief=brief, boss=boss_lines(found.row, brief, visit)
    )


@post("/incidents")
async def open_by_hand(visit: SignedIn, form: Form) -> Redirect:
    """Open an incident by hand."""
    incident_id = await open_incident(visit, form)
    return Redirect(f"/incidents/{incident_id}?said=opened", status_code=303)


@post("/incidents/{incident_id:str}/{action:str}")
async def act(visit: SignedIn, form: Form, incident_id: FromPath[str], action: FromPath[str]) -> Redirect:
    """Acknowledge, raise, ease, close, reopen, note, finish or skip a step; back to where the form stood."""
    said = await act_on_incident(visit, incident_id, action, form)
    place = "/i/" if form.get("from") == "night" else "/incidents/"
    return Redirect(f"{place}{incident_id}?{urlencode({'said': said})}", status_code=303)


def _found(visit: Visit, incident_id: str) -> IncidentFile:
    found = incident_file(visit.desk.reader, incident_id)
    if found is None:
        raise Missing("incident")
    return visit.desk.new_words.file(found)


def _categories(visit: Visit) -> list[str]:
    """What an incident can be about: the categories of the brand's monitors and playbooks."""
    own = [monitor.category for monitor in visit.intake.monitors if monitor.brand == visit.brand_id]
    playbooks = visit.brand.playbooks if visit.brand else ()
    planned = [category for playbook in playbooks for category in playbook.when.categories]
    return list(dict.fromkeys(["brand", *own, *planned]))
