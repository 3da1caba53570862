"""Pages as they stood at a moment: `?at=` on a page of the desk, with views folded up to then.

Nothing can be done there: every form lies in a disabled fieldset, no form carries a token, a POST with `at` is refused, and
no script runs, so nothing changes by itself. Links go on within the same moment.
"""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from services.errors import HistoryTooLong
from services.reports.reporter import Reporter
from services.web.errors import BadQuestion, Refused
from services.web.visit import AnyDesk, AnyRequest, Visit, signed_in
from streams.sla.report import Waited

PAGES = ("/queue", "/incidents", "/mentions", "/alarms", "/oncall", "/reports", "/content")
"""Those that stand on the views alone. What is counted from the journal itself has filters of its own for its time."""
NO_PAST = ("/alarms/preview",)
"""Beneath one of them, but counted from the journal."""
_LINK = re.compile(r'(<a (?![^>]*data-now)[^>]*?href=")(/[^"#]*)')


async def provide_visit(desk: AnyDesk, request: AnyRequest) -> Visit:
    """The dependency `visit` of pages for people who are signed in.

    Raises:
        SignInNeeded: nobody is.
        BadQuestion: `at` is no moment that is over, or this page has no past.
        Refused: something is to be done in the past, or too much was recorded until then.
    """
    visit = signed_in(desk, request)
    written = request.query_params.get("at")
    if not written:
        return visit
    if request.method != "GET":
        raise Refused("over")
    if not has_past(request.url.path):
        raise BadQuestion(f"at: {request.url.path} has no past; the pages with one are {', '.join(PAGES)}")
    return await _back(visit, _moment(visit, written))


def has_past(path: str) -> bool:
    """Whether a page can be seen as it stood at a moment."""
    return path.startswith(PAGES) and not path.startswith(NO_PAST)


def _moment(visit: Visit, written: str) -> datetime:
    try:
        found = datetime.fromisoformat(
            written.replace(" ", "+")
        )  # a "+" that nobody escaped arrives as a space
    except ValueError as error:
        raise BadQuestion(
            f"at: found {written[:40]!r}, expected a time such as 2026-11-20T14:05:00+08:00"
        ) from error
    moment = found if found.tzinfo is not None else found.replace(tzinfo=visit.zone)
    if moment > visit.now:
        raise BadQuestion(f"at: {moment.isoformat()} is not over yet")
    return moment


async def _back(visit: Visit, moment: datetime) -> Visit:
    try:
        standing = await visit.desk.past.at(moment)
    except HistoryTooLong as error:
        raise Refused("past_too_long") from error
    decisions = standing.decisions or visit.desk.decisions()
    desk = replace(
        visit.desk,
        reader=standing.reader,
        decisions=lambda: decisions,
        now=lambda: moment,
        reporter=Reporter(_not_counted),
    )
    return replace(
        visit, desk=desk, now=moment, token="", past=True, config=decisions.desk, intake=decisions.intake
    )  # fmt: skip


def _not_counted(since: datetime, now: datetime) -> list[Waited]:  # noqa: ARG001 (as `Reporter` asks)
    """Response clocks are counted from the journal to its end, which lies after the moment."""
    raise HistoryTooLong("response clocks are not counted in the past")


def staying(html: str, moment: datetime) -> str:
    """The page with links that lead on within the same moment."""
    at = f"at={quote(moment.isoformat())}"

    def within(link: re.Match[str]) -> str:
        before, address = link.groups()
        if not has_past(address):
            return link.group()
        return f"{before}{address}{'&amp;' if '?' in address else '?'}{at}"

    return _LINK.sub(within, html)
