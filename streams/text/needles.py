"""From one term of a query to the literal strings that the automaton looks for."""

import re

import msgspec

from streams.text.item import Variant
from streams.text.normalise import Normalised, normalise
from streams.text.ordinary import is_ordinary
from streams.text.sounds import same_tones
from streams.text.syntax import Term
from streams.text.tables.words import GRAMMAR
from streams.text.variants import Spelling, spellings

_NOT_SPACED = re.compile("[\u2e80-\ud7ff\ue000-\uf8ff\ufa00-\ufaff\U0001f000-\U0003ffff]")
"""Scripts without spaces between words (Chinese, Japanese, Korean endings), emoji, and signs for sounds."""


class Needle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A literal in normal form, and what must hold around a place where it is found.

    A `heard` one is looked for in what a text sounds like. `term` is the normal form of the term it stands for.
    """

    text: str
    term: str
    word_start: bool
    word_end: bool
    cased: str | None = None
    variant: Variant | None = None
    heard: bool = False
    always_fits: bool = False

    def fits(self, document: Normalised, haystack: str, start: int, end: int) -> bool:
        """Whether `haystack[start:end]` is meant: a whole word, the right case, not just ordinary writing."""
        if self.word_start and start > 0 and joins_words(haystack[start - 1]):
            return False
        if self.word_end and end < len(haystack) and joins_words(haystack[end]):
            return False
        if self.cased is not None and not self._has_case(document, start, end):
            return False
        if self.heard and not self._sounds_right(haystack[start:end]):
            return False
        return self.variant not in _CAN_BE_ORDINARY or not is_ordinary(haystack, start, end, self.term)

    def _sounds_right(self, written: str) -> bool:
        """Whether this is a homophone and not the term itself, with the right tone at half of its places.

        Which tones differ says nothing (辣鸡 is 垃圾), but with most of them wrong it is nearly always chance (洗杯, 西贝).
        Nor is it one if a word of grammar stands where the term has none: 智商谁 (比得过他) is not 智商税.
        """
        return (
            written != self.term
            and 2 * same_tones(written, self.term) >= len(written)
            and not any(
                here in GRAMMAR and here != there for here, there in zip(written, self.term, strict=True)
            )
        )

    def _has_case(self, document: Normalised, start: int, end: int) -> bool:
        first, last = document.span(start, end)
        return normalise(document.original[first:last], fold_case=False).text == self.cased


_CAN_BE_ORDINARY: frozenset[Variant | None] = frozenset(("homophone", "look-alike", "split"))


def joins_words(character: str) -> bool:
    """Whether the character is part of a word in a script that puts spaces between words."""
    return (character.isalnum() or character == "_") and _NOT_SPACED.match(character) is None


def needles(term: Term) -> tuple[Needle, ...]:
    """The literals of a term: its own normal form, then its variants if it asks for them."""
    plain = _one_line(term.text, fold_case=True)
    cased = _one_line(term.text, fold_case=False) if term.cased else None
    starts, ends = joins_words(plain[0]), not term.prefix and joins_words(plain[-1])
    own = Needle(
        text=plain,
        term=plain,
        word_start=starts,
        word_end=ends,
        cased=cased,
        always_fits=not (starts or ends or cased),
    )
    if term.variants == "none":
        return (own,)
    others = spellings(plain, initials=term.variants == "initials")
    return (own, *(_variant(spelling, plain) for spelling in others))


def _variant(spelling: Spelling, plain: str) -> Needle:
    return Needle(
        text=spelling.text,
        term=plain,
        word_start=joins_words(spelling.text[0]),
        word_end=joins_words(spelling.text[-1]),
        variant=spelling.variant,
        heard=spelling.heard,
    )


def _one_line(text: str, *, fold_case: bool) -> str:
    return normalise(" ".join(text.split()), fold_case=fold_case).text.strip()
