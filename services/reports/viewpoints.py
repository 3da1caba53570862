"""What people say, in a few groups: near copies become one text, texts that go by the same words one viewpoint.

Texts are compared by their pairs of characters, weighted by how rare a pair is among them (tf-idf), and seen along the few
directions in which they differ most (latent semantic analysis, Deerwester et al. 1990), so that two texts are alike that
share no word but the company their words keep. Groups are found by spherical k-means (Dhillon and Modha 2001), begun where
texts lie densest; nothing is drawn by lot. What is far from every middle belongs to no group.
"""

import re
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from services.vault import Opener
from services.views.rows import ItemRow
from services.views.voices import Voice
from services.web.quote import plain
from streams.text.names import whole_name
from streams.text.simhash import simhash_batch
from streams.text.words import notable_words_batch, own_words

READ_MOST = 2_000
"""Mentions that are read; of more, every so-manyth."""
NEAR_BITS = 3
"""Up to so many different bits of 64 two texts are the same with small changes (Manku et al. 2007)."""
SHORT = 12
"""Texts below this length are copies only if they are the same: their fingerprints hang on few pairs."""
CELLS = 4_096
"""Pairs of characters are counted in so many cells, by hash."""
DIRECTIONS = 20
ROUNDS = 6
"""Of finding the directions; more change nothing that a reader would see."""
MOVES = 15
"""Of the middles."""
DENSE = 0.6
"""Texts with such a cosine are neighbours when it is looked where they lie densest."""
NEAR = 0.5
"""Farther from its middle than this cosine a text belongs to no group."""
SAME_GROUP = 0.8
"""Middles nearer to each other than this cosine are of one group."""
AGAINST_MOST = 6
OTHERS_MOST = 3
TEXTS_A_GROUP = 12
"""Fewer different texts make fewer groups; so few are one group, for there is nothing to tell apart."""
GROUP_LEAST = 3
"""Fewer different texts are no viewpoint."""
LOUD_LEAST = 5
"""Said so often, a text that is like no other is a viewpoint by itself."""
READ_LEAST = 4
"""Characters of their own that a text must have to say anything."""
EXAMPLES_MOST = 3
WORDS_MOST = 3
ITEMS_NAMED_MOST = 100
EXAMPLE_CHARACTERS_MOST = 140

_ANSWERED = re.compile(r"^回复\s*@[\w·-]+\s*[:：]\s*")
_HANDLE = re.compile(r"@[\w·-]+")
"""Who is spoken to did not speak: a report leaves the house, so names in other people's words stay out of it."""

Floats = npt.NDArray[np.float32]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A text in the clear, with how often it was said."""

    text: str
    item: ItemRow
    copies: int
    """How many items say nearly the same, this one left out."""


class Viewpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of texts says."""

    words: tuple[str, ...]
    """What sets it apart, the most telling first."""
    items: int
    negative: int
    originals: int
    """Different texts: original voices."""
    copies: int
    """Reposts and near copies of these."""
    authors: int
    examples: tuple[Example, ...]
    """The text nearest to the middle first (one that need not be cut, if there is any), then those that reached furthest."""
    named: tuple[str, ...]
    """Ids of its items, at most `ITEMS_NAMED_MOST`."""


class Viewpoints(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and what belongs to none."""

    groups: tuple[Viewpoint, ...]
    rest: int
    """Items of no group."""
    read: int
    unreadable: int
    """Items whose authors were forgotten, or without a word: counted in totals, shown nowhere."""


class _Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its copies, the first to say it in front."""

    text: str
    voices: tuple[Voice, ...]

    @property
    def is_negative(self) -> bool:
        """As most of those who say it are judged."""
        return 2 * sum(voice.label == "negative" for voice in self.voices) > len(self.voices)


def viewpoints_of(voices: Sequence[Voice], opener: Opener) -> Viewpoints:
    """The viewpoints among `voices`, which come oldest first."""
    opened = [(voice, plain(opener.private(voice.item.content)).strip()) for voice in voices]
    readable = [(voice, text) for voice, text in opened if text]
    texts = _without_copies(readable)
    telling = [text for text in texts if len(_letters(text.text)) >= READ_LEAST]
    # Who is angry and who is not hold no viewpoint together, whatever words they share.
    against = [text for text in telling if text.is_negative]
    others = [text for text in telling if not text.is_negative]
    groups = [*_grouped(against, AGAINST_MOST), *_grouped(others, OTHERS_MOST)]
    words = _telling_words([[text.text for text in group] for group in groups])
    found = (_viewpoint(group, named) for group, named in zip(groups, words, strict=True))
    shown = tuple(sorted(found, key=lambda group: -group.items))
    return Viewpoints(
        groups=shown,
        rest=len(readable) - sum(group.items for group in shown),
        read=len(readable),
        unreadable=len(opened) - len(readable),
    )


def _without_copies(readable: Sequence[tuple[Voice, str]]) -> list[_Text]:
    """The different texts in the order in which they were first said, each with all who said it."""
    prints = np.array(simhash_batch([text for _, text in readable]), np.uint64)
    firsts: list[int] = []
    said: dict[int, list[Voice]] = {}
    same: dict[str, int] = {}
    for place, (voice, text) in enumerate(readable):
        key = "".join(letter for letter in _letters(text) if not letter.isdecimal()) or text
        first = same.get(key)
        if first is None and len(key) >= SHORT:
            first = _near(prints, firsts, place)
        if first is None:
            first = place
            if len(key) >= SHORT:
                firsts.append(place)
        same.setdefault(key, first)
        said.setdefault(first, []).append(voice)
    return [_Text(text=readable[first][1], voices=tuple(who)) for first, who in said.items()]


def _near(prints: npt.NDArray[np.uint64], firsts: Sequence[int], place: int) -> int | None:
    if not firsts:
        return None
    differing = np.unpackbits((prints[firsts] ^ prints[place]).view(np.uint8).reshape(-1, 8), axis=1).sum(
        axis=1
    )
    nearest = int(differing.argmin())
    return firsts[nearest] if differing[nearest] <= NEAR_BITS else None


def _letters(text: str) -> str:
    return "".join(character for character in own_words(text) if character.isalnum())


def _grouped(texts: Sequence[_Text], most: int) -> list[list[_Text]]:
    """The texts of every group, those nearest to its middle first."""
    if len(texts) <= TEXTS_A_GROUP:
        return [list(texts)] if texts else []
    number = min(most, -(-len(texts) // TEXTS_A_GROUP))
    seen = _along_directions(_weighted([text.text for text in texts]))
    middles = _densest(seen, number)
    for _ in range(MOVES):
        middles = _distinct(middles)
        nearest = (seen @ middles.T).argmax(axis=1)
        middles = np.stack([_middle(seen[nearest == group], middles[group]) for group in range(len(middles))])
    groups = _around(middles, seen, texts)
    taken = {text.text for group in groups for text in group}
    groups += [[text] for text in texts if text.text not in taken and len(text.voices) >= LOUD_LEAST]
    return sorted(groups, key=lambda group: -sum(len(text.voices) for text in group))[:most]


def _around(middles: Floats, seen: Floats, texts: Sequence[_Text]) -> list[list[_Text]]:
    """The texts that lie near each middle; too few are no group."""
    cosines = seen @ middles.T
    nearest, closeness = cosines.argmax(axis=1), cosines.max(axis=1)
    groups = []
    for group in range(len(middles)):
        members = np.flatnonzero((nearest == group) & (closeness >= NEAR))
        if len(members) >= GROUP_LEAST:
            nearest_first = members[np.argsort(-closeness[members], kind="stable")]
            groups.append([texts[int(place)] for place in nearest_first])
    return groups


def _weighted(texts: Sequence[str]) -> Floats:
    """(n, CELLS): the pairs of each text, by how rare they are; what stands in one text alone tells nothing."""
    counts = np.zeros((len(texts), CELLS), np.float32)
    for row, text in enumerate(texts):
        letters = _letters(text)
        for pair in {letters[at : at + 2] for at in range(len(letters) - 1)}:
            counts[row, _cell(pair)] = 1.0
    texts_with = counts.sum(axis=0)
    rarity = np.log((1 + len(texts)) / (1 + texts_with)).astype(np.float32)
    rarity[texts_with < 2] = 0.0
    return _unit(counts * rarity)


def _cell(pair: str) -> int:
    """Where a pair is counted: the same in every process, which `hash` is not."""
    return (ord(pair[0]) * 0x9E3779B1 ^ ord(pair[1]) * 0x85EBCA77) >> 7 & (CELLS - 1)


def _unit(rows: Floats) -> Floats:
    scaled: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled


def _along_directions(weighted: Floats) -> Floats:
    """(n, DIRECTIONS), by subspace iteration from a fixed start."""
    start = np.cos(np.outer(np.arange(CELLS), np.arange(1, min(DIRECTIONS, len(weighted)) + 1)) * 1.7)
    basis = np.linalg.qr(start.astype(np.float32))[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(weighted.T @ (weighted @ basis))[0]
    return _unit(weighted @ basis)


def _densest(seen: Floats, number: int) -> Floats:
    """The texts with the most neighbours, each outside the neighbourhoods of those before."""
    neighbours = seen @ seen.T > DENSE
    left = np.ones(len(seen), bool)
    middles: list[Floats] = []
    while len(middles) < number and left.any():
        middle = int(((neighbours & left).sum(axis=1) * left).argmax())
        middles.append(seen[middle])
        left &= ~neighbours[middle]
        left[middle] = False
    return np.stack(middles)


def _distinct(middles: Floats) -> Floats:
    """Without those that came to lie where another one is."""
    kept: list[int] = []
    for place in range(len(middles)):
        if not kept or float((middles[kept] @ middles[place]).max()) < SAME_GROUP:
            kept.append(place)
    return middles[kept]


def _middle(members: Floats, before: Floats) -> Floats:
    if not len(members):
        return before
    moved: Floats = _unit(members.sum(axis=0, keepdims=True))[0]
    return moved


def _telling_words(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """For every group the words that many of its texts hold and few of the others."""
    counted = [
        Counter(word for words in notable_words_batch(list(texts)) for word in words) for texts in groups
    ]
    everywhere: Counter[str] = Counter()
    for counts in counted:
        everywhere.update(counts)

    def telling(counts: Counter[str]) -> list[str]:
        often = [word for word, count in counts.items() if count >= 2]
        return sorted(often, key=lambda word: (-counts[word] * counts[word] / everywhere[word], word))

    return [_whole_names(telling(counts), texts) for counts, texts in zip(counted, groups, strict=True)]


def _whole_names(words: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """The first words as people read them, none of them a part of another."""
    names: list[str] = []
    for word in words:
        name = whole_name(word, texts)
        if len(names) < WORDS_MOST and not any(name in known or known in name for known in names):
            names.append(name)
    return tuple(names)


def _viewpoint(texts: Sequence[_Text], words: tuple[str, ...]) -> Viewpoint:
    voices = [voice for text in texts for voice in text.voices]
    shown = [text for text in texts if not text.voices[0].item.deleted]
    shown.sort(key=lambda text: len(text.text) > EXAMPLE_CHARACTERS_MOST)
    further = sorted(shown[1:], key=lambda text: -max(voice.reach for voice in text.voices))
    return Viewpoint(
        words=words,
        items=len(voices),
        negative=sum(voice.label == "negative" for voice in voices),
        originals=len(texts),
        copies=len(voices) - len(texts),
        authors=len({voice.item.content.subject for voice in voices}),
        examples=tuple(_example(text) for text in [*shown[:1], *further][:EXAMPLES_MOST]),
        named=tuple(voice.item.item for voice in voices[:ITEMS_NAMED_MOST]),
    )


def _example(text: _Text) -> Example:
    words = _HANDLE.sub("@…", _ANSWERED.sub("", text.text))
    cut = words if len(words) <= EXAMPLE_CHARACTERS_MOST else words[: EXAMPLE_CHARACTERS_MOST - 1] + "…"
    return Example(text=cut, item=text.voices[0].item, copies=len(text.voices) - 1)
