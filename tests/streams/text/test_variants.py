"""Sounds, splits, look-alikes and the limits that keep them in bounds."""

import re
from collections import defaultdict
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.style import convert

from streams.text.matcher import Item, Matcher
from streams.text.normalise import normalise
from streams.text.ordinary import is_ordinary, is_word
from streams.text.sounds import MAX_READINGS, heard, readings, same_tones, syllables
from streams.text.tables.sounds import FIRST, OTHER
from streams.text.tables.splits import SPLITS
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


def test_the_other_readings_are_among_those_of_pypinyin() -> None:
    for syllable, tone, characters in re.findall(r"([a-z]+)([1-5])(\S+)", OTHER):
        for character in characters:
            known = {
                convert(reading, Style.TONE3, strict=False, default=reading)
                for reading in pinyin_dict[ord(character)].split(",")
            }
            assert known & {f"{syllable}{tone}", syllable, f"{syllable.replace('v', 'ü')}{tone}"}, character


def test_the_table_of_splits_is_the_one_of_chaizi(data_folder: Path) -> None:
    """A side radical may stand as its full character: 讠 as 言."""
    lines = (data_folder / "words" / "chaizi_chaizi-jt.txt").read_text("utf-8").splitlines()
    known: dict[str, set[str]] = defaultdict(set)
    for line in filter(None, lines):
        known[line[0]] |= {way.replace(" ", "") for way in line.split("\t")[1:]}
    full = dict(zip("亻氵扌讠饣钅纟忄犭礻衤刂灬艹阝辶", "人水手言食金丝心犬示衣刀火草耳走", strict=True))
    for group in SPLITS.split():
        character, pairs = group[0], [group[at : at + 2] for at in range(1, len(group), 2)]
        ways = known[character]
        written = ways | {"".join(full.get(part, part) for part in way) for way in ways}
        assert written >= set(pairs), f"{character}: {pairs} are not all of {sorted(ways)}"


def test_a_homophone_has_most_tones_right_and_no_word_of_grammar_in_it() -> None:
    assert found_by("~海底捞", "海弟捞")
    assert not found_by("~海底捞", "还得捞")
    assert found_by("~智商税", "智商睡")
    assert not found_by("~智商税", "智商谁")


def test_halves_of_characters_stand_for_them_where_enough_is_left() -> None:
    assert found_by("~拼多多", "并夕夕")
    assert found_by("~拼多多", "拼夕夕")
    assert found_by("~诈骗", "乍扁")
    assert not found_by("~微信", "微言大义")


def test_every_common_reading_is_mixed_with_characters() -> None:
    assert found_by("~曝光", "bao光")
    assert found_by("~曝光", "pu光")


def found_by(query: str, text: str) -> bool:
    return bool(Matcher({"q": query}).match([Item(text=normalise(text))])[0])


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
