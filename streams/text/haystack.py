"""A batch of texts as one string, so that one call into the automaton reads them all."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SEPARATOR = "\x00"
"""Stands in no normal form, so nothing can be found across two texts."""


class Haystack:
    """The texts of a batch, joined; `ends` are the offsets at which each ends."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.joined = SEPARATOR.join(texts)
        self.ends = [end - 1 for end in accumulate([len(text) + 1 for text in texts])]

    def text(self, number: int) -> str:
        """The text with this number."""
        return self.joined[self.ends[number - 1] + 1 if number else 0 : self.ends[number]]

    def codes(self) -> "npt.NDArray[np.uint32]":
        """The code points of `joined`."""
        import numpy as np  # a fifth of a second to load, so not for those who only read a query

        return np.frombuffer(self.joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")

    def encodable(self) -> "Haystack":
        """The same texts with a question mark for every lone surrogate, which no automaton takes."""
        other = Haystack(())
        other.joined = self.joined.encode("utf-8", "replace").decode()
        other.ends = self.ends
        return other

    def rewritten(self, codes: "npt.NDArray[np.uint32]") -> "Haystack":
        """The same texts in another writing of the same length, given by its code points."""
        other = Haystack(())
        other.joined = codes.tobytes().decode("utf-32-le", "surrogatepass")
        other.ends = self.ends
        return other


class Literals:
    """Literal strings in one automaton, each with what it stands for: a set of numbers."""

    def __init__(self, meanings: Mapping[str, Collection[int]]) -> None:
        self._automaton = AhoCorasick(list(meanings)) if meanings else None
        self._meanings = [frozenset(numbers) for numbers in meanings.values()]

    def places(self, haystack: Haystack) -> list[tuple[int, int, int]]:
        """Where literals stand, overlapping ones too, in the order of their ends: (number of the literal, start, end)."""
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(haystack.joined, overlapping=True)

    def in_each(self, haystack: Haystack) -> list[set[int]]:
        """For every text of `haystack` all that its literals stand for, overlapping ones too."""
        ends, meanings = haystack.ends, self._meanings
        found: list[set[int]] = [set() for _ in ends]
        if not ends:
            return found
        text, here, following = 0, found[0], ends[0] + 1
        for literal, start, _ in self.places(haystack):
            if start >= following:
                while start >= following:
                    text += 1
                    following = ends[text] + 1
                here = found[text]
            here |= meanings[literal]
        return found
