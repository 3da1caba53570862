"""The JSON interface to prepared statements: the library, one of them, review sheets, releases, and what can be done."""

from datetime import date, datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from alerting.compliance import Flag
from alerting.config import Blank
from alerting.content_events import ReviewLevel
from alerting.coverage import Cell
from alerting.shelf import Filling, Release, Review, Standing
from services.views.contents import SheetRow, content_log, releases_of, review_sheets
from services.web.api import Word, as_json
from services.web.content_actions import act_on_content
from services.web.content_pages import coverage_of, flags_of, found_offer
from services.web.offers import Offer, offers_of
from services.web.schema import documented
from services.web.shapes import Listing
from services.web.visit import Form, SignedIn


class StatementShape(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared statement as a list shows it; `hash` is what an approval of it locks."""

    item: str
    brand: str
    scenario: str
    platform: str
    variant: str
    author: str
    expires: date
    text: str
    blanks: tuple[Blank, ...]
    hash: str
    standing: Standing
    needs_legal: bool
    """Free words stand in it: a lawyer reads it as it is filled."""
    wanted: tuple[ReviewLevel, ...]
    """Levels at which an opinion is wanted now."""


class LibraryShape(msgspec.Struct, frozen=True, kw_only=True):
    """All statements of a brand, and what is covered."""

    items: tuple[StatementShape, ...]
    coverage: tuple[Cell, ...]


class StatementFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one statement; `log` holds its events, the newest first."""

    statement: StatementShape
    review: Review | None
    withdrawn: str
    to_correct: tuple[str, ...]
    fillings: tuple[Filling, ...]
    releases: tuple[Release, ...]
    flags: tuple[Flag, ...]
    log: tuple[object, ...]


class ReleaseShape(msgspec.Struct, frozen=True, kw_only=True):
    """A text that went out."""

    release: str
    item: str
    incident: str
    by: str | None
    released_at: datetime
    platform: str
    text: str
    text_hash: str
    link: str
    posted_at: datetime | None
    ended_at: datetime | None
    ended_because: str


@get("/api/content", include_in_schema=True, responses=documented(LibraryShape))
async def api_content(visit: SignedIn) -> Response[bytes]:
    """The statements of the brand that is shown (`brand=…` for another), with their coverage."""
    brand = visit.brand
    items = tuple(statement_shape(offer) for offer in offers_of(brand, visit)) if brand else ()
    cells = tuple(cell for row in coverage_of(brand, visit) for cell in row.cells) if brand else ()
    return as_json(visit.request, LibraryShape(items=items, coverage=cells))


@get(
    "/api/content/{brand:str}/{set_:str}/{platform:str}/{variant:str}",
    include_in_schema=True,
    responses=documented(StatementFileShape),
)
async def api_statement(
    visit: SignedIn,
    brand: FromPath[str],
    set_: FromPath[str],
    platform: FromPath[str],
    variant: FromPath[str],
) -> Response[bytes]:
    """Everything about one statement."""
    return _file(visit, brand, f"{set_}/{platform}/{variant}")


@post(
    "/api/content/{brand:str}/{set_:str}/{platform:str}/{variant:str}/{action:str}",
    status_code=200,
    include_in_schema=True,
    responses=documented(StatementFileShape),
)
async def api_act(
    visit: SignedIn,
    form: Form,
    brand: FromPath[str],
    set_: FromPath[str],
    platform: FromPath[str],
    variant: FromPath[str],
    action: FromPath[str],
) -> Response[bytes]:
    """Do something with a statement, with the fields of the page's form; returns it as it stands then."""
    name = f"{set_}/{platform}/{variant}"
    await act_on_content(visit, found_offer(visit, brand, name), action, form)
    return _file(visit, brand, name)


@get("/api/reviews", include_in_schema=True, responses=documented(Listing[SheetRow]))
async def api_reviews(visit: SignedIn) -> Response[bytes]:
    """The review sheets of the brand, newest first."""
    return as_json(visit.request, Listing(items=review_sheets(visit.desk.reader, visit.brand_id or "")))


@get("/api/releases", include_in_schema=True, responses=documented(Listing[ReleaseShape]))
async def api_releases(visit: SignedIn, incident: Word = None) -> Response[bytes]:
    """What the brand released (for one incident), newest first."""
    rows = releases_of(visit.desk.reader, visit.brand_id or "", incident=incident)
    shapes = tuple(
        ReleaseShape(
            release=row.released.release,
            item=row.released.item,
            incident=row.released.incident,
            by=row.released.by,
            released_at=row.released.at,
            platform=row.released.platform,
            text=row.released.text,
            text_hash=row.released.text_hash,
            link=row.link,
            posted_at=row.posted_at,
            ended_at=row.ended_at,
            ended_because=row.ended_because,
        )
        for row in rows
    )
    return as_json(visit.request, Listing(items=shapes))


def content_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [api_content, api_statement, api_act, api_reviews, api_releases]


def statement_shape(offer: Offer) -> StatementShape:
    """A statement as JSON gives it."""
    item = offer.item
    return StatementShape(
        item=item.id,
        brand=offer.brand,
        scenario=item.scenario,
        platform=item.platform,
        variant=item.variant,
        author=item.author,
        expires=item.expires,
        text=item.text,
        blanks=item.blanks,
        hash=offer.hash,
        standing=offer.standing,
        needs_legal=offer.free,
        wanted=offer.review.open_levels if offer.review is not None else (),
    )


def _file(visit: SignedIn, brand: str, name: str) -> Response[bytes]:
    offer = found_offer(visit, brand, name)
    body = StatementFileShape(
        statement=statement_shape(offer),
        review=offer.file.review,
        withdrawn=offer.file.withdrawn,
        to_correct=offer.file.to_correct,
        fillings=offer.fillings,
        releases=offer.file.releases,
        flags=tuple(flags_of(offer, visit)),
        log=content_log(visit.desk.reader, brand, name),
    )
    return as_json(visit.request, body)
