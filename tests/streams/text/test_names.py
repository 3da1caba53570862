import pytest

from streams.text.names import LONGEST, whole_name

TEXTS = ["西兰花保质期两年", "还说西兰花新鲜", "冷冻的西兰花啊", "西兰花！", "西兰花又来了"]


def test_a_piece_is_completed_by_what_nearly_always_stands_beside_it() -> None:
    assert whole_name("兰花", TEXTS) == "西兰花"
    assert whole_name("西兰花", TEXTS) == "西兰花"


def test_different_neighbours_belong_to_the_sentence() -> None:
    assert whole_name("投诉", ["去投诉", "要投诉", "被投诉了", "投诉电话"]) == "投诉"


@pytest.mark.parametrize("texts", [[], ["西兰花"], ["西兰花", "西兰花"]])
def test_too_few_places_say_nothing(texts: list[str]) -> None:
    assert whole_name("兰花", texts) == "兰花"


def test_a_text_that_is_copied_does_not_grow_without_end() -> None:
    assert len(whole_name("兰花", ["今天在店里吃到了放了两年的西兰花真的很生气要投诉"] * 5)) == LONGEST
