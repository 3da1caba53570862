"""The corpora that the scorer learns from: what each is good for, and how a line of one is read."""

import hashlib
import unicodedata

import msgspec
import numpy as np

from streams.text.errors import TextError
from streams.text.grams import PLANES, Codes

NEGATIVE, POSITIVE, NEUTRAL = 0, 1, 2
TRUTH_OF_LABEL = np.array([0, 2, 1])
"""The corpora number negative, positive, neutral; the scorer (`ngram.LABELS`) goes from bad to good."""
SPLIT = 10
"""One text in this many is held out, by a hash of the text: never trained on, whatever corpus it comes from."""
HELD_OUT = 0


class CorpusError(TextError):
    """A corpus is missing or a line of it is not `label<TAB>text`."""


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """One file of labelled texts.

    `takes_sides`: how much each of its texts counts when learning neutral or not; 0 where neutral texts were left out of
    the file, or hide under another label. `trust`: how much each counts when learning good or bad, next to the others.
    `reported`: whether accuracy on it says anything.
    """

    name: str
    domain: str
    takes_sides: float = 0.0
    trust: float = 1.0
    reported: bool = True


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled text."""

    corpus: Corpus
    label: int
    text: str
    held_out: bool


A_LITTLE = 0.01
"""Of the reviews for neutral or not: enough that praise and blame of goods are known for what they are. Three times as much
cost everyday posts three points of macro-F1; with none, one shopping review in seven counts as neutral."""
GENRES = ("social", "car")
GENRE_OF = {
    "weibo": "social",
    "microblog": "social",
    "emoticon": "social",
    "shopping": "social",
    "media": "social",
    "takeaway": "social",
    "car": "car",
}
"""The domains and where what is neutral is learnt for each. Reviews have no genre of their own: their corpora hold no
neutral texts, and a genre that knows none would claim half of the dry sentences on microblogs.
Seven domains and two genres make 16 columns: numpy gathers rows of 8, 16 or 32 bytes about twice as fast as others."""
DOMAINS = tuple(GENRE_OF)
CORPORA = (
    Corpus(name="weibo2018_train", domain="weibo"),
    Corpus(name="smp2020_usual_eval_labeled", domain="microblog", takes_sides=1.0),
    Corpus(name="smp2020_virus_train", domain="microblog", takes_sides=1.0),
    Corpus(name="smp2020_virus_eval_labeled", domain="microblog", takes_sides=1.0),
    Corpus(name="nlpcc2020_covid_7emo", domain="microblog"),
    Corpus(name="nlpcc2014_expr_train", domain="microblog"),
    # Labelled by the emoticons it still holds: it teaches those, and an accuracy on it would mean nothing.
    Corpus(name="weibo_senti_100k_split", domain="emoticon", reported=False),
    Corpus(name="online_shopping_10_cats", domain="shopping", takes_sides=A_LITTLE),
    # What is left of a cleaner whole: the ratings that readers would not agree with.
    Corpus(name="ChnSentiCorp_htl_all", domain="shopping", takes_sides=A_LITTLE, trust=0.3),
    Corpus(name="nlpcc2014_task2_train", domain="media", takes_sides=A_LITTLE),
    Corpus(name="waimai_10k", domain="takeaway", takes_sides=A_LITTLE),
    Corpus(name="bdci2018_car", domain="car", takes_sides=1.0),
)

_DEBRIS = str.maketrans({"\u200b": None, "\ufeff": None})


def parse_corpus(corpus: Corpus, content: str) -> list[Sample]:
    """The samples of a file's content, header row left out. Raises CorpusError naming the line."""
    samples: list[Sample] = []
    for number, line in enumerate(content.split("\n")[1:], start=2):
        if not line:
            continue
        label, tab, text = line.partition("\t")
        if not tab or label not in {"0", "1", "2"}:
            raise CorpusError(
                f"{corpus.name} line {number}: expected 0, 1 or 2, a tab and a text, found {line[:40]!r}"
            )
        text = (
            text.translate(_DEBRIS).replace("{%", "").replace("%}", "")
        )  # the collector's marks around topics
        samples.append(Sample(corpus=corpus, label=int(label), text=text, held_out=part_of(text) == HELD_OUT))
    return samples


def part_of(text: str) -> int:
    """Which of SPLIT parts a text belongs to, wherever and however often it stands."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4]) % SPLIT


def folding() -> Codes:
    """(PLANES,) what each code point counts as: NFKC, lower case, simplified, one digit, one kind of space."""
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    fold = np.arange(PLANES, dtype=np.uint32)
    for point in range(1, 0x10000):
        char = chr(point)
        category = unicodedata.category(char)
        if category == "Cs":
            continue
        if category[0] in "CZ":
            fold[point] = ord(" ")
            continue
        char = unicodedata.normalize("NFKC", char).lower()
        if "\u4e00" <= char <= "\u9fff":
            char = simplify(char)
        if len(char) == 1:
            fold[point] = ord("0") if char.isdigit() else ord(char)
    return fold
