"""What people wrote, opened through the vault at the moment it is shown, with the matched words marked."""

import msgspec

from services.vault import Opener
from services.views.rows import ItemRow
from streams.events import Match
from streams.facts import Private
from streams.text.item import Span, Variant

SAFE_SCHEMES = ("https://", "http://")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text; `hint` names the monitor and the word of the query that it hit."""

    text: str
    marked: bool = False
    hint: str = ""


class Dodge(msgspec.Struct, frozen=True):
    """A word of a query that the text writes otherwise."""

    written: str
    term: str
    variant: Variant


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """An item in the clear."""

    forgotten: bool = False
    """Its key was dropped; nothing below is known."""
    name: str | None = None
    title: tuple[Piece, ...] = ()
    text: tuple[Piece, ...] = ()
    url: str | None = None
    dodges: tuple[Dodge, ...] = ()


def quote_of(item: ItemRow, opener: Opener) -> Quote:
    """The item's content with its marks."""
    private = opener.private(item.content)
    if private is None:
        return Quote(forgotten=True)
    return Quote(
        name=private.author_name,
        title=_marked(private.title or "", item.matches, "title"),
        text=_marked(private.text, item.matches, "text"),
        url=private.url if private.url and private.url.startswith(SAFE_SCHEMES) else None,
        dodges=_dodges(private, item.matches),
    )


def plain(private: Private | None) -> str:
    """Title and text as one line of words."""
    return " ".join(part for part in (private.title, private.text) if part) if private else ""


def _dodges(private: Private, matches: tuple[Match, ...]) -> tuple[Dodge, ...]:
    """Each once, in the order of the matches."""
    found = (
        Dodge(
            ((private.title or "") if span.field == "title" else private.text)[span.start : span.end],
            span.term,
            span.variant,
        )
        for match in matches
        for span in match.spans
        if span.variant is not None
    )
    return tuple(dict.fromkeys(found))


def _marked(text: str, matches: tuple[Match, ...], field: str) -> tuple[Piece, ...]:
    spans = sorted(
        ((span, match) for match in matches for span in match.spans if span.field == field),
        key=lambda pair: (pair[0].start, -pair[0].end),
    )
    pieces: list[Piece] = []
    cursor = 0
    for span, match in spans:
        start, end = max(span.start, cursor), min(span.end, len(text))
        if start >= end:
            continue
        if start > cursor:
            pieces.append(Piece(text[cursor:start]))
        pieces.append(Piece(text[start:end], marked=True, hint=_hint(span, match)))
        cursor = end
    if cursor < len(text):
        pieces.append(Piece(text[cursor:]))
    return tuple(pieces)


def _hint(span: Span, match: Match) -> str:
    variant = f" ({span.variant})" if span.variant else ""
    return f"{match.monitor}: {span.term}{variant}"
