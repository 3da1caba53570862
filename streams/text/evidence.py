"""The texts of a batch as the matcher reads them, and what is found in one item when a plan asks for it."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from streams.text.collapse import Collapsed, collapsed
from streams.text.haystack import SEPARATOR, Haystack
from streams.text.item import Item, Occurrence, Place, Variant
from streams.text.needles import Needle
from streams.text.normalise import Normalised
from streams.text.ordinary import is_parted
from streams.text.plan import Terms
from streams.text.sounds import aloud


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One way to read the text or the title of an item: its normal form, without repeats, or aloud."""

    place: Place
    document: Normalised
    text: str
    collapsed: Collapsed | None = None
    aloud: bool = False


class Evidence:
    """One item, asked about term by term; what was found once is remembered."""

    __slots__ = ("_everything", "_known", "_only_text", "_readings", "_terms", "item")

    def __init__(self, item: Item, readings: Sequence[Reading], terms: Terms) -> None:
        self.item = item
        self._readings = readings
        self._terms = terms
        self._known: dict[int, Sequence[Occurrence]] = {}
        self._only_text = len(readings) == 1 and not item.text.passes
        """Whether its text as it was written is all that there is to read."""
        self._everything = SEPARATOR.join([reading.text for reading in readings])

    def occurrences(self, term: int) -> Sequence[Occurrence]:
        """Where the term with this number stands, in no order."""
        known = self._known.get(term)
        if known is None:
            simple = self._terms.simple[term]
            if simple is not None and self._only_text:
                known = self._wherever_it_stands(simple, self._terms.all[term].text)
            else:
                known = self._looked_for(term)
            self._known[term] = known
        return known

    def _wherever_it_stands(self, literal: str, written: str) -> Sequence[Occurrence]:
        """What `_looked_for` would find; nearly all terms are as simple as that, and nearly all items."""
        if literal not in self._everything:  # a third of the price of `find`
            return ()
        start = self._everything.find(literal)
        found = []
        while start >= 0:
            found.append(Occurrence("text", start, start + len(literal), written))
            start = self._everything.find(literal, start + 1)
        return found

    def can_hold(self, plans: Iterable[int], needs: Sequence[Sequence[Sequence[str]]]) -> list[int]:
        """Those of `plans`, in order, of whose groups of literals (`needs`, by plan) each has one that stands somewhere.

        Of a thousand monitors a dozen wake up for an item and one holds: this is asked most often of all.
        """
        everything = self._everything
        able = []
        for plan in plans:
            for group in needs[plan]:
                for literal in group:
                    if literal in everything:
                        break
                else:
                    break
            else:
                able.append(plan)
        able.sort()
        return able

    def _looked_for(self, term: int) -> list[Occurrence]:
        written = self._terms.all[term].text
        found: list[Occurrence] = []
        for needle in self._terms.needles[term]:
            if needle.text in self._everything:
                for reading in self._readings:
                    if needle.heard is reading.aloud:
                        _add(found, reading, needle, written)
        return found


def _add(found: list[Occurrence], reading: Reading, needle: Needle, written: str) -> None:
    """Add where a needle fits in a reading; without repeats only what shows no other way (西西贝贝 shows 西贝)."""
    text = reading.document.text if reading.aloud else reading.text
    for start in _places(needle.text, reading.text):
        end = start + len(needle.text)
        if not needle.always_fits and not needle.fits(reading.document, text, start, end):
            continue
        variant: Variant | None = (
            "emoji" if needle.heard and _EMOJI.search(text, start, end) else needle.variant
        )
        if reading.collapsed is not None:
            start, end = reading.collapsed.span(start, end)
            if _shows_already(needle, reading.document.text[start:end]):
                continue
        if not reading.document.passes or not is_parted(reading.document, start, end):
            found.append(Occurrence(reading.place, start, end, written, variant))


_EMOJI = re.compile("[\u2600-\u2bff\U0001f000-\U0001ffff]")


def _places(literal: str, text: str) -> Iterator[int]:
    start = text.find(literal)
    while start >= 0:
        yield start
        start = text.find(literal, start + 1)


def _shows_already(needle: Needle, with_repeats: str) -> bool:
    """Whether the needle is found without leaving repeats out, there where it was found by leaving them out."""
    return len(with_repeats) == len(needle.text) or (needle.always_fits and needle.text in with_repeats)


class Batch:
    """The items of one call, and all readings of their texts, each kind joined into one string.

    A reading of its own is made only of what somebody asks about: most items wake nobody.
    """

    def __init__(self, items: Sequence[Item], *, listens: bool) -> None:
        """`listens`: whether some query listens for homophones."""
        self.items = items
        self._first: list[int] = []
        """Item → the number of its first text; a title, if it has one, comes after it."""
        documents: list[Normalised] = []
        self.owners: list[int] = []
        """Text → the number of the item that it belongs to."""
        for number, item in enumerate(items):
            self._first.append(len(documents))
            documents.append(item.text)
            self.owners.append(number)
            if item.title is not None:
                documents.append(item.title)
                self.owners.append(number)
        self.plain = Haystack([document.text for document in documents])
        self.seconds = collapsed(documents, self.plain)
        """The few texts that read otherwise without repeats."""
        self.without_repeats = Haystack([second.text for second in self.seconds])
        self.aloud = aloud(self.plain) if listens else None
        self._second = {second.index: second for second in self.seconds}

    def evidence(self, number: int, terms: Terms) -> Evidence:
        """The item with this number, ready to be asked."""
        item, first = self.items[number], self._first[number]
        readings = self._readings("text", item.text, first)
        if item.title is not None:
            readings += self._readings("title", item.title, first + 1)
        return Evidence(item, readings, terms)

    def _readings(self, place: Place, document: Normalised, number: int) -> list[Reading]:
        readings = [Reading(place, document, document.text)]
        second = self._second.get(number)
        if second is not None:
            readings.append(Reading(place, document, second.text, second))
        if self.aloud is not None:
            readings.append(Reading(place, document, self.aloud.text(number), None, aloud=True))
        return readings
