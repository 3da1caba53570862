"""What wakes a plan up: one automaton over the literals of all plans, and what it settles by itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from streams.text.evidence import Batch
from streams.text.haystack import Haystack, Literals
from streams.text.plan import Plan, Seek, Terms

Places = list[tuple[int, int, int]]
"""Plans, each with a half-open span of the text's normal form in which its only literal stands; in no order."""


class Alarm:
    """One automaton over the literals that wake a plan up.

    A plan that seeks one literal, meant wherever it stands, is settled by the places at which the automaton found it.
    Most plans of a long list of words are such, and looking at each again would cost five times what finding it does.
    """

    def __init__(self, plans: Sequence[Plan], terms: Terms) -> None:
        woken: dict[str, set[int]] = defaultdict(set)
        for number, plan in enumerate(plans):
            for term in plan.wakes_on or ():
                for literal in terms.literals[term]:
                    woken[literal].add(number)
        settles = frozenset(number for number, plan in enumerate(plans) if _is_one_literal(plan, terms))
        self._always = frozenset(number for number, plan in enumerate(plans) if plan.wakes_on is None)
        self._looks = [frozenset(numbers - settles) for numbers in woken.values()]
        self._settled_by = [tuple(numbers & settles) for numbers in woken.values()]
        self._settles_one = [
            plans[0] if len(plans) == 1 and not looks else None
            for plans, looks in zip(self._settled_by, self._looks, strict=True)
        ]
        self._literals = Literals(dict(zip(woken, self._looks, strict=True)))

    def raised(self, batch: Batch) -> tuple[list[set[int]], dict[int, Places]]:
        """By item: the plans that have to be looked at; and, for those items that have any, the plans that are settled."""
        woken = [set(self._always) for _ in batch.items]
        settled: dict[int, Places] = {}
        for text, places in self._read(batch.plain, batch.owners, woken):
            settled.setdefault(batch.owners[text], []).extend(places)
        owners = [batch.owners[second.index] for second in batch.seconds]
        for number, places in self._read(batch.without_repeats, owners, woken):
            settled.setdefault(owners[number], []).extend(_hidden(batch, number, places))
        if batch.aloud is not None:  # a literal that is meant as it is written has nothing to do with sounds
            for owner, found in zip(batch.owners, self._literals.in_each(batch.aloud), strict=True):
                woken[owner] |= found
        for owner in [owner for owner in settled if batch.items[owner].title is not None]:
            # Text and title are told apart by those who look.
            woken[owner].update([plan for plan, _, _ in settled.pop(owner)])
        return woken, settled

    def _read(
        self, haystack: Haystack, owners: Sequence[int], woken: Sequence[set[int]]
    ) -> Iterator[tuple[int, Places]]:
        """For every text in which something is found the plans that are settled there; adds to `woken` by owner."""
        looks, settled_by, settles_one, ends = self._looks, self._settled_by, self._settles_one, haystack.ends
        text, following, begin, owner = -1, 0, 0, 0
        places: Places = []
        for literal, start, end in self._literals.places(haystack):
            if start >= following:
                if places:
                    yield text, places
                while start >= following:
                    text += 1
                    begin, following = following, ends[text] + 1
                owner, places = owners[text], []
            plan = settles_one[literal]
            if plan is not None:
                places.append((plan, start - begin, end - begin))
                continue
            woken[owner] |= looks[literal]
            for plan in settled_by[literal]:
                places.append((plan, start - begin, end - begin))
        if places:
            yield text, places


def _hidden(batch: Batch, number: int, places: Places) -> Iterator[tuple[int, int, int]]:
    """Of `places` in a text without repeats those that its normal form does not show as well, where they are there."""
    second = batch.seconds[number]
    normal = batch.plain.text(second.index)
    for plan, start, end in places:
        from_, to = second.span(start, end)
        if to - from_ > end - start and second.text[start:end] not in normal[from_:to]:
            yield plan, from_, to


def _is_one_literal(plan: Plan, terms: Terms) -> bool:
    root = plan.root
    return (
        isinstance(root, Seek)
        and not root.title_only
        and len(root.terms) == 1
        and terms.simple[root.terms[0]] is not None
    )
