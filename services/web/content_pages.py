"""The library of prepared statements, one statement with its variants side by side, and the review sheets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from alerting.compliance import Flag, lint
from alerting.config import BrandDesk
from alerting.content_checks import check_content
from alerting.coverage import Cell
from alerting.levels import rank
from alerting.permissions import may
from alerting.shelf import Standing
from services.config.statements import cells_of
from services.views.contents import SheetRow, content_log, releases_of, review_sheets
from services.views.incidents import incidents_page
from services.web.actions import Fields
from services.web.content_actions import act_on_content, write_new
from services.web.content_wording import content_words
from services.web.errors import Missing
from services.web.offers import Offer, offers_of, siblings
from services.web.render import page
from services.web.review_sheet import as_csv, as_xlsx, sheet_lines
from services.web.timeline import TimelineLine
from services.web.visit import Form, SignedIn, Visit

UNFOLDED_MOST = 20
"""A library with no more statements is shown without folding it by scenario."""
AT_WORK: frozenset[Standing] = frozenset({"in_review", "returned", "to_ratify", "lapsed"})
"""Scenarios with such a statement are unfolded."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get("/content")
async def show_library(visit: SignedIn) -> Response[str]:
    """What is prepared, how it stands, and what the visitor is asked for."""
    brand = visit.brand
    offers = offers_of(brand, visit) if brand else ()
    cells = coverage_of(brand, visit) if brand else ()
    return page(
        visit,
        "content.html",
        offers=offers,
        library=by_scenario(offers, [row.scenario for row in cells]),
        mine=errands(offers, visit),
        tasks=[offer for offer in offers if offer.file.to_correct],
        cells=cells,
        ready=Counter((offer.item.scenario, offer.item.platform) for offer in offers if offer.usable),
        at_work={offer.item.scenario for offer in offers if offer.standing in AT_WORK},
        unfolded_most=UNFOLDED_MOST,
        may_withdraw=may(visit.config, visit.person, "content.withdraw"),
    )


@get("/content/{brand:str}/{set_:str}/{platform:str}/{variant:str}")
async def show_statement(
    visit: SignedIn,
    brand: FromPath[str],
    set_: FromPath[str],
    platform: FromPath[str],
    variant: FromPath[str],
) -> Response[str]:
    """One statement, its variants beside it, its reviews, what was released, and what happened."""
    found, offers, offer = _found(visit, brand, f"{set_}/{platform}/{variant}")
    burning = incidents_page(visit.desk.reader, brand=brand, open_only=True).items
    return page(
        visit,
        "statement.html",
        offer=offer,
        variants=siblings(offers, offer),
        flags=flags_of(offer, visit),
        releases=releases_of(visit.desk.reader, brand, item=offer.item.id),
        log=log_of(offer, visit),
        despite=next(
            (row.submitted.despite for row in review_sheets(visit.desk.reader, brand, offer.item.id)), ""
        ),
        flags_in=lambda text: lint(text, platform),
        gravest=max(burning, key=lambda row: rank(row.level), default=None),
        may_withdraw=may(visit.config, visit.person, "content.withdraw"),
        brand=found,
    )


@post("/content/{brand:str}/{set_:str}/{platform:str}/{variant:str}/{action:str}")
async def act(
    visit: SignedIn,
    form: Form,
    brand: FromPath[str],
    set_: FromPath[str],
    platform: FromPath[str],
    variant: FromPath[str],
    action: FromPath[str],
) -> Redirect:
    """Write, hand in, review, fill, release, record the link, withdraw, correct; back to where the form stood."""
    offer = found_offer(visit, brand, f"{set_}/{platform}/{variant}")
    said = await act_on_content(visit, offer, action, form)
    return Redirect(f"{_back(offer, form)}?{urlencode({'said': said})}", status_code=303)


@post("/content")
async def write(visit: SignedIn, form: Form) -> Redirect:
    """Write a statement that nobody had prepared."""
    item = await write_new(visit, visit.brand_id or "", form)
    return Redirect(f"/content/{visit.brand_id}/{item}?said=content_drafted", status_code=303)


@get("/content/sheets")
async def show_sheets(visit: SignedIn) -> Response[str]:
    """Every review of the brand, newest first."""
    return page(visit, "sheets.html", lines=sheet_lines(_sheets(visit), visit))


@get("/content/sheets.csv")
async def sheets_csv(visit: SignedIn) -> Response[str]:
    """The same for a spreadsheet."""
    return Response(
        as_csv(sheet_lines(_sheets(visit), visit), visit),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="fenghuo-reviews.csv"'},
    )


@get("/content/sheets.xlsx")
async def sheets_xlsx(visit: SignedIn) -> Response[bytes]:
    """The same as a workbook."""
    return Response(
        as_xlsx(sheet_lines(_sheets(visit), visit), visit),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="fenghuo-reviews.xlsx"'},
    )


def by_scenario(offers: Iterable[Offer], order: Iterable[str]) -> list[tuple[str, list[Offer]]]:
    """Statements by scenario, in this order; scenarios that only the desk knows last."""
    groups: dict[str, list[Offer]] = {scenario: [] for scenario in order}
    for offer in offers:
        groups.setdefault(offer.item.scenario, []).append(offer)
    return [(scenario, group) for scenario, group in groups.items() if group]


class Errand(msgspec.Struct, frozen=True):
    """A statement that waits for the visitor: to `review`, to read its `filling`, to change what was `returned`, or to `post`."""

    offer: Offer
    what: str


def errands(offers: Iterable[Offer], visit: Visit) -> list[Errand]:
    """What the visitor is asked for."""
    found = ((offer, _errand(offer, visit)) for offer in offers)
    return [Errand(offer, what) for offer, what in found if what]


def _errand(offer: Offer, visit: Visit) -> str:
    person, review = visit.person.id, offer.review
    if offer.mine:
        return "review"
    if offer.may_clear and waiting_for_legal(offer):
        return "filling"
    if offer.standing == "returned" and review is not None and person in review.authors:
        return "returned"
    return "post" if any(release.by == person for release in offer.unposted) else ""


def waiting_for_legal(offer: Offer) -> bool:
    """Whether a filled text waits for a lawyer."""
    return any(filling.needs_legal and filling.legal is None for filling in offer.fillings)


def flags_of(offer: Offer, visit: Visit) -> list[Flag]:
    """What would be objected to if it were handed in now."""
    return check_content(offer.item, visit.zone, visit.now)


def log_of(offer: Offer, visit: Visit) -> tuple[TimelineLine, ...]:
    """What happened to a statement, newest first, in words."""
    lines = []
    for event in content_log(visit.desk.reader, offer.brand, offer.item.id):
        words, detail = content_words(event, visit.language, visit.name_of)
        who = visit.name_of(event.by) if event.by else None
        lines.append(TimelineLine(at=event.at, who=who, words=words, detail=detail, tone=""))
    return tuple(lines)


class CoverageRow(msgspec.Struct, frozen=True):
    """A scenario on every platform."""

    scenario: str
    cells: tuple[Cell, ...]


def coverage_of(brand: BrandDesk, visit: Visit) -> tuple[CoverageRow, ...]:
    """What is prepared for which scenario on which of the brand's platforms."""
    platforms = dict.fromkeys(
        account.platform for account in visit.intake.accounts if account.brand == brand.id
    )
    cells = cells_of(brand, platforms, visit.now)
    return tuple(
        CoverageRow(scenario, tuple(cell for cell in cells if cell.scenario == scenario))
        for scenario in dict.fromkeys(cell.scenario for cell in cells)
    )


def found_offer(visit: Visit, brand: str, item: str) -> Offer:
    """One statement.

    Raises:
        Missing: there is no such brand or statement.
    """
    return _found(visit, brand, item)[2]


def _found(visit: Visit, brand: str, item: str) -> tuple[BrandDesk, Sequence[Offer], Offer]:
    known = visit.config.brand(brand)
    if known is None:
        raise Missing("brand")
    offers = offers_of(known, visit)
    offer = next((each for each in offers if each.item.id == item), None)
    if offer is None:
        raise Missing("content")
    return known, offers, offer


def _sheets(visit: Visit) -> Sequence[SheetRow]:
    return review_sheets(visit.desk.reader, visit.brand_id or "")


def _back(offer: Offer, form: Fields) -> str:
    """The incident's page, if the form stood there."""
    incident = form.get("incident", "")
    return f"/incidents/{incident}" if form.get("from") == "incident" and incident.isalnum() else offer.place
