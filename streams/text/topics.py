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


class TopicChange(msgspec.Struct, frozen=True):
    """A change of a taxonomy: words of a topic with their new weights; 0 takes a word away."""

    id: str
    weights: dict[str, int]


class Topic(msgspec.Struct, frozen=True, gc=False):
    """What a text is about, the sum of the weights of its words, and these words in the order of their weight."""

    id: str
    weight: int
    evidence: tuple[str, ...]


class Topics:
    """Finds the topic of texts by `taxonomy`; in doubt the topic that stands first there. Raises TaxonomyError."""

    def __init__(self, taxonomy: Sequence[TopicWords]) -> None:
        self._taxonomy = tuple(taxonomy)
        self._ids = _checked_ids(taxonomy)
        self._words: list[str] = []
        self._serves: list[list[tuple[int, int]]] = []  # for each word: (topic's number, weight)
        for word, serves in _by_word(taxonomy).items():
            self._words.append(word)
            self._serves.append(serves)
        self._literals = Literals({word: (number,) for number, word in enumerate(self._words)})
        self._within = _within(self._words)

    @property
    def ids(self) -> tuple[str, ...]:
        """All topics, in the order of the taxonomy."""
        return tuple(self._ids)

    def amended_by(self, changes: Sequence[TopicChange]) -> "Topics":
        """These topics with `changes` (see `amended`); itself if there are none. Raises TaxonomyError."""
        return Topics(amended(self._taxonomy, changes)) if changes else self

    def classify(self, texts: Sequence[str]) -> list[Topic | None]:
        """The topic of every text in their order; None where nothing points to one."""
        read = Haystack([text[:MOST_CHARS].lower() for text in texts]).encodable()
        return [self._topic(found) if found else None for found in self._literals.in_each(read)]

    def _topic(self, found: Collection[int]) -> Topic | None:
        """What the words with these numbers point to; 医院 says no more once 进医院 has said it."""
        found = [number for number in found if self._within[number].isdisjoint(found)]
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


def _within(words: Sequence[str]) -> list[frozenset[int]]:
    """For every word the numbers of the longer ones that hold it."""
    within: list[set[int]] = [set() for _ in words]
    holders = Literals({word: (number,) for number, word in enumerate(words)}).in_each(Haystack(words))
    for holder, held in enumerate(holders):
        for number in held - {holder}:
            within[number].add(holder)
    return [frozenset(each) for each in within]


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


def amended(taxonomy: Sequence[TopicWords], changes: Sequence[TopicChange]) -> tuple[TopicWords, ...]:
    """The taxonomy with the words of `changes` under their new weights; topics that it does not have come first."""
    changed = {change.id: change.weights for change in changes}
    known = [
        TopicWords(topic.id, _by_weight(_weights(topic) | changed.pop(topic.id, {}))) for topic in taxonomy
    ]
    return (*(TopicWords(name, _by_weight(weights)) for name, weights in changed.items()), *known)


def _weights(topic: TopicWords) -> dict[str, int]:
    return {word: weight for weight, words in topic.words.items() for word in words}


def _by_weight(weights: dict[str, int]) -> dict[int, tuple[str, ...]]:
    used = sorted(set(weights.values()) - {0}, reverse=True)
    return {weight: tuple(word for word, each in weights.items() if each == weight) for weight in used}


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
