import random
from pathlib import Path

import pytest

from streams.text.ngram import MODEL_FILE, NgramScorer, parse_weights
from streams.text.train import CARD_FILE, main, read_corpora, write_model
from streams.text.training.corpora import CORPORA

pytest.importorskip("scipy", reason="scipy (dependency group `train`) is not installed")
WORDS = {0: ["难吃", "很差", "失望"], 1: ["好吃", "很棒", "喜欢"], 2: ["地址", "编号", "公告"]}


def _write_corpora(folder: Path) -> None:
    rng = random.Random(11)
    for corpus in CORPORA:
        labels = (0, 1, 2) if corpus.takes_sides == 1.0 else (0, 1)
        lines = [
            f"{label}\t{corpus.domain}里的{number}号{rng.choice(WORDS[label])}了{rng.choice('啊吧呢')}"
            for number in range(60)
            for label in labels
        ]
        (folder / f"{corpus.name}.tsv").write_text("label\ttext\n" + "\n".join(lines) + "\n", "utf-8")


@pytest.mark.slow
def test_training_writes_a_model_and_a_card_that_names_every_corpus(tmp_path: Path) -> None:
    _write_corpora(tmp_path)
    write_model(read_corpora(tmp_path), tmp_path, steps=4)
    scorer = NgramScorer(parse_weights((tmp_path / MODEL_FILE).read_bytes()), model_hash="")
    labels = [one.label for one in scorer.score(["takeaway里的3号难吃了啊", "takeaway里的5号很棒了吧"])]
    assert labels == ["negative", "positive"]
    card = (tmp_path / CARD_FILE).read_text("utf-8")
    assert all(f"| {corpus.name} |" in card for corpus in CORPORA)


def test_training_without_corpora_names_the_missing_files(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"weibo2018_train\.tsv"):
        main(["--data", str(tmp_path), "--out", str(tmp_path)])
