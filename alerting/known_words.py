"""How common words were before: a memory that fades, and is bounded.

A use that is `HALF_LIFE_DAYS` old counts half, but a brand of which little is said keeps what its last thousand voices said:
quiet months teach nothing new, so they make nothing old.
"""

from collections.abc import Iterable

import msgspec

DAY_S = 86_400
HALF_LIFE_DAYS = 7
VOICES_KEPT = 1000
"""So many voices do not fade."""
WORDS_MOST = 20_000
WORDS_AFTER_PRUNING = 12_000
FORGOTTEN_BELOW = 0.2
PRIOR_USES, PRIOR_VOICES = 0.5, 50.0
"""What an unknown word is believed to have: half a use in fifty voices."""
VOICES_TO_KNOW = 200
"""With fewer voices it is too early to say what is new."""


class KnownWords(msgspec.Struct, kw_only=True):
    """Uses of words by all voices that left the window. Mutable."""

    counts: dict[str, float] = {}
    """Word → uses, those first heard longest ago first."""
    voices: float = 0.0
    day: int = 0

    @property
    def guessing(self) -> bool:
        """Whether too little was heard to say what is new."""
        return self.voices < VOICES_TO_KNOW

    def expected(self, word: str, voices: float) -> float:
        """How many of `voices` would use the word if all were as before."""
        return (self.counts.get(word, 0.0) + PRIOR_USES) / (self.voices + PRIOR_VOICES) * voices

    def learn(self, words: Iterable[str], at_s: int) -> None:
        """Take in the words of one voice."""
        day = at_s // DAY_S
        if day > self.day:
            self._fade(day)
        self.voices += 1
        counts = self.counts
        for word in words:
            counts[word] = counts.get(word, 0.0) + 1.0
        if len(counts) > WORDS_MOST:
            self._prune()

    def _fade(self, day: int) -> None:
        faded = 0.5 ** ((day - self.day) / HALF_LIFE_DAYS) if self.day else 1.0
        factor = min(1.0, max(faded, VOICES_KEPT / max(self.voices, 1.0)))
        self.day = day
        if factor < 1.0:
            self.voices *= factor
            scaled = ((word, count * factor) for word, count in self.counts.items())
            self.counts = {word: count for word, count in scaled if count >= FORGOTTEN_BELOW}

    def _prune(self) -> None:
        """Forget the rarest words, of equally rare ones those heard first longest ago."""
        doomed = len(self.counts) - WORDS_AFTER_PRUNING
        cut = sorted(self.counts.values())[doomed]
        rarer = sum(1 for count in self.counts.values() if count < cut)
        spare = doomed - rarer
        """How many of those at the cut go, too."""
        kept: dict[str, float] = {}
        for word, count in self.counts.items():
            if count > cut:
                kept[word] = count
            elif count == cut:
                if spare:
                    spare -= 1
                else:
                    kept[word] = count
        self.counts = kept
