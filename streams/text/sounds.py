"""What a text sounds like: every Chinese character becomes a sign for its syllable, one for one.

Tones do not count, nor do the differences that many speakers do not make: zh/z, ch/c, sh/s, n/l at the beginning, ng/n at
the end of ang, eng and ing. Emoji that stand for a word of one syllable sound like it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING

from streams.text.haystack import Haystack
from streams.text.tables.shapes import EMOJI
from streams.text.tables.sounds import FIRST, OTHER

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_READINGS = 8
"""So many ways to read a term aloud are looked for, commonest readings first."""

_SIGNS = 0xE000  # private use: nothing else stands there, see `_table`
_READING = re.compile(r"([a-z]+)([1-5])(\S+)")


def heard(text: str) -> str:
    """The text as it sounds, of the same length."""
    return aloud(Haystack([text])).joined


def aloud(haystack: Haystack) -> Haystack:
    """All texts of a batch as they sound: one look into a table per character, ten times as fast as `str.translate`."""
    import numpy as np  # not for those who only read a query

    codes, table = haystack.codes(), _table()
    return haystack.rewritten(np.where(codes < len(table), table.take(codes, mode="clip"), codes))


def readings(term: str) -> Iterator[str]:
    """The ways in which a term may sound, as `heard` writes them."""
    choices = [[_sign(syllable) for syllable in syllables(character)] or [character] for character in term]
    yield from dict.fromkeys("".join(signs) for signs in islice(product(*choices), MAX_READINGS))


def syllables(character: str) -> tuple[str, ...]:
    """The syllables of a character without tone, commonest first (ü as v); none if it is not in the tables."""
    return _syllables().get(character, ())


def same_tones(one: str, other: str) -> int:
    """At how many places two writings of the same length have the same tone, or the same character."""
    tones = _tones()
    return sum(a == b or tones.get(a, a) == tones.get(b, b) for a, b in zip(one, other, strict=False))


@cache
def _table() -> "npt.NDArray[np.uint32]":
    """Code point → code point of the sign that it sounds like, up to the last one that sounds like another."""
    import numpy as np

    signs = {ord(character): _sign(each[0]) for character, each in _syllables().items()}
    signs |= {ord(picture): _sign(syllables(word)[0]) for picture, word in pictures() if len(word) == 1}
    table = np.arange(max(signs) + 1, dtype=np.uint32)
    table[_SIGNS : _SIGNS + 0x400] = 0xFFFD
    table[list(signs)] = [ord(sign) for sign in signs.values()]
    return table


def pictures() -> Iterable[tuple[str, str]]:
    """Every emoji with the word it stands for."""
    return ((entry[0], entry[1:]) for entry in EMOJI.split())


@cache
def _signs() -> dict[str, str]:
    merged = sorted({_merged(syllable) for each in _syllables().values() for syllable in each})
    return {syllable: chr(_SIGNS + number) for number, syllable in enumerate(merged)}


def _sign(syllable: str) -> str:
    return _signs()[_merged(syllable)]


def _merged(syllable: str) -> str:
    """The syllable without the differences that are often not heard."""
    plain = re.sub(r"^([zcs])h", r"\1", syllable)
    plain = re.sub(r"^n", "l", plain)
    return re.sub(r"(?<!i)(ang|eng|ing)$|(?<=i)(ng)$", lambda match: match.group()[:-1], plain)


@cache
def _syllables() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for table in (FIRST, OTHER):
        for syllable, _, characters in _READING.findall(table):
            for character in characters:
                found.setdefault(character, []).append(syllable)
    return {character: tuple(dict.fromkeys(each)) for character, each in found.items()}


@cache
def _tones() -> dict[str, str]:
    tones = {character: tone for _, tone, characters in _READING.findall(FIRST) for character in characters}
    return tones | {picture: tones[word] for picture, word in pictures() if len(word) == 1}
