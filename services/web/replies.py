"""Replies from the script library (话术库), with what is known filled in."""

import re
from collections.abc import Sequence

import msgspec

from alerting.config import BrandDesk, Script
from services.views.rows import ConversationRow

_BLANK = re.compile(r"\{(\w+)\}")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A script for one conversation; `blanks` is what somebody still has to fill in."""

    id: str
    category: str
    text: str
    blanks: tuple[str, ...] = ()
    escalate: bool = False


def drafts_of(
    row: ConversationRow, customer: str | None, brand: BrandDesk | None, time: str
) -> tuple[Draft, ...]:
    """The scripts for the conversation's platform, those for its topic first."""
    scripts = [
        script
        for script in (brand.scripts if brand else ())
        if not script.platforms or row.platform in script.platforms
    ]
    known = {"name": customer or "", "time": time}
    return tuple(_draft(script, known) for script in _sorted(scripts, row))


def _sorted(scripts: Sequence[Script], row: ConversationRow) -> list[Script]:
    """Grave conversations get the scripts that raise the complaint first."""
    grave = row.severity in {"P0", "P1"}
    return sorted(scripts, key=lambda script: (script.escalate != grave, script.category != row.topic))


def _draft(script: Script, known: dict[str, str]) -> Draft:
    text = _BLANK.sub(
        lambda found: known.get(found[1]) or (found[0] if found[1] != "name" else ""), script.text
    )
    return Draft(
        id=script.id,
        category=script.category,
        text=text,
        blanks=tuple(_BLANK.findall(text)),
        escalate=script.escalate,
    )
