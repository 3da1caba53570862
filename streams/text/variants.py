"""How a term may be dodged: `~西贝` also means 西呗, xibei, 西bei, 酉贝; `~强` 弓虽; `~拼多多` 并夕夕; `~垃圾` 垃🐔; `~~西贝` xb too.

Homophones are far too many to write down; they are found by reading texts aloud (`streams.text.sounds`). All others are
literals, at most `MAX_SPELLINGS` for a term.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice, product

import msgspec

from streams.text.item import Variant
from streams.text.normalise import HAN
from streams.text.ordinary import is_word
from streams.text.sounds import pictures, readings, syllables
from streams.text.tables.shapes import FOREIGN_LETTERS, LOOK_ALIKES
from streams.text.tables.splits import SPLITS

MAX_SPELLINGS = 250
MAX_MIXED_CHARS = 4
"""Longer terms are looked for all in pinyin, not with some characters in pinyin and some not."""
MAX_MIXED_READINGS = 2
"""So many readings of a character are mixed in: bao光 and pu光."""
HALF_LEAST_CHARS = 3

_CHINESE = re.compile(f"[{HAN}]+")


class Spelling(msgspec.Struct, frozen=True, gc=False):
    """A literal to look for; if `heard`, it is written in the signs of `streams.text.sounds`."""

    text: str
    variant: Variant
    heard: bool = False


def spellings(plain: str, *, initials: bool) -> tuple[Spelling, ...]:
    """The variants of a term in normal form, without the term itself; no literal twice.

    One character alone is not varied: nearly everything would sound like it.
    """
    found = {plain: Spelling(plain, "homophone")}
    for spelling in islice(_spellings(plain, initials), MAX_SPELLINGS):
        found.setdefault(spelling.text, spelling)
    del found[plain]
    return tuple(found.values())


def _spellings(plain: str, initials: bool) -> Iterator[Spelling]:
    if len(plain) < 2:
        return
    if _CHINESE.search(plain):
        yield from (
            Spelling(reading, "homophone", heard=True) for reading in readings(plain) if reading != plain
        )
    if _CHINESE.fullmatch(plain):
        yield from (Spelling(text, "pinyin") for text in _in_pinyin(plain))
        if initials:
            yield from (Spelling(text, "initials") for text in _in_initials(plain))
        yield from (Spelling(text, "split") for text in _one_or_all(plain, _splits()))
        yield from (Spelling(text, "split") for text in _halved(plain))
    yield from (Spelling(text, "look-alike") for text in _one_or_all(plain, _look_alikes()))
    yield from (Spelling(text, "emoji") for text in _with_pictures(plain))


def _in_pinyin(plain: str) -> Iterator[str]:
    """All in pinyin, run together or parted; then every mixture with Chinese characters."""
    spelt = [_pinyin(character) for character in plain]
    if not all(spelt):
        return
    for parted in ("", " ", "'", "-"):
        yield from (parted.join(choice) for choice in islice(product(*spelt), MAX_MIXED_CHARS**2))
    if len(plain) <= MAX_MIXED_CHARS:
        yield from _mixtures(plain, [each[:MAX_MIXED_READINGS] for each in spelt])


def _in_initials(plain: str) -> Iterator[str]:
    """The first letters of all syllables; then every mixture with Chinese characters."""
    spelt = [_pinyin(character) for character in plain]
    if not all(spelt):
        return
    first = [(each[0][0],) for each in spelt]
    yield "".join(letter for (letter,) in first)
    if len(plain) <= MAX_MIXED_CHARS:
        yield from _mixtures(plain, first)


def _pinyin(character: str) -> list[str]:
    """The syllables of a character as people type them: ü as v or u."""
    return [
        form
        for syllable in syllables(character)
        for form in dict.fromkeys((syllable, syllable.replace("v", "u")))
    ]


def _mixtures(plain: str, others: Sequence[Sequence[str]]) -> Iterator[str]:
    """Every choice between each character and its other forms, but not all the one or all the other."""
    choices = product(*((character, *forms) for character, forms in zip(plain, others, strict=True)))
    for choice in choices:
        kept = sum(here == there for here, there in zip(choice, plain, strict=True))
        if 0 < kept < len(plain):
            yield "".join(choice)


def _one_or_all(plain: str, forms: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """One character in another form, or all that have one in their first."""
    for index, character in enumerate(plain):
        for form in forms.get(character, ()):
            yield plain[:index] + form + plain[index + 1 :]
    yield "".join(forms.get(character, (character,))[0] for character in plain)


def _halved(plain: str) -> Iterator[str]:
    """拼多多 as 并夕夕: the right half alone, of one character (of every place where it stands) or of all.

    A term of two characters shows too little for one half to tell: 微言 is not 微信.
    """
    halves = {character: _halves()[character] for character in plain if character in _halves()}
    if len(plain) >= HALF_LEAST_CHARS:
        yield from (plain.replace(character, half) for character, half in halves.items())
    if len(halves) == len(set(plain)):
        yield "".join(halves[character] for character in plain)


def _with_pictures(plain: str) -> Iterator[str]:
    """An emoji for a word inside the term; one syllable that only sounds like it is found by hearing."""
    for picture, word in pictures():
        if word in plain:
            yield plain.replace(word, picture)


@cache
def _splits() -> dict[str, tuple[str, ...]]:
    """By character: the pairs that it is split into, without those that are common words (好: 女子)."""
    splits = {}
    for group in SPLITS.split():
        pairs = tuple(group[index : index + 2] for index in range(1, len(group), 2))
        splits[group[0]] = tuple(pair for pair in pairs if not is_word(pair))
    return {character: pairs for character, pairs in splits.items() if pairs}


@cache
def _halves() -> dict[str, str]:
    """By character: the right one of the two parts that it is split into."""
    return {group[0]: group[2] for group in SPLITS.split()}


@cache
def _look_alikes() -> dict[str, tuple[str, ...]]:
    alike: dict[str, tuple[str, ...]] = {letter: (foreign,) for letter, foreign in FOREIGN_LETTERS.items()}
    for group in LOOK_ALIKES.split():
        for character in group:
            others = tuple(other for other in group if other != character)
            alike[character] = tuple(dict.fromkeys((*alike.get(character, ()), *others)))
    return alike
