"""Short codes by which somebody without a browser takes an incident: in an answered text message, or typed on a page.

A code is made of the page's id with the vault's key, so nobody can make one up, and nothing about it is stored. It stands
only in calls and text messages, which reach one person: in a group everybody would read it.
"""

import re
from collections.abc import Callable

from alerting.events import PageRequested

DIGITS = 6
Veil = Callable[[str], str]
_CODE = re.compile(rf"(?<!\d)(\d{{{DIGITS}}})(?!\d)")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def code_of(veil: Veil, page: str) -> str:
    """The code of a page. `veil` is a keyed hash in hex (`services.vault.Vault.veil`)."""
    return f"{int(veil(f'page/{page}'), 16) % 10**DIGITS:0{DIGITS}}"


def carries_code(page: PageRequested) -> bool:
    """Whether the page's message tells its code."""
    return page.means == "call" and page.reason in {"step", "again"}


def code_in(text: str) -> str | None:
    """The code in what somebody wrote back, in whatever words; None if there is none, or more than one."""
    found = set(_CODE.findall(text.translate(_FULL_WIDTH)))
    return found.pop() if len(found) == 1 else None
