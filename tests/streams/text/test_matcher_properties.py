"""The matcher says what the slow, obvious evaluator says, whatever the queries and texts."""

from itertools import pairwise
from typing import assert_never

from hypothesis import assume, given
from hypothesis import strategies as st

from streams.text.matcher import Item, Matcher
from streams.text.needles import joins_words
from streams.text.normalise import Normalised, normalise
from streams.text.query import Query
from streams.text.syntax import And, Field, Near, Node, Not, Or, Range, Regex, Term, Title

# Words that overlap, nest, begin alike and differ in case alone; texts are made of their pieces. No character follows
# itself, because readings without repeats are the matcher's own business (test_matcher.py has examples).
WORDS = ("西贝", "贝壳", "西", "贝西贝", "罗永浩", "永浩", "mac", "machine", "ma", "Mac", "贝mac", "a西")
PIECES = (*"西贝壳罗永浩", "mac", "machine", "Mac", "ma", " ", "。", "*", "\u200b", "\n", ",", "貝", "Ａ")

terms = st.builds(Term, text=st.sampled_from(WORDS)) | st.sampled_from(
    [
        Term(text="ma", prefix=True),
        Term(text="mac", prefix=True),
        Term(text="Mac", cased=True),
        Term(text="西贝", cased=True),
    ]
)
sides = st.lists(terms, min_size=1, max_size=2).map(tuple)
leaves: st.SearchStrategy[Node] = (
    terms
    | st.builds(Title, terms)
    | st.builds(Near, left=sides, right=sides, chars=st.integers(0, 4), ordered=st.booleans())
    | st.builds(Field, name=st.just("platform"), value=st.sampled_from(["weibo", "zhihu"]))
    | st.builds(
        Range, name=st.just("likes"), low=st.none() | st.integers(0, 3), high=st.none() | st.integers(0, 3)
    )
)


def _grown(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, nodes)


trees = st.recursive(leaves, _grown, max_leaves=8)
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
items = st.builds(
    Item,
    text=texts.map(normalise),
    title=st.none() | texts.map(normalise),
    platform=st.sampled_from([None, "weibo", "zhihu"]),
    likes=st.none() | st.integers(0, 3),
)


def _repeats_itself(item: Item) -> bool:
    whole = item.text.text + "\n" + (item.title.text if item.title else "")
    return any(one == other for one, other in pairwise(whole))


def _holds_a_parted_word(item: Item) -> bool:
    """A blank between Chinese characters may part ordinary words, which the slow evaluator does not know."""
    return any(" " in document.original for document in (item.text, item.title) if document is not None)


@given(st.lists(trees, min_size=1, max_size=5), st.lists(items, min_size=1, max_size=4))
def test_the_matcher_agrees_with_the_slow_evaluator(roots: list[Node], batch: list[Item]) -> None:
    assume(not any(_repeats_itself(item) or _holds_a_parted_word(item) for item in batch))
    queries = {str(number): Query("", root) for number, root in enumerate(roots)}
    found = [tuple(hit.id for hit in hits) for hits in Matcher(queries).match(batch)]
    assert found == [
        tuple(name for name, query in queries.items() if holds(query.root, item)) for item in batch
    ]


@given(terms, items)
def test_a_term_is_marked_wherever_it_stands(term: Term, item: Item) -> None:
    assume(not _repeats_itself(item) and not _holds_a_parted_word(item))
    hits = Matcher({"q": Query("", term)}).match([item])[0]
    marked = {(span.field, span.start, span.end) for hit in hits for span in hit.spans}
    documents = {"text": item.text, "title": item.title or item.text}
    expected = {(field, *documents[field].span(start, end)) for field, start, end in places(term, item)}
    assert marked == expected


@given(st.lists(trees, min_size=1, max_size=4), st.lists(items, min_size=2, max_size=5))
def test_what_else_is_in_the_batch_changes_nothing(roots: list[Node], batch: list[Item]) -> None:
    queries = {str(number): Query("", root) for number, root in enumerate(roots)}
    matcher = Matcher(queries)
    assert matcher.match(batch) == [matcher.match([item])[0] for item in batch]
    for name, query in queries.items():
        alone = [tuple(hit for hit in hits if hit.id == name) for hits in matcher.match(batch)]
        assert alone == Matcher({name: query}).match(batch)


# -- the slow, obvious evaluator: every term is tried at every place, every NEAR on every pair

Place = tuple[str, int, int]
"""Field, start and end in the normal form."""


def holds(node: Node, item: Item) -> bool:
    match node:
        case Term():
            return bool(places(node, item))
        case Title(term):
            return any(field == "title" for field, _, _ in places(term, item))
        case And(parts):
            return all(holds(part, item) for part in parts)
        case Or(parts):
            return any(holds(part, item) for part in parts)
        case Not(part):
            return not holds(part, item)
        case Near():
            return any(
                is_near(left, right, node)
                for one in node.left
                for other in node.right
                for left in places(one, item)
                for right in places(other, item)
            )
        case Field():
            return str(getattr(item, node.name)) == node.value
        case Range():
            count = getattr(item, node.name)
            return count is not None and (node.low or 0) <= count <= (
                node.high if node.high is not None else count
            )
        case Regex():
            raise NotImplementedError("RE2 is its own evaluator")
        case _:
            assert_never(node)


def is_near(left: Place, right: Place, near: Near) -> bool:
    if left[0] != right[0]:
        return False
    between = right[1] - left[2]
    if not near.ordered and between < 0:
        between = left[1] - right[2]
    return 0 <= between <= near.chars


def places(term: Term, item: Item) -> list[Place]:
    found = [("text", start, end) for start, end in _places(term, item.text)]
    if item.title is not None:
        found += [("title", start, end) for start, end in _places(term, item.title)]
    return found


def _places(term: Term, document: Normalised) -> list[tuple[int, int]]:
    wanted = normalise(term.text).text
    text = document.text
    return [
        (start, start + len(wanted))
        for start in range(len(text))
        if text[start : start + len(wanted)] == wanted
        and _is_meant(term, document, start, start + len(wanted))
    ]


def _is_meant(term: Term, document: Normalised, start: int, end: int) -> bool:
    text = document.text
    if start > 0 and joins_words(text[start]) and joins_words(text[start - 1]):
        return False
    if not term.prefix and end < len(text) and joins_words(text[end - 1]) and joins_words(text[end]):
        return False
    first, last = document.span(start, end)
    return not term.cased or _letters(document.original[first:last]) == _letters(term.text)


def _letters(written: str) -> list[str]:
    return [character for character in written if character.isascii() and character.isalpha()]


@given(
    st.lists(st.builds(Item, text=texts.map(normalise), title=st.none() | texts.map(normalise)), max_size=4)
)
def test_many_queries_together_say_what_each_says_alone(several: list[Item]) -> None:
    """Also of texts that repeat themselves, and of queries of one word, which the automaton settles by itself."""
    queries = {word: word for word in WORDS} | {
        "both": "西贝 罗永浩",
        "near": "西 NEAR/3 贝",
        "sounds": "~西贝",
    }
    together = Matcher(queries).match(several)
    alone = [Matcher({name: query}).match(several) for name, query in sorted(queries.items())]
    assert together == [tuple(hit for hits in each for hit in hits) for each in zip(*alone, strict=True)]


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, unique=True),
    st.lists(
        st.builds(
            Item,
            text=st.lists(st.sampled_from((*PIECES, "贝", "a", "&nbsp;"))).map(
                lambda some: normalise("".join(some))
            ),
            title=st.none() | texts.map(normalise),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_what_the_automaton_settles_is_what_looking_finds(words: list[str], batch: list[Item]) -> None:
    """Repeats, parted words and titles included."""
    settled = Matcher({word: f'"{word}"' for word in words}).match(batch)
    looked_at = Matcher({word: f'"{word}" OR 无此词' for word in words}).match(batch)
    assert settled == looked_at
