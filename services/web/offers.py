"""Prepared statements as a page offers them: the text cut at its blanks, each blank with what may stand in it."""

import msgspec

from alerting.config import Blank, BrandDesk, FreeBlank
from services.views.rows import OfferRow


class Part(msgspec.Struct, frozen=True):
    """A stretch of text, or a blank."""

    text: str = ""
    blank: Blank | None = None

    @property
    def kind(self) -> str:
        """`text`, or the type of the blank."""
        return "text" if self.blank is None else str(type(self.blank).__struct_config__.tag)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared statement."""

    row: OfferRow
    parts: tuple[Part, ...]


def offer_of(row: OfferRow, brand: BrandDesk | None) -> Offer:
    """The statement as it was offered.

    What may stand in a blank is read from the configuration that holds now; one that it no longer knows takes any words.
    """
    item = next((item for item in brand.content if item.id == row.variant.item), None) if brand else None
    known = {blank.name: blank for blank in item.blanks} if item else {}
    parts: list[Part] = [Part(row.variant.text)]
    for name in row.variant.blanks:
        blank = known.get(name) or FreeBlank(name=name)
        parts = [piece for part in parts for piece in ([part] if part.blank else _cut(part.text, blank))]
    return Offer(row=row, parts=tuple(part for part in parts if part.text or part.blank))


def _cut(text: str, blank: Blank) -> list[Part]:
    pieces: list[Part] = []
    for number, piece in enumerate(text.split("{" + blank.name + "}")):
        if number:
            pieces.append(Part(blank=blank))
        pieces.append(Part(piece))
    return pieces
