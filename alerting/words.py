"""New words: what several people suddenly say about the brand and hardly anybody said before.

Counted are voices, not items: an author counts once a window, who only passes a post on is no voice, and near-copies of a
text count as that text (an advertising series is one voice). How surprising a word must be depends on how it is said (what is
said in anger, or about something grave, is told early; what is said in joy never) and on how often the rule cried of late.

Every signal pays only for a few look-ups; authors, copies and mood are looked at when a word has become frequent.
"""

from collections.abc import Iterable, Sequence

import msgspec

from alerting.bounds import surprise
from alerting.known_words import KnownWords
from alerting.sight import author_of
from streams.events import SignalRaised

WORDS_A_SIGNAL_MOST = 12
USES_MOST = 2000
"""Uses in the window; a storm beyond that is noticed anyway."""
EXAMINED_MOST = 40
"""The newest uses of a word whose authors, copies and mood are looked at."""
SURPRISE_LEAST = 8.0
"""Of a word that is said in a mixed mood, by a rule that did not fire for a day."""
SURPRISE_MORE = 6.0
"""So much more for each alarm of the last day: a stream in which something is always new must not cry all day."""
ALARM_S, DAY_S = 3600, 86_400
"""Firings less than an hour apart are one alarm."""
TIMES_USUAL = 5.0
"""So many times as often as was to be expected: "hardly anybody said it before"."""
SAME_TEXT_BITS = 6
"""Texts whose fingerprints differ in no more bits are copies of one."""
SAME_WORDS_LEAST, SAME_WORDS_SHARE = 5, 0.7
"""So are texts that share so many rare words, and so large a share of them."""
GRAVE = ("P0", "P1")
GRAVE_MOOD = 0.9
"""What is grave is said in earnest, whatever the tone."""
MOOD_LEAST, MOOD_LEAST_GUESSING = 0.4, 0.5
MIXED_MOOD = 0.55
COMMON_FROM = 0.8
"""A word in so large a share of all texts is what the monitor asks for, not news."""
NEW_WORDS_MOST = 8


class Use(msgspec.Struct, frozen=True, array_like=True):
    """One author's words at one time."""

    at_s: int
    author: str
    item: str
    simhash: int
    mood: float
    """0 joy to 1 anger."""
    words: tuple[str, ...]


class NewWord(msgspec.Struct, frozen=True):
    """A word that stands out: how many voices use it, how many were to be expected, and how surprising that is."""

    word: str
    voices: int
    expected: float
    surprise: float
    mood: float
    guessing: bool


class WordWatch:
    """Who uses which words in the window, and how common they were before. Mutable."""

    def __init__(
        self, window: Sequence[Use] = (), known: KnownWords | None = None, alarms: Sequence[int] = ()
    ) -> None:
        self.known = known or KnownWords()
        self.alarms = list(alarms)
        """When the rule fired last in an hour, for the last day."""
        self.window: list[Use] = []
        self._uses: dict[str, list[Use]] = {}
        """By word; derived from the window."""
        self._texts: dict[int, int] = {}
        """Fingerprint → how often, in the window."""
        for use in window:
            self._admit(use)

    def take(self, signal: SignalRaised, at_s: int, window_s: int) -> None:
        """Count a signal's words; what is older than the window becomes known."""
        if self.window and self.window[0].at_s <= at_s - window_s:
            self._expire(at_s - window_s)
        if self.counts(signal):
            self._admit(_use(signal, at_s))
            if len(self.window) > USES_MOST:
                self._retire(1)

    def counts(self, signal: SignalRaised) -> bool:
        """Whether it is a voice: with words of its own, and no copy, letter for letter, of what was just said."""
        return (
            bool(signal.words)
            and signal.kind != "repost"
            and not (signal.simhash and signal.simhash in self._texts)
        )

    def new_words(self, signal: SignalRaised, at_s: int, window_s: int, minimum: int) -> list[NewWord]:
        """The words of the window that stand out, `signal` counted in, the most surprising first.

        Empty unless one of the signal's own words stands out: nothing else became news by it.
        """
        if not self.counts(signal):
            return []
        uses, least = self._uses, minimum - 1
        frequent = [word for word in signal.words[:WORDS_A_SIGNAL_MOST] if len(uses.get(word, ())) >= least]
        if not frequent:
            return []
        view = _View(self, _use(signal, at_s), at_s - window_s, minimum)
        found = [new for word in frequent if (new := view.look_at(word)) is not None]
        if not found:
            return []
        told = {new.word for new in found}
        others = [word for word, each in uses.items() if len(each) >= minimum and word not in told]
        found += [new for word in others if (new := view.look_at(word)) is not None]
        return sorted(found, key=lambda new: (-new.surprise, new.word))[:NEW_WORDS_MOST]

    def alarmed(self, at_s: int) -> None:
        """Remember that the rule fired."""
        self.alarms = [each for each in self.alarms if at_s - DAY_S < each <= at_s - ALARM_S] + [at_s]

    def surprise_least(self, at_s: int) -> float:
        """How surprising a word must be at this time."""
        alarms = sum(1 for each in self.alarms if at_s - DAY_S < each)
        return SURPRISE_LEAST + SURPRISE_MORE * alarms

    def uses_of(self, word: str) -> Sequence[Use]:
        """Uses of a word in the window, oldest first."""
        return self._uses.get(word, ())

    def items_with(self, words: Iterable[str]) -> list[str]:
        """Items of the window that hold one of `words`, oldest first."""
        wanted = set(words)
        return [use.item for use in self.window if not wanted.isdisjoint(use.words)]

    def afresh(self) -> None:
        """Make all that is in the window known: what it led to is settled."""
        self._retire(len(self.window))

    def _admit(self, use: Use) -> None:
        self.window.append(use)
        self._texts[use.simhash] = self._texts.get(use.simhash, 0) + 1
        uses = self._uses
        for word in use.words:
            known = uses.get(word)
            if known is None:
                uses[word] = [use]
            else:
                known.append(use)

    def _expire(self, from_s: int) -> None:
        gone = 0
        for use in self.window:
            if use.at_s > from_s:
                break
            gone += 1
        self._retire(gone)

    def _retire(self, number: int) -> None:
        """Move the oldest uses from the window to what is known."""
        uses, texts = self._uses, self._texts
        for use in self.window[:number]:
            self.known.learn(use.words, use.at_s)
            if texts[use.simhash] == 1:
                del texts[use.simhash]
            else:
                texts[use.simhash] -= 1
            for word in use.words:
                of_word = uses[word]
                if len(of_word) == 1:
                    del uses[word]
                else:
                    del of_word[0]  # all words of a use come and go together, so it is the oldest
        del self.window[:number]


class _View:
    """The window as one new use finds it."""

    def __init__(self, watch: WordWatch, use: Use, from_s: int, minimum: int) -> None:
        self._watch, self._known, self._use, self._from_s = watch, watch.known, use, from_s
        self._least = 2 * minimum if self._known.guessing else minimum
        self._voices = sum(1 for each in watch.window if each.at_s > from_s) + 1
        self._surprise_least = watch.surprise_least(use.at_s)

    def look_at(self, word: str) -> NewWord | None:
        """The word, if it stands out."""
        expected = self._known.expected(word, self._voices)
        uses = [use for use in self._watch.uses_of(word) if use.at_s > self._from_s]
        if word in self._use.words:
            uses.append(self._use)
        if len(uses) < self._least or not self._may_stand_out(len(uses), expected):
            return None
        voices, mood = _examined(uses)
        surprising = surprise(voices, expected) * mood / MIXED_MOOD
        if voices < self._least or not self._stands_out(voices, expected, mood, surprising):
            return None
        return NewWord(
            word, voices, round(expected, 4), round(surprising, 2), round(mood, 2), self._known.guessing
        )

    def _may_stand_out(self, most: int, expected: float) -> bool:
        """Whether as many voices as there are uses would do, in the worst mood."""
        worst = surprise(most, expected) / MIXED_MOOD
        return most >= TIMES_USUAL * expected and (self._known.guessing or worst >= self._surprise_least)

    def _stands_out(self, voices: int, expected: float, mood: float, surprising: float) -> bool:
        if voices < TIMES_USUAL * expected:
            return False
        if self._known.guessing:
            return mood >= MOOD_LEAST_GUESSING and voices < COMMON_FROM * self._voices
        return mood >= MOOD_LEAST and surprising >= self._surprise_least


def _use(signal: SignalRaised, at_s: int) -> Use:
    grave = signal.severity in GRAVE
    return Use(
        at_s,
        author_of(signal),
        signal.item,
        signal.simhash,
        max(signal.negative, GRAVE_MOOD) if grave else signal.negative,
        signal.words[:WORDS_A_SIGNAL_MOST],
    )


def _examined(uses: Sequence[Use]) -> tuple[int, float]:
    """How many voices stand behind `uses`, and their mood; of more than are looked at, in proportion."""
    examined = uses[-EXAMINED_MOST:]
    voices: list[Use] = []
    authors: set[str] = set()
    for use in examined:
        if use.author not in authors and not any(_copies(use, other) for other in voices):
            voices.append(use)
            authors.add(use.author)
    mood = sum(use.mood for use in voices) / len(voices)
    return len(voices) * len(uses) // len(examined), mood


def _copies(use: Use, other: Use) -> bool:
    """Whether two texts say the same in nearly the same words."""
    if use.simhash and other.simhash and (use.simhash ^ other.simhash).bit_count() <= SAME_TEXT_BITS:
        return True
    shared = len(set(use.words).intersection(other.words))
    return shared >= SAME_WORDS_LEAST and shared >= SAME_WORDS_SHARE * min(len(use.words), len(other.words))
