"""Texts as hashed character n-grams, a block of texts at a time.

A scorer that asks Python about every character is a hundred times too slow. Here texts of about the same length are
laid into one matrix of code points, and everything after that is a handful of numpy operations on whole matrices:
folding, hashing, dropping what a text says twice. A text's grams never depend on which others share its block.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Buckets = npt.NDArray[np.uint32]

MOST_CHARS = 2_000
"""What is read of one text: the first three quarters and the last quarter of this; the rest says the same again."""
BLOCK_CELLS = 1 << 14
"""Code points of one block: small enough that every step finds the step before still in the cache."""
SHORTEST_SHARE = 0.5
"""No text of a block is shorter than this share of its longest: filling up costs as much as text."""
SMALL_WIDTH = 48
"""Up to here all lengths share a block: blocks of a few cells cost more than filling up."""
PLANES = 0x20000
"""Code points that keep their identity: the basic plane and the emoji plane above it; rarer ones share the last."""
EDGE = 0
"""Stands before and after every text, so that a gram can say `this is how it began`."""

PLAIN: Codes = np.arange(PLANES, dtype=np.uint32)
"""The folding that folds nothing."""

_LINK = re.compile(r"https?://[\w./?=&%#~:+-]*", re.ASCII)
_WIDE = re.compile("[\uff01-\uff5e\u3000…]+")
"""What nearly every Chinese text holds. Folded by itself, most of the rest is found normal at a glance: a third of the time."""
_HEAD = MOST_CHARS * 3 // 4
_TAIL = MOST_CHARS - _HEAD


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Some texts of similar length.

    `rows`: (n,) their positions in the caller's sequence; `codes`: (n, width) code points between two or more EDGEs;
    `lengths`: (n,) characters of each.
    """

    rows: npt.NDArray[np.intp]
    codes: Codes
    lengths: npt.NDArray[np.int32]


def readable(text: str) -> str:
    """The part of a text that is looked at: no link, no space around, no more than MOST_CHARS."""
    if "http" in text:
        text = _LINK.sub(" ", text)
    text = text.strip()
    return text if len(text) <= MOST_CHARS else text[:_HEAD] + text[-_TAIL:]


def folded(text: str) -> str:
    """The text in lower case, without the difference between full and half width and other forms of compatibility."""
    return unicodedata.normalize("NFKC", _WIDE.sub(_narrow, text)).lower()


def _narrow(wide: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", wide.group())


def blocks(texts: Sequence[str], fold: Codes) -> Iterator[Block]:
    """Lay `texts` into matrices, short ones first; `fold` (PLANES,) maps every code point to the one it counts as."""
    shown = [
        text.strip() if len(text) <= MOST_CHARS and "http" not in text else readable(text) for text in texts
    ]  # what readable would say, without a call for every short text
    lengths = np.fromiter(map(len, shown), np.int32, len(shown))
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    end = len(shown)
    while end:
        width = int(ordered[end - 1]) + 2
        shortest = 0 if width <= SMALL_WIDTH else int(width * SHORTEST_SHARE)
        alike = int(np.searchsorted(ordered, shortest))
        start = max(alike, end - max(1, BLOCK_CELLS // width))
        rows = order[start:end]
        padded = "".join([shown[row].ljust(width - 1, "\0") + "\0" for row in rows])
        points = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), np.uint32).reshape(
            len(rows), width
        )
        codes = np.empty((len(rows), width), np.uint32)
        codes[:, 0] = EDGE
        codes[:, 1:] = fold.take(points[:, :-1], mode="clip")
        yield Block(rows=rows, codes=codes, lengths=lengths[rows])
        end = start


def gram_hashes(codes: Codes, longest: int) -> Iterator[Codes]:
    """For every order 1 … `longest`: (n, width - order + 1) hashes of the grams by the column they start in."""
    letters = codes * np.uint32(0x9E3779B1)
    letters ^= letters >> np.uint32(15)
    grams = letters
    for order in range(1, longest + 1):
        if order > 1:
            grams = grams[:, :-1] * np.uint32(0x85EBCA77) + letters[:, order - 1 :]
            grams ^= grams >> np.uint32(13)
        yield grams


def distinct_buckets(block: Block, *, longest: int, bits: int) -> Buckets:
    """The buckets (below 2**bits) that each text's grams fall into: (longest, n, width) by order, each gram once, the rest 0.

    What is said twice counts once: in long posts topics and faces repeat, and that says nothing more about the mood.
    Short rows are sorted twenty times as fast as a long one, so every order is sorted by itself.
    """
    count, width = block.codes.shape
    buckets = np.zeros((longest, count, width), np.uint32)
    row = np.arange(count)
    for order, hashes in enumerate(gram_hashes(block.codes.reshape(1, -1), longest), start=1):
        mixed = buckets[order - 1].reshape(-1)[: hashes.shape[1]]
        np.multiply(hashes[0], np.uint32(0xC2B2AE3D), out=mixed)
        mixed >>= np.uint32(32 - bits)
        # What runs over the end of a text is none of its grams; where it is nothing but EDGEs it is bucket 0 already.
        for over in range(order - 2):
            buckets[order - 1, row, block.lengths - over] = 0
            buckets[order - 1, :, width - 1 - over] = 0
    buckets.sort(axis=2)
    again = buckets[:, :, 1:] == buckets[:, :, :-1]
    np.copyto(buckets[:, :, 1:], 0, where=again)
    return buckets
