"""What queries find, where, and how it was written."""

import json
from pathlib import Path

import pytest

from streams.text.errors import QueryError
from streams.text.matcher import MAX_SPANS_PER_HIT, Item, Matcher
from streams.text.normalise import normalise


def written(query: str, text: str, title: str | None = None) -> list[str] | None:
    """What a query marks in a text (None: no match); a title's share is in 《》, a variant follows in brackets."""
    item = Item(text=normalise(text), title=None if title is None else normalise(title))
    hits = Matcher({"q": query}).match([item])[0]
    if not hits:
        return None
    marks = []
    for span in hits[0].spans:
        mark = span.written(item) if span.field == "text" else f"《{span.written(item)}》"
        marks.append(f"{mark}[{span.variant}]" if span.variant else mark)
    return marks


FINDS = [
    ("西贝", "西贝和西贝", ["西贝", "西贝"]),
    ("西贝 -广告", "西贝好吃", ["西贝"]),
    ("西贝 难吃", "西贝真难吃", ["西贝", "难吃"]),
    ("西贝 OR 难吃", "真难吃", ["难吃"]),
    ("mac", "买mac吧", ["mac"]),
    ("mac*", "machine", ["mac"]),
    ("{Apple}", "apple Apple", ["Apple"]),
    ('"hello world"', "Hello  World!", ["Hello  World"]),
    ("中国 OR 中国人 OR 国人", "中国人", ["中国", "中国人", "国人"]),
    ("西贝", "吃西*贝、ＸＩ西 貝", ["西*贝", "西 貝"]),
    ("贾国龙", "贾国国龙和贾贾国国国龙龙", ["贾国国龙", "贾贾国国国龙龙"]),
    ("xibei", "XIIIIBEIII", ["XIIIIBEIII"]),
    ("good", "gooood", ["gooood"]),
    ("西贝 NEAR/2 难吃", "西贝真的难吃", ["西贝", "难吃"]),
    ("西贝 NEAR/2f 难吃", "难吃，西贝真难吃", ["西贝", "难吃"]),
    ("(西贝 OR 莜面村) NEAR/0 (难吃 OR 贵)", "莜面村贵，西贝不难吃", ["莜面村", "贵"]),
    ("/西贝.{0,3}难/", "西貝真的難吃", ["西貝真的難"]),
    ("/[a-z]{3}\\d/", "ABC1", ["ABC1"]),
    (
        "~西贝",
        "西呗 xibei 西bei 酉贝",
        ["西呗[homophone]", "xibei[pinyin]", "西bei[pinyin]", "酉贝[look-alike]"],
    ),
    ("~~西贝", "去xb吃", ["xb[initials]"]),
    ("~垃圾", "辣🐔 土立圾", ["辣🐔[emoji]", "土立圾[split]"]),
    ("~微信", "加威信", ["威信[homophone]"]),
    ("😀", "好😀", ["😀"]),
    ("❤", "❤️", ["❤"]),
    ("西贝", "<p>去<b>西</b>贝</p>", ["西</b>贝"]),
    ("fire", "ﬁre", ["ﬁre"]),
    ("straße", "STRASSE", ["STRASSE"]),
    ("\ud800西贝", "\ud800西贝", ["\ud800西贝"]),
    ("甲 NEAR/1 乙", "甲\u200b\u200b丙<b>乙</b>", ["甲", "乙"]),
    ("甲 NEAR/2 乙", "甲哈哈哈哈哈哈乙", ["甲", "乙"]),
    ("甲 NEAR/3 甲", "甲丙甲", ["甲", "甲"]),
    ("(~西贝 OR ~莜面村) NEAR/3 难吃", "西呗真难吃", ["西呗[homophone]", "难吃"]),
]


@pytest.mark.parametrize(("query", "text", "marks"), FINDS)
def test_a_query_finds(query: str, text: str, marks: list[str]) -> None:
    assert written(query, text) == marks


MISSES = [
    ("西贝", "向西。贝壳"),
    ("西贝", "向西\n贝壳"),
    ("西贝", "去广西 贝壳很多"),
    ("西贝 -广告", "西贝广告"),
    ("mac", "machine tomac"),
    ("god", "good"),
    ("100", "1000"),
    ("妈", "马"),
    ("妈妈", "妈"),
    ("{Apple}", "apple"),
    ("西贝 NEAR/1 难吃", "西贝真的难吃"),
    ("西贝 NEAR/2f 难吃", "难吃的西贝"),
    ("中国 NEAR/5 国人", "中国人"),
    ("title:西贝", "西贝"),
    ("~西贝", "西北风"),
    ("~西贝", "洗杯子"),
    ("~西贝", "东西见到了"),
    ("~西贝", "xb"),
    ("~~西贝", "box"),
    ("~好吃", "女子吃饭"),
    ("/[a-z]{3}\\d/", "ab1"),
    ("/(?-i)ABC/", "abc"),
    ("/a.b/", "a\nb"),
    ("甲 NEAR/3 甲", "甲"),
    ("甲 NEAR/1 乙", "甲哈哈哈哈哈哈乙"),
    ("甲 乙 NEAR/1 丙", "甲乙好好好丙"),
    ("5g", "15g"),
    ("мак", "маки"),
    ("cafe", "café"),
]


@pytest.mark.parametrize(("query", "text"), MISSES)
def test_a_query_does_not_find(query: str, text: str) -> None:
    assert written(query, text) is None


def test_terms_are_sought_in_the_title_too() -> None:
    assert written("西贝", "无关", title="ＸＸ西貝") == ["《西貝》"]
    assert written("西贝 NEAR/9 难吃", "西贝", title="难吃") is None
    assert written("title:西贝", "西贝", title="西贝") == ["《西贝》"]


FIELDS = [
    ("platform:weibo", True),
    ("platform:zhihu", False),
    ("platform:weibo sentiment:negative", True),
    ("platform:weibo -sentiment:negative", False),
    ("author:老罗", True),
    ("author:老*", True),
    ("author:罗", False),
    ("tag:西贝", True),
    ("url:weibo.com/1", True),
    ("is:comment", True),
    ("is:mention|comment", True),
    ("is:mention", False),
    ("followers:[100 TO *]", True),
    ("followers:[101 TO *]", False),
    ("followers:[* TO 100]", True),
    ("likes:[0 TO *]", False),
    ("platform:weibo 无", False),
]


@pytest.mark.parametrize(("query", "fits"), FIELDS)
def test_fields_ask_about_the_item(query: str, fits: bool) -> None:
    item = Item(
        text=normalise("随便"),
        author="老罗",
        platform="Weibo",
        url="https://weibo.com/1/AbC",
        tags=("#西贝#",),
        kind="comment",
        sentiment="negative",
        followers=100,
    )
    assert bool(Matcher({"q": query}).match([item])[0]) is fits


def test_hits_come_by_id_and_in_the_order_of_the_items() -> None:
    matcher = Matcher({"b": "西贝", "a": "西贝 OR 莜面村", "c": "platform:weibo"})
    items = [Item(text=normalise(text)) for text in ("莜面村", "", "西贝")] * 300
    ids = [tuple(hit.id for hit in hits) for hits in matcher.match(items)]
    assert ids == [("a",), (), ("a", "b")] * 300


def test_no_queries_and_no_items_match_nothing() -> None:
    assert Matcher({}).match([Item(text=normalise("西贝"))]) == [()]
    assert Matcher({"q": "西贝"}).match([]) == []


def test_a_wrong_query_among_many_is_named() -> None:
    with pytest.raises(QueryError) as caught:
        Matcher({"good": "a", "bad": "a AND"})
    assert caught.value.query_id == "bad"


def test_a_lone_surrogate_is_ordinary_text() -> None:
    assert written("西贝", "\ud800西贝") == ["西贝"]
    assert written("/西./", "\ud800西贝") == ["西贝"]


def test_a_plan_explains_itself() -> None:
    matcher = Matcher(
        {"m": '(西贝 OR 莜面村) AND ("太 难吃了" NEAR/3 wor*) -{Ad} /a.b/ likes:[1 TO *] ~西贝'}
    )
    explained = matcher.explain("m")
    assert explained.startswith("m: looked at for ")
    for piece in (
        "西贝 or 莜面村",
        "wor*",
        "at most 3 characters",
        "none of",
        "{Ad}",
        "/a.b/",
        "likes from 1 to *",
        "variants",
    ):
        assert piece in explained
    with pytest.raises(KeyError):
        matcher.explain("other")


def test_a_text_of_one_word_over_and_over_is_marked_at_its_beginning_only() -> None:
    hits = Matcher({"q": "西贝"}).match([Item(text=normalise("西贝，" * 5000))])[0]
    assert [span.start for span in hits[0].spans] == list(range(0, 3 * MAX_SPANS_PER_HIT, 3))


def test_real_texts_are_matched_as_plain_search_would(data_folder: Path) -> None:
    """On a real event: whatever plainly holds a name is found, and what was marked is a way to write it."""
    lines = (data_folder / "events" / "xibei_2025_bilibili.jsonl").read_text("utf-8").splitlines()
    items = [Item(text=normalise(json.loads(line)["text"])) for line in lines[:4000]]
    found = [bool(hits) for hits in Matcher({"q": "西贝 OR 罗永浩"}).match(items)]
    plain = [any(name in item.text.original for name in ("西贝", "罗永浩")) for item in items]
    assert sum(plain) > 500
    assert all(hit for hit, expected in zip(found, plain, strict=True) if expected)
    assert sum(found) < 1.05 * sum(plain)
