"""How well a scorer does on held-out texts, corpus by corpus."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from streams.text.ngram import LABELS
from streams.text.sentiment import Scorer, Sentiment
from streams.text.training.corpora import CORPORA, NEUTRAL, POSITIVE, TRUTH_OF_LABEL, Corpus, Sample
from streams.text.training.fit import calibration_error, macro_f1


class TwoClasses(msgspec.Struct, frozen=True, kw_only=True):
    """Positive against negative, neutral texts left out; `recall` is that of negative texts."""

    texts: int
    accuracy: float
    recall: float
    macro_f1: float
    error: float


class ThreeClasses(msgspec.Struct, frozen=True, kw_only=True):
    """The label, whatever `abstain` says. `kept`: share not abstained from; `kept_accuracy`: accuracy on those."""

    texts: int
    accuracy: float
    macro_f1: float
    error: float
    kept: float
    kept_accuracy: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorer got on one corpus."""

    corpus: Corpus
    two: TwoClasses
    three: ThreeClasses | None


def evaluate(scorer: Scorer, samples: Sequence[Sample], *, most: int | None = None) -> list[Result]:
    """Results on the held-out samples of every reported corpus, on about `most` of each if given."""
    results: list[Result] = []
    for corpus in CORPORA:
        held = [sample for sample in samples if sample.held_out and sample.corpus == corpus]
        held = (
            held[:: max(1, len(held) // most)][:most] if most else held
        )  # files are sorted: take from all over
        if corpus.reported and held:
            results.append(_result(corpus, held, scorer.score([sample.text for sample in held])))
    return results


def overall_error(scorer: Scorer, samples: Sequence[Sample]) -> float:
    """Expected calibration error of the three shares over all held-out texts whose neutrality is known."""
    known = [sample for sample in samples if sample.held_out and sample.corpus.takes_sides == 1.0]
    shares = _shares(scorer.score([sample.text for sample in known]))
    return calibration_error(shares, TRUTH_OF_LABEL[[sample.label for sample in known]])


def _result(corpus: Corpus, held: Sequence[Sample], scored: Sequence[Sentiment]) -> Result:
    labels = np.array([sample.label for sample in held])
    shares = _shares(scored)
    three = _three(scored, shares, TRUTH_OF_LABEL[labels]) if NEUTRAL in labels else None
    return Result(corpus=corpus, two=_two(shares[labels != NEUTRAL], labels[labels != NEUTRAL]), three=three)


def _shares(scored: Sequence[Sentiment]) -> npt.NDArray[np.float64]:
    return np.array([(one.negative, one.neutral, one.positive) for one in scored])


def _two(shares: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> TwoClasses:
    sided = shares[:, [0, 2]] / np.maximum(shares[:, [0, 2]].sum(axis=1, keepdims=True), 1e-12)
    truth = (labels == POSITIVE).astype(np.int64)
    found = (sided[:, 1] > sided[:, 0]).astype(np.int64)
    return TwoClasses(
        texts=len(labels),
        accuracy=float((found == truth).mean()),
        recall=float((found == 0)[truth == 0].mean()),
        macro_f1=macro_f1(found, truth, 2),
        error=calibration_error(sided, truth),
    )


def _three(
    scored: Sequence[Sentiment], shares: npt.NDArray[np.float64], truth: npt.NDArray[np.int64]
) -> ThreeClasses:
    found = np.array([LABELS.index(one.label) for one in scored])
    kept = np.array([not one.abstain for one in scored])
    return ThreeClasses(
        texts=len(scored),
        accuracy=float((found == truth).mean()),
        macro_f1=macro_f1(found, truth, 3),
        error=calibration_error(shares, truth),
        kept=float(kept.mean()),
        kept_accuracy=float((found == truth)[kept].mean()) if kept.any() else 0.0,
    )
