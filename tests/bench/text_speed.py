"""Judging texts: scoring, matching, and what loading costs."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import ahocorasick_rs

from streams.text.item import Item
from streams.text.matcher import Matcher
from streams.text.normalise_batch import normalise_batch
from streams.text.sentiment import Scorer, load_scorer
from tests.bench.figures import Figure, rate, took_s
from tests.bench.material import posts
from tests.bench.setting import queries, terms

BATCH = 500
SCORED_TEXTS = 40_000
SNOWNLP_TEXTS = 300
MATCHED_ITEMS = 20_000
COMPILED = 10_000
LITERALS = 100_000
_CHINESE = re.compile("[\u4e00-\u9fff]+")


def measure(share: float) -> Iterator[Figure]:
    texts = repeated(posts(), max(BATCH, int(SCORED_TEXTS * share)))
    yield from _loading()
    yield from _scoring(texts, max(50, int(SNOWNLP_TEXTS * share)))
    yield from _matching(texts[: max(BATCH, int(MATCHED_ITEMS * share))], share)


def repeated(texts: Sequence[str], count: int) -> list[str]:
    return [texts[number % len(texts)] for number in range(count)]


def _loading() -> Iterator[Figure]:
    packages = "import streams.intake, alerting.desk, services.engine"
    yield Figure(
        key="import_s",
        value=_in_new_process(packages),
        unit="s",
        what="importing the packages",
        aim=0.5,
        better="less",
    )
    yield Figure(
        key="scorer_load_s",
        value=_in_new_process(
            "from streams.text.sentiment import load_scorer; load_scorer('ngram').score(['好'])"
        ),
        unit="s",
        what="importing and loading the scorer, first text judged",
        aim=0.3,
        better="less",
    )


def _in_new_process(program: str) -> float:
    """Seconds that `program` takes in a fresh interpreter, beyond what starting the interpreter takes."""
    timed = f"import time; t = time.perf_counter()\n{program}\nprint(time.perf_counter() - t)"
    runs = [
        float(
            subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True, text=True).stdout
        )
        for _ in range(3)
    ]
    return sorted(runs)[1]


def _scoring(texts: Sequence[str], slow_texts: int) -> Iterator[Figure]:
    ngram, snownlp = load_scorer("ngram"), load_scorer("snownlp")
    snownlp.score(texts[:1])
    peer = rate(slow_texts, lambda: snownlp.score(texts[:slow_texts]), rounds=1)
    own = rate(len(texts), lambda: _score(ngram, texts))
    yield Figure(key="snownlp_texts_s", value=peer, unit="texts/s", what="SnowNLP on the same texts")
    yield Figure(key="score_texts_s", value=own, unit="texts/s", what="the n-gram scorer, in batches of 500")
    yield Figure(key="score_ratio", value=own / peer, unit="×", what="n-gram scorer over SnowNLP", aim=1000)


def _score(scorer: Scorer, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), BATCH):
        scorer.score(texts[start : start + BATCH])


def _matching(texts: Sequence[str], share: float) -> Iterator[Figure]:
    yield from _thousand_monitors(texts)
    yield _many_literals(texts, terms(int(LITERALS * share)))
    compiled = queries(int(COMPILED * share))
    yield Figure(
        key="compile_10k_s",
        value=took_s(lambda: Matcher(compiled)) / share,
        unit="s",
        what="compiling 10,000 monitors",
        aim=10,
        better="less",
    )


def _thousand_monitors(texts: Sequence[str]) -> Iterator[Figure]:
    monitors = queries(1_000)
    matcher = Matcher(monitors)
    whole = rate(len(texts), lambda: _match(matcher, texts))
    bare = rate(len(texts), lambda: _automaton(monitors, texts))
    yield Figure(
        key="match_1000_items_s",
        value=whole,
        unit="items/s",
        what="1,000 monitors, normalising included",
        aim=40_000,
    )
    yield Figure(
        key="automaton_ratio",
        value=whole / bare,
        unit="×",
        what="that over the bare automaton on the same texts",
    )


def _many_literals(texts: Sequence[str], literals: Sequence[str]) -> Figure:
    matcher = Matcher({f"l{number}": word for number, word in enumerate(literals)})
    return Figure(
        key="match_100k_items_s",
        value=rate(len(texts), lambda: _match(matcher, texts)),
        unit="items/s",
        what=f"{len(literals):,} literals, normalising included",
        aim=20_000,
    )


def _match(matcher: Matcher, texts: Sequence[str]) -> None:
    """As the daemon does: a batch is normalised as a whole."""
    for start in range(0, len(texts), BATCH):
        matcher.match([Item(text=form) for form in normalise_batch(texts[start : start + BATCH])])


def _automaton(monitors: Mapping[str, str], texts: Sequence[str]) -> None:
    """The least that could be done: the literals of all monitors found in the texts as they are."""
    literals = sorted(
        {word for query in monitors.values() for word in query.split() if word.isalpha()} - {"OR"}
    )
    found = ahocorasick_rs.AhoCorasick(literals)
    for text in texts:
        found.find_matches_as_indexes(text, overlapping=True)
