"""What wakes a plan up: one automaton over the literals of all plans, and what it settles by itself."""

from collections import defaultdict
from collections.abc import Sequence

from streams.text.evidence import Batch
from streams.text.haystack import Haystack, Literals
from streams.text.plan import Plan, Seek, Terms

Places = list[tuple[int, int]]
"""Plans, each with an offset in the normal form of the text at which its only literal stands."""


class Alarm:
    """One automaton over the literals that wake a plan up.

    A plan that seeks one literal, meant wherever it stands, is settled by the place at which the automaton found it. Most
    plans of a long list of words are such, and looking at each again would cost five times what finding it does.
    """

    def __init__(self, plans: Sequence[Plan], terms: Terms) -> None:
        woken: dict[str, set[int]] = defaultdict(set)
        for number, plan in enumerate(plans):
            for term in plan.wakes_on or ():
                for literal in terms.literals[term]:
                    woken[literal].add(number)
        self._literals = Literals(woken)
        self._always = frozenset(number for number, plan in enumerate(plans) if plan.wakes_on is None)
        self._settles = frozenset(number for number, plan in enumerate(plans) if _is_one_literal(plan, terms))
        self._looks = [frozenset(numbers - self._settles) for numbers in woken.values()]
        self._settled_by = [tuple(numbers & self._settles) for numbers in woken.values()]

    def raised(self, batch: Batch) -> tuple[list[set[int]], dict[int, Places]]:
        """By item: the plans that have to be looked at; and, for those items that have any, the plans that are settled."""
        woken = [set(self._always) for _ in batch.items]
        (owners, plain), *others = batch.rounds
        settled = self._read_plain(batch, owners, plain, woken)
        for owners, haystack in others:
            for owner, found in zip(owners, self._literals.in_each(haystack), strict=True):
                woken[owner] |= found
        return woken, settled if len(batch.rounds) == 1 else self._without_doubles(settled, woken)

    def _read_plain(
        self, batch: Batch, owners: Sequence[int], plain: Haystack, woken: Sequence[set[int]]
    ) -> dict[int, Places]:
        looks, settled_by, ends, items = self._looks, self._settled_by, plain.ends, batch.items
        settled: dict[int, Places] = {}
        text, following, begin, owner = -1, 0, 0, 0
        places: Places = []
        for literal, start, _ in self._literals.places(plain):
            if start >= following:
                while start >= following:
                    text += 1
                    begin, following = following, ends[text] + 1
                owner = owners[text]
                places = settled.setdefault(owner, [])
            for plan in settled_by[literal]:
                places.append((plan, start - begin))
            if looks[literal]:
                woken[owner] |= looks[literal]
        for owner, places in settled.items():
            if items[owner].title is not None:  # text and title are told apart by those who look
                woken[owner].update([plan for plan, _ in places])
                places.clear()
        return settled

    def _without_doubles(self, settled: dict[int, Places], woken: Sequence[set[int]]) -> dict[int, Places]:
        """A plan that is looked at anyway, since it also stands in another reading, finds all its places then."""
        for owner, places in settled.items():
            if not self._settles.isdisjoint(woken[owner]):
                settled[owner] = [place for place in places if place[0] not in woken[owner]]
        return settled


def _is_one_literal(plan: Plan, terms: Terms) -> bool:
    root = plan.root
    return (
        isinstance(root, Seek)
        and not root.title_only
        and len(root.terms) == 1
        and terms.simple[root.terms[0]] is not None
    )
