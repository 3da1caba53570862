"""`normalise` for a whole batch: the same normal forms at a sixth of the price.

All texts are one row of code points: one look into a table folds every character, and comparing neighbours tells which
few texts hold something whose length may change. Only those go through the passes one by one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from streams.text.normalise import (
    FOLDED,
    HAN,
    LINK_DEBRIS,
    MAX_INSERTED,
    ODD_CHARACTER,
    SINGLE,
    SYMBOLS,
    TAIL_DEBRIS,
    Normalised,
    finished,
    normalise,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BLOCK_CHARS = 1 << 15
"""So many characters are laid into one row; a text as long as that is normalised by itself."""
_PLANES = 0x20000
"""Code points with a mark of their own; those above are rare enough to be looked at one by one."""
_ODD, _SPACE, _DIGIT, _SYMBOL, _SINGLE, _HAN, _LATIN = 1, 2, 4, 8, 16, 32, 64


def normalise_batch(texts: Sequence[str], block_chars: int = BLOCK_CHARS) -> list[Normalised]:
    """`normalise` of every text, in their order."""
    found: list[Normalised] = []
    for block in _blocks(texts, block_chars):
        found += _block(block) if len(block) > 1 else map(normalise, block)
    return found


def _blocks(texts: Sequence[str], most_chars: int) -> Iterator[list[str]]:
    """Neighbours, up to `most_chars` of them together; a long text alone."""
    block: list[str] = []
    size = 0
    for text in texts:
        if block and size + len(text) > most_chars:
            yield block
            block, size = [], 0
        block.append(text)
        size += len(text)
    if block:
        yield block


def _block(texts: Sequence[str]) -> list[Normalised]:
    import numpy as np  # not for those who only read a query

    joined = "".join(texts)
    ends = list(accumulate(map(len, texts)))
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    signs = _signs()
    folded = signs.fold.take(codes, mode="clip")
    if codes.size and int(codes.max()) >= _PLANES:
        folded = np.where(codes < _PLANES, folded, codes)
    changed = folded.tobytes().decode("utf-32-le")
    suspects = _suspects(folded, signs.marks, ends)
    pieces = [changed[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    suspects.update(number for number, piece in enumerate(pieces) if piece.endswith(TAIL_DEBRIS))
    if any(debris in changed for debris in LINK_DEBRIS):
        suspects.update(range(len(texts)))
    forms = [Normalised(text, piece) for text, piece in zip(texts, pieces, strict=True)]
    for number in suspects:
        forms[number] = finished(texts[number], pieces[number])
    return forms


def _suspects(
    folded: "npt.NDArray[np.uint32]", marks: "npt.NDArray[np.uint8]", ends: Sequence[int]
) -> set[int]:
    """The texts in which a pass might find something: too many rather than too few."""
    import numpy as np

    if not folded.size:
        return set()
    kinds = marks.take(folded, mode="clip")
    odd = (kinds & _ODD) != 0
    odd |= _inserted(np.pad(kinds, (1, MAX_INSERTED)))
    odd[1:] |= (kinds[1:] & kinds[:-1] & _SPACE) != 0
    same = folded[1:] == folded[:-1]
    odd[2:] |= same[1:] & same[:-1] & ((kinds[2:] & (_SPACE | _DIGIT)) == 0)
    return set(np.searchsorted(ends, odd.nonzero()[0], side="right").tolist())


def _inserted(kinds: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.bool_]":
    """Where pass 3 might take something out. `kinds` has one place more before, and MAX_INSERTED more after."""
    import numpy as np

    def at(offset: int, kind: int) -> "npt.NDArray[np.bool_]":
        found: npt.NDArray[np.bool_] = (
            kinds[1 + offset : len(kinds) - MAX_INSERTED + offset] & np.uint8(kind)
        ) != 0
        return found

    han_follows = at(MAX_INSERTED, _HAN)
    for offset in range(MAX_INSERTED - 1, 0, -1):
        han_follows = at(offset, _HAN) | (at(offset, _SYMBOL) & han_follows)
    after_han = at(-1, _HAN)
    return (
        (at(0, _SYMBOL) & after_han & han_follows)
        | (at(0, _SINGLE) & after_han & at(1, _HAN))
        | (at(0, _SPACE) & ((after_han & at(1, _LATIN)) | (at(-1, _LATIN) & at(1, _HAN))))
    )


class _Signs(msgspec.Struct, frozen=True):
    """By code point, below _PLANES: what it folds to, and what it is."""

    fold: "npt.NDArray[np.uint32]"
    marks: "npt.NDArray[np.uint8]"


@cache
def _signs() -> _Signs:
    import numpy as np

    fold = np.arange(_PLANES, dtype=np.uint32)
    fold[: len(FOLDED)] = FOLDED
    marks = np.zeros(_PLANES, np.uint8)
    marks[_PLANES - 1] = _ODD  # where every higher one is looked up
    everything = "".join(map(chr, range(_PLANES)))
    for kind, pattern in (
        (_ODD, ODD_CHARACTER),
        (_SPACE, r"\s"),
        (_DIGIT, r"\d"),
        (_SYMBOL, f"[{SYMBOLS}]"),
        (_SINGLE, f"[{SINGLE}]"),
        (_HAN, f"[{HAN}]"),
        (_LATIN, "[a-z0-9]"),
    ):
        marks[[found.start() for found in re.finditer(pattern, everything)]] |= kind
    return _Signs(fold, marks)
