"""What a scorer of sentiment promises, and how one is had by its name."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from streams.text.errors import TextError

Label = Literal["negative", "neutral", "positive"]
SCORERS = ("ngram", "snownlp", "onnx")


class ScorerUnavailableError(TextError):
    """A scorer cannot be loaded: it is unknown, its package is not installed or its model is not as expected."""


class Sentiment(msgspec.Struct, frozen=True, gc=False):
    """How a text sounds: the likeliest label, three probabilities that sum to 1, and whether to leave it to a person.

    `abstain`: the scorer is too unsure of its label (the band is chosen on validation data, see the model card).
    """

    label: Label
    negative: float
    neutral: float
    positive: float
    abstain: bool = False


class Scorer(Protocol):
    """Judges texts in batches.

    `score` answers in the order of its input, says the same about a text whatever the batch around it, and has an
    answer for every str: empty, one emoji, a bare link, 20,000 characters, lone surrogates.
    `model_hash` tells models apart: what was judged by which stays known.
    """

    @property
    def name(self) -> str: ...
    @property
    def model_hash(self) -> str: ...
    def score(self, texts: Sequence[str]) -> list[Sentiment]: ...


def load_scorer(name: str = "ngram", *, folder: str | None = None) -> Scorer:
    """The scorer of that name, ready to use. `folder` holds the user's own model for `onnx`, others ignore it.

    Raises ScorerUnavailableError.
    """
    if name == "ngram":
        from streams.text.ngram import load_ngram_scorer

        return load_ngram_scorer()
    if name == "snownlp":
        from streams.text.snownlp_scorer import SnowNlpScorer

        return SnowNlpScorer()
    if name == "onnx":
        from streams.text.onnx_scorer import load_onnx_scorer

        return load_onnx_scorer(folder)
    raise ScorerUnavailableError(f"unknown scorer {name!r}: expected one of {', '.join(SCORERS)}")


def likeliest(negative: float, neutral: float, positive: float) -> Label:
    """The label with the greatest probability. A tie goes to negative: a complaint that is missed costs more."""
    if negative >= neutral and negative >= positive:
        return "negative"
    return "neutral" if neutral >= positive else "positive"
