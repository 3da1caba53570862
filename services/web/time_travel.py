"""Everything that is read here as it stood at a moment: `?at=`, with views folded up to then.

Nothing can be done there: whatever a page offers to do is disabled and carries no token, a POST with `at` is refused, and no
script runs, so nothing changes by itself. Links and filters go on within the same moment; an answer in JSON names it in
the header `Fenghuo-At`.
"""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.errors import HistoryTooLong
from services.web.errors import BadQuestion, Refused
from services.web.visit import (
    MOMENT_SCOPE_KEY,
    AnyDesk,
    AnyRequest,
    Visit,
    WebDesk,
    brand_of,
    signed_in,
    zone_of,
)

READ = (
    "/queue", "/incidents", "/i/", "/mentions", "/alarms", "/oncall", "/reports", "/report", "/content", "/wall", "/api/",
)  # fmt: skip
"""Beneath these everything that is read has a past; the rest (signing in, codes, `/live`) is of the present alone."""
NO_PAST = ("/api/probes",)
"""But for these: a test alarm is asked after while it rings."""
_LINK = re.compile(r'(<a (?![^>]*data-now)[^>]*?href=")(/[^"#]*)')
_MAIN = re.compile(r"(?<=<main ).*(?=</main>)", re.DOTALL)
_ASKING = re.compile(r"(<form (?![^>]*method=)[^>]*>)(.*?</form>)", re.DOTALL)
"""Forms that only ask for a page."""
_DOING = re.compile(r"<(?:button|input|select|textarea)\b")


async def provide_visit(desk: AnyDesk, request: AnyRequest) -> Visit:
    """The dependency `visit` of whatever is for people who are signed in.

    Raises:
        SignInNeeded: nobody is.
        BadQuestion, Refused, Overloaded: as `back_to` and `moment_asked`.
    """
    visit = signed_in(desk, request)
    moment = moment_asked(desk, request)
    if moment is None:
        return visit
    then = await back_to(moment, desk, request)
    decisions = then.decisions()
    return replace(
        visit, desk=then, now=moment, token="", past=True, config=decisions.desk, intake=decisions.intake
    )


def moment_asked(desk: WebDesk, request: AnyRequest) -> datetime | None:
    """The moment in the address; None: the present is asked for. Without an offset it is a wall time of the brand.

    Raises:
        BadQuestion: it is no moment that is over, or this address has no past.
        Refused: something is to be done in the past.
    """
    written = request.query_params.get("at")
    if not written:
        return None
    if request.method != "GET":
        raise Refused("over")
    if not has_past(request.url.path):
        raise BadQuestion(f"at: {request.url.path} has no past; what has one begins with {', '.join(READ)}")
    moment = _moment(written, zone_of(brand_of(desk.decisions().desk, request)))
    if moment > desk.now():
        raise BadQuestion(f"at: {moment.isoformat()} is not over yet, expected a moment of the past")
    return moment


def has_past(path: str) -> bool:
    """Whether what is read at this address can be read as it stood at a moment."""
    return path.startswith(READ) and not path.startswith(NO_PAST)


def _moment(written: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(
            written.replace(" ", "+")
        )  # a "+" that nobody escaped arrives as a space
    except ValueError as error:
        raise BadQuestion(
            f"at: found {written[:40]!r}, expected a time such as 2026-11-20T14:05:00+08:00"
        ) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


async def back_to(moment: datetime, desk: WebDesk, request: AnyRequest) -> WebDesk:
    """The desk as it stood at `moment`, with the configuration that held. Who was forgotten since stays forgotten.

    Raises:
        Refused: too much was recorded until then.
        Overloaded: too many others ask for the past.
    """
    try:
        standing = await desk.past.at(moment)
    except HistoryTooLong as error:
        raise Refused("past_too_long") from error
    request.scope[MOMENT_SCOPE_KEY] = moment  # type: ignore[literal-required]
    decisions = standing.decisions or desk.decisions()
    return replace(desk, reader=standing.reader, decisions=lambda: decisions, now=lambda: moment)


def staying(html: str, moment: datetime) -> str:
    """The page with links and filters that lead on within the same moment, and with nothing to do."""

    def within(link: re.Match[str]) -> str:
        before, address = link.groups()
        if not has_past(address) or "?at=" in address or "&amp;at=" in address:
            return link.group()
        return f"{before}{address}{'&amp;' if '?' in address else '?'}at={quote(moment.isoformat())}"

    return _MAIN.sub(lambda main: _stilled(main.group(), moment), _LINK.sub(within, html))


def _stilled(main: str, moment: datetime) -> str:
    carried = f'<input type="hidden" name="at" value="{moment.isoformat()}">'
    pieces = _ASKING.split(main)  # what lies between, then a form's tag and the rest of it, again and again
    for place, piece in enumerate(pieces):
        if place % 3 == 0:
            pieces[place] = _DOING.sub(r"\g<0> disabled", piece)
        elif place % 3 == 1:
            pieces[place] = piece + carried
    return "".join(pieces)
