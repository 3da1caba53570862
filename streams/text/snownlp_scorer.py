"""SnowNLP behind the scorer's protocol: the baseline, and for those who want to compare.

It knows two classes only, was trained on shopping reviews, scores 50 to 200 texts a second and takes seconds to import.
"""

from collections.abc import Sequence
from importlib.metadata import version

from streams.text.sentiment import Sentiment

MOST_CHARS = 2_000
"""Its segmentation slows down with length; what a text says beyond this changes its score no more."""
UNSURE = 0.1
"""A probability nearer than this to one half is left to a person."""


class SnowNlpScorer:
    """Sentiment by SnowNLP's naive Bayes; `neutral` only for texts in which it has nothing to read."""

    name = "snownlp"

    def __init__(self) -> None:
        from snownlp import SnowNLP

        self._snownlp = SnowNLP
        self.model_hash = f"snownlp-{version('snownlp')}"

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        return [self._score_one(text) for text in texts]

    def _score_one(self, text: str) -> Sentiment:
        if not any(char.isalnum() for char in text):
            return Sentiment(label="neutral", negative=0.0, neutral=1.0, positive=0.0, abstain=True)
        positive = min(1.0, max(0.0, float(self._snownlp(text[:MOST_CHARS]).sentiments)))
        return Sentiment(
            label="positive" if positive > 0.5 else "negative",
            negative=1.0 - positive,
            neutral=0.0,
            positive=positive,
            abstain=abs(positive - 0.5) < UNSURE,
        )
