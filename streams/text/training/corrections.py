"""What people corrected, as texts to learn from: read from what `fenghuo export` gives away."""

from collections.abc import Iterable

import msgspec

from streams.text.training.corpora import NEGATIVE, NEUTRAL, POSITIVE, Corpus, CorpusError, Sample

CORRECTIONS = Corpus(name="corrections", domain="microblog", takes_sides=1.0, reported=False)
COPIES = 20
"""A corrected text counts as much as this many others: it stands for all like it that nobody corrected."""

_NUMBERS = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
_CORRECTED = "judgement.corrected"


class _Content(msgspec.Struct, frozen=True):
    title: str | None = None
    text: str | None = None
    label: str | None = None


class _Event(msgspec.Struct, frozen=True):
    type: str
    subject: str | None = None
    """The item."""
    data: _Content = _Content()


_decoder = msgspec.json.Decoder(_Event)


def parse_corrections(lines: Iterable[str]) -> list[Sample]:
    """One sample for each text that was corrected, with its last label; every line is a CloudEvent, in journal order.

    A correction is about the text as it stood then. What cannot be opened any more teaches nothing. None is held out: they
    are too few, and figures are taken on the corpora alone. Raises CorpusError naming the line.
    """
    texts: dict[str, str] = {}
    labels: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        event = _read(line, number)
        item = event.subject or ""
        if event.type == _CORRECTED and event.data.label and texts.get(item):
            labels[item, texts[item]] = _label(event.data.label, number)
        elif event.data.text:
            title = event.data.title
            texts[item] = f"{title}\n{event.data.text}" if title else event.data.text
    return [
        Sample(corpus=CORRECTIONS, label=label, text=text, held_out=False)
        for (_, text), label in labels.items()
    ]


def _read(line: str, number: int) -> _Event:
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise CorpusError(
            f"corrections line {number}: expected a line of `fenghuo export`: {error}"
        ) from error


def _label(label: str, number: int) -> int:
    if label not in _NUMBERS:
        raise CorpusError(f"corrections line {number}: expected {', '.join(_NUMBERS)}, found {label[:40]!r}")
    return _NUMBERS[label]
