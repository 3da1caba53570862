"""Mentions: the items behind every figure, with what was matched marked in the words as they were written."""

from typing import Annotated, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from alerting.events import Evidence
from services.views.errors import BadCursor
from services.views.incidents import incident
from services.views.mentions import MentionFilter, mentions_count, mentions_page
from services.views.rows import MentionRow
from services.web.actions import correct_judgement
from services.web.asked import read_label, read_severity, read_time
from services.web.errors import BadQuestion, Missing
from services.web.quote import Quote, quote_of
from services.web.render import page
from services.web.visit import Form, SignedIn, Visit
from streams.events import Label
from streams.text.topics import load_topics

COUNT_MOST = 10_000
WORD_LENGTH_MOST = 200
ITEMS_LENGTH_MOST = 8_000
"""Of a list of item ids, as reports name them."""

Word = Annotated[str | None, QueryParameter(max_length=WORD_LENGTH_MOST)]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A mention in the clear."""

    row: MentionRow
    quote: Quote | None
    by_parent: bool
    """It fits only by the post that it stands under."""


@get("/mentions")
async def show_mentions(
    visit: SignedIn,
    brand: Word = None,
    label: Word = None,
    platform: Word = None,
    monitor: Word = None,
    severity: Word = None,
    category: Word = None,
    from_at: Annotated[str | None, QueryParameter(name="from", max_length=WORD_LENGTH_MOST)] = None,
    to_at: Annotated[str | None, QueryParameter(name="to", max_length=WORD_LENGTH_MOST)] = None,
    of_incident: Annotated[str | None, QueryParameter(name="incident", max_length=WORD_LENGTH_MOST)] = None,
    rule: Word = None,
    author: Word = None,
    items: Annotated[str | None, QueryParameter(max_length=ITEMS_LENGTH_MOST)] = None,
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
        category=category,
        author=author,
        items=evidence.items if evidence else tuple(items.split(",")) if items else None,
    )
    reader = visit.desk.reader
    try:
        rows = mentions_page(reader, wanted, cursor=after)
    except BadCursor as error:
        raise BadQuestion(str(error)) from error
    given = {
        key: value for key, value in visit.request.query_params.items() if key not in {"after", "at", "said"}
    }
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
        topics=load_topics().amended_by(visit.intake.topics).ids,
        filtered=bool(given),
        link=lambda **query: "/mentions?" + urlencode({k: v for k, v in {**given, **query}.items() if v}),
    )


@post("/mentions/corrections")
async def correct(visit: SignedIn, form: Form) -> Redirect:
    """What a person says an item really is; back to the list that they came from."""
    await correct_judgement(visit, form)
    query = dict(parse_qsl(urlsplit(form.get("back", "")).query)) | {"said": "corrected"}
    return Redirect("/mentions?" + urlencode(query), status_code=303)


def _evidence(visit: Visit, incident_id: str, rule: str) -> Evidence:
    row = incident(visit.desk.reader, incident_id)
    found = (
        next((each.evidence for each in row.evidence if each.evidence.rule == rule), None) if row else None
    )
    if found is None:
        raise Missing("evidence")
    return found


def _shown(row: MentionRow, visit: Visit) -> Shown:
    matches = row.content.matches if row.content else ()
    return Shown(
        row=row,
        quote=quote_of(row.content, visit.desk.opener) if row.content else None,
        by_parent=bool(matches) and all(match.via == "parent" for match in matches),
    )
