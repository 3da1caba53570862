"""The inlets over HTTP: `POST /v1/records`, `POST /v1/events`, and `POST /v1/lines` for the command line on this machine.

202 comes only once everything accepted is durable. Errors are JSON: what happened, what is safe, what to do.
"""

import math
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ControllerRouterHandler

from services.applying import Applier, Apply, NotApplied
from services.forgetting import Forgetter, read_forget
from services.gateway.bodies import entries
from services.gateway.cloudevents import is_binary, read_binary_event
from services.gateway.decoding import decode_object
from services.gateway.errors import BodyError, FieldError, GatewayError
from services.gateway.ingest import Gateway, Lines
from services.gateway.receipts import Receipt
from services.gateway.sources import FILE, Allowance, Source, Sources
from services.problem import MEDIA_TYPE, Problem
from streams.errors import Overloaded, StoreUnavailable

MAX_BODY_BYTES = 8 * 1024 * 1024
STORE_RETRY_S = 5
"""A full disk takes a person to clear; a client that keeps its records loses nothing by asking again soon."""

AnyRequest = Request[Any, Any, Any]
IsLocal = Callable[[AnyRequest], bool]


class Inlets:
    """The handlers with what they need: the gateway, who may use it, and how fast."""

    def __init__(
        self, gateway: Gateway, sources: Sources, *, is_local: IsLocal, monotonic_s: Callable[[], float]
    ) -> None:
        self._gateway = gateway
        self._sources = sources
        self._is_local = is_local
        self._monotonic_s = monotonic_s
        self._allowances: dict[str, Allowance] = {}

    async def records(self, request: AnyRequest) -> Response[bytes]:
        source = self._admitted(request)
        batch = entries(await request.body())
        self._charge(source, len(batch))
        return _accepted(await self._gateway.take(batch, "records", source=_name(source)))

    async def events(self, request: AnyRequest) -> Response[bytes]:
        source = self._admitted(request)
        headers = dict(request.headers)
        if is_binary(headers):
            return await self._binary_event(source, headers, await request.body())
        batch = entries(await request.body())
        self._charge(source, len(batch))
        return _accepted(await self._gateway.take(batch, "cloudevents", source=_name(source)))

    async def lines(self, request: AnyRequest) -> Response[bytes]:
        """Lines of a file from the command line on this machine: MessagePack of `Lines`."""
        if not self._is_local(request):
            raise _Unauthorised("lines of files are taken from this machine only")
        try:
            lines = _lines_decoder.decode(await request.body())
        except msgspec.DecodeError as error:
            raise BodyError(f"not lines in MessagePack: {error}") from error
        return _json(202, await self._gateway.take_lines(lines))

    async def _binary_event(
        self, source: Source | None, headers: dict[str, str], body: bytes
    ) -> Response[bytes]:
        self._charge(source, 1)
        try:
            reading = read_binary_event(headers, body)
        except FieldError as error:
            return _accepted(await self._gateway.take_record(error, source=_name(source)))
        return _accepted(await self._gateway.take_record(reading, source=_name(source)))

    def _admitted(self, request: AnyRequest) -> Source | None:
        """The source that sends, or None for a caller on the daemon's own socket."""
        if self._is_local(request):
            return None
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        source = self._sources.of_key(key.strip()) if scheme.lower() == "bearer" else None
        if source is None:
            raise _Unauthorised("the request carries no key of a configured source")
        wait_s = self._allowance(source).wait_s(self._monotonic_s())
        if wait_s > 0:
            raise _TooFast(source, wait_s)
        return source

    def _charge(self, source: Source | None, count: int) -> None:
        if source is not None:
            self._allowance(source).spend(count, self._monotonic_s())

    def _allowance(self, source: Source) -> Allowance:
        allowance = self._allowances.get(source.id)
        if allowance is None:
            allowance = self._allowances[source.id] = Allowance(source.rate_per_s, self._monotonic_s())
        return allowance


_apply_decoder = msgspec.json.Decoder(Apply)
_lines_decoder = msgspec.msgpack.Decoder(Lines)


class _Unauthorised(GatewayError):
    """The caller may not do this."""


class _TooFast(GatewayError):
    """The source sends more than it may."""

    def __init__(self, source: Source, wait_s: float) -> None:
        super().__init__(f"source {source.id} sends more than its {source.rate_per_s:g} records a second")
        self.wait_s = wait_s


def routes(
    gateway: Gateway, sources: Sources, *, is_local: IsLocal, monotonic_s: Callable[[], float]
) -> list[ControllerRouterHandler]:
    """The handlers under `/v1/`; `is_local` tells who came through the socket in the data folder, and needs no key."""
    inlets = Inlets(gateway, sources, is_local=is_local, monotonic_s=monotonic_s)

    @post("/records", status_code=202)
    async def post_records(request: AnyRequest) -> Response[bytes]:
        return await inlets.records(request)

    @post("/events", status_code=202)
    async def post_events(request: AnyRequest) -> Response[bytes]:
        return await inlets.events(request)

    @post("/lines", status_code=202, include_in_schema=False)
    async def post_lines(request: AnyRequest) -> Response[bytes]:
        return await inlets.lines(request)

    return [_router(post_records, post_events, post_lines)]


def forget_routes(forgetter: Forgetter, *, is_local: IsLocal) -> list[ControllerRouterHandler]:
    """`POST /v1/forget` for the command line on this machine, and for nobody else."""

    @post("/forget", status_code=200, include_in_schema=False)
    async def post_forget(request: AnyRequest) -> Response[bytes]:
        if not is_local(request):
            raise _Unauthorised("people are forgotten from this machine only")
        asked = read_forget(decode_object(await request.body(), ("author",)))
        return _json(200, await forgetter.forget(asked))

    return [_router(post_forget)]


def apply_routes(applier: Applier, *, is_local: IsLocal) -> list[ControllerRouterHandler]:
    """`POST /v1/sla/apply` for the command line on this machine, and for nobody else."""

    @post("/sla/apply", status_code=200, include_in_schema=False)
    async def post_apply(request: AnyRequest) -> Response[bytes]:
        if not is_local(request):
            raise _Unauthorised("clocks are moved from this machine only")
        try:
            asked = _apply_decoder.decode(await request.body())
        except msgspec.DecodeError as error:
            raise BodyError(f"not what is to be applied: {error}") from error
        try:
            return _json(200, await applier.apply(asked))
        except NotApplied as error:
            raise BodyError(str(error)) from error

    return [_router(post_apply)]


def _router(*handlers: ControllerRouterHandler) -> Router:
    return Router(
        "/v1",
        route_handlers=handlers,
        request_max_body_size=MAX_BODY_BYTES,
        exception_handlers={
            GatewayError: _told_gateway_error,
            Overloaded: _told_overloaded,
            StoreUnavailable: _told_store_unavailable,
            RequestEntityTooLarge: _told_too_large,
        },
    )


def _name(source: Source | None) -> str:
    return FILE if source is None else source.id


class _Told(msgspec.Struct, frozen=True):
    """An error as clients get it."""

    what: str
    safe: str
    do: str


_NOTHING_TAKEN = "Nothing of this request was recorded."
_PERHAPS_TAKEN = "What was recorded before stays recorded; sending all of it again does no harm."


def _told_gateway_error(_: AnyRequest, error: GatewayError) -> Response[bytes]:
    match error:
        case _Unauthorised():
            told = _Told(
                str(error),
                _NOTHING_TAKEN,
                "Send the header Authorization: Bearer KEY with the key of a source.",
            )
            return _error(401, told, {"www-authenticate": "Bearer"})
        case _TooFast():
            told = _Told(str(error), _NOTHING_TAKEN, "Send it again after the time in Retry-After.")
            return _error(429, told, {"retry-after": str(math.ceil(error.wait_s))})
        case _:
            return _error(400, _Told(str(error), _NOTHING_TAKEN, "Correct the body and send it again."))


def _told_overloaded(_: AnyRequest, error: Overloaded) -> Response[bytes]:
    told = _Told(str(error), _PERHAPS_TAKEN, "Send it again after the time in Retry-After.")
    return _error(503, told, {"retry-after": str(error.retry_after_s)})


def _told_store_unavailable(_: AnyRequest, error: StoreUnavailable) -> Response[bytes]:
    told = _Told(
        f"the store refuses to write: {error}", _PERHAPS_TAKEN, "Keep the records and send them again."
    )
    return _error(503, told, {"retry-after": str(STORE_RETRY_S)})


def _told_too_large(_: AnyRequest, __: RequestEntityTooLarge) -> Response[bytes]:
    what = f"the body is larger than {MAX_BODY_BYTES} bytes"
    return _error(413, _Told(what, _NOTHING_TAKEN, "Send it in smaller batches."))


def _accepted(receipt: Receipt) -> Response[bytes]:
    rejected = [_Refusal(one.index, one.field, one.reason) for one in receipt.rejected]
    return _json(202, _Answer(receipt.accepted, receipt.duplicates, rejected))


class _Refusal(msgspec.Struct, frozen=True):
    index: int
    field: str
    reason: str


class _Answer(msgspec.Struct, frozen=True):
    accepted: int
    duplicates: int | None
    rejected: list[_Refusal]


def _error(status: int, told: _Told, headers: dict[str, str] | None = None) -> Response[bytes]:
    problem = Problem(title=told.what, status=status, safe=told.safe, do=told.do)
    return _json(status, problem, headers, MEDIA_TYPE)


def _json(
    status: int, content: Any, headers: dict[str, str] | None = None, media_type: str = "application/json"
) -> Response[bytes]:
    return Response(
        msgspec.json.encode(content), status_code=status, media_type=media_type, headers=headers or {}
    )
