"""Mentions: the items behind every figure, with what was matched marked in the words as they were written."""

from datetime import datetime
from typing import Annotated, TypeVar, get_args
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from alerting.events import Evidence
from services.views.errors import BadCursor
from services.views.incidents import incident
from services.views.mentions import MentionFilter, mentions_count, mentions_page
from services.views.rows import MentionRow
from services.web.errors import BadQuestion, Missing
from services.web.quote import Quote, quote_of
from services.web.render import page
from services.web.visit import SignedIn, Visit
from streams.events import Label, Severity

COUNT_MOST = 10_000
WORD_LENGTH_MOST = 200

W = TypeVar("W", bound=str)
Word = Annotated[str | None, QueryParameter(max_length=WORD_LENGTH_MOST)]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A mention in the clear."""

    row: MentionRow
    quote: Quote | None


@get("/mentions")
async def show_mentions(
    visit: SignedIn,
    brand: Word = None,
    label: Word = None,
    platform: Word = None,
    monitor: Word = None,
    severity: Word = None,
    from_at: Annotated[str | None, QueryParameter(name="from", max_length=WORD_LENGTH_MOST)] = None,
    to_at: Annotated[str | None, QueryParameter(name="to", max_length=WORD_LENGTH_MOST)] = None,
    of_incident: Annotated[str | None, QueryParameter(name="incident", max_length=WORD_LENGTH_MOST)] = None,
    rule: Word = None,
    after: Annotated[str | None, QueryParameter(max_length=2 * WORD_LENGTH_MOST)] = None,
) -> Response[str]:
    """A list of mentions; every figure of the desk leads here with its own filter."""
    evidence = _evidence(visit, of_incident, rule) if of_incident and rule else None
    wanted = MentionFilter(
        brand=brand or visit.brand_id,
        label=read_label(label),
        platform=platform,
        monitor=monitor,
        severity=read_severity(severity),
        from_at=read_time("from", from_at),
        to_at=read_time("to", to_at),
        items=evidence.items if evidence else None,
    )
    reader = visit.desk.reader
    try:
        rows = mentions_page(reader, wanted, cursor=after)
    except BadCursor as error:
        raise BadQuestion(str(error)) from error
    given = {key: value for key, value in visit.request.query_params.items() if key not in {"after", "said"}}
    return page(
        visit,
        "mentions.html",
        shown=[_shown(row, visit) for row in rows.items],
        following=rows.next,
        count=mentions_count(reader, wanted, COUNT_MOST),
        count_most=COUNT_MOST,
        wanted=wanted,
        rule=rule if evidence else None,
        of_incident=of_incident,
        labels=get_args(Label),
        filtered=bool(given),
        link=lambda **query: "/mentions?" + urlencode({k: v for k, v in {**given, **query}.items() if v}),
    )


def _evidence(visit: Visit, incident_id: str, rule: str) -> Evidence:
    row = incident(visit.desk.reader, incident_id)
    found = (
        next((each.evidence for each in row.evidence if each.evidence.rule == rule), None) if row else None
    )
    if found is None:
        raise Missing("evidence")
    return found


def _shown(row: MentionRow, visit: Visit) -> Shown:
    return Shown(row=row, quote=quote_of(row.content, visit.desk.opener) if row.content else None)


def read_label(found: str | None) -> Label | None:
    """A label of a query.

    Raises:
        BadQuestion: it is none.
    """
    return _one_of("label", found, get_args(Label))


def read_severity(found: str | None) -> Severity | None:
    """A severity of a query.

    Raises:
        BadQuestion: it is none.
    """
    return _one_of("severity", found, get_args(Severity))


def _one_of(name: str, found: str | None, words: tuple[W, ...]) -> W | None:
    if found is None:
        return None
    for word in words:
        if word == found:
            return word
    raise BadQuestion(f"{name}: found {found[:40]!r}, expected one of {', '.join(words)}")


def read_time(name: str, found: str | None) -> datetime | None:
    """A time of a query: ISO 8601 with an offset.

    Raises:
        BadQuestion: it is not.
    """
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found.replace(" ", "+"))  # a "+" that nobody escaped arrives as a space
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadQuestion(f"{name}: found {found[:40]!r}, expected a time such as 2026-11-20T14:05:00+08:00")
    return at
