"""From labelled texts to the columns of an n-gram model."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from streams.text.grams import Codes, blocks, distinct_buckets
from streams.text.ngram import MOST_WEIGHT, Column, Domain, Genre, Head, Weights
from streams.text.training import fit
from streams.text.training.corpora import DOMAINS, GENRE_OF, GENRES, NEUTRAL, POSITIVE, Sample

LONGEST = 3
BITS = 18
STRENGTH_MEMBERSHIP = 2.0
STRENGTH_POLARITY = {0.0: 5.0, 0.5: 4.0, 1.0: 2.0}
STRENGTH_PARTIALITY = 3.0
"""Variances of the priors on a weight, for polarity by how much telling features are trusted; by cross-validation."""
EVENNESS = 0.25
"""A corpus of n texts counts like n**(1 - EVENNESS): shopping reviews are half of all texts and few posts are like them."""
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
        self.trust = _trust(samples)
        self.takes_sides = np.array([sample.corpus.takes_sides for sample in samples], np.float32)


def _trust(samples: Sequence[Sample]) -> npt.NDArray[np.float32]:
    """How much each text counts when learning good or bad: 1 in a corpus of about 10,000."""
    sizes = Counter(sample.corpus.name for sample in samples)
    return np.array(
        [sample.corpus.trust * (sizes[sample.corpus.name] / 10_000) ** -EVENNESS for sample in samples],
        np.float32,
    )


def _features(texts: Sequence[str], fold: Codes) -> Any:
    """Distinct buckets of every text as a CSR matrix of 1/√(number of them)."""
    from scipy.sparse import csr_matrix

    rows: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)] * len(texts)
    for block in blocks(texts, fold):
        buckets = distinct_buckets(block, longest=LONGEST, bits=BITS).transpose(1, 0, 2)
        for row, own in zip(block.rows, buckets, strict=True):
            rows[row] = own[own > 0].astype(np.int32)
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
    weights = np.array(
        [np.rint(plane.weights / column.scale) for plane, column in zip(planes, columns, strict=True)],
        np.int8,
    )
    weights[:, 0] = 0  # the bucket of no gram
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
    return Weights(head=head, columns=weights, fold=fold)


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
            importance=gathered.trust[learning],
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
    return float(np.abs(weights).max()) / MOST_WEIGHT
