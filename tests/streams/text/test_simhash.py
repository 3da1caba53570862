import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.text.simhash import distance, simhash, simhash_batch

POST = "西贝创始人贾国龙：预制菜是未来的大趋势，我们是不一般的预制菜，欢迎大家到店里来看一看后厨，所有菜品公开透明"


def test_small_changes_move_few_bits_and_another_text_many() -> None:
    near = distance(simhash(POST), simhash(POST.replace("大趋势", "大方向")))
    far = distance(
        simhash(POST), simhash("罗永浩手撕西贝直播全程二十九分钟纯享版，喜欢的朋友点个关注，下期更精彩")
    )
    assert near <= 12 < 20 <= far


def test_case_and_width_make_no_difference_to_a_fingerprint() -> None:
    assert simhash("Ｂｒａｎｄ 预制菜！") == simhash("brand 预制菜!")


def test_a_text_without_anything_to_read_has_fingerprint_zero() -> None:
    assert simhash_batch(["", " ", "https://t.cn/x"]) == [0, 0, 0]


@given(st.lists(st.text(st.characters(), max_size=300), max_size=6))
@settings(deadline=None, max_examples=60)
def test_fingerprint_does_not_depend_on_the_batch(batch: list[str]) -> None:
    assert simhash_batch(batch) == [simhash(text) for text in batch]


@pytest.mark.parametrize("text", ["\ud83d", "预制菜" * 7_000, "\x00", "哈" * 600])
def test_fingerprint_of_odd_text_fits_64_bits(text: str) -> None:
    assert 0 <= simhash(text) < 1 << 64


def test_fingerprints_stay_the_same_between_releases() -> None:
    # They are kept in journals and compared for weeks: a changed hash would tear clusters apart.
    assert simhash("预制菜是未来的大趋势") == 14297007678436912
