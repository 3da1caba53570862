from hypothesis import given
from hypothesis import strategies as st

from streams import ids

NATIVE = st.text(st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=["Cs"]), min_size=1)
DECIMAL = st.integers(min_value=33 * 10**14, max_value=60 * 10**14 - 1).map(str)


def test_weibo_writes_one_id_in_two_ways() -> None:
    assert ids.canonical_native_id("weibo", "z0JH2lOMb") == "3501756485200075"
    assert ids.item_id("weibo", "z0JH2lOMb") == ids.item_id("weibo", "3501756485200075")


def test_somebodys_own_numbering_is_left_alone() -> None:
    for word in ("p10000", "comment12", "post00001", "000000001", "cJAYqd", "m"):
        assert ids.canonical_native_id("weibo", word) == word


def test_other_platforms_keep_their_spelling() -> None:
    assert ids.canonical_native_id("bilibili", "z0JH2lOMb") == "z0JH2lOMb"


@given(DECIMAL)
def test_a_decimal_id_and_its_base_62_form_are_one_item(decimal: str) -> None:
    assert ids.canonical_native_id("weibo", ids.weibo_bid(decimal)) == decimal


@given(NATIVE, NATIVE)
def test_different_words_are_different_items(one: str, other: str) -> None:
    same = ids.canonical_native_id("weibo", one) == ids.canonical_native_id("weibo", other)
    # Only a word and its own decimal form may meet.
    assert not same or one == other or one.isdigit() != other.isdigit()


@given(st.lists(NATIVE, min_size=1, max_size=4), st.lists(NATIVE, min_size=1, max_size=4))
def test_parts_do_not_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (ids.derived(*one) == ids.derived(*other)) == (one == other)


def test_a_repeat_is_known_and_an_edit_is_news() -> None:
    item = ids.item_id("weibo", "m1")
    seen = ids.fact_id(item, "seen", "西贝好吃")
    assert seen == ids.fact_id(item, "seen", "西贝好吃")
    assert seen != ids.fact_id(item, "seen", "西贝难吃")


def test_a_thread_its_pile_on_and_its_replies_meet_in_one_place() -> None:
    assert ids.thread_key("weibo", "xibei", "p1", "anna") == ids.thread_key("weibo", "xibei", "p1", None)
    assert ids.thread_key("wechat", "xibei", None, "anna") != ids.thread_key("wechat", "xibei", None, "bert")
