"""Taking an incident by the code of a call or text message: typed on a page without signing in, or sent back as a text.

A code is as good as the press of the one it was sent to, and only for the incident it was about. Wrong ones are counted.
"""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from alerting.commands import Acknowledge
from services.notify.codes import code_in, code_of
from services.views.pages import OpenPage, open_pages
from services.web.errors import SignInNeeded, TooManyTries
from services.web.reading import BEARER
from services.web.render import bare_page
from services.web.visit import AnyDesk, AnyRequest, WebDesk, check_origin
from streams import ids
from streams.events import CommandRefused

TEXT_CHARACTERS_MOST = 500

Fields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


class Taken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a code."""

    outcome: str
    """`taken`, `taken_already` or `unknown`."""
    incident: str | None = None
    by: str | None = None


@get("/a")
async def show_code(desk: AnyDesk, request: AnyRequest) -> Response[str]:
    """Ask for the code."""
    return bare_page(request, "code.html", desk.now(), outcome=None, name="")


@post("/a")
async def take_by_code(desk: AnyDesk, request: AnyRequest, data: Fields) -> Response[str]:
    """Take the incident that the code is about."""
    check_origin(request)
    now = desk.now()
    try:
        taken = await take(desk, data.get("code", "")[:TEXT_CHARACTERS_MOST])
    except TooManyTries:
        return bare_page(request, "code.html", now, status=429, outcome="too_many", name="")
    person = desk.decisions().desk.person(taken.by or "")
    status = 404 if taken.outcome == "unknown" else 200
    name = person.name if person is not None else ""
    return bare_page(request, "code.html", now, status=status, outcome=taken.outcome, name=name)


@post("/api/replies", status_code=200)
async def take_by_text(desk: AnyDesk, request: AnyRequest) -> Response[bytes]:
    """What somebody wrote back to a text message, as the gateway of text messages hands it on (上行短信): `{"text": "…"}`.

    Raises:
        SignInNeeded: not the bearer key of a configured source.
    """
    given = request.headers.get("authorization", "")
    if not given.startswith(BEARER) or desk.source_of_key(given.removeprefix(BEARER)) is None:
        raise SignInNeeded("")
    try:
        text = msgspec.json.decode(await request.body(), type=dict[str, Any]).get("text")
    except msgspec.DecodeError:
        text = None
    if not isinstance(text, str):
        return _json(400, {"field": "text", "reason": "expected a JSON object with a text"})
    try:
        return _json(200, await take(desk, text[:TEXT_CHARACTERS_MOST]))
    except TooManyTries as error:
        return _json(429, {"field": "text", "reason": str(error)})


async def take(desk: WebDesk, text: str) -> Taken:
    """Take the incident whose code stands in `text`.

    Raises:
        TooManyTries: too many codes were wrong lately.
    """
    now = desk.now()
    desk.access.check_codes(now)
    code = code_in(text)
    page = next(
        (each for each in open_pages(desk.reader, now) if code_of(desk.veil, each.page) == code), None
    )
    if page is None:
        desk.access.wrong_code(now)
        return Taken(outcome="unknown")
    if page.acknowledged_by is not None:
        return Taken(outcome="taken_already", incident=page.incident, by=page.acknowledged_by)
    return await _take(desk, page)


async def _take(desk: WebDesk, page: OpenPage) -> Taken:
    command = Acknowledge(
        id=ids.derived("code", page.page), who=page.person, brand=page.brand, incident=page.incident
    )
    outcome = await desk.house.command(command)
    await desk.refresh()
    refused = any(isinstance(event, CommandRefused) for event in outcome.events)
    return Taken(outcome="unknown" if refused else "taken", incident=page.incident, by=page.person)


def _json(status: int, body: object) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
