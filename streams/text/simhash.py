"""SimHash (Charikar 2002): texts that say nearly the same have fingerprints that differ in few of 64 bits."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streams.text.grams import PLAIN, Block, Codes, blocks, folded, gram_hashes

ORDERS = (2, 3)
"""Grams that vote. Pairs alone forget the order of a text, longer ones make a short text all edges."""
LANE_MOST = 255
"""Grams that a byte can count."""

_SPREAD = (
    np.unpackbits(np.arange(256, dtype=np.uint8), bitorder="little").reshape(256, 8).view(np.uint64)[:, 0]
)
"""A byte → its eight bits in eight bytes."""


def simhash(text: str) -> int:
    """64-bit fingerprint of `text`, an int from 0 to 2**64 - 1; 0 for a text without anything to read."""
    return simhash_batch([text])[0]


def simhash_batch(texts: Sequence[str]) -> list[int]:
    """`simhash` of every text, in their order; many times as fast as one by one."""
    plain = [folded(text) for text in texts]
    prints = np.zeros(len(plain), np.uint64)
    for block in blocks(plain, PLAIN):
        prints[block.rows] = _fingerprints(block)
    return prints.tolist()


def distance(one: int, other: int) -> int:
    """How many bits differ; up to about 3 of 64 it is the same text with small changes (Manku et al. 2007)."""
    return (one ^ other).bit_count()


def _fingerprints(block: Block) -> npt.NDArray[np.uint64]:
    """(n,) fingerprints: a bit is set if more than half of the text's grams have it set in their hash."""
    votes = np.zeros((len(block.rows), 64), np.int32)
    voters = np.zeros(len(block.rows), np.int32)
    for order, hashes in enumerate(gram_hashes(block.codes, max(ORDERS)), start=1):
        if order in ORDERS:
            inside = np.arange(hashes.shape[1]) < (block.lengths + 3 - order)[:, np.newaxis]
            votes += _votes(_widened(hashes) * inside)
            voters += inside.sum(axis=1, dtype=np.int32)
    set_bits = (2 * votes > voters[:, np.newaxis]) & (block.lengths > 0)[:, np.newaxis]
    return np.packbits(set_bits, axis=1, bitorder="little").view(np.uint64)[:, 0]


def _widened(hashes: Codes) -> npt.NDArray[np.uint64]:
    """Every bit of 64 from a hash of 32 (the finaliser of SplitMix64)."""
    wide = hashes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    wide ^= wide >> np.uint64(29)
    wide *= np.uint64(0xBF58476D1CE4E5B9)
    wide ^= wide >> np.uint64(32)
    return wide


def _votes(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """(n, grams) hashes → (n, 64) how many have each bit set.

    Eight bits of a hash are counted at once in the eight bytes of a number; a byte holds LANE_MOST grams.
    """
    eights = hashes.view(np.uint8).reshape(*hashes.shape, 8)
    votes = np.zeros((len(hashes), 64), np.int32)
    for start in range(0, hashes.shape[1], LANE_MOST):
        counted = _SPREAD.take(eights[:, start : start + LANE_MOST]).sum(axis=1, dtype=np.uint64)
        votes += counted.view(np.uint8)
    return votes
