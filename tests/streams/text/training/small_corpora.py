"""Corpora of a few made-up lines each."""

import random
from pathlib import Path

from streams.text.training.corpora import CORPORA

WORDS = {0: ["难吃", "很差", "失望"], 1: ["好吃", "很棒", "喜欢"], 2: ["地址", "编号", "公告"]}


def write_corpora(folder: Path) -> None:
    rng = random.Random(11)
    for corpus in CORPORA:
        labels = (0, 1, 2) if corpus.takes_sides == 1.0 else (0, 1)
        lines = [
            f"{label}\t{corpus.domain}里的{number}号{rng.choice(WORDS[label])}了{rng.choice('啊吧呢')}"
            for number in range(60)
            for label in labels
        ]
        (folder / f"{corpus.name}.tsv").write_text("label\ttext\n" + "\n".join(lines) + "\n", "utf-8")
