import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.text.words import notable_words, notable_words_batch

POST = "西贝的预制菜被罗永浩吐槽，萨莉亚反而没人骂"


def test_names_and_new_words_come_out_of_a_post() -> None:
    words = notable_words(POST)
    assert {"罗永浩", "萨莉亚"[1:], "预制菜"[1:]} <= set(words)


@pytest.mark.parametrize("text", ["今天天气很好", "我们都很喜欢这个酒店", "谢谢你的回复"])
def test_ordinary_talk_has_next_to_nothing_notable(text: str) -> None:
    assert len(notable_words(text)) <= 1


def test_latin_words_are_found_whole_and_in_lower_case() -> None:
    assert "brandgate" in notable_words("大家都在说 BrandGate 这件事")


def test_common_latin_words_are_no_news() -> None:
    assert notable_words("the app is ok") == ()


def test_names_of_people_answered_and_faces_are_no_words() -> None:
    assert notable_words("回复 @kyonrsama :[笑哭][星星眼]") == ()


def test_words_do_not_overlap_so_that_a_name_takes_one_place() -> None:
    assert sum(map(len, notable_words(POST))) <= len(POST)
    assert "肯德基麦" not in notable_words("肯德基麦当劳都去过")


def test_what_is_passed_on_was_said_by_somebody_else() -> None:
    assert notable_words("说得对//@王二：莘庄站的车门打不开 //@李四：我也在莘庄") == notable_words("说得对")


@pytest.mark.parametrize(
    ("text", "word"), [("商家一直拖欠工资，去投诉也没用", "投诉"), ("果粒橙还能喝吗", "粒橙")]
)
def test_a_plain_word_that_may_be_a_brands_trouble_is_told(text: str, word: str) -> None:
    assert word in notable_words(text)


def test_most_bounds_the_number_of_words() -> None:
    assert notable_words(POST, most=2) == notable_words(POST)[:2]


@given(st.lists(st.text(st.characters() | st.sampled_from("西贝预制菜罗永浩的是"), max_size=40), max_size=8))
@settings(deadline=None, max_examples=60)
def test_words_of_a_text_do_not_depend_on_its_batch(batch: list[str]) -> None:
    assert notable_words_batch(batch) == [notable_words(text) for text in batch]


@pytest.mark.parametrize("text", ["", "😡", "\ud83d预制菜\udc00", "预制菜" * 7_000, "\x00"])
def test_words_of_odd_text_have_an_answer(text: str) -> None:
    assert len(notable_words(text)) <= 12
