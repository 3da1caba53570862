"""A transformer that the user brings, in ONNX form (extra `onnx`).

Its folder holds `model.onnx`, `tokenizer.json` and `config.json` as exported by the usual tools; `id2label` in the
last names the classes: negative, positive, and neutral if there is one.
"""

import hashlib
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from streams.text.sentiment import Label, ScorerUnavailableError, Sentiment, likeliest

FILES = ("model.onnx", "tokenizer.json", "config.json")
PACKAGES = ("onnxruntime", "tokenizers")
MOST_TOKENS = 512
"""What the usual Chinese encoders can take."""
BATCH_TEXTS = 32
"""Texts that run through the network together; more only makes the padding longer."""
UNSURE = 0.5
"""A best class below this probability is left to a person."""
_LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")


class ModelConfig(msgspec.Struct, frozen=True):
    """What is read of `config.json`: the label of every output, by its number."""

    id2label: dict[int, str]


class OnnxScorer:
    """Sentiment by an ONNX classifier; made by `load_onnx_scorer`."""

    name = "onnx"

    def __init__(self, *, session: Any, tokenizer: Any, classes: tuple[Label, ...], model_hash: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._classes = classes
        self._inputs = [wanted.name for wanted in session.get_inputs()]
        self.model_hash = model_hash

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        scored: list[Sentiment] = []
        for start in range(0, len(texts), BATCH_TEXTS):
            scored += self._score_batch(texts[start : start + BATCH_TEXTS])
        return scored

    def _score_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        encoded = self._tokenizer.encode_batch(readable)
        columns = {
            "input_ids": [entry.ids for entry in encoded],
            "attention_mask": [entry.attention_mask for entry in encoded],
            "token_type_ids": [entry.type_ids for entry in encoded],
        }
        feed = {name: np.array(columns[name], np.int64) for name in self._inputs}
        logits = self._session.run(None, feed)[0]
        return [_sentiment(row, self._classes) for row in _softmax(np.asarray(logits, np.float64))]


def load_onnx_scorer(folder: str | None) -> OnnxScorer:
    """The model in `folder`. Raises ScorerUnavailableError saying which package, file or label is missing."""
    path = _checked_folder(folder)
    classes = _classes(path / "config.json")
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise ScorerUnavailableError(f"scorer onnx needs {' and '.join(missing)}: install fenghuo[onnx]")
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.enable_padding()
    weights = path / "model.onnx"
    session = import_module("onnxruntime").InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    return OnnxScorer(session=session, tokenizer=tokenizer, classes=classes, model_hash=_file_hash(weights))


def _checked_folder(folder: str | None) -> Path:
    if folder is None:
        raise ScorerUnavailableError(f"scorer onnx needs the folder of a model with {', '.join(FILES)}")
    path = Path(folder)
    absent = [name for name in FILES if not (path / name).is_file()]
    if absent:
        raise ScorerUnavailableError(f"scorer onnx: {folder} has no {', '.join(absent)}")
    return path


def _classes(path: Path) -> tuple[Label, ...]:
    """The label of every output in order, from `id2label`."""
    try:
        named = msgspec.json.decode(path.read_bytes(), type=ModelConfig).id2label
    except msgspec.DecodeError as error:
        raise ScorerUnavailableError(f"scorer onnx: {path}: {error}") from error
    found = [_label(named.get(number, "nothing"), path) for number in range(len(named))]
    if not {"negative", "positive"} <= set(found):
        raise ScorerUnavailableError(
            f"scorer onnx: {path}: id2label has no negative and positive, found {found}"
        )
    return tuple(found)


def _label(written: str, path: Path) -> Label:
    for label in _LABELS:
        if written.lower() == label:
            return label
    raise ScorerUnavailableError(
        f"scorer onnx: {path}: id2label says {written!r}, expected {', '.join(_LABELS)}"
    )


def _softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _sentiment(row: npt.NDArray[np.float64], classes: tuple[Label, ...]) -> Sentiment:
    shares = dict.fromkeys(_LABELS, 0.0)
    for label, share in zip(classes, row.tolist(), strict=True):
        shares[label] += share
    return Sentiment(
        label=likeliest(shares["negative"], shares["neutral"], shares["positive"]),
        negative=shares["negative"],
        neutral=shares["neutral"],
        positive=shares["positive"],
        abstain=max(shares.values()) < UNSURE,
    )


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
