"""`content` and `scripts`: prepared statements in Markdown, and the library of standard replies.

A file holds one variant, or a whole set below headings (`services.config.passages`).
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec

from alerting.compliance import lint
from alerting.config import (
    Blank,
    ContentItem,
    EnumBlank,
    FreeBlank,
    Industry,
    Material,
    MaterialKind,
    NumberBlank,
    Promotion,
    Script,
    TimeBlank,
)
from alerting.content import gaps
from alerting.content_checks import check_content
from services.config import statement_texts, texts
from services.config.documents import Sheet, read_document, read_sheet
from services.config.passages import Passage, has_passages, passages_of
from services.config.problems import Place, Report
from services.config.readers import (
    choice,
    day,
    folder_name,
    ident,
    identified,
    line,
    many,
    number,
    one_or_many,
    platform,
    reference,
    span,
    text,
    truth,
)
from services.config.values import Table, Value

MOST_CONTENT_FILES = 2_000
MOST_SCRIPTS = 5_000
LARGEST_NUMBER = 10.0**12
_BLANK = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,63})\}")
INDUSTRIES: tuple[Industry, ...] = get_args(Industry)
MATERIALS: tuple[MaterialKind, ...] = get_args(MaterialKind)
_BLANK_TYPES = ("enum", "number", "time", "free")


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One content item, and the brand it is for; None: all brands."""

    item: ContentItem
    brand: str | None
    line: int
    """Where its words begin in its file."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What content items may refer to."""

    brands: tuple[str, ...]
    people: tuple[str, ...]
    today: date


def read_content(folder: Path, root: Table, context: Context) -> tuple[Shelf, ...]:
    """Every statement in the folder that `content` names."""
    name = root.optional("content", folder_name, None)
    if name is None:
        return ()
    report = root.value.report
    if not (folder / name).is_dir():
        report.error(root.key_place("content"), texts.NO_FOLDER, texts.FOLDER_NAME)
        return ()
    shelves: dict[tuple[str | None, str], Shelf] = {}
    for path in sorted((folder / name).rglob("*.md"))[:MOST_CONTENT_FILES]:
        file = path.relative_to(folder).as_posix()
        for shelf in _read_shelf(folder, file, report, context):
            if shelves.setdefault((shelf.brand, shelf.item.id), shelf) is not shelf:
                place = Place(file=file, line=shelf.line)
                report.error(place, texts.variant_again(shelf.item.id), texts.EACH_VARIANT_ONCE)
    return tuple(shelves.values())


def _read_shelf(folder: Path, file: str, report: Report, context: Context) -> Iterable[Shelf]:
    sheet = read_sheet(folder, file, report)
    if sheet is None:
        return ()
    if not sheet.body:
        report.error(Place(file=file, line=sheet.body_line), texts.NOTHING, texts.STATEMENT)
    return sheet.head.attempt(lambda head: _shelves(head, sheet, context), ())


def _shelves(head: Value, sheet: Sheet, context: Context) -> tuple[Shelf, ...]:
    with head.table() as table:
        if has_passages(sheet):
            passages = tuple(passages_of(sheet, head.report))
        else:
            passages = (_whole(table, sheet),)
        common, brand = _common(table, context), table.optional("brand", reference(context.brands), None)
        _check_blanks(table, common.blanks, passages)
    shelves = tuple(
        Shelf(item=_item(common, passage), brand=brand, line=passage.line) for passage in passages
    )
    for shelf in shelves:
        _check_words(head, shelf, context.today)
    return shelves


def _whole(table: Table, sheet: Sheet) -> Passage:
    return Passage(
        platform=table.required("platform", platform, ""),
        variant=table.required("variant", ident, ""),
        form=table.optional("form", line, ""),
        text=sheet.body,
        line=sheet.body_line,
    )


def _common(table: Table, context: Context) -> ContentItem:
    """What the front matter says of every statement below it."""
    expires = table.required("expires", day, date.max, texts.DAY)
    if expires < context.today:
        found = texts.expired(expires.isoformat())
        table.value.report.warn(table.key_place("expires"), found, texts.NOT_EXPIRED)
    return ContentItem(
        set=table.required("set", ident, ""),
        scenario=table.required("scenario", ident, ""),
        platform="",
        variant="",
        author=table.required("author", reference(context.people), ""),
        expires=expires,
        blanks=table.optional("blanks", _blanks, ()),
        text="",
        materials=table.optional("materials", many(_material), ()),
        advertising=table.optional("advertising", truth, default=False),
        ai=table.optional("ai", truth, default=False),
        industry=table.optional("industry", choice(INDUSTRIES), None),
        promotion=table.optional("promotion", _promotion, None),
    )


def _item(common: ContentItem, passage: Passage) -> ContentItem:
    """One statement, with those of the file's blanks that its own words have."""
    used = gaps(passage.text)
    return msgspec.structs.replace(
        common,
        platform=passage.platform,
        variant=passage.variant,
        form=passage.form,
        text=passage.text,
        blanks=tuple(blank for blank in common.blanks if blank.name in used),
    )


def _blanks(value: Value) -> tuple[Blank, ...]:
    with value.table() as table:
        named = list(table.entries())
    return tuple(body.attempt(partial(_blank, name), FreeBlank(name=name)) for name, body in named)


def _blank(name: str, value: Value) -> Blank:
    with value.table() as table:
        label = table.optional("label", line, "")
        match table.required("type", choice(_BLANK_TYPES), "free"):
            case "enum":
                return EnumBlank(
                    name=name, label=label, of=table.required("of", many(line), (), texts.A_LIST)
                )
            case "number":
                return _number_blank(name, label, table)
            case "time":
                within_s = table.required("within", span, 1, texts.DURATION)
                return TimeBlank(name=name, label=label, within_s=within_s)
            case _:
                return FreeBlank(name=name, label=label)


def _number_blank(name: str, label: str, table: Table) -> NumberBlank:
    bounds = number(-LARGEST_NUMBER, LARGEST_NUMBER)
    low, high = table.required("min", bounds, 0.0), table.required("max", bounds, LARGEST_NUMBER)
    if low > high:
        table.value.report.error(
            table.key_place("min"), texts.low_above_high(low, high), texts.LOW_NOT_ABOVE_HIGH
        )
    return NumberBlank(name=name, label=label, min=low, max=high)


def _check_blanks(table: Table, blanks: Iterable[Blank], passages: Iterable[Passage]) -> None:
    """Every blank in the text is declared, and every declared one stands in a text."""
    report, file = table.value.report, table.value.file
    declared = {blank.name for blank in blanks}
    used: set[str] = set()
    for passage in passages:
        for number_below, written in enumerate(passage.text.splitlines()):
            for found in _BLANK.finditer(written):
                used.add(found[1])
                if found[1] not in declared:
                    place = Place(file=file, line=passage.line + number_below, column=found.start() + 1)
                    report.error(place, texts.blank(found[1]), texts.BLANK_DECLARED)
    for name in sorted(declared - used):
        report.error(table.key_place("blanks"), texts.blank(name), texts.BLANK_USED)


def _material(value: Value) -> Material:
    with value.table(statement_texts.MATERIAL) as table:
        return Material(
            kind=table.required("kind", choice(MATERIALS), "picture", statement_texts.MATERIAL),
            name=table.required("name", line, "", statement_texts.MATERIAL),
            proof=table.optional("proof", line, ""),
        )


def _promotion(value: Value) -> Promotion:
    with value.table(statement_texts.PERIOD) as table:
        return Promotion(
            starts=table.required("from", day, date.min, texts.DAY),
            ends=table.required("to", day, date.max, texts.DAY),
        )


def _check_words(head: Value, shelf: Shelf, today: date) -> None:
    """Warn of what a reviewer would object to; whether it may stay is said when it is handed in."""
    item = shelf.item
    for flag in check_content(item, ZoneInfo("UTC"), datetime.combine(today, time(12), UTC)):
        before = item.text[: flag.start]
        place = Place(
            file=head.file,
            line=shelf.line + before.count("\n"),
            column=flag.start - (before.rfind("\n") + 1) + 1,
        )
        found = statement_texts.objected(flag.words or flag.rule, flag.source)
        head.report.warn(place, found, statement_texts.instead(flag.suggestion))


def read_scripts(folder: Path, root: Table) -> tuple[Script, ...]:
    """The standard replies of the file that `scripts` names."""
    name = root.optional("scripts", folder_name, None)
    if name is None:
        return ()
    document = read_document(folder, name, root.value.report)
    if document is None:
        return ()
    return document.attempt(identified(_script, MOST_SCRIPTS), ())


def _script(table: Table) -> Script:
    script = _script_of(table)
    for platform_ in script.platforms or (None,):
        for flag in lint(script.text, platform_):
            found = statement_texts.objected(flag.words, flag.source)
            table.value.report.warn(table.key_place("text"), found, statement_texts.instead(flag.suggestion))
    return script


def _script_of(table: Table) -> Script:
    return Script(
        id=table.required("id", ident, ""),
        category=table.required("category", ident, ""),
        platforms=table.optional("platforms", one_or_many(platform), ()),
        text=table.required("text", text, ""),
        escalate=table.optional("escalate", truth, default=False),
    )
