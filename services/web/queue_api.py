"""The queue for other programs: who waits, one conversation with its reasons, and everything that the page can do."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from alerting.compliance import Flag, lint
from services.views.cursor import LIMIT_DEFAULT
from services.views.queue import conversation, queue_page
from services.web.actions import TEXT_CHARACTERS_MOST
from services.web.answering import raise_to_desk, record_reply
from services.web.api import Limit, Word, as_json, asked
from services.web.attending import attend
from services.web.errors import Missing
from services.web.promise import promise_of
from services.web.queue_asked import Asked
from services.web.reading import Reading
from services.web.schema import documented
from services.web.shapes import ConversationShape, Listing, QueueShape, conversation_shape, queue_shape
from services.web.visit import AnyDesk, AnyRequest, Form, SignedIn, WebDesk, visit_of
from streams.promises import promise_in
from streams.text.normalise import normalise

Name = Annotated[str, QueryParameter(name="id", max_length=500)]


class Flags(msgspec.Struct, frozen=True):
    """What to object to in a text, in its order, and whether it promises anything."""

    flags: list[Flag]
    promises: bool
    """These words promise something by a time; recorded, they start a clock of their own."""


@get("/api/queue", include_in_schema=True, responses=documented(Listing[QueueShape]))
async def api_queue(
    desk: AnyDesk,
    reading: Reading,
    request: AnyRequest,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Word = None,
    brand: Word = None,
    platform: Word = None,
    account: Word = None,
    topic: Word = None,
    overdue: FromQuery[bool] = False,
    soon: FromQuery[bool] = False,
    vip: FromQuery[bool] = False,
    mine: FromQuery[bool] = False,
    later: FromQuery[bool] = False,
) -> Response[bytes]:
    """Who waits, what runs out first on top, what is paused or put off last. `later`: only these; `mine`: only yours."""
    now = reading.now()
    wanted = Asked(
        platform=platform, account=account, topic=topic, overdue=overdue, soon=soon, vip=vip, mine=mine, later=later
    ).wanted(brand, _person(desk, request), now)  # fmt: skip
    rows = asked(lambda: queue_page(reading.reader, wanted, limit=limit, cursor=cursor))
    shapes = tuple(queue_shape(row, reading.opener, now) for row in rows.items)
    # What is left moves with every second; the tag follows what it is counted from.
    tag = [
        (
            one.conversation,
            one.clock.due_at,
            one.clock.state,
            one.claim,
            one.snoozed_until,
            one.members,
            one.item,
        )
        for one in shapes
    ]
    return as_json(request, Listing(items=shapes, next=rows.next), tag)


@get("/api/conversation", include_in_schema=True, responses=documented(ConversationShape))
async def api_conversation(reading: Reading, request: AnyRequest, name: Name) -> Response[bytes]:
    """One conversation: what was said, who has it, its clocks, and why it is due then (`ledger`)."""
    return _shown(reading, request, name)


@post(
    "/api/conversation/reply",
    include_in_schema=True,
    status_code=200,
    responses=documented(ConversationShape),
)
async def api_reply(visit: SignedIn, form: Form) -> Response[bytes]:
    """Record a reply that was posted, or have it posted (`conversation`, `text`; `script`, `answering`, `once`, `by`)."""
    await record_reply(visit, form)
    return _shown(visit.desk, visit.request, form["conversation"])


@post(
    "/api/conversation/raise",
    include_in_schema=True,
    status_code=200,
    responses=documented(ConversationShape),
)
async def api_raise(visit: SignedIn, form: Form) -> Response[bytes]:
    """Raise a complaint to the desk (`conversation`, `note`; `category`)."""
    await raise_to_desk(visit, form)
    return _shown(visit.desk, visit.request, form["conversation"])


@post(
    "/api/conversation/{op:str}",
    include_in_schema=True,
    status_code=200,
    responses=documented(ConversationShape),
)
async def api_attend(visit: SignedIn, form: Form, op: FromPath[str]) -> Response[bytes]:
    """Claim, release, put off, mark or tag a `conversation`, with the fields of the page's form."""
    await attend(visit, {**form, "op": op})
    return _shown(visit.desk, visit.request, form["conversation"])


@post("/api/lint", include_in_schema=True, status_code=200, responses=documented(Flags))
async def api_lint(form: Form, visit: SignedIn) -> Response[bytes]:
    """What to object to in a draft (`text`, `platform`): the advertising law, and rules of that platform."""
    text = form.get("text", "")[:TEXT_CHARACTERS_MOST]
    promises = promise_in(normalise(text).text) is not None
    return as_json(visit.request, Flags(lint(text, form.get("platform")), promises))


def queue_api_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [api_queue, api_conversation, api_reply, api_raise, api_attend, api_lint]


def _shown(desk: WebDesk, request: AnyRequest, name: str) -> Response[bytes]:
    row = conversation(desk.reader, name)
    if row is None:
        raise Missing("conversation")
    now, intake = desk.now(), desk.decisions().intake
    clocks = [clock for clock in (row.clock, row.resolution) if clock is not None]
    shape = conversation_shape(row, desk.opener, [promise_of(clock, intake, now) for clock in clocks], now)
    return as_json(request, shape, (row, [clock.due_at < now for clock in clocks]))


def _person(desk: WebDesk, request: AnyRequest) -> str:
    """Who asks; a source asks for nobody."""
    visit = visit_of(desk, request)
    return visit.person.id if visit is not None else ""
