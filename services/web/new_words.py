"""New words in the clear.

Signals and evidence hold rare words veiled, since a word can be a piece of somebody's text; they are found again in the
items behind the evidence, as long as these can be opened.
"""

from collections.abc import Iterable

import msgspec

from alerting.events import Evidence
from services.vault import Opener
from services.views.mentions import MentionFilter, mentions_page
from services.views.reader import Reader
from services.views.rows import IncidentFile, IncidentRow, TimelineEvent
from streams.facts import Private
from streams.judging import WORDS_MOST, Veil, text_of
from streams.text.names import whole_name
from streams.text.words import notable_words_batch


class NewWords:
    """Names the new words of evidence for who may see the items."""

    def __init__(self, reader: Reader, opener: Opener, veil: Veil) -> None:
        self._reader = reader
        self._opener = opener
        self._veil = veil

    def row(self, row: IncidentRow) -> IncidentRow:
        """The incident with its words in the clear."""
        evidence = tuple(
            msgspec.structs.replace(each, evidence=self.evidence(each.evidence, row.brand))
            for each in row.evidence
        )
        return msgspec.structs.replace(row, evidence=evidence)

    def file(self, found: IncidentFile) -> IncidentFile:
        """The incident with all that happened in it, its words in the clear."""
        brand = found.row.brand
        timeline = tuple(
            msgspec.structs.replace(line, event=self._event(line.event, brand)) for line in found.timeline
        )
        return msgspec.structs.replace(found, row=self.row(found.row), timeline=timeline)

    def _event(self, event: TimelineEvent, brand: str) -> TimelineEvent:
        evidence = getattr(event, "evidence", None)
        if not isinstance(evidence, Evidence) or not evidence.words:
            return event
        return msgspec.structs.replace(event, evidence=self.evidence(evidence, brand))

    def evidence(self, evidence: Evidence, brand: str) -> Evidence:
        """The evidence; a word that none of its items shows any more is left out."""
        if not evidence.words:
            return evidence
        rows = mentions_page(self._reader, MentionFilter(brand=brand, items=evidence.items)).items
        opened = (self._opener.private(row.content.content) for row in rows if row.content is not None)
        names = self._names(private for private in opened if private is not None)
        found = tuple(names[word] for word in evidence.words if word in names)
        return msgspec.structs.replace(evidence, words=found)

    def _names(self, opened: Iterable[Private]) -> dict[str, str]:
        texts = [text_of(private) for private in opened]
        words = {word for words in notable_words_batch(texts, WORDS_MOST) for word in words}
        return {self._veil(word): whole_name(word, texts) for word in words}
