"""The mathematics of training: regularised logistic regression, and probabilities that mean what they say.

Used by `streams.text.train` alone; scipy is needed there and nowhere else.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MEMORY = 6
"""Steps that L-BFGS remembers."""
BINS = 15
"""Bins of the expected calibration error, as in Guo et al. 2017."""


class Plane(msgspec.Struct, frozen=True):
    """A linear model: logit = features · weights + bias."""

    weights: npt.NDArray[np.float32]
    bias: float


def fit_logistic(
    features: Any,
    truth: npt.NDArray[np.bool_],
    *,
    strength: float,
    importance: npt.NDArray[np.float32],
    steps: int,
) -> Plane:
    """Maximum likelihood with a Gaussian prior on the weights (variance `strength`), not on the bias, by L-BFGS.

    `features`: scipy CSR (n, d) float32; `truth`: (n,); `importance`: (n,) weight of each text in the likelihood.
    Stops after `steps` iterations: the early ones learn what is general. Deterministic.
    """
    from scipy.optimize import fmin_l_bfgs_b

    side = np.where(truth, 1.0, -1.0).astype(np.float32)
    by_feature = features.T.tocsr()

    def loss(point: Floats) -> tuple[float, Floats]:
        weights = point[:-1].astype(np.float32)
        wrong = -side * (features @ weights + np.float32(point[-1]))
        pull = -side * importance / (1.0 + np.exp(-np.clip(wrong, -60.0, 60.0)))
        gradient = np.append(by_feature @ pull + weights / strength, pull.sum()).astype(np.float64)
        cost = float((importance * np.logaddexp(0.0, wrong)).sum()) + 0.5 / strength * float(
            point[:-1] @ point[:-1]
        )
        return cost, gradient

    point, _, _ = fmin_l_bfgs_b(loss, np.zeros(features.shape[1] + 1), maxiter=steps, m=MEMORY)
    return Plane(point[:-1].astype(np.float32), float(point[-1]))


def fit_domains(
    features: Any,
    truth: npt.NDArray[np.bool_],
    domains: npt.NDArray[np.int64],
    *,
    count: int,
    strength: float,
    importance: npt.NDArray[np.float32],
    steps: int,
    telling: float,
) -> list[Plane]:
    """One plane per domain: a common one plus the domain's own difference, both learnt together (Daumé III 2007).

    `domains`: (n,) the domain of each text, below `count`. A domain with few texts stays close to the common plane.
    `telling`: how much wider the prior is for features that naive Bayes finds telling (after Wang and Manning 2012).
    0: not at all; 1: in proportion to their log odds ratio.
    """
    from scipy.sparse import diags, hstack

    width = _prior_width(features, truth, telling)
    features = (features @ diags(width)).tocsr()
    own = [diags((domains == domain).astype(np.float32)) @ features for domain in range(count)]
    plane = fit_logistic(
        hstack([features, *own]).tocsr(), truth, strength=strength, importance=importance, steps=steps
    )
    common, *differences = np.split(plane.weights, count + 1)
    return [Plane((common + difference) * width, plane.bias) for difference in differences]


def mean_plane(planes: Sequence[Plane]) -> Plane:
    """The plane whose logit is the mean of the logits of `planes`."""
    return Plane(
        np.mean([plane.weights for plane in planes], axis=0, dtype=np.float32),
        float(np.mean([plane.bias for plane in planes])),
    )


def _prior_width(features: Any, truth: npt.NDArray[np.bool_], telling: float) -> npt.NDArray[np.float32]:
    """|log odds ratio|^telling of every feature, scaled so that the features' mean square stays what it was."""
    size = features.shape[1]
    seen = np.bincount(features.indices, minlength=size) + 2.0
    seen_true = (
        np.bincount(features.indices, weights=np.repeat(truth, np.diff(features.indptr)), minlength=size)
        + 1.0
    )
    seen_false = seen - seen_true
    odds = np.log(seen_true / seen_true.sum()) - np.log(seen_false / seen_false.sum())
    width = np.abs(odds) ** telling
    mean_square = float(((width**2) * (seen - 2.0)).sum() / max(1, features.nnz))
    if mean_square == 0.0:
        return np.ones(size, np.float32)
    return np.asarray(width / np.sqrt(mean_square), np.float32)


def fit_platt(logits: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift that make σ(slope·logit + shift) a probability (Platt 1999)."""
    from scipy.optimize import minimize

    side = np.where(truth, 1.0, -1.0)

    def loss(point: Floats) -> float:
        return float(np.logaddexp(0.0, -side * (point[0] * logits + point[1])).mean())

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return float(slope), float(shift)


def calibration_error(shares: Floats, truth: npt.NDArray[np.int64]) -> float:
    """Expected calibration error of the chosen class: (n, k) shares, (n,) classes → mean |confidence - accuracy|."""
    confidence = shares.max(axis=1)
    right = shares.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))


def macro_f1(
    found: npt.NDArray[np.int64],
    truth: npt.NDArray[np.int64],
    classes: int,
    importance: Floats | None = None,
) -> float:
    """The mean over classes of F1; a class that is neither there nor found is left out.

    `importance`: (n,) how many texts each stands for; one if left out.
    """
    counts = np.ones(len(truth)) if importance is None else importance
    scores: list[float] = []
    for one in range(classes):
        both = counts[(found == one) & (truth == one)].sum()
        either = counts[found == one].sum() + counts[truth == one].sum()
        if either:
            scores.append(2.0 * both / either)
    return float(np.mean(scores))
