from pathlib import Path

import pytest

from streams.text.ngram import MODEL_FILE, NgramScorer, parse_weights
from streams.text.train import CARD_FILE, main, read_corpora, write_model
from streams.text.training.corpora import CORPORA
from tests.streams.text.training.small_corpora import write_corpora

pytest.importorskip("scipy", reason="scipy (dependency group `train`) is not installed")


@pytest.mark.slow
def test_training_writes_a_model_and_a_card_that_names_every_corpus(tmp_path: Path) -> None:
    write_corpora(tmp_path)
    write_model(read_corpora(tmp_path), tmp_path, steps=4)
    scorer = NgramScorer(parse_weights((tmp_path / MODEL_FILE).read_bytes()), model_hash="")
    labels = [one.label for one in scorer.score(["takeaway里的3号难吃了啊", "takeaway里的5号很棒了吧"])]
    assert labels == ["negative", "positive"]
    card = (tmp_path / CARD_FILE).read_text("utf-8")
    assert all(f"| {corpus.name} |" in card for corpus in CORPORA)


def test_training_without_corpora_names_the_missing_files(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"weibo2018_train\.tsv"):
        main(["--data", str(tmp_path), "--out", str(tmp_path)])
