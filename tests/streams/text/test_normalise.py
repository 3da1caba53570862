"""The normal form of texts, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from streams.text.normalise import normalise
from streams.text.normalise_batch import BLOCK_CHARS, normalise_batch
from streams.text.tables.traditional import SIMPLIFIED, TRADITIONAL

SAME_WRITING = [
    ("ＸＩＢＥＩ", "xibei"),
    ("西貝預製菜", "西贝预制菜"),
    ("西*贝", "西贝"),
    ("西 * 贝", "西贝"),
    ("西\u200b贝", "西贝"),
    ("西\u00ad\ufe0f贝", "西贝"),
    ("西̶贝̶", "西贝"),
    ("<b>西</b>贝", "西贝"),
    ("西.贝", "西贝"),
    ("𝐗𝐢𝐛𝐞𝐢", "xibei"),
    ("用 mac 办公", "用mac办公"),
    ("e\u0301cole", "\u00e9cole"),
    ("哈哈哈哈哈", "哈哈"),
    ("nooooo", "noo"),
    ("A&amp;B &lt;3", "a&b <3"),
    ("看\u3000一下", "看一下"),
    ("第一行\r\n\r\n\r\n第二行", "第一行\n第二行"),
    ("好<br/>吃", "好\n吃"),
    ("吃了 http://t.cn/A6abcd 好", "吃了\n好"),
    ("“西贝”", '"西贝"'),
]
KEPT = [
    "向西。贝壳",
    "向西\n贝壳",
    "去广西--贝壳",
    "西、贝",
    "#西贝#怎么了 @罗永浩",
    "10000 100",
    "妈妈good",
    "https://example.com/a?b=c",
    "a<b且c>d",
    "👨👩👧",
    "等等…",
]


@pytest.mark.parametrize(("written", "normal"), SAME_WRITING)
def test_one_normal_form_for_the_ways_to_write_it(written: str, normal: str) -> None:
    assert normalise(written).text == normal


@pytest.mark.parametrize("written", KEPT)
def test_what_parts_clauses_or_carries_meaning_is_kept(written: str) -> None:
    assert normalise(written).text == written


def test_an_ellipsis_is_shortened_but_still_parts_clauses() -> None:
    assert normalise("去广西......贝壳").text == "去广西..贝壳"


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "\ud800",
        "\udfff西贝\ud800",
        "😀" * 50,
        "a" * 20_000,
        "<" * 20_000,
        "\u0301",
        "&#x110000;",
        "&#99999999;",
    ],
)
def test_no_text_is_refused(odd: str) -> None:
    assert normalise(odd).original == odd
    normalise(odd).text.encode()


def test_a_span_leads_back_to_what_was_written() -> None:
    document = normalise("吃 <b>西</b> * 貝貝貝貝 吗")
    start = document.text.index("西贝")
    first, last = document.span(start, start + 2)
    assert document.original[first:last] == "西</b> * 貝"


def test_a_character_that_became_several_is_marked_whole() -> None:
    document = normalise("重5㎏")
    assert document.text == "重5kg"
    assert document.span(2, 3) == (2, 3)


def test_capitals_are_kept_on_request() -> None:
    assert normalise("Ａpple 西貝", fold_case=False).text == "Apple西贝"


PIECES = st.sampled_from(
    [
        *"西贝貝預a B1９*·. \n。，#@<>&;/\u200b\u0301😀㎏…ß\ud800",
        "<b>",
        "</b>",
        "<br>",
        "&amp;",
        "http://t.cn/Ab1",
        "哈哈哈哈",
        "www",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_every_span_lies_inside_the_original_and_in_order(written: str) -> None:
    document = normalise(written)
    spans = [document.span(offset, offset + 1) for offset in range(len(document.text))]
    assert all(0 <= start <= end <= len(written) for start, end in spans)
    assert spans == sorted(spans)
    whole = document.span(0, len(document.text))
    assert whole == (spans[0][0], spans[-1][1]) if spans else whole[0] <= whole[1]


WRITTEN = st.lists(
    PIECES | st.sampled_from([" ", "\U00020000", "o网页链接", "…全文", "展开"]), max_size=12
).map("".join)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_sources_give_what_span_gives(written: str) -> None:
    document = normalise(written)
    begins, ends = document.sources()
    assert len(begins) == len(ends) == len(document.text)
    for start in range(len(document.text)):
        for end in range(start + 1, len(document.text) + 1):
            assert (begins[start], ends[end - 1]) == document.span(start, end)


@given(st.lists(WRITTEN | st.text(max_size=20), max_size=12), st.sampled_from([8, BLOCK_CHARS]))
def test_a_batch_gives_the_same_as_one_by_one(written: list[str], block_chars: int) -> None:
    assert normalise_batch(written, block_chars) == [normalise(text) for text in written]


def test_the_table_of_traditional_characters_is_the_one_of_opencc() -> None:
    convert = OpenCC("t2s").convert
    ours = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
    theirs = {character: convert(character) for character in ours}
    differing = {character for character in ours if convert(theirs[character]) != ours[character]}
    assert differing == set()
