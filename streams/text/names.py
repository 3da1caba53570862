"""From the piece of a name that is counted to the name that people read: 兰花 in texts about 西兰花 is 西兰花."""

from collections import Counter
from collections.abc import Sequence

from streams.text.grams import folded

SHARED_BY = 0.8
"""A neighbour in so large a share of the places belongs to the name."""
PLACES_LEAST = 3
LONGEST = 8
_HAN = range(0x4E00, 0xA000)


def whole_name(piece: str, texts: Sequence[str]) -> str:
    """`piece` with the characters that nearly always stand around it in `texts`, at most `LONGEST`."""
    plain = [folded(text) for text in texts]
    name = piece
    while len(name) < LONGEST:
        if left := _neighbour(name, plain, before=True):
            name = left + name
        elif right := _neighbour(name, plain, before=False):
            name += right
        else:
            break
    return name


def _neighbour(name: str, texts: Sequence[str], *, before: bool) -> str:
    """The Chinese character that stands before (or after) nearly every place of `name`; empty if there is none."""
    found: Counter[str] = Counter()
    for text in texts:
        if (start := text.find(name)) >= 0:  # once a text: who repeats a name says no more
            beside = start - 1 if before else start + len(name)
            found[text[beside] if 0 <= beside < len(text) else ""] += 1
    places = found.total()
    if places < PLACES_LEAST:
        return ""
    neighbour, count = found.most_common(1)[0]
    return neighbour if neighbour and ord(neighbour) in _HAN and count >= SHARED_BY * places else ""
