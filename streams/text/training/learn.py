"""From labelled texts to the columns of an n-gram model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from streams.text.grams import Codes, blocks, distinct_buckets
from streams.text.ngram import Column, Domain, Genre, Head, Weights
from streams.text.training import fit
from streams.text.training.corpora import DOMAINS, GENRE_OF, GENRES, NEUTRAL, POSITIVE, Sample

LONGEST = 3
BITS = 18
STRENGTH_MEMBERSHIP = 2.0
STRENGTH_POLARITY = {0.0: 5.0, 0.5: 4.0, 1.0: 2.0}
STRENGTH_PARTIALITY = 3.0
"""Variances of the priors on a weight, for polarity by how much telling features are trusted; by cross-validation."""
SMALLEST_ROOT = 3
"""Weights with a smaller root are dropped: they are half of all and change one label in a thousand."""
STEPS = 40
UNCHOSEN = 0.5
"""The share from which on a text is neutral, until calibration chooses it."""

Bools = npt.NDArray[np.bool_]


class Gathered:
    """All samples with their features: `grams` (n, 2**BITS) CSR, each row of length 1 like the scorer's."""

    def __init__(self, samples: Sequence[Sample], fold: Codes) -> None:
        self.samples = samples
        self.grams = _features([sample.text for sample in samples], fold)
        self.labels = np.array([sample.label for sample in samples])
        self.domains = np.array([DOMAINS.index(sample.corpus.domain) for sample in samples])
        self.genres = np.array([GENRES.index(GENRE_OF[sample.corpus.domain]) for sample in samples])
        self.held_out = np.array([sample.held_out for sample in samples])
        self.takes_sides = np.array([sample.corpus.takes_sides for sample in samples], np.float32)


def _features(texts: Sequence[str], fold: Codes) -> Any:
    """Distinct buckets of every text as a CSR matrix of 1/√(number of them)."""
    from scipy.sparse import csr_matrix

    rows: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)] * len(texts)
    for block in blocks(texts, fold):
        for row, buckets in zip(block.rows, distinct_buckets(block, longest=LONGEST, bits=BITS), strict=True):
            rows[row] = buckets[buckets > 0]
    sizes = np.array([len(row) for row in rows])
    values = np.repeat((1.0 / np.sqrt(np.maximum(sizes, 1))).astype(np.float32), sizes)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return csr_matrix((values, np.concatenate(rows), edges), shape=(len(texts), 1 << BITS))


def learn(gathered: Gathered, fold: Codes, *, steps: int = STEPS) -> Weights:
    """The model learnt from the texts that are not held out; its logits are not calibrated yet."""
    memberships, polarities, partialities = (
        _membership(gathered, steps),
        _polarity(gathered, steps),
        _partiality(gathered, steps),
    )
    planes = [*memberships, *polarities, *partialities]
    columns = [Column(_scale(plane.weights), plane.bias) for plane in planes]
    roots = np.array(
        [_rooted(plane.weights, column.scale) for plane, column in zip(planes, columns, strict=True)], np.int8
    )
    roots[:, 0] = 0  # the bucket of no gram
    count = len(DOMAINS)
    domains = [
        Domain(
            name=name,
            genre=GENRES.index(GENRE_OF[name]),
            membership=columns[number],
            polarity=columns[count + number],
        )
        for number, name in enumerate(DOMAINS)
    ]
    genres = [
        Genre(name=name, partiality=columns[2 * count + number], neutral_from=UNCHOSEN)
        for number, name in enumerate(GENRES)
    ]
    head = Head(longest=LONGEST, bits=BITS, domains=tuple(domains), genres=tuple(genres), unsure_below=0.0)
    return Weights(head=head, columns=roots, fold=fold)


def _membership(gathered: Gathered, steps: int) -> list[fit.Plane]:
    learning = ~gathered.held_out
    return [
        fit.fit_logistic(
            gathered.grams[learning],
            gathered.domains[learning] == domain,
            strength=STRENGTH_MEMBERSHIP,
            importance=np.ones(np.count_nonzero(learning), np.float32),
            steps=steps,
        )
        for domain in range(len(DOMAINS))
    ]


def _polarity(gathered: Gathered, steps: int) -> list[fit.Plane]:
    """The mean of models that trust naive Bayes more or less: one linear model that is as good as all of them."""
    learning = ~gathered.held_out & (gathered.labels != NEUTRAL)
    models = [
        fit.fit_domains(
            gathered.grams[learning],
            gathered.labels[learning] == POSITIVE,
            gathered.domains[learning],
            count=len(DOMAINS),
            strength=strength,
            importance=np.ones(np.count_nonzero(learning), np.float32),
            steps=steps,
            telling=telling,
        )
        for telling, strength in STRENGTH_POLARITY.items()
    ]
    return [fit.mean_plane(planes) for planes in zip(*models, strict=True)]


def _partiality(gathered: Gathered, steps: int) -> list[fit.Plane]:
    learning = ~gathered.held_out & (gathered.takes_sides > 0)
    return fit.fit_domains(
        gathered.grams[learning],
        gathered.labels[learning] != NEUTRAL,
        gathered.genres[learning],
        count=len(GENRES),
        strength=STRENGTH_PARTIALITY,
        importance=gathered.takes_sides[learning],
        steps=steps,
        telling=0.0,  # more made neutral texts harder to find
    )


def _scale(weights: npt.NDArray[np.float32]) -> float:
    return float(np.abs(weights).max()) / 127.0**2


def _rooted(weights: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.int8]:
    """The signed roots of `weights` in units of `scale`, as `ngram.Weights` keeps them."""
    roots = np.rint(np.sign(weights) * np.sqrt(np.abs(weights) / scale)).astype(np.int8)
    return np.where(np.abs(roots) < SMALLEST_ROOT, 0, roots)
