"""`topics`: a file that changes the words of the topics which ship with the package, or adds topics of one's own."""

from functools import partial
from pathlib import Path

from services.config import texts
from services.config.documents import read_document
from services.config.problems import quoted
from services.config.readers import attempted, folder_name, ident, identified, line
from services.config.values import Table, Value
from streams.text.topics import TopicChange

MOST_TOPICS = 100
MOST_WORDS = 2_000
"""Of one topic under one weight."""
HEAVIEST = 9


def read_topics(folder: Path, root: Table) -> tuple[TopicChange, ...]:
    """The changes in the file that `topics` names."""
    name = root.optional("topics", folder_name, None)
    document = None if name is None else read_document(folder, name, root.value.report)
    return () if document is None else document.attempt(identified(_topic, MOST_TOPICS), ())


def _topic(table: Table) -> TopicChange:
    return TopicChange(
        id=table.required("id", ident, ""),
        weights=table.required("words", _weights, {}, texts.TOPIC_WEIGHTS),
    )


def _weights(value: Value) -> dict[str, int]:
    weights: dict[str, int] = {}
    with value.table(texts.TOPIC_WEIGHTS) as table:
        for key, words in table.entries():
            if key.isascii() and key.isdigit() and int(key) <= HEAVIEST:
                words.attempt(partial(_add_words, weights, int(key)), None)
            else:
                value.report.error(table.key_place(key), quoted(key), texts.TOPIC_WEIGHTS)
    return weights


def _add_words(weights: dict[str, int], weight: int, value: Value) -> None:
    for item in value.items(most=MOST_WORDS):
        for word in attempted(item, line):
            if weights.setdefault(word.lower(), weight) != weight:
                value.report.error(item.place, item.written, texts.EACH_WORD_ONCE)
