"""A report as it is shown: sections of a few kinds of blocks, which the page, the file and the PDF draw each in their way."""

from datetime import datetime
from typing import ClassVar

import msgspec

from services.web.curve import Curve


class Piece(msgspec.Struct, frozen=True):
    """A few words; with `link`, they lead to what stands behind them."""

    text: str
    link: str = ""
    strong: bool = False
    tone: str = ""
    """A level, or empty."""


Pieces = tuple[Piece, ...]


class Words(msgspec.Struct, frozen=True):
    """A paragraph; `small` where it only explains."""

    pieces: Pieces
    small: bool = False
    kind: ClassVar[str] = "words"


class Figure(msgspec.Struct, frozen=True):
    """A number with what it counts, and the address of the items behind it."""

    number: str
    words: str
    link: str = ""


class Figures(msgspec.Struct, frozen=True):
    """Large numbers side by side."""

    figures: tuple[Figure, ...]
    kind: ClassVar[str] = "figures"


class Grid(msgspec.Struct, frozen=True):
    """A table. Columns from `numbers_from` on hold numbers; `wide` is the column that takes the room."""

    head: tuple[str, ...]
    rows: tuple[tuple[Pieces, ...], ...]
    numbers_from: int = 100
    wide: int = 0
    kind: ClassVar[str] = "grid"


class Said(msgspec.Struct, frozen=True):
    """What somebody wrote, and where."""

    text: str
    about: Pieces


class Quotes(msgspec.Struct, frozen=True):
    """Words of other people."""

    said: tuple[Said, ...]
    kind: ClassVar[str] = "quotes"


class Chart(msgspec.Struct, frozen=True):
    """The curve of volume and negatives."""

    curve: Curve
    brand: str
    base_url: str
    at: str
    """The moment that its links stay within; empty: the present."""
    from_words: str
    to_words: str
    kind: ClassVar[str] = "chart"


Block = Words | Figures | Grid | Quotes | Chart


class Section(msgspec.Struct, frozen=True):
    """A part of a report."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report."""

    title: str
    subtitle: str
    verdict: str
    """What it comes to, in at most `VERDICT_CHARACTERS_MOST` characters."""
    sections: tuple[Section, ...]
    foot: str
    made_at: datetime
    timezone: str
    file_name: str
    """Without an ending."""


VERDICT_CHARACTERS_MOST = 200


def verdict_of(parts: tuple[str, ...]) -> str:
    """As many of the parts, the weightiest first, as the verdict has room for."""
    verdict = ""
    for part in parts:
        if len(verdict) + len(part) <= VERDICT_CHARACTERS_MOST:
            verdict += part
    return verdict


def plain(text: str, link: str = "") -> Pieces:
    """One piece."""
    return (Piece(text, link),)
