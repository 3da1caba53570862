from collections import Counter
from pathlib import Path

import pytest

from streams.text.topics import (
    TaxonomyError,
    Topic,
    TopicChange,
    Topics,
    load_topics,
    parse_taxonomy,
)

SMALL = Topics(parse_taxonomy("[{id: safety, words: {3: [变质]}}, {id: price, words: {2: [贵], 1: [块钱]}}]"))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("吃完拉肚子，去了急诊", "safety"),
        ("质量太差，用了几天就坏", "quality"),
        ("客服态度恶劣，没人理", "service"),
        ("太贵了，一个馒头二十块，吃不起", "price"),
        ("三天了不发货，物流也不更新", "delivery"),
        ("挂羊头卖狗肉，虚假宣传", "false_advertising"),
        ("注册完就收到骚扰电话，个人信息被卖了", "privacy"),
        ("押金不退，霸王条款，要找消协", "rights"),
        ("拖欠工资，还让员工无偿加班", "labour"),
        ("已经投诉了，避雷", "other"),
    ],
)
def test_complaint_is_about_what_its_words_say(text: str, topic: str) -> None:
    (found,) = load_topics().classify([text])
    assert found is not None
    assert found.id == topic


def test_topics_of_labelled_complaints() -> None:
    """Made-up complaints, as few words of the taxonomy in them as people use.

    On first sight, before the taxonomy was widened by what it missed: 51 % of the first 146 right and 80 % of what was
    answered; of the last 40, written after all widening, 43 % and 68 %.
    """
    accuracy, precision = _scored("labelled_topics.tsv")
    assert accuracy >= 0.85
    assert precision >= 0.92


def test_topics_of_complaints_that_the_taxonomy_was_not_widened_by() -> None:
    """The hardest kind: told as stories, with hardly a word of the taxonomy. Never widen it by what is missed here.

    The first file was written before the taxonomy got its general vocabulary (before: 19 % right, 45 % of what was
    answered), by the same hand, which flatters; the second after it (9 % and 57 % with the taxonomy of before).
    """
    accuracy, precision = _scored("unseen_topics.tsv")
    assert accuracy >= 0.5
    assert precision >= 0.75
    _, precision = _scored("unseen_later_topics.tsv")
    assert precision >= 0.6  # it says little of these, and what it says mostly holds


def _scored(name: str) -> tuple[float, float]:
    """Share of the lines of a file that are right (`none`: no topic), and of those where a topic is named; printed."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    wanted, texts = zip(*(line.split("\t") for line in lines), strict=True)
    found = [topic.id if topic else "none" for topic in load_topics().classify(texts)]
    right = Counter(id_ for id_, wanted_id in zip(found, wanted, strict=True) if id_ == wanted_id)
    named, all_wanted = Counter(found), Counter(wanted)
    accuracy = right.total() / len(lines)
    precision = (right.total() - right["none"]) / (len(lines) - named["none"])
    print(f"{name}: {len(lines)} texts, {accuracy:.3f} right, {precision:.3f} where a topic is named")
    for topic, count in all_wanted.items():
        print(f"  {topic}: recall {right[topic]}/{count}, precision {right[topic]}/{named[topic]}")
    return accuracy, precision


def test_a_word_inside_another_that_is_found_says_nothing_more() -> None:
    topics = Topics(parse_taxonomy("[{id: safety, words: {4: [进医院], 2: [医院]}}]"))
    assert topics.classify(["进医院了"]) == [Topic("safety", 4, ("进医院",))]


def test_a_taxonomy_is_changed_word_by_word() -> None:
    changed = SMALL.amended_by(
        [TopicChange("price", {"贵": 0, "坑": 3}), TopicChange("taste", {"糊锅": 2}), TopicChange("none", {})]
    )
    assert changed.ids == ("taste", "none", "safety", "price")
    assert changed.classify(["贵", "坑", "糊锅", "变质"]) == [
        None,
        Topic("price", 3, ("坑",)),
        Topic("taste", 2, ("糊锅",)),
        Topic("safety", 3, ("变质",)),
    ]
    assert SMALL.amended_by([]) is SMALL


def test_evidence_names_the_words_heaviest_first() -> None:
    assert SMALL.classify(["十块钱也贵，还贵"]) == [Topic("price", 3, ("贵", "块钱"))]


def test_one_word_that_needs_company_is_no_topic() -> None:
    assert SMALL.classify(["十块钱"]) == [None]


def test_in_doubt_the_topic_that_stands_first_wins() -> None:
    (found,) = SMALL.classify(["变质了，还贵，要十块钱"])
    assert found == Topic("safety", 3, ("变质",))


@pytest.mark.parametrize("text", ["", "😡", "\ud83d变质", "变质" * 10_000])
def test_topic_of_odd_text_has_an_answer(text: str) -> None:
    assert len(SMALL.classify([text])) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[{id: a, words: {1: [x]}}, {id: a, words: {1: [y]}}]", "topics stand twice in the taxonomy: a"),
        ("[{id: a, words: {0: [x]}}]", "expected words under weights from 1"),
        ("[{id: a, words: {1: ['']}}]", "expected words under weights from 1"),
    ],
)
def test_taxonomy_that_makes_no_sense_is_refused(content: str, complaint: str) -> None:
    with pytest.raises(TaxonomyError, match=complaint):
        Topics(parse_taxonomy(content))


@pytest.mark.parametrize("content", ["{", "[{id: a}]", "[{id: a, words: {1: [x]}, colour: red}]"])
def test_taxonomy_that_cannot_be_read_is_refused(content: str) -> None:
    with pytest.raises(TaxonomyError, match="not a readable taxonomy"):
        parse_taxonomy(content)
