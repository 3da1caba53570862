import numpy as np

from streams.text.grams import PLAIN, blocks, distinct_buckets
from streams.text.ngram import MOST_WEIGHT, Column, Domain, Genre, Head, NgramScorer, Weights

ONE = Column(scale=1.0, bias=0.0)
HEAD = Head(
    longest=3,
    bits=18,
    domains=(Domain(name="all", genre=0, membership=ONE, polarity=ONE),),
    genres=(Genre(name="all", partiality=ONE, neutral_from=0.5),),
    unsure_below=0.0,
)
LONG = "".join(chr(0x4E00 + number) for number in range(2000))


def test_the_longest_text_of_the_greatest_weights_adds_up_to_the_last_unit() -> None:
    weights = (
        np.random.default_rng(2025)
        .choice([-MOST_WEIGHT, MOST_WEIGHT - 1, MOST_WEIGHT], size=(3, 1 << HEAD.bits))
        .astype(np.int8)
    )
    weights[0] = MOST_WEIGHT  # all on one side
    weights[:, 0] = 0
    scorer = NgramScorer(Weights(head=HEAD, columns=weights, fold=PLAIN), model_hash="")
    (block,) = blocks([LONG], PLAIN)
    buckets = distinct_buckets(block, longest=HEAD.longest, bits=HEAD.bits)
    said = buckets[buckets > 0]
    sums = scorer.logits([LONG])[0] * np.sqrt(len(said))
    assert MOST_WEIGHT * len(said) < 2**24
    assert np.rint(sums).astype(np.int64).tolist() == weights[:, said].astype(np.int64).sum(axis=1).tolist()


def test_a_gram_counts_once_however_often_and_beside_whatever_it_stands() -> None:
    texts = ["哈哈哈哈哈", "哈哈哈", "太好了太好了太好了", "好", "", LONG]
    found = {}
    for block in blocks(texts, PLAIN):
        buckets = distinct_buckets(block, longest=3, bits=18)
        for at, row in enumerate(block.rows):
            own = buckets[:, at]
            found[texts[row]] = [sorted(order[order > 0].tolist()) for order in own]
    assert [len(order) for order in found["哈哈哈"]] == [
        1,
        3,
        3,
    ]  # with the edges: 哈; |哈 哈哈 哈|; |哈哈 哈哈哈 哈哈|
    assert found["哈哈哈哈哈"] == found["哈哈哈"]
    assert [len(order) for order in found["太好了太好了太好了"]] == [3, 5, 5]
    assert [len(order) for order in found[""]] == [0, 0, 0]
    alone = {text: distinct_buckets(next(blocks([text], PLAIN)), longest=3, bits=18) for text in texts}
    assert all(
        found[text] == [sorted(order[order > 0].tolist()) for order in alone[text][:, 0]] for text in texts
    )
