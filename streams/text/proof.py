"""Whether a plan holds for one item, and by what."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import assert_never

from streams.text.evidence import Evidence
from streams.text.item import Item, Occurrence, Place
from streams.text.normalise import Normalised, normalise
from streams.text.plan import AllOf, AnyOf, Beside, Seek, Step, Without
from streams.text.regex import compiled, encodable
from streams.text.syntax import Field, Range, Regex


def prove(step: Step, evidence: Evidence) -> Sequence[Occurrence] | None:
    """The occurrences that make the step hold, in no order; empty if it holds by fields or by absence; else None."""
    match step:
        case Seek():
            return _sought(step, evidence)
        case AllOf(parts):
            return _all_of(parts, evidence)
        case AnyOf(parts):
            proofs = [proof for part in parts if (proof := prove(part, evidence)) is not None]
            return [occurrence for proof in proofs for occurrence in proof] if proofs else None
        case Without(part):
            return [] if prove(part, evidence) is None else None
        case Beside():
            return _beside(step, evidence)
        case Regex(pattern):
            return _expressed(pattern, evidence.item)
        case Field():
            return [] if _has(evidence.item, step) else None
        case Range():
            return [] if _within(evidence.item, step) else None
        case _:
            assert_never(step)


def _sought(step: Seek, evidence: Evidence) -> list[Occurrence] | None:
    found: list[Occurrence] = []
    for term in step.terms:
        found += evidence.occurrences(term)
    if step.title_only:
        found = [occurrence for occurrence in found if occurrence.place == "title"]
    return found or None


def _all_of(parts: tuple[Step, ...], evidence: Evidence) -> list[Occurrence] | None:
    together: list[Occurrence] = []
    for part in parts:
        proof = prove(part, evidence)
        if proof is None:
            return None
        together += proof
    return together


# -- NEAR


def _beside(step: Beside, evidence: Evidence) -> list[Occurrence] | None:
    """Both sides of every pair that is close enough; text and title are apart."""
    close: list[Occurrence] = []
    places: tuple[Place, ...] = ("text", "title")
    for place in places:
        left = _at(place, step.left, evidence)
        right = _at(place, step.right, evidence)
        if left and right:
            close += _close_to(left, right, step.chars, before=True, after=not step.ordered)
            close += _close_to(right, left, step.chars, before=not step.ordered, after=True)
    return close or None


def _at(place: Place, terms: tuple[int, ...], evidence: Evidence) -> list[Occurrence]:
    return [each for term in terms for each in evidence.occurrences(term) if each.place == place]


def _close_to(
    these: Iterable[Occurrence], those: Iterable[Occurrence], chars: int, *, before: bool, after: bool
) -> list[Occurrence]:
    """Which of `these` end at most `chars` before one of `those` starts, or start so close after one ends."""
    starts = sorted(each.start for each in those)
    ends = sorted(each.end for each in those)
    return [
        each
        for each in these
        if (before and _one_within(starts, each.end, each.end + chars))
        or (after and _one_within(ends, each.start - chars, each.start))
    ]


def _one_within(ordered: list[int], low: int, high: int) -> bool:
    index = bisect_left(ordered, low)
    return index < len(ordered) and ordered[index] <= high


# -- regular expressions


def _expressed(pattern: str, item: Item) -> list[Occurrence] | None:
    found = _expressed_in(pattern, item.text, "text")
    if item.title is not None:
        found += _expressed_in(pattern, item.title, "title")
    return found or None


def _expressed_in(pattern: str, document: Normalised, place: Place) -> list[Occurrence]:
    """Matches in what was written; only if there are none, in the normal form."""
    forms = [(encodable(document.original), True)]
    if document.text != document.original:
        forms.append((document.text, False))
    for text, as_written in forms:
        spans = [match.span() for match in compiled(pattern).finditer(text)]
        if spans:
            term = f"/{pattern}/"
            return [
                Occurrence(place, start, end, term, None, as_written) for start, end in spans if end > start
            ]
    return []


# -- fields


def _has(item: Item, field: Field) -> bool:
    match field.name:
        case "tag":
            return any(_equals(tag.strip("#＃"), field.value) for tag in item.tags)
        case "url":
            return item.url is not None and field.value in item.url.casefold()
        case "is":
            return item.kind == field.value
        case "author" | "platform" | "sentiment":
            value: str | None = getattr(item, field.name)
            return value is not None and _equals(value, field.value)
        case _:
            assert_never(field.name)


def _equals(value: str, wanted: str) -> bool:
    plain = _plain(value)
    return plain.startswith(wanted[:-1]) if wanted.endswith("*") else plain == wanted


@lru_cache(maxsize=4096)
def _plain(value: str) -> str:
    return normalise(value).text.strip()


def _within(item: Item, bounds: Range) -> bool:
    count: int | None = getattr(item, bounds.name)
    if count is None:
        return False
    return (bounds.low is None or count >= bounds.low) and (bounds.high is None or count <= bounds.high)
