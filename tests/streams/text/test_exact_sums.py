import numpy as np

from streams.text.grams import PLAIN, blocks, distinct_buckets
from streams.text.ngram import Column, Domain, Genre, Head, NgramScorer, Weights

ONE = Column(scale=1.0, bias=0.0)
HEAD = Head(
    longest=3,
    bits=12,
    domains=(Domain(name="all", genre=0, membership=ONE, polarity=ONE),),
    genres=(Genre(name="all", partiality=ONE, neutral_from=0.5),),
    unsure_below=0.0,
)


def test_the_longest_text_of_the_greatest_weights_adds_up_to_the_last_unit() -> None:
    roots = np.random.default_rng(2025).choice([-127, 126, 127], size=(3, 1 << HEAD.bits)).astype(np.int8)
    roots[0] = 127  # all on one side: 40 million, where float32 knows even numbers only
    roots[:, 0] = 0
    scorer = NgramScorer(Weights(head=HEAD, columns=roots, fold=PLAIN), model_hash="")
    text = "".join(chr(0x4E00 + number) for number in range(2000))
    (block,) = blocks([text], PLAIN)
    buckets = distinct_buckets(block, longest=HEAD.longest, bits=HEAD.bits)[0]
    weights = (roots.astype(np.int64) * np.abs(roots.astype(np.int64)))[:, buckets]
    sums = scorer.logits([text])[0] * np.sqrt(np.count_nonzero(buckets))
    assert np.abs(sums).max() > 2**24
    assert np.rint(sums).astype(np.int64).tolist() == weights.sum(axis=1).tolist()
