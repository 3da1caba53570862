"""Replies from the script library (话术库), with what is known filled in."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alerting.adherence import BLANK
from alerting.config import BrandDesk, Script
from services.views.rows import ConversationRow

_ORDER = re.compile(r"(?:订单|单号|尾号|order)\D{0,6}?([A-Za-z]{0,4}\d{3,24})", re.IGNORECASE)
"""An order as customers write it: the word, perhaps a few characters, the number."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A script for one conversation; `blanks` is what somebody still has to fill in."""

    id: str
    category: str
    text: str
    blanks: tuple[str, ...] = ()
    escalate: bool = False


def order_in(texts: Iterable[str]) -> str:
    """The order number that was written last, if any."""
    return next((found[1] for text in reversed(tuple(texts)) if (found := _ORDER.search(text))), "")


def drafts_of(row: ConversationRow, brand: BrandDesk | None, known: Mapping[str, str]) -> tuple[Draft, ...]:
    """The scripts for the conversation's platform, those for its topic first, with what is `known` filled in."""
    scripts = [
        script
        for script in (brand.scripts if brand else ())
        if not script.platforms or row.platform in script.platforms
    ]
    return tuple(_draft(script, known) for script in _sorted(scripts, row))


def _sorted(scripts: Sequence[Script], row: ConversationRow) -> list[Script]:
    """Grave conversations get the scripts that raise the complaint first."""
    grave = row.severity in {"P0", "P1"}
    return sorted(
        scripts, key=lambda script: (script.escalate != grave, not _fits(script.category, row.topic))
    )


def _fits(category: str, topic: str | None) -> bool:
    """Topics are kinds of complaint, categories are the brand's own: `product-quality` is for `quality`."""
    return topic is not None and topic in category.split("-")


def _draft(script: Script, known: Mapping[str, str]) -> Draft:
    text = BLANK.sub(
        lambda found: known.get(found[1]) or (found[0] if found[1] != "name" else ""), script.text
    )
    return Draft(
        id=script.id,
        category=script.category,
        text=text,
        blanks=tuple(BLANK.findall(text)),
        escalate=script.escalate,
    )
