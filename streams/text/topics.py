"""What a complaint is about: a small taxonomy of weighted words, shown with the words that decided."""

from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from streams.text.errors import TextError
from streams.text.haystack import Haystack, Literals

TAXONOMY_FILE = "topics.yaml"
LEAST_WEIGHT = 2
"""Less than this says nothing: one word that needs company."""
MOST_CHARS = 2_000
"""What is read of one text."""


class TaxonomyError(TextError):
    """A taxonomy of topics cannot be read, names a topic twice, or holds an empty word or a weight below 1."""


class TopicWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One topic of a taxonomy: its words by weight."""

    id: str
    words: dict[int, tuple[str, ...]]


class Topic(msgspec.Struct, frozen=True, gc=False):
    """What a text is about, the sum of the weights of its words, and these words in the order of their weight."""

    id: str
    weight: int
    evidence: tuple[str, ...]


class Topics:
    """Finds the topic of texts by `taxonomy`; in doubt the topic that stands first there. Raises TaxonomyError."""

    def __init__(self, taxonomy: Sequence[TopicWords]) -> None:
        self._ids = _checked_ids(taxonomy)
        self._words: list[str] = []
        self._serves: list[list[tuple[int, int]]] = []  # for each word: (topic's number, weight)
        for word, serves in _by_word(taxonomy).items():
            self._words.append(word)
            self._serves.append(serves)
        self._literals = Literals({word: (number,) for number, word in enumerate(self._words)})

    def classify(self, texts: Sequence[str]) -> list[Topic | None]:
        """The topic of every text in their order; None where nothing points to one."""
        read = Haystack([text[:MOST_CHARS].lower() for text in texts]).encodable()
        return [self._topic(found) if found else None for found in self._literals.in_each(read)]

    def _topic(self, found: Collection[int]) -> Topic | None:
        """What the words with these numbers point to."""
        weights: dict[int, int] = {}
        for word in found:
            for topic, weight in self._serves[word]:
                weights[topic] = weights.get(topic, 0) + weight
        heaviest = max(weights.values())
        if heaviest < LEAST_WEIGHT:
            return None
        best = min([topic for topic, weight in weights.items() if weight == heaviest])
        evidence = [
            (-weight, self._words[word])
            for word in found
            for topic, weight in self._serves[word]
            if topic == best
        ]
        return Topic(self._ids[best], heaviest, tuple([word for _, word in sorted(evidence)]))


def _checked_ids(taxonomy: Sequence[TopicWords]) -> list[str]:
    ids = [topic.id for topic in taxonomy]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise TaxonomyError(f"topics stand twice in the taxonomy: {', '.join(twice)}")
    return ids


def _by_word(taxonomy: Sequence[TopicWords]) -> dict[str, list[tuple[int, int]]]:
    """Every word with the topics it serves and its weight there."""
    serves: dict[str, list[tuple[int, int]]] = {}
    for number, topic in enumerate(taxonomy):
        for weight, words in topic.words.items():
            if weight < 1 or not all(word.strip() for word in words):
                raise TaxonomyError(
                    f"topic {topic.id}: expected words under weights from 1, found {weight}: {words!r}"
                )
            for word in words:
                serves.setdefault(word.lower(), []).append((number, weight))
    return serves


def parse_taxonomy(content: str | bytes) -> tuple[TopicWords, ...]:
    """A taxonomy as written in YAML, like `topics.yaml` of this package. Raises TaxonomyError."""
    try:
        return msgspec.yaml.decode(content, type=tuple[TopicWords, ...])
    except msgspec.DecodeError as error:
        raise TaxonomyError(f"not a readable taxonomy: {error}") from error


@cache
def load_topics() -> Topics:
    """The topics of the taxonomy that ships with the package."""
    return Topics(parse_taxonomy((files("streams.text") / TAXONOMY_FILE).read_bytes()))
