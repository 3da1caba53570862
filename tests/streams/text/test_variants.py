"""Sounds, splits, look-alikes and the limits that keep them in bounds."""

import re

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.style import convert

from streams.text.matcher import Item, Matcher
from streams.text.normalise import normalise
from streams.text.ordinary import is_ordinary, is_word
from streams.text.sounds import MAX_READINGS, heard, readings, same_tones, syllables
from streams.text.tables.sounds import FIRST
from streams.text.variants import MAX_SPELLINGS, spellings

CHINESE = st.lists(
    st.sampled_from("西贝强调食物中毒骗垃圾微信莜面村行重乐"), min_size=2, max_size=8, unique=True
).map("".join)


def test_confusions_sound_alike() -> None:
    for one, other in ("知资", "吃次", "是四", "你里", "男兰", "音英", "分风", "安昂"):
        assert heard(one) == heard(other)
    for one, other in ("西东", "先乡", "关光"):
        assert (heard(one) == heard(other)) is (one + other == "关光")


def test_a_text_sounds_as_long_as_it_is_written() -> None:
    text = "西贝 xibei🐔，\ue001\ud800"
    assert len(heard(text)) == len(text)
    assert heard(text)[3:8] == "xibei"


def test_readings_are_bounded_however_many_a_term_has() -> None:
    assert len(list(readings("重行乐重行乐重行乐"))) <= MAX_READINGS
    assert "重" not in "".join(readings("重庆"))


def test_the_table_of_sounds_is_the_one_of_pypinyin() -> None:
    for syllable, tone, characters in re.findall(r"([a-z]+)([1-5])(\S+)", FIRST):
        for character in characters:
            commonest = pinyin_dict[ord(character)].split(",")[0]
            plain = convert(commonest, Style.TONE3, strict=False, default=commonest)
            assert plain in {f"{syllable}{tone}", syllable, f"{syllable.replace('v', 'ü')}{tone}", commonest}


def test_ordinary_words_and_pieces_of_them_are_no_dodges() -> None:
    assert is_word("西北")
    assert is_ordinary("大西北风", 1, 3, "西贝")
    assert is_ordinary("洗杯子", 0, 2, "西贝")
    assert not is_ordinary("加威信吧", 1, 3, "微信")
    assert same_tones("威信", "微信") == 2


@given(CHINESE, st.booleans())
def test_spellings_are_bounded_different_and_never_the_term(term: str, initials: bool) -> None:
    found = [spelling.text for spelling in spellings(term, initials=initials)]
    assert len(found) == len(set(found)) <= MAX_SPELLINGS
    assert term not in found
    assert all(found)


@given(CHINESE, st.data())
def test_every_spelling_is_found_as_its_variant(term: str, data: st.DataObject) -> None:
    literals = [
        spelling for spelling in spellings(term, initials=True) if spelling.variant in {"pinyin", "initials"}
    ]
    spelling = data.draw(st.sampled_from(literals))
    item = Item(text=normalise(f"。{spelling.text}。"))
    hits = Matcher({"q": f"~~{term}"}).match([item])[0]
    assert spelling.text in {span.written(item) for hit in hits for span in hit.spans}


def test_a_single_character_is_not_varied() -> None:
    assert spellings("贝", initials=True) == ()


def test_the_pinyin_of_green_is_typed_with_u_or_v() -> None:
    assert syllables("绿") == ("lv", "lu")
    assert {"lvse", "luse"} <= {spelling.text for spelling in spellings("绿色", initials=False)}
