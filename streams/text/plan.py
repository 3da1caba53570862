"""What a query compiles to: a small tree over numbered terms, and the terms that wake it up.

A monitor is looked at only for items where one of its waking terms was found: of an AND the rarest side is enough, of an
OR it takes all sides. A query that has no such terms (fields or regular expressions alone) is looked at for every item.
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

import msgspec

from streams.text.needles import Needle, needles
from streams.text.syntax import And, Field, Near, Node, Not, Or, Query, Range, Regex, Term, Title


class Seek(msgspec.Struct, frozen=True, gc=False):
    """One of the terms stands in the text or the title."""

    terms: tuple[int, ...]
    title_only: bool = False


class Beside(msgspec.Struct, frozen=True, gc=False):
    """One of the left and one of the right terms stand close to each other."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    chars: int
    ordered: bool


class Without(msgspec.Struct, frozen=True, gc=False):
    """The part does not hold."""

    part: "Step"


class AllOf(msgspec.Struct, frozen=True, gc=False):
    """Every part holds."""

    parts: tuple["Step", ...]


class AnyOf(msgspec.Struct, frozen=True, gc=False):
    """At least one part holds."""

    parts: tuple["Step", ...]


Step: TypeAlias = Seek | Beside | Regex | Field | Range | Without | AllOf | AnyOf


class Plan(msgspec.Struct, frozen=True, gc=False):
    """One compiled query.

    Of every group in `needs` one term at least must be found for the query to hold; the groups stand rarest first. The
    first is what wakes the query up; with no group at all, every item has to be looked at.
    """

    root: Step
    needs: tuple[frozenset[int], ...]

    @property
    def wakes_on(self) -> frozenset[int] | None:
        """The terms that wake the query up; None for every item."""
        return self.needs[0] if self.needs else None


class Terms:
    """Every different term of all queries, numbered; the same term in two queries is one."""

    def __init__(self) -> None:
        self.all: list[Term] = []
        self.needles: list[tuple[Needle, ...]] = []
        self.literals: list[tuple[str, ...]] = []
        self.simple: list[str | None] = []
        """Of a term that is a single literal, and is meant wherever that stands, the literal."""
        self._numbers: dict[Term, int] = {}

    def number(self, term: Term) -> int:
        """The number of a term, a new one if it was not seen before."""
        number = self._numbers.setdefault(term, len(self.all))
        if number == len(self.all):
            self.all.append(term)
            self.needles.append(needles(term))
            self.literals.append(tuple(needle.text for needle in self.needles[number]))
            own = self.needles[number][0]
            self.simple.append(own.text if own.always_fits and len(self.needles[number]) == 1 else None)
        return number

    def commonness(self, numbers: frozenset[int]) -> float:
        """A guess at the share of texts that hold one of the terms: shorter is commoner."""
        return sum(_chance(literal) for number in numbers for literal in self.literals[number])


_COMMON = frozenset(
    "的一是不了人在有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实吃"
)


def _chance(literal: str) -> float:
    """By the share of texts in which a common and another Chinese character and a letter stand: 1/100, 1/3000, 1/15."""
    return 10.0 ** -sum(
        2.0 if character in _COMMON else 3.5 if character > "\u2e80" else 1.2 for character in literal
    )


def compile_plan(query: Query, terms: Terms) -> Plan:
    """Compile a query, numbering its terms."""
    root = _step(query.root, terms)
    return Plan(root, tuple(sorted(_needs(root), key=terms.commonness)))


def _step(node: Node, terms: Terms) -> Step:
    match node:
        case Term():
            return Seek((terms.number(node),))
        case Title(term):
            return Seek((terms.number(term),), title_only=True)
        case Near():
            left = tuple(terms.number(term) for term in node.left)
            right = tuple(terms.number(term) for term in node.right)
            return Beside(left, right, node.chars, node.ordered)
        case Not(part):
            return Without(_step(part, terms))
        case And(parts):
            return AllOf(tuple(_step(part, terms) for part in parts))
        case Or(parts):
            return _any_of([_step(part, terms) for part in parts])
        case Regex() | Field() | Range():
            return node
        case _:
            assert_never(node)


def _any_of(parts: list[Step]) -> Step:
    """Alternatives that are nothing but terms are sought in one go."""
    plain = [part for part in parts if isinstance(part, Seek) and not part.title_only]
    sought = Seek(tuple(dict.fromkeys(number for part in plain for number in part.terms)))
    others = [part for part in parts if part not in plain]
    if not plain:
        return AnyOf(tuple(parts))
    return AnyOf((sought, *others)) if others else sought


def _needs(step: Step) -> set[frozenset[int]]:
    """Groups of terms; of each group at least one must be found for the step to hold."""
    match step:
        case Seek(numbers):
            return {frozenset(numbers)}
        case Beside():
            return {frozenset(step.left), frozenset(step.right)}
        case AllOf(parts):
            return set().union(*(_needs(part) for part in parts))
        case AnyOf(parts):
            return _needs_of_any([_needs(part) for part in parts])
        case Regex() | Field() | Range() | Without():
            return set()
        case _:
            assert_never(step)


def _needs_of_any(sides: list[set[frozenset[int]]]) -> set[frozenset[int]]:
    """Whichever side holds, one of its groups does; which group stands for a side is free, so the smallest."""
    if not all(sides):
        return set()
    return {frozenset().union(*(min(side, key=lambda group: (len(group), sorted(group))) for side in sides))}


def explain(query_id: str, plan: Plan, terms: Terms) -> str:
    """The plan for a person to read: what wakes the query up, then its parts, one a line."""
    if plan.wakes_on is None:
        wakes = "every item"
    else:
        wakes = ", ".join(sorted(terms.all[number].text for number in plan.wakes_on))
    return "\n".join([f"{query_id}: looked at for {wakes}", *_lines(plan.root, terms, "  ")])


def _lines(step: Step, terms: Terms, indent: str) -> Iterator[str]:
    match step:
        case Seek(numbers):
            spelt = " or ".join(_spelt(number, terms) for number in numbers)
            yield f"{indent}{'title has ' if step.title_only else ''}{spelt}"
        case Beside():
            sides = (" or ".join(_spelt(term, terms) for term in side) for side in (step.left, step.right))
            left, right = sides
            order = "before" if step.ordered else "near"
            yield f"{indent}{left} {order} {right}, at most {step.chars} characters between"
        case Without(part):
            yield f"{indent}none of"
            yield from _lines(part, terms, indent + "  ")
        case AllOf(parts) | AnyOf(parts):
            yield f"{indent}{'all of' if isinstance(step, AllOf) else 'any of'}"
            for part in parts:
                yield from _lines(part, terms, indent + "  ")
        case Regex(pattern):
            yield f"{indent}/{pattern}/"
        case Field():
            yield f"{indent}{step.name} is {step.value}"
        case Range():
            low, high = ("*" if bound is None else str(bound) for bound in (step.low, step.high))
            yield f"{indent}{step.name} from {low} to {high}"
        case _:
            assert_never(step)


def _spelt(number: int, terms: Terms) -> str:
    term = terms.all[number]
    text = f"{{{term.text}}}" if term.cased else term.text + "*" * term.prefix
    others = len(terms.needles[number]) - 1
    return f"{text} (and {others} variants)" if others else text
