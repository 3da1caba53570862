import pytest

from streams.text.training.corpora import CORPORA, DOMAINS, SPLIT, CorpusError, folding, parse_corpus, part_of

CORPUS = CORPORA[0]


def test_lines_of_a_corpus_become_samples() -> None:
    samples = parse_corpus(CORPUS, "label\ttext\n1\t好\n0\t{%#差#%}\u200b\n")
    assert [(sample.label, sample.text) for sample in samples] == [(1, "好"), (0, "#差#")]


@pytest.mark.parametrize("line", ["3\t好", "好", "1 好"])
def test_wrong_line_of_a_corpus_is_named(line: str) -> None:
    with pytest.raises(CorpusError, match="weibo2018_train line 3: expected 0, 1 or 2, a tab and a text"):
        parse_corpus(CORPUS, f"label\ttext\n1\t好\n{line}\n")


def test_a_text_is_held_out_wherever_it_stands() -> None:
    content = "label\ttext\n" + "".join(f"1\t第{number}句\n" for number in range(200))
    held = [sample.held_out for sample in parse_corpus(CORPUS, content)]
    assert held == [sample.held_out for sample in parse_corpus(CORPORA[1], content)]
    assert 5 < sum(held) < 40
    assert all(0 <= part_of(text) < SPLIT for text in ("", "好", "\ud83d"))


def test_every_corpus_has_a_domain_and_every_domain_a_corpus() -> None:
    assert {corpus.domain for corpus in CORPORA} == set(DOMAINS)


@pytest.mark.parametrize(
    ("written", "counts_as"), [("難", "难"), ("Ａ", "a"), ("９", "0"), ("\u3000", " "), ("😡", "😡")]
)
def test_folding_takes_writings_of_one_character_together(written: str, counts_as: str) -> None:
    assert chr(folding()[ord(written)]) == counts_as
