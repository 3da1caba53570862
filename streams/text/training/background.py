"""What is ordinary in public Chinese text: how many texts hold a pair of characters, a character, a Latin word."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

import numpy as np

from streams.text.grams import PLANES
from streams.text.words import (
    FIRST_HAN,
    LAST_HAN,
    PAIR_BITS,
    STEP,
    Background,
    latin_words,
    pair_cells,
    word_cell,
)

SELDOM = 4
"""A pair in fewer texts counts as never seen: it would only crowd the table."""


def learn_background(texts: Iterable[str]) -> Background:
    """Rarities over `texts`. Where two pairs share a cell, the commoner one speaks."""
    letters: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    words: Counter[str] = Counter()
    count = 0
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).lower()
        letters.update(set(plain))
        pairs.update({plain[at : at + 2] for at in range(len(plain) - 1) if _is_han(plain[at : at + 2])})
        words.update(latin_words(plain))
        count += 1
    pair_table = np.full(1 << PAIR_BITS, _rarity(count, 0), np.uint8)
    known = [pair for pair, seen in pairs.items() if seen >= SELDOM]
    points = np.array([[ord(pair[0]), ord(pair[1])] for pair in known], np.uint32).reshape(-1, 2)
    rarities = np.array([_rarity(count, pairs[pair]) for pair in known], np.uint8)
    np.minimum.at(pair_table, pair_cells(points[:, 0], points[:, 1]), rarities)
    for word, seen in words.items():
        if seen >= SELDOM:
            cell = word_cell(word)
            pair_table[cell] = min(int(pair_table[cell]), _rarity(count, seen))
    letter_table = np.full(PLANES, _rarity(count, 0), np.uint8)
    for letter, seen in letters.items():
        letter_table[min(ord(letter), PLANES - 1)] = _rarity(count, seen)
    return Background(pairs=pair_table, letters=letter_table)


def _is_han(pair: str) -> bool:
    return all(FIRST_HAN <= ord(char) <= LAST_HAN for char in pair)


def _rarity(count: int, seen: int) -> int:
    return min(255, round(STEP * float(np.log(max(count, 1) / (seen + 1))))) if seen < count else 0
