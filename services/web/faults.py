"""What a visitor sees when something goes wrong: what happened, what is still safe, what to do. Never a bare code."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from services.problem import MEDIA_TYPE, Problem
from services.web.errors import BadQuestion, Missing, NotFromHere, NotPosted, Refused, SignInNeeded
from services.web.render import bare_page
from services.web.security import SECURITY_HEADERS
from services.web.texts import TEXTS, say
from services.web.visit import AnyRequest, language_of
from streams.errors import Overloaded, StoreUnavailable

API_PREFIX = "/api/"
RETRY_AFTER_S = 5

_log = structlog.get_logger("fenghuo.web")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the texts that tell a visitor about one kind of fault."""

    status: int
    title: str
    what: str | None
    do: str
    detail: str = ""
    safe: str = "error.nothing_changed"


def fault_of(error: Exception) -> Fault:
    """How `error` is told."""
    match error:
        case Refused():
            key = f"refusal.{error}"
            return Fault(
                status=409, title="error.refused", do="error.refused_do",
                what=key if key in TEXTS else None, detail=error.detail if key in TEXTS else str(error),
            )  # fmt: skip
        case NotPosted():
            return Fault(
                status=502,
                title="error.not_posted",
                what="error.not_posted_what",
                do="error.not_posted_do",
                detail=str(error),
            )
        case NotFromHere():
            return Fault(
                status=403, title="error.forbidden", what="error.forbidden_what", do="error.forbidden_do"
            )
        case Missing():
            return _not_found()
        case BadQuestion():
            return _bad_question(400, str(error))
        case Overloaded() | StoreUnavailable():
            return Fault(
                status=503, title="error.busy", what="error.busy_what", do="error.busy_do", safe="error.safe"
            )
        case HTTPException(status_code=404):
            return _not_found()
        case HTTPException() if error.status_code < 500:
            return _bad_question(error.status_code, _told(error))
        case _:
            return Fault(
                status=500,
                title="error.server",
                what="error.server_what",
                do="error.server_do",
                safe="error.safe",
            )


def _not_found() -> Fault:
    return Fault(
        status=404,
        title="error.not_found",
        what="error.not_found_what",
        do="error.not_found_do",
        safe="error.safe",
    )


def _bad_question(status: int, detail: str) -> Fault:
    return Fault(
        status=status, title="error.bad_question", what=None, do="error.bad_question_do", detail=detail
    )


def _told(error: HTTPException) -> str:
    """What Litestar found wrong, with the parameter's name."""
    extra = error.extra if isinstance(error.extra, list) else []
    named = [f"{each.get('key', '')}: {each.get('message', '')}" for each in extra if isinstance(each, dict)]
    return "; ".join(named) or error.detail


def fault_handlers(now: Callable[[], datetime]) -> ExceptionHandlersMap:
    """Answers to errors, as pages or, under `/api/`, as problems in JSON; for a router or the whole application."""

    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        # A function and no method: Litestar copies handlers deeply, and a desk cannot be copied.
        return _answer(request, error, now())

    return {SignInNeeded: _sign_in, Exception: answer}


def _sign_in(request: AnyRequest, error: SignInNeeded) -> Response[Any]:
    """To the way in, and back afterwards; programs get a problem."""
    if request.url.path.startswith(API_PREFIX) or request.url.path == "/live":
        language = language_of(request)
        return _guarded(
            _problem(
                Problem(
                    title=say(language, "error.sign_in"),
                    status=401,
                    safe=say(language, "error.nothing_changed"),
                    do=say(language, "error.sign_in_do"),
                )
            )
        )
    to = str(error) if request.method == "GET" else ""
    return _guarded(Redirect("/signin" + (f"?{urlencode({'to': to})}" if to else ""), status_code=303))


def _answer(request: AnyRequest, error: Exception, now: datetime) -> Response[Any]:
    language, fault = language_of(request), fault_of(error)
    if fault.status == 500:
        _log.error("page_failed", path=request.url.path, method=request.method, exc_info=error)
    if request.url.path.startswith(API_PREFIX):
        return _guarded(_with_retry(fault, _problem(_told_in_json(fault, language))))
    shown = bare_page(
        request, "error.html", now, status=fault.status,
        title=fault.title, what=fault.what, detail=fault.detail, safe=fault.safe, do=fault.do, home="/queue",
        back=_back(request),
    )  # fmt: skip
    return _guarded(_with_retry(fault, shown))


def _back(request: AnyRequest) -> str:
    """The page on which the form stood that was not accepted; browsers name it to their own site."""
    page = urlsplit(request.headers.get("referer", ""))
    is_ours = page.netloc == request.headers.get("host") and not page.path.startswith("//")
    if request.method != "POST" or not page.path or not is_ours:
        return ""
    asked = urlencode([(name, value) for name, value in parse_qsl(page.query) if name != "said"])
    return f"{page.path}?{asked}" if asked else page.path


def _told_in_json(fault: Fault, language: Any) -> Problem:
    told = (say(language, fault.what) if fault.what else "", fault.detail)
    return Problem(
        title=say(language, fault.title),
        status=fault.status,
        detail=" · ".join(part for part in told if part),
        safe=say(language, fault.safe),
        do=say(language, fault.do),
    )


def _problem(problem: Problem) -> Response[bytes]:
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"WWW-Authenticate": "Bearer"} if problem.status == 401 else None,
    )


def _guarded(response: Response[Any]) -> Response[Any]:
    """Answers to errors pass no hooks of the router, so the headers are put on here."""
    response.headers.update(SECURITY_HEADERS)
    return response


def _with_retry(fault: Fault, response: Response[Any]) -> Response[Any]:
    if fault.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
