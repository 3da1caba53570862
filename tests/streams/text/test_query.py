"""The monitor query language: what a query means, and what is said about a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.errors import QueryError
from streams.text.query import MAX_DEPTH, MAX_QUERY_CHARS, MAX_TERMS, parse
from streams.text.syntax import And, Field, Near, Node, Not, Or, Range, Regex, Term, Title

A, B, C = Term(text="a"), Term(text="b"), Term(text="c")

MEANINGS: list[tuple[str, Node]] = [
    ("a b", And((A, B))),
    ("a AND b", And((A, B))),
    ("a OR b", Or((A, B))),
    ("a|b", Or((A, B))),
    ("a NOT b", And((A, Not(B)))),
    ("a -b", And((A, Not(B)))),
    ("a b OR c", Or((And((A, B)), C))),
    ("a (b OR c)", And((A, Or((B, C))))),
    ("a NEAR/3 b c", And((Near(left=(A,), right=(B,), chars=3, ordered=False), C))),
    ("a NEAR/3f (b OR c)", Near(left=(A,), right=(B, C), chars=3, ordered=True)),
    ('"a b"', Term(text="a b")),
    ("wor*", Term(text="wor", prefix=True)),
    ("{Apple}", Term(text="Apple", cased=True)),
    ("~西贝", Term(text="西贝", variants="sounds")),
    ('~~"西贝"', Term(text="西贝", variants="initials")),
    (r"/预制菜\d+/", Regex(r"预制菜\d+")),
    ("and or not", And((Term(text="and"), Term(text="or"), Term(text="not")))),
    ("covid-19", Term(text="covid-19")),
    ("24/7", Term(text="24/7")),
    ("（a ｜ b） －c", And((Or((A, B)), Not(C)))),
    ("“a b” c", And((Term(text="a b"), C))),
    ("a\nb", And((A, B))),
    ("platform:Weibo", Field(name="platform", value="weibo")),
    (
        "platform：(weibo OR zhihu)",
        Or((Field(name="platform", value="weibo"), Field(name="platform", value="zhihu"))),
    ),
    ("is:mention|comment", Or((Field(name="is", value="mention"), Field(name="is", value="comment")))),
    ("is:mention|c", Or((Field(name="is", value="mention"), C))),
    ("url:https://x.com/a?b=c", Field(name="url", value="https://x.com/a?b=c")),
    ("title:a", Title(A)),
    ("title:(a OR b)", Or((Title(A), Title(B)))),
    ("followers:[10000 TO *]", Range(name="followers", low=10000, high=None)),
    ("reposts:[5 TO 10]", Range(name="reposts", low=5, high=10)),
    ("views：［1.5万 TO 2亿］", Range(name="views", low=15_000, high=200_000_000)),
    ("(a)(b)", And((A, B))),
    ('a"b"', And((A, B))),
    ("甲 ＮＥＡＲ／３ｆ 乙", Near(left=(Term(text="甲"),), right=(Term(text="乙"),), chars=3, ordered=True)),
    ("～西贝", Term(text="西贝", variants="sounds")),
    ("｛Apple｝", Term(text="Apple", cased=True)),
    ("NOT (a OR NOT b)", Not(Or((A, Not(B))))),
    ("a NEAR/1 b OR c", Or((Near(left=(A,), right=(B,), chars=1, ordered=False), C))),
    ("sentiment:negative", Field(name="sentiment", value="negative")),
    ("-(-a)", Not(Not(A))),
]


@pytest.mark.parametrize(("source", "meaning"), MEANINGS, ids=[source for source, _ in MEANINGS])
def test_a_query_means(source: str, meaning: Node) -> None:
    assert parse(source).root == meaning


WRONG = [
    ("", 1, 1, "a term"),
    ("a AND", 1, 6, "a term"),
    ("OR a", 1, 1, "a term"),
    ("(a", 1, 3, "`)`"),
    ("a)", 1, 2, "the end of the query"),
    ("a\nb (c", 2, 5, "`)`"),
    ('a "b', 1, 3, "closing quote"),
    ("{a", 1, 1, "closing `}`"),
    ("/a", 1, 1, "closes the regular expression"),
    ("/a(/", 1, 1, "RE2"),
    ("/a*/", 1, 1, "does not match the empty text"),
    ("/(?=a)/", 1, 1, "RE2"),
    ("西*贝", 1, 1, "at the end of a Latin word"),
    ("西贝*", 1, 1, "at the end of a Latin word"),
    ("a - b", 1, 3, "right after `-`"),
    ("***", 1, 1, "at the end of a Latin word"),
    ('"  "', 1, 1, "something to look for"),
    ("~", 1, 2, "a term"),
    ("~(a)", 1, 2, "a term"),
    ("foo:a", 1, 1, "one of the fields"),
    ("is:post", 1, 4, "mention or comment"),
    ("followers:10", 1, 11, "[10000 TO *]"),
    ("likes:[9 TO 1]", 1, 7, "not above"),
    ("a NEAR b", 1, 3, "NEAR/n"),
    ("a NEAR/501 b", 1, 3, "0 to 500"),
    ("-a NEAR/5 b", 1, 1, "beside NEAR"),
    ("a NEAR/5 b NEAR/5 c", 1, 12, "two sides"),
    ("a NEAR/5 /b/", 1, 10, "beside NEAR"),
    ("a NEAR/5", 1, 9, "a term"),
    ("a NEAR/5 (b c)", 1, 10, "beside NEAR"),
    ("a NEAR/5 platform:weibo", 1, 10, "beside NEAR"),
    ("甲 AND )", 1, 7, "a term"),
    ("()", 1, 2, "a term"),
    ("a OR OR b", 1, 6, "a term"),
    (r"/(a)\1/", 1, 1, "RE2"),
    ("/" + "a" * 501 + "/", 1, 1, "at most 500 characters"),
    ("{}", 1, 1, "something to look for"),
    ("~{A}", 1, 2, "a term"),
    ("platform:(a b)", 1, 13, "`)`"),
    ("followers:[-1 TO 2]", 1, 11, "[10000 TO *]"),
    ("followers:[1.5 TO *]", 1, 11, "[10000 TO *]"),
    ("[1 TO 2]", 1, 1, "a term"),
    ("NOT " * (MAX_DEPTH + 1) + "a", 1, 4 * MAX_DEPTH + 1, "at most 20 levels"),
    ("-a OR b", 1, 1, "must hold"),
    ("-(a b)", 1, 1, "must hold"),
    ("NOT a", 1, 1, "must hold"),
    ("a OR NOT b", 1, 1, "must hold"),
    ("-platform:weibo", 1, 1, "must hold"),
    ("x " * (MAX_TERMS + 1), 1, 2 * MAX_TERMS + 1, "at most 200 terms"),
    ("(" * (MAX_DEPTH + 1) + "a", 1, MAX_DEPTH + 1, "at most 20 levels"),
    ("a" * (MAX_QUERY_CHARS + 1), 1, MAX_QUERY_CHARS + 1, "at most 4000 characters"),
]


@pytest.mark.parametrize(
    ("source", "line", "column", "expected"), WRONG, ids=[source[:20] for source, *_ in WRONG]
)
def test_a_wrong_query_is_told_where_and_what(source: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(source)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert expected in error.expected.en
    assert f"第 {line} 行第 {column} 列" in str(error)
    assert f"line {line}, column {column}" in str(error)


def test_an_error_says_which_query_once_it_is_known() -> None:
    with pytest.raises(QueryError) as caught:
        parse("a AND")
    assert caught.value.named("brand").render("en").startswith("query brand, line 1, column 6: found the end")


@given(st.text(alphabet='ab西 ()"|-:~/{}[]*&NOTANDR5', max_size=30) | st.text(max_size=30))
def test_any_text_is_a_query_or_an_error_with_its_place(source: str) -> None:
    assert 1 <= column_of_error(source) <= len(source) + 1


def column_of_error(source: str) -> int:
    """Where a query is wrong; 1 for a good one."""
    try:
        parse(source)
    except QueryError as error:
        return error.column
    return 1
