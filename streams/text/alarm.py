"""What wakes a plan up: one automaton over the literals of all plans, and what it settles by itself."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from streams.text.evidence import Batch
from streams.text.haystack import Haystack, Literals
from streams.text.plan import Plan, Seek, Terms


class Places(NamedTuple):
    """Where plans that seek one literal find it in the normal form of a text, sorted by plan and offset."""

    found: list[tuple[int, int, int]]
    """Numbers in the order of their plans, each with a half-open span that counts from `begin`."""
    begin: int
    names: Sequence[str]
    """At 2n the id of the plan that number n stands for, at 2n + 1 the term that it seeks: side by side, since with a
    hundred thousand of them each look elsewhere waits for memory."""


class Alarm:
    """One automaton over the literals that wake a plan up.

    A plan that seeks one literal, meant wherever it stands, is settled by the places at which the automaton found it.
    Most plans of a long list of words are such, and looking at each again would cost five times what finding it does.
    Literals that settle one plan and wake no other come first, in the order of their plans: what the automaton gives for
    a text is then in order after it is sorted, and need not be written anew.
    """

    def __init__(self, plans: Mapping[str, Plan], terms: Terms) -> None:
        """`plans` by the ids of their queries, in the order in which their numbers count."""
        woken: dict[str, set[int]] = defaultdict(set)
        for number, plan in enumerate(plans.values()):
            for term in plan.wakes_on or ():
                for literal in terms.literals[term]:
                    woken[literal].add(number)
        settles = frozenset(
            number for number, plan in enumerate(plans.values()) if _is_one_literal(plan, terms)
        )
        self._always = frozenset(
            number for number, plan in enumerate(plans.values()) if plan.wakes_on is None
        )
        single = {
            literal: min(numbers) for literal, numbers in woken.items() if _settle_one(numbers, settles)
        }
        literals = [*sorted(single, key=single.__getitem__), *(each for each in woken if each not in single)]
        self._single = [single[literal] for literal in literals[: len(single)]]
        labels = [(query_id, _only_term(plan, terms)) for query_id, plan in plans.items()]
        self._names = [*chain.from_iterable(labels)]
        self._names_of_single = [*chain.from_iterable([labels[number] for number in self._single])]
        self._looks = [frozenset(woken[literal] - settles) for literal in literals]
        self._settled_by = [tuple(woken[literal] & settles) for literal in literals]
        self._literals = Literals(dict(zip(literals, self._looks, strict=True)))

    def raised(self, batch: Batch) -> tuple[list[set[int]], dict[int, Places]]:
        """By item: the plans that have to be looked at; and, for those items that have any, the plans that are settled."""
        woken = [set(self._always) for _ in batch.items]
        settled: dict[int, Places] = {}
        for text, places in self._read(batch.plain, batch.owners, woken):
            owner = batch.owners[text]
            if batch.items[owner].title is None:
                settled[owner] = places
            else:  # text and title are told apart by those who look
                woken[owner].update([plan for plan, _, _ in self._by_plan(places)])
        owners = [batch.owners[second.index] for second in batch.seconds]
        for number, places in self._read(batch.without_repeats, owners, woken):
            owner = owners[number]
            if batch.items[owner].title is None:
                settled[owner] = self._joined(
                    settled.get(owner), _hidden(batch, number, self._by_plan(places))
                )
            else:
                woken[owner].update([plan for plan, _, _ in self._by_plan(places)])
        if batch.aloud is not None:  # a literal that is meant as it is written has nothing to do with sounds
            for owner, found in zip(batch.owners, self._literals.in_each(batch.aloud), strict=True):
                woken[owner] |= found
        return woken, settled

    def _read(
        self, haystack: Haystack, owners: Sequence[int], woken: Sequence[set[int]]
    ) -> Iterator[tuple[int, Places]]:
        """For every text in which something is found the plans that are settled there; adds to `woken` by owner."""
        ends = haystack.ends
        places = self._literals.places(haystack)
        singles = len(self._single)
        here = 0
        while here < len(places):
            text = bisect_left(ends, places[here][2])
            following = bisect_right(places, ends[text], here, key=_end)
            found = places[here:following]
            here = following
            begin = ends[text - 1] + 1 if text else 0
            found.sort()
            if found[-1][0] < singles:
                yield text, Places(found, begin, self._names_of_single)
                continue
            of_several = found[bisect_left(found, singles, key=_number) :]
            woken[owners[text]].update(*[self._looks[literal] for literal, _, _ in of_several])
            by_plan = [
                (plan, start, end) for literal, start, end in found for plan in self._settled_by[literal]
            ]
            if by_plan:
                yield text, Places(sorted(by_plan), begin, self._names)

    def _by_plan(self, places: Places) -> Iterator[tuple[int, int, int]]:
        """Plans, each with a half-open span that counts from the beginning of the text."""
        found, begin, names = places
        for number, start, end in found:
            plan = self._single[number] if names is self._names_of_single else number
            yield plan, start - begin, end - begin

    def _joined(self, places: Places | None, others: Iterable[tuple[int, int, int]]) -> Places:
        """`places` of a text, and `others` (by plan) that count from its beginning."""
        found = [*others] if places is None else [*self._by_plan(places), *others]
        return Places(sorted(found), 0, self._names)


_end = itemgetter(2)
_number = itemgetter(0)


def _settle_one(numbers: Collection[int], settles: Container[int]) -> bool:
    return len(numbers) == 1 and all(number in settles for number in numbers)


def _hidden(
    batch: Batch, number: int, places: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Of `places` in a text without repeats those that its normal form does not show as well, where they are there."""
    second = batch.seconds[number]
    normal = batch.plain.text(second.index)
    for plan, start, end in places:
        from_, to = second.span(start, end)
        if to - from_ > end - start and second.text[start:end] not in normal[from_:to]:
            yield plan, from_, to


def _only_term(plan: Plan, terms: Terms) -> str:
    """The term of a plan that seeks one and nothing else, as its query has it."""
    root = plan.root
    return terms.all[root.terms[0]].text if isinstance(root, Seek) and len(root.terms) == 1 else ""


def _is_one_literal(plan: Plan, terms: Terms) -> bool:
    root = plan.root
    return (
        isinstance(root, Seek)
        and not root.title_only
        and len(root.terms) == 1
        and terms.simple[root.terms[0]] is not None
    )
