"""The default scorer: linear models over hashed character n-grams, a whole batch at once in numpy.

What is good in a takeaway order (`快`) says nothing in a car forum, so every domain of texts has a model of its own,
pulled towards the common one where the domain had little to learn from. A text belongs to each domain to some degree.
Columns of weights tell that degree (membership), how good or bad the text sounds there (polarity), and whether it takes
sides at all (partiality). The model is made by `python -m streams.text.train`; model/MODEL_CARD.md says from what, and how well it does.
"""

import hashlib
import io
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from zipfile import BadZipFile

import msgspec
import numpy as np
import numpy.typing as npt

from streams.text.errors import TextError
from streams.text.grams import PLANES, Buckets, Codes, blocks, distinct_buckets
from streams.text.sentiment import Label, Sentiment

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]

MODEL_FILE = "ngram.npz"
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
_LABELS = np.array(LABELS, object)
DIGITS = 6
"""Of a share that are told: the last bits differ between processors, and a judgement is to be the same everywhere."""
MOST_WEIGHT = 127
"""Of a column for a gram."""
NOTHING_SAID = Sentiment(label="neutral", negative=0.0, neutral=1.0, positive=0.0)
"""The answer for a text without anything to read: empty, blank, a bare link."""


class ModelError(TextError):
    """The file of a model is damaged or of another version."""


class Column(msgspec.Struct, frozen=True):
    """What turns the sum of a column's weights into a logit: sum · scale / √grams + bias."""

    scale: float
    bias: float


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of text with its own ear for good and bad; it shares what is neutral with the others of its genre."""

    name: str
    genre: int
    membership: Column
    polarity: Column


class Genre(msgspec.Struct, frozen=True, kw_only=True):
    """Domains among which neutral means the same.

    A text is labelled neutral from a share of `neutral_from` on: where nearly all texts are neutral, the greatest share
    would hide every complaint.
    """

    name: str
    partiality: Column
    neutral_from: float


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a model but its weights. A text whose best share is below `unsure_below` is left to a person."""

    longest: int
    bits: int
    domains: tuple[Domain, ...]
    genres: tuple[Genre, ...]
    unsure_below: float

    @property
    def columns(self) -> tuple[Column, ...]:
        """In the order of the weights: memberships and polarities of the domains, partialities of the genres."""
        return (
            *(domain.membership for domain in self.domains),
            *(domain.polarity for domain in self.domains),
            *(genre.partiality for genre in self.genres),
        )


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its head, its weights and the folding of code points `fold` (PLANES,).

    `columns`: (columns of the head, 2**bits) int8, in units of the column's scale, none beyond MOST_WEIGHT.
    """

    head: Head
    columns: npt.NDArray[np.int8]
    fold: Codes


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of n texts: `shares` (n, 3) of LABELS, `labels` (n,), `silent` (n,) where there was nothing to read."""

    shares: Floats
    labels: npt.NDArray[np.intp]
    silent: npt.NDArray[np.bool_]


class NgramScorer:
    """Sentiment by the n-gram model `weights`."""

    name = "ngram"

    def __init__(self, weights: Weights, *, model_hash: str) -> None:
        columns = weights.head.columns
        self.model_hash = model_hash
        self._head = weights.head
        self._fold = weights.fold
        self._table = np.ascontiguousarray(weights.columns.T)  # all that a gram says lies side by side
        self._scales = np.array([column.scale for column in columns])
        self._biases = np.array([column.bias for column in columns])
        self._genres = [domain.genre for domain in weights.head.domains]
        self._neutral_from = np.array([genre.neutral_from for genre in weights.head.genres])

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        judged = self.judge(texts)
        unsure = judged.shares.max(axis=1, initial=0.0) < self._head.unsure_below
        labels = _LABELS[judged.labels].tolist()
        scored = list(map(Sentiment, labels, *judged.shares.T.tolist(), unsure.tolist()))
        for row in np.flatnonzero(judged.silent):
            scored[row] = NOTHING_SAID
        return scored

    def judge(self, texts: Sequence[str]) -> Judged:
        """The same as arrays, for who has many texts and wants no objects."""
        logits, grams = self._read(texts)
        count = len(self._genres)
        belongs = np.exp(logits[:, :count] - logits[:, :count].max(axis=1, keepdims=True))
        belongs /= belongs.sum(axis=1, keepdims=True)
        good = _chances((logits[:, count : 2 * count] * belongs).sum(axis=1))
        takes_sides = _chances((logits[:, 2 * count :][:, self._genres] * belongs).sum(axis=1))
        shares = np.stack([takes_sides * (1.0 - good), 1.0 - takes_sides, takes_sides * good], axis=1).round(
            DIGITS
        )
        neutral_from = (belongs * self._neutral_from[self._genres]).sum(axis=1).round(DIGITS)
        labels = np.where(shares[:, 1] >= neutral_from, 1, np.where(shares[:, 2] > shares[:, 0], 2, 0))
        return Judged(shares=shares, labels=labels, silent=grams == 0)

    def logits(self, texts: Sequence[str]) -> Floats:
        """(n, columns of the head) logits."""
        return self._read(texts)[0]

    def _read(self, texts: Sequence[str]) -> tuple[Floats, Counts]:
        """(n, columns of the head) logits, and how many grams each text has."""
        logits = np.empty((len(texts), len(self._scales)))
        grams = np.empty(len(texts), np.intp)
        for block in blocks(texts, self._fold):
            buckets = distinct_buckets(block, longest=self._head.longest, bits=self._head.bits)
            grams[block.rows] = np.count_nonzero(buckets, axis=(0, 2))
            logits[block.rows] = _sums(self._table, buckets)
        logits *= self._scales / np.sqrt(np.maximum(grams, 1))[:, np.newaxis]
        logits += self._biases
        return logits, grams


def _sums(table: npt.NDArray[np.int8], buckets: Buckets) -> npt.NDArray[np.float32]:
    """(n, columns) what the rows of `table` that each text's buckets name add up to, exactly.

    A product of matrices in float32 takes a third of the time of adding up integers in numpy, and it rounds nothing: the
    grams of MOST_CHARS characters add up to less than 2**24, from where on float32 knows even numbers only.
    """
    ones = np.ones(buckets.shape[2], np.float32)
    sums = np.zeros((buckets.shape[1], table.shape[1]), np.float32)
    for order in buckets:  # one at a time stays in the cache
        sums += np.matmul(ones, table.take(order, axis=0, mode="clip").astype(np.float32))
    return sums


def _chances(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))))


def dump_weights(weights: Weights) -> bytes:
    """The model as the bytes of its file; the same model gives the same bytes."""
    plain = np.arange(PLANES, dtype=np.uint32)
    folded = np.flatnonzero(weights.fold != plain).astype(np.uint32)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        head=np.frombuffer(msgspec.json.encode(weights.head), np.uint8),
        columns=weights.columns,
        folded=folded,
        fold_to=weights.fold[folded],
    )
    return file.getvalue()


def parse_weights(data: bytes) -> Weights:
    """The model in the bytes of a file. Raises ModelError."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            head = msgspec.json.decode(arrays["head"].tobytes(), type=Head)
            columns = arrays["columns"]
            fold = np.arange(PLANES, dtype=np.uint32)
            fold[arrays["folded"]] = arrays["fold_to"]
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, msgspec.DecodeError) as error:
        raise ModelError(f"not a readable n-gram model: {error}") from error
    expected = (len(head.columns), 1 << head.bits)
    if columns.dtype != np.int8 or columns.shape != expected:
        raise ModelError(
            f"weights {columns.dtype} {columns.shape} do not fit the head: expected int8 {expected}"
        )
    return Weights(head=head, columns=columns, fold=fold)


@cache
def load_ngram_scorer() -> NgramScorer:
    """The scorer with the model that ships with the package. Raises ModelError."""
    data = (files("streams.text") / "model" / MODEL_FILE).read_bytes()
    return NgramScorer(parse_weights(data), model_hash=hashlib.sha256(data).hexdigest())
