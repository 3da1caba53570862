import hashlib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.text.ngram import NOTHING_SAID, ModelError, dump_weights, load_ngram_scorer, parse_weights
from streams.text.sentiment import ScorerUnavailableError, Sentiment, likeliest, load_scorer

ODD_TEXTS = [
    "",
    " \n\t\u3000",
    "https://t.cn/A6P7w9f2",
    "😡",
    "😀👍🏻",
    "[泪]",
    "！！！？？？",
    "\ud83d",
    "前\udc00后",
    "\x00\x00",
    "难吃\x00好吃",
    "a" * 20_000,
    "预制菜" * 7_000,
    "Terrible 服务 très mauvais ужасно 最悪",
]
texts = st.text(st.characters(), max_size=60)


def _label(text: str) -> str:
    return load_scorer().score([text])[0].label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("太难吃了，再也不会来了", "negative"),
        ("客服态度极差，退款一直不处理，垃圾", "negative"),
        ("等了两个小时还没送到，打电话也不接", "negative"),
        ("一点都不好吃，又贵又难吃", "negative"),
        ("味道很好，送得也快，下次还来", "positive"),
        ("质量非常好，很喜欢，推荐大家购买", "positive"),
        ("今天好开心[哈哈][哈哈]", "positive"),
        ("好烦啊[泪][泪]", "negative"),
        ("颍南站站址在安徽省阜阳市十二里庙乡，邮政编码236111。", "neutral"),
    ],
)
def test_clear_texts_get_the_label_a_person_gives(text: str, label: str) -> None:
    assert _label(text) == label


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_text_has_an_answer(text: str) -> None:
    (sentiment,) = load_scorer().score([text])
    assert sentiment.negative + sentiment.neutral + sentiment.positive == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("text", ["", " \n\t\u3000", "https://t.cn/A6P7w9f2"])
def test_a_text_without_anything_to_read_is_neutral(text: str) -> None:
    assert load_scorer().score([text]) == [NOTHING_SAID]


def test_no_texts_give_no_answers() -> None:
    assert load_scorer().score([]) == []


@given(st.lists(texts | st.sampled_from(ODD_TEXTS[:-3]), max_size=12))
@settings(deadline=None, max_examples=60)
def test_what_a_text_gets_does_not_depend_on_its_batch(batch: list[str]) -> None:
    scorer = load_scorer()
    assert scorer.score(batch) == [scorer.score([text])[0] for text in batch]


@given(texts)
@settings(deadline=None, max_examples=60)
def test_label_and_shares_are_sound_for_any_text(text: str) -> None:
    (sentiment,) = load_scorer().score([text])
    shares = (sentiment.negative, sentiment.neutral, sentiment.positive)
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    if sentiment.label != "neutral":
        assert getattr(sentiment, sentiment.label) == max(sentiment.negative, sentiment.positive)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("難吃，退錢", "难吃，退钱"),
        ("太差了!!", "太差了！！"),
        ("ＢＡＤ服务", "bad服务"),
        ("2025年垃圾", "1999年垃圾"),
    ],
)
def test_script_width_case_and_digits_make_no_difference(written: str, same: str) -> None:
    scorer = load_scorer()
    assert scorer.score([written]) == scorer.score([same])


def test_model_hash_is_the_hash_of_the_shipped_weights() -> None:
    data = (files("streams.text") / "model" / "ngram.npz").read_bytes()
    assert load_scorer("ngram").model_hash == hashlib.sha256(data).hexdigest()


def test_shipped_model_stays_under_its_size_limit() -> None:
    assert len((files("streams.text") / "model" / "ngram.npz").read_bytes()) < 4_000_000


def test_model_file_round_trips_byte_for_byte() -> None:
    data = (files("streams.text") / "model" / "ngram.npz").read_bytes()
    weights = parse_weights(data)
    assert np.array_equal(parse_weights(dump_weights(weights)).columns, weights.columns)
    assert dump_weights(weights) == dump_weights(parse_weights(dump_weights(weights)))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"not a model at all"])
def test_damaged_model_is_refused_with_its_reason(damage: bytes) -> None:
    with pytest.raises(ModelError, match="not a readable n-gram model"):
        parse_weights(damage)


def test_model_whose_weights_do_not_fit_its_head_is_refused() -> None:
    weights = parse_weights((files("streams.text") / "model" / "ngram.npz").read_bytes())
    data = dump_weights(type(weights)(head=weights.head, columns=weights.columns[:1], fold=weights.fold))
    with pytest.raises(ModelError, match="do not fit"):
        parse_weights(data)


def test_ngram_scorer_is_loaded_once() -> None:
    assert load_scorer() is load_ngram_scorer()


def test_unknown_scorer_is_named_with_what_there_is() -> None:
    with pytest.raises(
        ScorerUnavailableError, match="unknown scorer 'bert': expected one of ngram, snownlp, onnx"
    ):
        load_scorer("bert")


@pytest.mark.parametrize(
    ("shares", "label"),
    [((0.4, 0.2, 0.4), "negative"), ((0.2, 0.4, 0.4), "neutral"), ((0.1, 0.3, 0.6), "positive")],
)
def test_likeliest_label_leans_to_what_costs_more_to_miss(
    shares: tuple[float, float, float], label: str
) -> None:
    assert likeliest(*shares) == label


def test_sentiment_does_not_abstain_unless_told() -> None:
    assert Sentiment(label="neutral", negative=0.0, neutral=1.0, positive=0.0).abstain is False
