"""The one stream to each browser: which pages changed, and what time it is here."""

from collections.abc import AsyncIterator

import msgspec
from litestar import Response, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from services.web.visit import SignedIn, WebDesk
from streams.sla.instants import to_us

RECONNECT_MS = 1_000
RETRY_AFTER_S = 10


class Change(msgspec.Struct, frozen=True):
    """Names of pages, and the server's time in milliseconds since 1970."""

    views: tuple[str, ...]
    now_ms: int


@get("/live")
async def live(visit: SignedIn) -> ServerSentEvent | Response[str]:
    """Changes as they come, and a beat every few seconds so that silence means that the line is cut."""
    if visit.desk.hub.full:
        return Response(
            "too many browsers are listening", status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)}
        )
    return ServerSentEvent(_messages(visit.desk))


async def _messages(desk: WebDesk) -> AsyncIterator[ServerSentEventMessage]:
    async for names in desk.hub.changes():
        change = Change(tuple(sorted(names)), to_us(desk.now()) // 1000)
        yield ServerSentEventMessage(
            data=msgspec.json.encode(change).decode(), event="change", retry=RECONNECT_MS
        )
