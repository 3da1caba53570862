import pytest

from streams.text.sentiment import Scorer, load_scorer


@pytest.fixture(scope="module")
def snownlp() -> Scorer:
    return load_scorer("snownlp")


def test_snownlp_tells_good_from_bad_reviews(snownlp: Scorer) -> None:
    good, bad = snownlp.score(["味道很好，非常喜欢，推荐", "太差了，质量很差，非常失望"])
    assert (good.label, bad.label) == ("positive", "negative")


@pytest.mark.parametrize("text", ["", "😡", "\ud83d", "[泪]", "https://t.cn/A6P7w9f2", "a" * 20_000])
def test_snownlp_has_an_answer_for_odd_text(snownlp: Scorer, text: str) -> None:
    (sentiment,) = snownlp.score([text])
    assert sentiment.negative + sentiment.neutral + sentiment.positive == pytest.approx(1.0)


def test_snownlp_names_its_version(snownlp: Scorer) -> None:
    assert snownlp.model_hash.startswith("snownlp-")
