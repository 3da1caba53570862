"""Many monitor queries against many items: one pass over the texts, whatever the number of queries.

The literals of all queries stand in one Aho–Corasick automaton, which reads a whole batch as one string. Boolean parts
are looked at only for the queries whose waking terms were found in an item (see `streams.text.plan`).
"""

from collections.abc import Iterable, Mapping, Sequence

from streams.text.alarm import Alarm, Places
from streams.text.errors import QueryError
from streams.text.evidence import Batch, Evidence
from streams.text.item import Hit, Item, Occurrence, Span
from streams.text.normalise import Normalised
from streams.text.ordinary import is_parted
from streams.text.plan import Terms, compile_plan, explain
from streams.text.proof import prove
from streams.text.query import Query, parse

__all__ = ["Hit", "Item", "Matcher", "Span"]

BATCH_ITEMS = 64
"""So many items are read as one string. With more, what was found in the first ones has left the processor's cache when it
is looked at: 100,000 literals take a third longer with 512."""

MAX_SPANS_PER_HIT = 1_000
"""A hit marks so many places at most, the first ones; only a text of one word over and over has more."""


class Matcher:
    """Compiled queries. Never changes after it was built, so threads may share it."""

    def __init__(self, queries: Mapping[str, str | Query]) -> None:
        """Compile queries, given by id.

        Raises:
            QueryError: for the first query (in the order of ids) that cannot be read; it says which.
        """
        terms = Terms()
        self._ids = sorted(queries)
        self._plans = [compile_plan(_parsed(query_id, queries[query_id]), terms) for query_id in self._ids]
        self._terms = terms
        # The first group of each plan has woken it up.
        self._needs = [tuple([_literals(group, terms) for group in plan.needs[1:]]) for plan in self._plans]
        self._listens = any(needle.heard for each in terms.needles for needle in each)
        self._alarm = Alarm(dict(zip(self._ids, self._plans, strict=True)), terms)

    def match(self, items: Sequence[Item]) -> list[tuple[Hit, ...]]:
        """The queries that fit each item, sorted by id, in the order of the items."""
        hits: list[tuple[Hit, ...]] = []
        for start in range(0, len(items), BATCH_ITEMS):
            hits += self._match_batch(items[start : start + BATCH_ITEMS])
        return hits

    def _match_batch(self, items: Sequence[Item]) -> list[tuple[Hit, ...]]:
        batch = Batch(items, listens=self._listens)
        woken, settled = self._alarm.raised(batch)
        hits = [
            self._hits(batch.evidence(number, self._terms), plans) if plans else ()
            for number, plans in enumerate(woken)
        ]
        for number, places in settled.items():
            others = self._settled(items[number].text, places)
            hits[number] = tuple(sorted((*hits[number], *others), key=_by_id)) if hits[number] else others
        return hits

    def explain(self, query_id: str) -> str:
        """How a query is evaluated, for a person to read.

        Raises:
            KeyError: if there is no such query.
        """
        if query_id not in self._ids:
            raise KeyError(query_id)
        return explain(query_id, self._plans[self._ids.index(query_id)], self._terms)

    def _hits(self, evidence: Evidence, woken: Iterable[int]) -> tuple[Hit, ...]:
        hits = []
        for number in evidence.can_hold(woken, self._needs):
            proof = prove(self._plans[number].root, evidence)
            if proof is not None:
                hits.append(Hit(self._ids[number], _spans(evidence.item, proof)))
        return tuple(hits)

    @staticmethod
    def _settled(document: Normalised, places: Places) -> tuple[Hit, ...]:
        """The hits of plans that the alarm has settled, by id."""
        found, begin, names = places
        begins, ends = document.sources() if document.passes else ((), ())
        before = -1
        hits: list[Hit] = []
        repeated: dict[int, list[Span]] = {}
        for number, start, end in found:
            start, end = start - begin, end - begin
            if begins:
                first, last = begins[start], ends[end - 1]
                if not document.original[first:last].isalnum() and is_parted(document, start, end):
                    continue
                start, end = first, last
            span = Span(start, end, names[2 * number + 1])
            if number != before:
                hits.append(Hit(names[2 * number], (span,)))
                before = number
            else:
                repeated.setdefault(len(hits) - 1, [*hits[-1].spans]).append(span)
        for which, spans in repeated.items():
            hits[which] = Hit(hits[which].id, _in_order(spans))
        return tuple(hits)


def _by_id(hit: Hit) -> str:
    return hit.id


def _parsed(query_id: str, query: str | Query) -> Query:
    if isinstance(query, Query):
        return query
    try:
        return parse(query)
    except QueryError as error:
        raise error.named(query_id) from None


def _literals(group: Iterable[int], terms: Terms) -> tuple[str, ...]:
    return tuple(literal for number in group for literal in terms.literals[number])


def _spans(item: Item, proof: Sequence[Occurrence]) -> tuple[Span, ...]:
    return _in_order([_span(item, occurrence) for occurrence in proof])


def _in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Each once, by place; the first ones if there are too many."""
    if len(spans) < 2:
        return tuple(spans)
    return tuple(sorted(set(spans), key=_by_place)[:MAX_SPANS_PER_HIT])


def _by_place(span: Span) -> tuple[str, int, int, str, str]:
    return span.field, span.start, span.end, span.term, span.variant or ""


def _span(item: Item, occurrence: Occurrence) -> Span:
    document = item.title if occurrence.place == "title" else item.text
    start, end = occurrence.start, occurrence.end
    if not occurrence.as_written and document is not None and document.passes:
        start, end = document.span(start, end)
    return Span(start, end, occurrence.term, occurrence.variant, occurrence.place)
