"""A batch of texts as one string, so that one call into the automaton reads them all."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

SEPARATOR = "\x00"
"""Stands in no normal form, so nothing can be found across two texts."""


class Literals:
    """Literal strings in one automaton, numbered in the order given."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._automaton = AhoCorasick(literals) if literals else None

    def find_in(self, haystack: "Haystack") -> Iterator[tuple[int, int]]:
        """The number of the text and the number of the literal, for every occurrence, overlapping ones too."""
        if self._automaton is None or not haystack.ends:
            return
        text, following = 0, haystack.ends[0] + 1
        for literal, start, _ in self._automaton.find_matches_as_indexes(haystack.joined, overlapping=True):
            while start >= following:
                text += 1
                following = haystack.ends[text] + 1
            yield text, literal


class Haystack:
    """The texts of a batch, joined; `ends` are the offsets at which each ends."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.joined = SEPARATOR.join(texts)
        self.ends = [end - 1 for end in accumulate(len(text) + 1 for text in texts)]
