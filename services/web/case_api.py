"""The JSON interface to cases: those to be settled, everything about one, and what can be done."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from services.vault import Opener
from services.views.cases import CaseFile, CaseRow, PromiseRow, case_file, case_of_conversation, cases_page
from services.views.cursor import LIMIT_DEFAULT
from services.views.queue import conversation
from services.web.actions import settled
from services.web.api import Limit, Word, as_json, asked
from services.web.errors import BadQuestion, Missing
from services.web.reading import Reading
from services.web.schema import documented
from services.web.settling import case_text, settle_case
from services.web.shapes import ItemShape, Listing, item_shape
from services.web.visit import AnyRequest, Form, SignedIn, Visit, check_may_act
from streams.case_events import AnyCaseEvent, OpenReason, Outcome
from streams.commands import AnyCaseCommand, AssignCase, LinkCase, OpenCase, ReopenCase
from streams.events import Severity

Fields = Mapping[str, str]


class CaseShape(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a list shows it; `item` is what opened it."""

    id: str
    platform: str
    account: str
    brand: str | None
    topic: str | None
    severity: Severity | None
    owner: str | None
    opened_at: datetime
    reason: OpenReason
    last_at: datetime
    settled_at: datetime | None
    outcome: Outcome | None
    evidence: str | None
    reopened: int
    promise_due_at: datetime | None
    promise_broken: bool
    item: ItemShape | None


def case_shape(row: CaseRow, opener: Opener) -> CaseShape:
    """A case as JSON gives it."""
    return CaseShape(
        id=row.id,
        platform=row.platform,
        account=row.account,
        brand=row.brand,
        topic=row.topic,
        severity=row.severity,
        owner=row.owner,
        opened_at=row.opened_at,
        reason=row.reason,
        last_at=row.last_at,
        settled_at=row.settled_at,
        outcome=row.outcome,
        evidence=row.evidence,
        reopened=row.reopened,
        promise_due_at=row.promise_due_at,
        promise_broken=row.promise_broken,
        item=item_shape(row.item, opener) if row.item is not None else None,
    )


class CaseFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one case."""

    case: CaseShape
    conversations: tuple[str, ...]
    mentions: tuple[str, ...]
    promises: tuple[PromiseRow, ...]
    log: tuple[AnyCaseEvent, ...]


@get("/api/cases", include_in_schema=True, responses=documented(Listing[CaseShape]))
async def api_cases(
    reading: Reading,
    request: AnyRequest,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Word = None,
    owner: Word = None,
    open: FromQuery[bool] = False,  # noqa: A002  (the parameter's name)
) -> Response[bytes]:
    """Cases, open ones first, what has waited longest on top."""
    page = asked(lambda: cases_page(reading.reader, open_only=open, owner=owner, limit=limit, cursor=cursor))
    items = tuple(case_shape(row, reading.opener) for row in page.items)
    return as_json(request, Listing(items=items, next=page.next))


@get("/api/cases/{case_id:str}", include_in_schema=True, responses=documented(CaseFileShape))
async def api_case(reading: Reading, request: AnyRequest, case_id: FromPath[str]) -> Response[bytes]:
    """Everything about one case."""
    return as_json(request, _file_shape(_found(reading.reader, case_id), reading.opener))


@post("/api/cases", status_code=201)
async def api_open_case(visit: SignedIn, form: Form) -> Response[bytes]:
    """Follow a conversation until it is settled; returns the case."""
    name = form.get("conversation", "")
    row = conversation(visit.desk.reader, name)
    if row is None:
        raise Missing("conversation")
    command = OpenCase(id=_command_id(visit, form), who=visit.person.id, key=row.key, conversation=name)
    await _done(visit, command)
    case = case_of_conversation(visit.desk.reader, name)
    if case is None:
        raise Missing("case")
    return as_json(visit.request, _file_shape(_found(visit.desk.reader, case.id), visit.desk.opener))


@post("/api/cases/{case_id:str}/{action:str}", status_code=200)
async def api_act_on_case(
    visit: SignedIn, form: Form, case_id: FromPath[str], action: FromPath[str]
) -> Response[bytes]:
    """Do `assign`, `link`, `settle` or `reopen` to a case; returns it as it stands then."""
    make = _ACTIONS.get(action)
    if make is None:
        raise BadQuestion(f"action: found {action[:40]!r}, expected one of {', '.join(_ACTIONS)}")
    found = _found(visit.desk.reader, case_id)
    await _done(visit, make(visit, found.row, form))
    return as_json(visit.request, _file_shape(_found(visit.desk.reader, case_id), visit.desk.opener))


def _found(reader: Any, case_id: str) -> CaseFile:
    found = case_file(reader, case_id)
    if found is None:
        raise Missing("case")
    return found


async def _done(visit: Visit, command: AnyCaseCommand) -> None:
    check_may_act(visit)
    (outcome,) = await visit.desk.house.submit([command])
    await settled(visit, outcome)


def _file_shape(found: CaseFile, opener: Opener) -> CaseFileShape:
    return CaseFileShape(
        case=case_shape(found.row, opener),
        conversations=found.conversations,
        mentions=found.mentions,
        promises=found.promises,
        log=found.log,
    )


def _command_id(visit: Visit, fields: Fields) -> str:
    return (fields.get("once") or visit.once())[:200]


def _assign(visit: Visit, row: CaseRow, fields: Fields) -> AnyCaseCommand:
    owner = fields.get("owner", visit.person.id)
    if visit.config.person(owner) is None and owner != visit.person.id:
        raise BadQuestion(f"owner: found {owner[:40]!r}, expected an id of people")
    return AssignCase(
        id=_command_id(visit, fields), who=visit.person.id, key=row.key, case=row.id, owner=owner
    )


def _link(visit: Visit, row: CaseRow, fields: Fields) -> AnyCaseCommand:
    linked = fields.get("conversation"), fields.get("item")
    if not any(linked):
        raise BadQuestion("conversation: nothing found, expected a conversation, or item with a mention's id")
    return LinkCase(
        id=_command_id(visit, fields), who=visit.person.id, key=row.key, case=row.id,
        conversation=linked[0], item=linked[1],
    )  # fmt: skip


def _reopen(visit: Visit, row: CaseRow, fields: Fields) -> AnyCaseCommand:
    return ReopenCase(
        id=_command_id(visit, fields),
        who=visit.person.id,
        key=row.key,
        case=row.id,
        note=case_text(fields, "note"),
    )


_ACTIONS: Mapping[str, Callable[[Visit, CaseRow, Fields], AnyCaseCommand]] = {
    "assign": _assign,
    "link": _link,
    "settle": settle_case,
    "reopen": _reopen,
}


def case_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [api_cases, api_case, api_open_case, api_act_on_case]
