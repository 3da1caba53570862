"""New words: what many different authors suddenly say about the brand and hardly anybody said before.

An author counts once a window and word; reposts and copies of one text do not count. When a use leaves the window it
becomes history, which fades with a half-life of three days. All of it is bounded.
"""

from collections.abc import Iterable, Iterator

import msgspec

from alerting.bounds import surprise
from alerting.sight import author_of
from streams.events import SignalRaised

WORDS_A_SIGNAL_MOST = 8
USES_MOST = 2000
"""Uses in the window; a storm beyond that is noticed anyway."""
HISTORY_WORDS_MOST = 20_000
HISTORY_WORDS_AFTER_PRUNING = 15_000
HALF_LIFE_DAYS = 3
FORGOTTEN_BELOW = 0.2
DAY_S = 86_400
PRIOR_USES, PRIOR_VOICES = 0.5, 50.0
"""What an unknown word is believed to have: half a use in fifty voices."""
SURPRISE_LEAST = 25.0
VOICES_TO_KNOW = 200
"""With fewer voices in the history it is too early to say what is new."""
NEGATIVE_LEAST = 0.3
NEGATIVE_LEAST_GUESSING = 0.5
COMMON_FROM = 0.8
"""A word in so large a share of all texts is what the monitor asks for, not news."""
NEW_WORDS_MOST = 8


class Use(msgspec.Struct, frozen=True, array_like=True):
    """One author's words at one time."""

    at_s: int
    author: str
    item: str
    simhash: int
    words: tuple[str, ...]


class NewWord(msgspec.Struct, frozen=True):
    """A word that stands out: how many authors use it, and how many were to be expected."""

    word: str
    authors: int
    expected: float
    guessing: bool


class WordWatch(msgspec.Struct, kw_only=True):
    """Who uses which words in the window, and how common they were before. Mutable."""

    window: list[Use] = []
    users: dict[str, dict[str, tuple[int, bool]]] = {}
    """Word → author → when last, and whether negatively; only what is in `window`."""
    texts: dict[int, int] = {}
    """SimHash → when last, of what is in `window`."""
    history: dict[str, float] = {}
    voices: float = 0.0
    day: int = 0

    def take(self, signal: SignalRaised, at_s: int, window_s: int) -> None:
        """Count a signal's words; what is older than the window becomes history."""
        self._expire(at_s - window_s)
        if not self.counts(signal):
            return
        use = Use(at_s, author_of(signal), signal.item, signal.simhash, signal.words[:WORDS_A_SIGNAL_MOST])
        self.window.append(use)
        self.texts[signal.simhash] = at_s
        mark = (at_s, signal.label == "negative")
        for word in use.words:
            self.users.setdefault(word, {})[use.author] = mark
        if len(self.window) > USES_MOST:
            self._retire(1)

    def counts(self, signal: SignalRaised) -> bool:
        """Whether it is an original voice with words."""
        return (
            bool(signal.words)
            and signal.kind != "repost"
            and not (signal.simhash and signal.simhash in self.texts)
        )

    def new_words(self, signal: SignalRaised, at_s: int, window_s: int, minimum: int) -> list[NewWord]:
        """The words of the window that stand out, `signal` counted in, the most used first.

        Empty unless one of the signal's own words stands out: nothing else became news by it.
        """
        if not self.counts(signal):
            return []
        candidates = [
            word
            for word in signal.words[:WORDS_A_SIGNAL_MOST]
            if len(self.users.get(word, ())) + 1 >= minimum
        ]
        if not candidates:
            return []
        author, negative, from_s = author_of(signal), signal.label == "negative", at_s - window_s
        extra = dict.fromkeys(signal.words[:WORDS_A_SIGNAL_MOST], (author, (at_s, negative)))
        if not any(True for _ in self._standing_out(candidates, extra, from_s, minimum)):
            return []
        frequent = [word for word, users in self.users.items() if len(users) >= minimum]
        found = self._standing_out({*frequent, *candidates}, extra, from_s, minimum)
        return sorted(found, key=lambda new: (-new.authors, new.word))[:NEW_WORDS_MOST]

    def items_with(self, words: Iterable[str]) -> list[str]:
        """Items of the window that hold one of `words`, oldest first."""
        wanted = set(words)
        return [use.item for use in self.window if not wanted.isdisjoint(use.words)]

    def afresh(self) -> None:
        """Make all that is in the window history: what it led to is settled."""
        self._retire(len(self.window))

    def _standing_out(
        self,
        words: Iterable[str],
        extra: dict[str, tuple[str, tuple[int, bool]]],
        from_s: int,
        minimum: int,
    ) -> Iterator[NewWord]:
        uses = sum(1 for use in self.window if use.at_s > from_s) + 1
        guessing = self.voices < VOICES_TO_KNOW
        least = 2 * minimum if guessing else minimum
        for word in words:
            users = dict(self.users.get(word, {}))
            if word in extra:
                users[extra[word][0]] = extra[word][1]
            recent = [negative for at_s, negative in users.values() if at_s > from_s]
            authors = len(recent)
            if authors < least or sum(recent) < authors * self._negative_least(guessing=guessing):
                continue
            expected = self._expected(word, uses)
            known_enough = (
                authors < COMMON_FROM * uses if guessing else surprise(authors, expected) >= SURPRISE_LEAST
            )
            if known_enough:
                yield NewWord(word, authors, round(expected, 4), guessing)

    def _expected(self, word: str, uses: int) -> float:
        share = (self.history.get(word, 0.0) + PRIOR_USES) / (self.voices + PRIOR_VOICES)
        return share * uses

    @staticmethod
    def _negative_least(*, guessing: bool) -> float:
        return NEGATIVE_LEAST_GUESSING if guessing else NEGATIVE_LEAST

    def _expire(self, from_s: int) -> None:
        gone = 0
        for use in self.window:
            if use.at_s > from_s:
                break
            gone += 1
        if gone:
            self._retire(gone)

    def _retire(self, number: int) -> None:
        """Move the oldest uses from the window into the history."""
        for use in self.window[:number]:
            self._fade(use.at_s // DAY_S)
            self.voices += 1
            if self.texts.get(use.simhash) == use.at_s:
                del self.texts[use.simhash]
            for word in use.words:
                self._retire_word(word, use)
        del self.window[:number]
        if len(self.history) > HISTORY_WORDS_MOST:
            self._prune()

    def _retire_word(self, word: str, use: Use) -> None:
        self.history[word] = self.history.get(word, 0.0) + 1
        users = self.users.get(word)
        if users is not None and users.get(use.author, (None,))[0] == use.at_s:
            del users[use.author]
            if not users:
                del self.users[word]

    def _fade(self, day: int) -> None:
        if day <= self.day:
            return
        factor = 0.5 ** ((day - self.day) / HALF_LIFE_DAYS) if self.day else 1.0
        self.day = day
        self.voices *= factor
        faded = ((word, number * factor) for word, number in self.history.items())
        self.history = {word: number for word, number in faded if number >= FORGOTTEN_BELOW}

    def _prune(self) -> None:
        kept = sorted(self.history.items(), key=lambda each: (-each[1], each[0]))[
            :HISTORY_WORDS_AFTER_PRUNING
        ]
        self.history = dict(kept)
