"""The words of a text that one seldom reads: what the rule for emerging words counts.

There is no dictionary that knows tomorrow's names, so candidates are grams of two to four Chinese characters, and words in
Latin letters. A gram is as notable as its commonest pair of characters is rare, but rare alone is no word: 菜卖 is rarer than
预制菜. Its characters must stand together more often than chance would have them (pointwise mutual information, Church and
Hanks 1990), and it must not start or end in a character that goes with everything. Words do not overlap, so that a name
takes one place of a few. What is chosen depends on the text alone.
"""

import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
import numpy.typing as npt

from streams.text.grams import PLAIN, Block, Codes, blocks, folded, readable

BACKGROUND_FILE = "background.npz"
PAIR_BITS = 19
"""The table of pairs has 2**19 cells; the pairs that stood in at least four texts fill a fifth of it."""
STEP = 20
"""A rarity is ln(texts / (texts with it + 1)) in steps of 1/20, so that it fits one byte."""
COMMON_BELOW = 11 * STEP // 2
"""A gram with a pair that stands in more than about one text of 250 is no news."""
LATIN_COMMON_BELOW = 8 * STEP
"""The same for a word in Latin letters, of which there are fewer."""
RARE_FROM = 8 * STEP
"""From here on a pair is just rare: half of all pairs were never seen, and most of these are no words."""
COHESION_LEAST, COHESION_MOST = -4 * STEP + 5, 4 * STEP
"""Of a pair's mutual information: a new name lies far below 0, what two words leave at their border lies below that."""
EDGE_LEAST = 3 * STEP // 2
"""A character in more than about one text of four neither starts nor ends a new word."""
EDGE_MOST = 6 * STEP
"""From here on a character is just rare."""
LENGTH_GAIN = 14
"""Of two grams that are as good, the longer one: a whole name tells more than a piece of it."""
LONGEST = 4
FIRST_HAN, LAST_HAN = 0x4E00, 0x9FFF

_NO_WORDS = re.compile(r"//\s*@.*|@[\w·-]+|\[[^\[\]\s]{1,8}\]", re.DOTALL)
"""What is passed on (`//@somebody: …` to the end), who is answered, and faces: `回复 @somebody :`, `[笑哭]`."""
_LATIN = re.compile(r"[a-z][a-z0-9]{2,19}")
_Candidate = tuple[int, int, int]
"""How notable a stretch of the text is, where it starts and where it ends."""


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What is ordinary: `pairs` (2**PAIR_BITS,) uint8 rarity by hash, `letters` (PLANES,) uint8 rarity by code point."""

    pairs: npt.NDArray[np.uint8]
    letters: npt.NDArray[np.uint8]


def own_words(text: str) -> str:
    """What an author says in their own words, folded: without what is passed on, who is answered, and faces."""
    return _NO_WORDS.sub(" ", folded(text))


def notable_words(text: str, most: int = 12) -> tuple[str, ...]:
    """The most notable words of `text`, best first, at most `most`; no two overlap."""
    return notable_words_batch([text], most)[0]


def notable_words_batch(texts: Sequence[str], most: int = 12) -> list[tuple[str, ...]]:
    """`notable_words` of every text, in their order; ten times as fast as one by one."""
    background = _background()
    plain = [readable(own_words(text)) for text in texts]
    found: list[tuple[str, ...]] = [()] * len(texts)
    for block in blocks(plain, PLAIN):
        rows = block.rows.tolist()
        for row, grams in zip(rows, _han_candidates(block, background, 4 * most), strict=True):
            found[row] = _chosen(_with_latin(grams, plain[row], background), plain[row], most)
    return found


def _han_candidates(block: Block, background: Background, most: int) -> Iterator[Iterable[_Candidate]]:
    """For every text of the block up to `most` candidates (score, start, end), best first; those scored 0 are none."""
    scores, starts, lengths = _scored_grams(block.codes, background)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    ranked = np.take_along_axis(scores, best, axis=1)
    ends = starts + lengths
    for row in zip(ranked.tolist(), starts[best].tolist(), ends[best].tolist(), strict=True):
        # Pulled one by one: of forty candidates the first dozen is looked at.
        yield zip(*row, strict=True)


def _scored_grams(
    codes: Codes, background: Background
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Scores (n, grams), 0 for what is no candidate, and for each column where its gram starts in the text, how long."""
    pairs = background.pairs.take(pair_cells(codes[:, :-1], codes[:, 1:])).astype(np.int16)
    letters = background.letters.take(codes).astype(np.int16)
    cohesion = np.minimum(letters[:, :-1] + letters[:, 1:] - pairs, np.int16(COHESION_MOST))
    han = (codes >= FIRST_HAN) & (codes <= LAST_HAN)
    rarest = np.minimum(pairs, np.int16(RARE_FROM)) * (han[:, :-1] & han[:, 1:])
    edges = np.minimum(letters, np.int16(EDGE_MOST))
    rarity, loosest = rarest, cohesion
    scores: list[npt.NDArray[np.int16]] = []
    for length in range(2, LONGEST + 1):
        if length > 2:
            rarity = np.minimum(rarity[:, :-1], rarest[:, length - 2 :])
            loosest = np.minimum(loosest[:, :-1], cohesion[:, length - 2 :])
        edge = np.minimum(edges[:, : edges.shape[1] - length + 1], edges[:, length - 1 :])
        score = rarity + loosest + edge + np.int16(LENGTH_GAIN * (length - 2))
        fits = (rarity >= COMMON_BELOW) & (loosest >= COHESION_LEAST) & (edge >= EDGE_LEAST)
        scores.append(np.asarray(score * fits, np.int16))
    widths = [part.shape[1] for part in scores]
    starts = (
        np.concatenate([np.arange(width) for width in widths]) - 1
    )  # column 0 is the edge before the text
    return np.concatenate(scores, axis=1), starts, np.repeat(np.arange(2, LONGEST + 1), widths)


def _with_latin(grams: Iterable[_Candidate], text: str, background: Background) -> Iterable[_Candidate]:
    """`grams` and the rare words in Latin letters, best first."""
    latin = []
    for word in _LATIN.finditer(text):
        rarity = int(background.pairs[word_cell(word.group())])
        if rarity >= LATIN_COMMON_BELOW:
            latin.append((rarity + EDGE_MOST + COHESION_MOST, *word.span()))
    return sorted([*grams, *latin], key=_by_score) if latin else grams


def _by_score(candidate: _Candidate) -> int:
    return -candidate[0]


def _chosen(candidates: Iterable[_Candidate], text: str, most: int) -> tuple[str, ...]:
    words: list[str] = []
    taken = 0  # the characters that a chosen word stands on, as bits
    for score, start, end in candidates:
        if score <= 0 or len(words) == most:
            break
        places = ((1 << (end - start)) - 1) << start
        if not places & taken:
            taken |= places
            if (word := text[start:end]) not in words:
                words.append(word)
    return tuple(words)


def pair_cells(first: Codes, second: Codes) -> npt.NDArray[np.uint32]:
    """The cells of the pairs' table for two characters that follow each other."""
    mixed = (first * np.uint32(0x9E3779B1) ^ second) * np.uint32(0x85EBCA77)
    mixed ^= mixed >> np.uint32(15)
    return np.asarray((mixed * np.uint32(0xC2B2AE3D)) >> np.uint32(32 - PAIR_BITS))


def word_cell(word: str) -> int:
    """The cell of a Latin word in the same table."""
    return zlib.crc32(word.encode()) >> (32 - PAIR_BITS)


def latin_words(text: str) -> set[str]:
    """The Latin words of a text that is folded (NFKC, lower case)."""
    return set(_LATIN.findall(text))


def dump_background(background: Background) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, pairs=background.pairs, letters=background.letters)
    return file.getvalue()


@cache
def _background() -> Background:
    data = (files("streams.text") / "model" / BACKGROUND_FILE).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Background(pairs=arrays["pairs"], letters=arrays["letters"])
