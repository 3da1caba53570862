"""Signing in and out, and what a visitor chose: language and brand."""

from typing import Annotated
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from services.web.access import SESSION_LASTS
from services.web.errors import TooManyTries
from services.web.render import bare_page
from services.web.texts import LANGUAGES
from services.web.visit import (
    BRAND_COOKIE,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    AnyDesk,
    AnyRequest,
    Form,
    SignedIn,
    check_origin,
    visit_of,
)

HOME = "/queue"
CHOICE_LASTS_S = 365 * 86_400
ADDRESS_LENGTH_MOST = 2_000

Fields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/")
async def home() -> Redirect:
    return Redirect(HOME, status_code=303)


@get("/signin")
async def show_signin(
    desk: AnyDesk,
    request: AnyRequest,
    to: Annotated[str, QueryParameter(max_length=ADDRESS_LENGTH_MOST)] = HOME,
) -> Response[str]:
    """How to get in."""
    return bare_page(request, "signin.html", desk.now(), to=within(to), wrong=None)


@post("/signin")
async def sign_in_with_password(desk: AnyDesk, request: AnyRequest, data: Fields) -> Response[str] | Redirect:
    """Sign in with id and password."""
    check_origin(request)
    person, now, to = data.get("person", "").strip(), desk.now(), within(data.get("to", HOME))
    try:
        right = desk.access.check_password(person, data.get("password", ""), now)
    except TooManyTries:
        return bare_page(request, "signin.html", now, status=429, to=to, wrong="signin.too_many")
    if not right or desk.decisions().desk.person(person) is None:
        return bare_page(request, "signin.html", now, status=401, to=to, wrong="signin.wrong")
    return _let_in(request, desk.access.open_session(person, now), to)


@get("/signin/{token:str}")
async def show_invitation(desk: AnyDesk, request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Ask before the link is used up: chat programs open links to draw a preview."""
    now = desk.now()
    invited = desk.access.invited(token, now)
    person = desk.decisions().desk.person(invited) if invited else None
    if person is None:
        return _link_used(desk, request)
    return bare_page(request, "invitation.html", now, person=person)


@post("/signin/{token:str}")
async def sign_in_with_link(
    desk: AnyDesk, request: AnyRequest, token: FromPath[str]
) -> Response[str] | Redirect:
    """Use a one-time link up."""
    check_origin(request)
    session = desk.access.redeem(token, desk.now())
    return _let_in(request, session, HOME) if session else _link_used(desk, request)


@post("/signout")
async def sign_out(visit: SignedIn, form: Form) -> Redirect:  # noqa: ARG001 (asked for its check)
    """End the session."""
    visit.desk.access.end_session(visit.request.cookies.get(SESSION_COOKIE, ""))
    left = Redirect("/signin", status_code=303)
    left.delete_cookie(SESSION_COOKIE)
    return left


@post("/choices")
async def choose(desk: AnyDesk, request: AnyRequest, data: Fields) -> Redirect:
    """Remember language and brand in the browser; nothing changes for anybody else."""
    check_origin(request)
    visit = visit_of(desk, request)
    back = Redirect(within(data.get("to", HOME)), status_code=303)
    if data.get("language") in LANGUAGES:
        back.set_cookie(_kept(request, LANGUAGE_COOKIE, data["language"]))
    if visit is not None and visit.config.brand(data.get("brand", "")) is not None:
        back.set_cookie(_kept(request, BRAND_COOKIE, data["brand"]))
    return back


def within(address: str) -> str:
    """`address` if it lies within the desk, else the queue: nobody is sent elsewhere by a link of ours."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if inside and len(address) <= ADDRESS_LENGTH_MOST else HOME


def _let_in(request: AnyRequest, session: str, to: str) -> Redirect:
    entered = Redirect(to, status_code=303)
    entered.set_cookie(
        Cookie(
            key=SESSION_COOKIE,
            value=session,
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    )
    return entered


def _kept(request: AnyRequest, name: str, value: str) -> Cookie:
    secure = request.url.scheme == "https"
    return Cookie(key=name, value=value, max_age=CHOICE_LASTS_S, httponly=True, samesite="lax", secure=secure)


def _link_used(desk: AnyDesk, request: AnyRequest) -> Response[str]:
    return bare_page(
        request,
        "error.html",
        desk.now(),
        status=410,
        title="signin.link_used",
        what="signin.link_used_what",
        detail="",
        safe=None,
        do="signin.link_used_do",
        home="/signin",
    )
