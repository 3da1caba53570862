"""From a model's logits to probabilities that mean what they say, and to the two thresholds on them.

Everything here is chosen on the held-out texts, which the weights have never seen.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from streams.text.ngram import Column, Domain, Floats, Genre, Head, Judged, NgramScorer, Weights
from streams.text.training import fit
from streams.text.training.corpora import NEUTRAL, POSITIVE, TRUTH_OF_LABEL
from streams.text.training.learn import Gathered

COIN = 0.5
"""In the abstain band fewer than this share of the labels is right."""
NEUTRAL_SHARE = 0.3
"""Of posts, when the neutral threshold is chosen: a fifth of the corpora's are neutral, three in five elsewhere (NLPCC 2014).
In cross-validation the threshold of 0.35 that it leads to costs the corpora as they are 0.003 of macro-F1 against their own
best (0.763) and saves 0.013 where three in five are made neutral (0.711); 0.2 would cost 0.036 and save 0.038."""
CHOICES = np.round(np.arange(0.35, 0.86, 0.05), 2)
"""Thresholds that are tried for a share that is sure enough."""
NEUTRAL_CHOICES = np.round(np.arange(0.2, 0.81, 0.05), 2)
"""Thresholds that are tried for a share that is neutral enough."""

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class HeldOut:
    """The held-out texts with their truth in the scorer's numbering."""

    def __init__(self, gathered: Gathered) -> None:
        out = gathered.held_out
        self.texts = [sample.text for sample in gathered.samples if sample.held_out]
        self.labels = gathered.labels[out]
        self.truth: Ints = TRUTH_OF_LABEL[self.labels]
        self.domains = gathered.domains[out]
        self.genres = gathered.genres[out]
        self.neutral_known = gathered.takes_sides[out] == 1.0


def calibrated(weights: Weights, gathered: Gathered) -> Weights:
    """The same weights with a head whose shares are probabilities and whose thresholds are chosen."""
    held = HeldOut(gathered)
    logits = NgramScorer(weights, model_hash="").logits(held.texts)
    head = weights.head
    weights = _with_head(
        weights, domains=_straight_domains(head, logits, held), genres=_straight_genres(head, logits, held)
    )
    judged = NgramScorer(weights, model_hash="").judge(held.texts)
    weights = _with_head(weights, genres=_with_neutral_from(weights.head, judged, held))
    judged = NgramScorer(weights, model_hash="").judge(held.texts)
    return _with_head(weights, unsure_below=_unsure_below(judged, held))


def _with_head(weights: Weights, **changes: object) -> Weights:
    return msgspec.structs.replace(weights, head=msgspec.structs.replace(weights.head, **changes))


def _straight_domains(head: Head, logits: Floats, held: HeldOut) -> tuple[Domain, ...]:
    """Polarities that are probabilities on the held-out texts of their domain."""
    count = len(head.domains)
    domains: list[Domain] = []
    for number, domain in enumerate(head.domains):
        sided = (held.domains == number) & (held.labels != NEUTRAL)
        platt = fit.fit_platt(logits[sided, count + number], held.labels[sided] == POSITIVE)
        domains.append(msgspec.structs.replace(domain, polarity=_straight(domain.polarity, platt)))
    return tuple(domains)


def _straight_genres(head: Head, logits: Floats, held: HeldOut) -> tuple[Genre, ...]:
    """Partialities that are probabilities on the held-out texts of their genre; without neutral ones, on all genres'."""
    known, sided = held.neutral_known, held.labels != NEUTRAL
    own = logits[np.arange(len(logits)), 2 * len(head.domains) + held.genres]
    common = fit.fit_platt(own[known], sided[known])
    genres: list[Genre] = []
    for number, genre in enumerate(head.genres):
        here = known & (held.genres == number)
        platt = fit.fit_platt(own[here], sided[here]) if here.any() else common
        genres.append(msgspec.structs.replace(genre, partiality=_straight(genre.partiality, platt)))
    return tuple(genres)


def _straight(column: Column, platt: tuple[float, float]) -> Column:
    slope, shift = platt
    return Column(column.scale * slope, column.bias * slope + shift)


def _with_neutral_from(head: Head, judged: Judged, held: HeldOut) -> tuple[Genre, ...]:
    """The neutral threshold of every genre with neutral texts: what gives the best macro-F1 over the three labels."""
    genres: list[Genre] = []
    for number, genre in enumerate(head.genres):
        known = held.neutral_known & (held.genres == number)
        if known.any():
            chosen = _best_threshold(judged.shares[known], held.truth[known])
            genre = msgspec.structs.replace(genre, neutral_from=chosen)
        genres.append(genre)
    return tuple(genres)


def _best_threshold(shares: Floats, truth: Ints) -> float:
    sided = np.where(shares[:, 2] > shares[:, 0], 2, 0)
    importance = _as_if_neutral(truth)
    scores = [
        fit.macro_f1(np.where(shares[:, 1] >= choice, 1, sided), truth, 3, importance)
        for choice in NEUTRAL_CHOICES
    ]
    return float(NEUTRAL_CHOICES[int(np.argmax(scores))])


def _as_if_neutral(truth: Ints) -> Floats:
    """How much each text counts so that NEUTRAL_SHARE of them are neutral, or more if more are."""
    neutral = truth == TRUTH_OF_LABEL[NEUTRAL]
    share = float(neutral.mean())
    wanted = max(NEUTRAL_SHARE, share)
    return np.where(neutral, wanted / max(share, 1e-12), (1.0 - wanted) / max(1.0 - share, 1e-12))


def _unsure_below(judged: Judged, held: HeldOut) -> float:
    """The greatest best share below which fewer than COIN of the labels are right, over texts whose truth is known."""
    known = held.neutral_known | (held.genres != 0)
    best = judged.shares[known].max(axis=1)
    right = judged.labels[known] == held.truth[known]
    wrong_enough = [
        float(choice) for choice in CHOICES if (best < choice).any() and right[best < choice].mean() < COIN
    ]
    return max(wrong_enough, default=0.0)
