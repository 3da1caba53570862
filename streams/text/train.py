"""Makes the n-gram model: `python -m streams.text.train --data DIR --out DIR`.

DIR of `--data` holds the corpora as `NAME.tsv` (header row, then `label<TAB>text`; 0 negative, 1 positive, 2 neutral).
Written are the weights, the background of `notable_words` and the model card with the figures on held-out texts. The
same corpora give the same files, byte for byte. Needs scipy (dependency group `train`), which nothing else does.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from streams.text.ngram import MODEL_FILE, NgramScorer, dump_weights
from streams.text.sentiment import load_scorer
from streams.text.training import card
from streams.text.training.background import learn_background
from streams.text.training.calibrate import calibrated
from streams.text.training.corpora import CORPORA, CorpusError, Sample, folding, parse_corpus
from streams.text.training.corrections import COPIES, parse_corrections
from streams.text.training.evaluate import evaluate, overall_error
from streams.text.training.learn import STEPS, Gathered, learn
from streams.text.words import BACKGROUND_FILE, dump_background

CARD_FILE = "MODEL_CARD.md"
BASELINE_TEXTS = 150
"""SnowNLP scores this many held-out texts of each corpus; all of them would take it minutes."""


def read_corpora(folder: Path) -> list[Sample]:
    """Every corpus of CORPORA in `folder`. Raises CorpusError naming what is missing or wrong."""
    absent = [corpus.name for corpus in CORPORA if not (folder / f"{corpus.name}.tsv").is_file()]
    if absent:
        raise CorpusError(f"{folder} has no {', '.join(f'{name}.tsv' for name in absent)}")
    samples: list[Sample] = []
    for corpus in CORPORA:
        samples += parse_corpus(corpus, (folder / f"{corpus.name}.tsv").read_text("utf-8"))
    return samples


def write_model(samples: Sequence[Sample], folder: Path, *, steps: int = STEPS) -> None:
    """Learn from `samples` in `steps` of L-BFGS; write weights, background and card into `folder`."""
    background = dump_background(learn_background(sample.text for sample in samples))
    (folder / BACKGROUND_FILE).write_bytes(background)
    fold = folding()
    gathered = Gathered(samples, fold)
    weights = calibrated(learn(gathered, fold, steps=steps), gathered)
    data = dump_weights(weights)
    (folder / MODEL_FILE).write_bytes(data)
    scorer = NgramScorer(weights, model_hash=hashlib.sha256(data).hexdigest())
    facts = card.Facts(
        model_hash=scorer.model_hash,
        size_bytes=len(data),
        background_bytes=len(background),
        buckets=1 << weights.head.bits,
        longest=weights.head.longest,
        unsure_below=weights.head.unsure_below,
        error=overall_error(scorer, samples),
        samples=samples,
        results=evaluate(scorer, samples),
        baseline=evaluate(load_scorer("snownlp"), samples, most=BASELINE_TEXTS),
        baseline_most=BASELINE_TEXTS,
    )
    (folder / CARD_FILE).write_text(card.render(facts), "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m streams.text.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "model", help="folder to write to"
    )
    parser.add_argument(
        "--with-corrections",
        type=Path,
        metavar="FILE",
        help="what `fenghuo export` gave: learn what people corrected",
    )
    options = parser.parse_args(arguments)
    try:
        samples = read_corpora(options.data)
        if options.with_corrections is not None:
            with options.with_corrections.open(encoding="utf-8") as lines:
                samples += COPIES * parse_corrections(lines)
        write_model(samples, options.out)
    except CorpusError as error:
        sys.exit(f"{parser.prog}: {error}")
    print((options.out / CARD_FILE).read_text("utf-8"))


if __name__ == "__main__":
    main()
