"""The JSON interface to what the rule for courtesies let go: the sample to check, and what people say of it."""

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from services.vault import Opener
from services.views.cursor import LIMIT_DEFAULT
from services.views.no_reply import NoReplyRow, no_reply_row, rule_errors, to_check
from services.web.actions import settled
from services.web.api import Limit, Word, as_json, asked
from services.web.errors import BadQuestion, Missing
from services.web.reading import Reading
from services.web.schema import documented
from services.web.shapes import ItemShape, item_shape
from services.web.visit import AnyRequest, Form, SignedIn, check_may_act
from streams.commands import ReviewNoReply
from streams.events import Verdict

VERDICTS: tuple[Verdict, ...] = ("confirmed", "overturned")


class NoReplyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a rule let go."""

    conversation: str
    rule: str
    sampled: bool
    verdict: Verdict | None
    by: str | None
    item: ItemShape


class RuleShape(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule does; `error_rate` is of the sample alone, null while nobody has looked."""

    rule: str
    marked: int
    sampled: int
    reviewed: int
    overturned: int
    error_rate: float | None


class NoReplyListing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be checked, and how the rules do."""

    items: tuple[NoReplyShape, ...]
    next: str | None
    rules: tuple[RuleShape, ...]


@get("/api/no-reply", include_in_schema=True, responses=documented(NoReplyListing))
async def api_no_reply(
    reading: Reading, request: AnyRequest, limit: Limit = LIMIT_DEFAULT, cursor: Word = None
) -> Response[bytes]:
    """The sample of messages that a rule let go and nobody has checked, the newest first, and how often rules err."""
    page = asked(lambda: to_check(reading.reader, limit=limit, cursor=cursor))
    listing = NoReplyListing(
        items=tuple(_shape(row, reading.opener) for row in page.items),
        next=page.next,
        rules=tuple(
            RuleShape(
                rule=one.rule,
                marked=one.marked,
                sampled=one.sampled,
                reviewed=one.reviewed,
                overturned=one.overturned,
                error_rate=one.error_rate,
            )
            for one in rule_errors(reading.reader)
        ),
    )
    return as_json(request, listing)


@post("/api/no-reply/{item:str}/{verdict:str}", status_code=200)
async def api_review(
    visit: SignedIn, form: Form, item: FromPath[str], verdict: FromPath[str]
) -> Response[bytes]:
    """Confirm or overturn that a message needs no reply; returns it as it stands then."""
    known = {each: each for each in VERDICTS}.get(verdict)  # type: ignore[call-overload]
    if known is None:
        raise BadQuestion(f"verdict: found {verdict[:40]!r}, expected one of {', '.join(VERDICTS)}")
    check_may_act(visit)
    row = no_reply_row(visit.desk.reader, item)
    if row is None:
        raise Missing("item")
    command = ReviewNoReply(
        id=form.get("once") or visit.once(),
        who=visit.person.id,
        conversation=row.conversation,
        key=row.key,
        item=item,
        verdict=known,
        occurred_at=visit.now,
    )
    (outcome,) = await visit.desk.house.submit([command])
    await settled(visit, outcome)
    after = no_reply_row(visit.desk.reader, item)
    if after is None:
        raise Missing("item")
    return as_json(visit.request, _shape(after, visit.desk.opener))


def _shape(row: NoReplyRow, opener: Opener) -> NoReplyShape:
    return NoReplyShape(
        conversation=row.conversation,
        rule=row.rule,
        sampled=row.sampled,
        verdict=row.verdict,
        by=row.by,
        item=item_shape(row.item, opener),
    )


def no_reply_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [api_no_reply, api_review]
