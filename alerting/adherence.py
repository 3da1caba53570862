"""How far a reply strays from the script that it was written from (话术). No personal wording, but people add words."""

import re
from difflib import SequenceMatcher

BLANK = re.compile(r"\{(\w+)\}")
FILLED_CHARACTERS_MOST = 20
"""A blank may be filled with so many characters before they count as words of one's own."""


def strayed(sent: str, script: str) -> float:
    """0: word for word, blanks filled; 1: nothing in common. What is left out counts as what is put in.

    Characters that both have in the same order (`difflib`) are the script's; white space counts for nothing.
    """
    fixed, own = _bare(BLANK.sub("", script)), _bare(sent)
    if not fixed or not own:
        return 1.0
    blocks = SequenceMatcher(None, fixed, own, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in blocks)
    filled = FILLED_CHARACTERS_MOST * len(BLANK.findall(script))
    added = max(0, len(own) - kept - filled)
    return round(min(1.0, (len(fixed) - kept + added) / len(fixed)), 4)


def _bare(text: str) -> str:
    return "".join(text.split())
