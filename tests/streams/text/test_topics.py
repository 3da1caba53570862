import pytest

from streams.text.topics import TaxonomyError, Topic, Topics, load_topics, parse_taxonomy

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
