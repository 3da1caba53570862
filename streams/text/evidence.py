"""The texts of a batch as the matcher reads them, and what is found in one item when a plan asks for it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from streams.text.collapse import Collapsed, collapsed
from streams.text.haystack import SEPARATOR, Haystack, Literals
from streams.text.item import Item, Occurrence, Place, Variant
from streams.text.needles import Needle
from streams.text.normalise import Normalised
from streams.text.ordinary import is_parted
from streams.text.plan import Plan, Terms
from streams.text.sounds import heard


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One way to read a text or a title of one item of the batch: its normal form, without repeats, or aloud."""

    item: int
    place: Place
    document: Normalised
    text: str
    collapsed: Collapsed | None = None
    aloud: bool = False


class Evidence:
    """One item, asked about term by term; what was found once is remembered."""

    __slots__ = ("_everything", "_known", "_readings", "_terms", "item")

    def __init__(self, item: Item, readings: Sequence[Reading], terms: Terms) -> None:
        self.item = item
        self._readings = readings
        self._terms = terms
        self._known: dict[int, list[Occurrence]] = {}
        self._everything = SEPARATOR.join([reading.text for reading in readings])

    def occurrences(self, term: int) -> Sequence[Occurrence]:
        """Where the term with this number stands, in no order."""
        for literal in self._terms.literals[term]:
            if literal in self._everything:
                break
        else:
            return ()
        known = self._known.get(term)
        if known is None:
            known = self._known[term] = self._looked_for(term)
        return known

    def lacks(self, groups: Iterable[tuple[str, ...]]) -> bool:
        """Whether one of the groups of literals has none that stands anywhere."""
        for group in groups:
            for literal in group:
                if literal in self._everything:
                    break
            else:
                return True
        return False

    def _looked_for(self, term: int) -> list[Occurrence]:
        written = self._terms.all[term].text
        found: list[Occurrence] = []
        for reading in self._readings:
            for needle in self._terms.needles[term]:
                if needle.heard is reading.aloud and needle.text in reading.text:
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
    """The items of one call, and all readings of their texts: the plain ones and those without repeats, each joined."""

    def __init__(self, items: Sequence[Item], *, aloud: bool) -> None:
        """`aloud`: whether some query listens for homophones."""
        self.items = items
        self._of_item: list[list[Reading]] = [[] for _ in items]
        plain = _plain_readings(items)
        haystack = Haystack([reading.text for reading in plain])
        self.rounds = [(plain, haystack), _round(_collapsed_readings(plain, haystack))]
        if aloud:
            self.rounds.append(_round([_read_aloud(reading) for reading in plain]))
        for readings, _ in self.rounds:
            for reading in readings:
                self._of_item[reading.item].append(reading)

    def evidence(self, item: int, terms: Terms) -> Evidence:
        """Item number `item`, ready to be asked."""
        return Evidence(self.items[item], self._of_item[item], terms)


def _plain_readings(items: Sequence[Item]) -> list[Reading]:
    readings = []
    for number, item in enumerate(items):
        readings.append(Reading(number, "text", item.text, item.text.text))
        if item.title is not None:
            readings.append(Reading(number, "title", item.title, item.title.text))
    return readings


def _collapsed_readings(plain: Sequence[Reading], haystack: Haystack) -> list[Reading]:
    seconds = collapsed([reading.document for reading in plain], haystack)
    return [_collapsed_reading(plain[second.index], second) for second in seconds]


def _collapsed_reading(reading: Reading, second: Collapsed) -> Reading:
    return Reading(reading.item, reading.place, reading.document, second.text, second)


def _read_aloud(reading: Reading) -> Reading:
    return Reading(reading.item, reading.place, reading.document, heard(reading.text), aloud=True)


def _round(readings: list[Reading]) -> tuple[list[Reading], Haystack]:
    return readings, Haystack([reading.text for reading in readings])


class Alarm:
    """One automaton over the literals that wake a plan up."""

    def __init__(self, plans: Sequence[Plan], terms: Terms) -> None:
        woken: dict[str, set[int]] = defaultdict(set)
        for number, plan in enumerate(plans):
            for term in plan.wakes_on or ():
                for needle in terms.needles[term]:
                    woken[needle.text].add(number)
        self._literals = Literals(list(woken))
        self._plans = [frozenset(numbers) for numbers in woken.values()]
        self._always = frozenset(number for number, plan in enumerate(plans) if plan.wakes_on is None)

    def woken(self, batch: Batch) -> list[set[int]]:
        """By item: the numbers of the plans that have to be looked at."""
        woken = [set(self._always) for _ in batch.items]
        for readings, haystack in batch.rounds:
            for text, literal in self._literals.find_in(haystack):
                woken[readings[text].item] |= self._plans[literal]
        return woken
