"""Repeats inside a word: `贾国国龙` is 贾国龙, `xiiiibei` is xibei.

Normalising leaves every run at two characters at most, since 妈妈 and good are words. For the few texts in which a run
might hide a word, this builds a second reading without the runs: Chinese doubles become one character, Latin letters
only if three or more were written (good is never god).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from streams.text.haystack import Haystack
from streams.text.normalise import Normalised

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_DRAWN_OUT_CHARS = 3


class Collapsed(msgspec.Struct, frozen=True, gc=False):
    """A second reading of one text of a batch; `before[k]` is the offset in it at which repeat `k` was left out."""

    index: int
    text: str
    before: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the normal form that a span of this reading stands for, the repeats at its end included."""
        return start + bisect_right(self.before, start), end + bisect_right(self.before, end)


def collapsed(documents: Sequence[Normalised], haystack: Haystack) -> list[Collapsed]:
    """The second readings of those texts of a batch that have one; `haystack` holds the normal forms."""
    repeats: dict[int, list[int]] = defaultdict(list)
    for position in _repeats(haystack.codes()):
        index = bisect_right(haystack.ends, position)
        offset = position - (haystack.ends[index - 1] + 1 if index else 0)
        if haystack.joined[position] > "\u2e80" or _is_drawn_out(documents[index], offset):
            repeats[index].append(offset)
    return [_without(index, documents[index].text, offsets) for index, offsets in repeats.items()]


def _repeats(codes: "npt.NDArray[np.uint32]") -> list[int]:
    """Offsets of Chinese characters and Latin letters that equal the one before."""
    here = codes[1:]
    # Few characters equal the one before: what they are is looked at for those alone.
    offsets = (here == codes[:-1]).nonzero()[0]
    same = here[offsets]
    letters = ((same >= 0x3400) & (same < 0xA000)) | ((same >= 0x61) & (same <= 0x7A))
    positions: list[int] = (offsets[letters] + 1).tolist()
    return positions


def _is_drawn_out(document: Normalised, offset: int) -> bool:
    start, end = document.span(offset - 1, offset + 1)
    return bool(document.passes) and end - start >= _DRAWN_OUT_CHARS


def _without(index: int, text: str, repeats: list[int]) -> Collapsed:
    starts = [0, *(offset + 1 for offset in repeats)]
    ends = [*repeats, len(text)]
    kept = "".join([text[start:end] for start, end in zip(starts, ends, strict=True)])
    return Collapsed(index, kept, [offset - number for number, offset in enumerate(repeats)])
