"""Python's regular expressions said in RE2: found in the same texts, or refused with the reason."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.config.python_regex import NotInRe2, alternatives, literal
from streams.text.regex import compiled

# What people write in word lists, and what they could.
SAYABLE = [
    r"西贝|莜面村",
    r"\bai\b",
    r"\b(?:ai|西贝)\b|mac",
    r"\b(?:a|b)+c\d\b",
    r"(?<![a-zA-Z])ai(?![a-zA-Z])|人工智能",
    r"(?<!\d)5g(?!\w)",
    r"(?<=西)贝",
    r"西(?=贝)",
    r"(?<!西)贝(?![^ ai])",
    r"gpt-?\d",
    r"西\w+贝",
    r"西\W贝",
    r"a\s+i",
    r"[\u4e00-\u9fa5]{,2}ai",
    r"[^\w\s]a",
    r"[\d_-]b",
    r"[a[]i",
    r"[]a]i",
    r"西[\s\S]贝",
    r"(?i)MAC",
    r"(?s)a.b",
    r"^ai",
    r"贝\Z",
    r"a/b|\／",
    r"a{2}|{x}",
    r"(?P<who>西)贝",
]
PIECES = ("西", "贝", "莜面村", "人工智能", "ai", "AI", "a", "b", "c", "g", "mac", "gpt", "-", "_", "/", "／", " ", "\u3000",
          "5", "٣", "é", "。", "[", "]", "{x}", "\n", "\\")  # fmt: skip


@given(pattern=st.sampled_from(SAYABLE), text=st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_re2_finds_something_where_python_does(pattern: str, text: str) -> None:
    found = any(compiled(each).search(text) is not None for each in alternatives(pattern))
    assert found is (re.search(pattern, text, re.IGNORECASE) is not None)


@given(st.text(min_size=1, max_size=20, alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_literal_finds_itself(text: str) -> None:
    assert compiled(literal(text)).search(text) is not None


def test_alternatives_come_apart() -> None:
    assert alternatives("西贝|mac|西贝|(?:a|b)") == ("西贝", "mac", "(?:a|b)")


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        (r"苹果(?!手机)", "(?!手机)"),
        (r"a(?=b)c", "(?=b)"),
        (r"(a)\1", r"\1"),
        (r"\bfoo\b.*bar\b.", r"\b"),
        (r"\b[^a]", r"\b"),
        (r"\b+a", r"\b"),
        (r"[\W_]", r"\W"),
        (r"(?(1)a|b)", "(?(1)"),
        (r"a(?!\Z)", r"(?!\Z)"),
        (r"(?x) a b", "(?x)"),
        (r"a|", "empty"),
        ("a" * 501, "500"),
        (r"a{1,2000}", "RE2"),
    ],
)
def test_what_re2_cannot_say_is_refused_with_the_reason(pattern: str, named: str) -> None:
    with pytest.raises(NotInRe2) as refused:
        alternatives(pattern)
    assert named in refused.value.expected.en
