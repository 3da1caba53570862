"""The review sheet (审核表): title, dates, reviewers, opinions, final result, time finished; on a page, as CSV and as XLSX."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from alerting.content_events import ReviewLevel
from alerting.shelf import Opinion, Review
from services.views.contents import SheetRow
from services.web.content_wording import item_words
from services.web.visit import Visit
from services.web.workbook import workbook

LEVELS: tuple[ReviewLevel, ...] = ("planner", "manager", "legal", "commander")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One review, in words."""

    item: str
    title: str
    authors: str
    submitted_at: datetime
    opinions: tuple[Opinion | None, ...]
    """At each of `LEVELS`."""
    result: str
    """Name of the text."""
    finished_at: datetime | None
    hash: str
    emergency: bool
    despite: str


def sheet_lines(rows: Iterable[SheetRow], visit: Visit) -> tuple[SheetLine, ...]:
    """The rows as people read them."""
    return tuple(_line(row, visit) for row in rows)


def _line(row: SheetRow, visit: Visit) -> SheetLine:
    review, submitted = row.review, row.submitted
    by_level = {opinion.level: opinion for opinion in review.opinions}
    return SheetLine(
        item=submitted.item,
        title=(visit.say("drill.mark") if visit.config.drill else "") + submitted.title,
        authors=visit.say("list").join(visit.name_of(author) for author in submitted.authors),
        submitted_at=submitted.at,
        opinions=tuple(by_level.get(level) for level in LEVELS),
        result=result_of(review),
        finished_at=review.ratified_at
        or review.returned_at
        or (None if review.emergency else review.approved_at),
        hash=review.hash,
        emergency=review.emergency,
        despite=submitted.despite,
    )


def result_of(review: Review) -> str:
    """How a review ended, or how far it is."""
    if review.returned_at is not None:
        return "returned"
    if review.approved_at is None:
        return "in_review"
    if review.lapsed_at is not None:
        return "lapsed"
    return "to_ratify" if review.wants_ratification else "approved"


def header(visit: Visit) -> list[str]:
    """The names of the columns."""
    names = ["item", "title_column", "authors", "submitted"]
    names += [f"{part}_{level}" for level in LEVELS for part in ("reviewer", "opinion", "at")]
    return [visit.say(f"sheet.{name}") for name in (*names, "result", "finished", "despite", "hash")]


def cells(line: SheetLine, visit: Visit) -> list[str]:
    """One review in the order of `header`; times by the brand's wall."""
    opinions = (part for opinion in line.opinions for part in _opinion_cells(opinion, visit))
    return [
        item_words(line.item, visit.language), line.title, line.authors, _time(line.submitted_at, visit), *opinions,
        visit.say(f"content.standing.{line.result}"), _time(line.finished_at, visit), line.despite, line.hash,
    ]  # fmt: skip


def _opinion_cells(opinion: Opinion | None, visit: Visit) -> Sequence[str]:
    if opinion is None:
        return "", "", ""
    said = visit.say(f"content.verdict.{opinion.verdict}")
    return visit.name_of(opinion.by), f"{said}: {opinion.text}", _time(opinion.at, visit)


def _time(at: datetime | None, visit: Visit) -> str:
    return f"{at.astimezone(visit.zone):%Y-%m-%d %H:%M:%S}" if at is not None else ""


def as_csv(lines: Iterable[SheetLine], visit: Visit) -> str:
    """With a byte order mark, so that spreadsheets know the encoding; nothing in it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header(visit))
    writer.writerows([_harmless(cell) for cell in cells(line, visit)] for line in lines)
    return "\ufeff" + out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def as_xlsx(lines: Iterable[SheetLine], visit: Visit) -> bytes:
    """The same as a workbook with one sheet; every cell is text."""
    return workbook(visit.say("sheet.name"), header(visit), [cells(line, visit) for line in lines])
