"""The JSON interface: incidents and mentions for other programs, and what all of it stands on.

Open to people who are signed in, to the bearer keys of configured sources (reading only) and to callers on the socket in
the data folder. Lists are `{"items": […], "next": cursor or null}`.
"""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from services.views.cursor import LIMIT_DEFAULT, LIMIT_MOST
from services.views.errors import BadCursor
from services.views.incidents import incident, incident_file, incidents_page
from services.views.items import item
from services.views.mentions import MentionFilter, mentions_page
from services.web.actions import act_on_incident, correct_judgement
from services.web.asked import read_label, read_severity, read_time
from services.web.errors import BadQuestion, Missing
from services.web.incident_shapes import (
    IncidentFileShape,
    IncidentShape,
    incident_file_shape,
    incident_shape,
)
from services.web.reading import Reading
from services.web.schema import documented
from services.web.shapes import ItemShape, Listing, MentionShape, item_shape, mention_shape
from services.web.visit import AnyRequest, Form, SignedIn, moment_of

AT_HEADER = "Fenghuo-At"
"""The moment that an answer stands for, where `at` asked for one."""
WORD_LENGTH_MOST = 500

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MOST)]
Word = Annotated[str | None, QueryParameter(max_length=WORD_LENGTH_MOST)]


@get("/api/incidents", include_in_schema=True, responses=documented(Listing[IncidentShape]))
async def api_incidents(
    reading: Reading,
    request: AnyRequest,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Word = None,
    brand: Word = None,
    open_only: Annotated[bool, QueryParameter(name="open")] = False,
) -> Response[bytes]:
    """Incidents, open ones first, the newest on top."""
    rows = asked(
        lambda: incidents_page(reading.reader, brand=brand, open_only=open_only, limit=limit, cursor=cursor)
    )
    return as_json(
        request,
        Listing(
            items=tuple(incident_shape(reading.new_words.row(row)) for row in rows.items), next=rows.next
        ),
    )


@get("/api/incidents/{incident_id:str}", include_in_schema=True, responses=documented(IncidentFileShape))
async def api_incident(reading: Reading, request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Everything about one incident."""
    found = incident_file(reading.reader, incident_id)
    if found is None:
        raise Missing("incident")
    return as_json(request, incident_file_shape(reading.new_words.file(found), reading.now()), [found])


@get("/api/mentions", include_in_schema=True, responses=documented(Listing[MentionShape]))
async def api_mentions(
    reading: Reading,
    request: AnyRequest,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Word = None,
    brand: Word = None,
    label: Word = None,
    platform: Word = None,
    monitor: Word = None,
    severity: Word = None,
    from_at: Annotated[str | None, QueryParameter(name="from", max_length=WORD_LENGTH_MOST)] = None,
    to_at: Annotated[str | None, QueryParameter(name="to", max_length=WORD_LENGTH_MOST)] = None,
) -> Response[bytes]:
    """Judged items that fit a monitor or are addressed to us, the newest first; times are when we saw them."""
    wanted = MentionFilter(
        brand=brand, label=read_label(label), platform=platform, monitor=monitor, severity=read_severity(severity),
        from_at=read_time("from", from_at), to_at=read_time("to", to_at),
    )  # fmt: skip
    rows = asked(lambda: mentions_page(reading.reader, wanted, limit=limit, cursor=cursor))
    shapes = tuple(mention_shape(row, reading.opener) for row in rows.items)
    return as_json(request, Listing(items=shapes, next=rows.next))


@post(
    "/api/incidents/{incident_id:str}/{action:str}",
    status_code=200,
    include_in_schema=True,
    responses=documented(IncidentShape),
)
async def api_act(
    visit: SignedIn, form: Form, incident_id: FromPath[str], action: FromPath[str]
) -> Response[bytes]:
    """Do something to an incident, with the fields of the page's form; returns it as it stands then."""
    await act_on_incident(visit, incident_id, action, form)
    row = incident(visit.desk.reader, incident_id)
    if row is None:
        raise Missing("incident")
    return as_json(visit.request, incident_shape(visit.desk.new_words.row(row)))


@post(
    "/api/items/{item_id:str}/correct",
    status_code=200,
    include_in_schema=True,
    responses=documented(ItemShape),
)
async def api_correct(visit: SignedIn, form: Form, item_id: FromPath[str]) -> Response[bytes]:
    """Say what an item really is (`label`, `topic`); returns it as it stands then."""
    await correct_judgement(visit, {**form, "item": item_id})
    row = item(visit.desk.reader, item_id)
    if row is None:
        raise Missing("item")
    return as_json(visit.request, item_shape(row, visit.desk.opener))


def api_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [api_incidents, api_incident, api_mentions, api_act, api_correct]


def asked(question: Any) -> Any:
    """What a question to the views gives.

    Raises:
        BadQuestion: it named a cursor that is none.
    """
    try:
        return question()
    except BadCursor as error:
        raise BadQuestion(f"cursor: {error}") from error


def as_json(request: AnyRequest, body: object, tagged: object | None = None) -> Response[bytes]:
    """`body` as JSON; 304 if the caller has it already. The tag is of `tagged`, or of the body itself."""
    encoded = msgspec.json.encode(body)
    basis = encoded if tagged is None else msgspec.msgpack.encode(tagged)
    tag = f'W/"{hashlib.blake2b(basis, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache, private"}
    if (moment := moment_of(request)) is not None:
        headers[AT_HEADER] = moment.isoformat()
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(encoded, media_type="application/json", headers=headers)
