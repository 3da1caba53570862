"""What a customer's message asks of us by its manner, beyond what it is about: a thank-you asks nothing."""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from streams.config import IntakeConfig
from streams.promises import Promise, promise_in
from streams.sla.policy import NoReplyRule
from streams.text.normalise import Normalised, normalise

Courtesy = Literal["thanks", "lottery", "friends", "emoji"]
"""Why a message needs no reply: thanks and the like alone, a lottery's tag, friends called by name, emoji alone."""
LONGEST_CHARS = 60
"""Who writes more than that has something to say."""

_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff"
_PICTURE = rf"[{_EMOJI}]|\[[^\[\]\s]{{1,8}}\]"
_FILL = rf"{_PICTURE}|[\s,.!~、。;:^_\-]|…"
_PICTURES = re.compile(rf"(?:{_FILL})*(?:{_PICTURE})(?:{_FILL})*")
_NAME = re.compile(r"@([^\s@,:]{1,30})")
_NAMES = re.compile(rf"(?:@[^\s@,:]{{1,30}}|{_FILL})+")
_TAG = re.compile(r"#([^#\s]{1,40})#?")


class Manner(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one message to us reads."""

    about_order: bool = False
    """It speaks of an order of the writer's own: somebody has to look it up, whatever the crowd around it says."""
    courtesy: Courtesy | None = None
    """It needs no reply by its words; what it is judged to be has the last word."""
    promise: Promise | None = None
    """Of a reply of ours: what it promises."""


PLAIN = Manner()


class Manners:
    """The rules about manners of one configuration, compiled."""

    def __init__(self, config: IntakeConfig) -> None:
        sla = config.sla
        pile_on = sla.pile_on if sla is not None else None
        self._orders = pile_on.apart_words if pile_on is not None else ()
        rule = sla.no_reply if sla is not None else None
        self._rule = (
            rule if rule is not None else NoReplyRule(thanks=(), lottery=(), friends=False, emoji=False)
        )
        self._thanks = _made_of(self._rule.thanks)
        self._ours = frozenset(normalise(account.name).text for account in config.accounts if account.name)

    def of(self, written: Normalised) -> Manner:
        """How a text reads."""
        about_order = any(word in written.text for word in self._orders)
        courtesy = None if about_order else self._courtesy(written.text, written.original)
        return Manner(about_order=about_order, courtesy=courtesy) if about_order or courtesy else PLAIN

    def _courtesy(self, text: str, original: str) -> Courtesy | None:
        if len(text) > LONGEST_CHARS or "?" in text or any(word in text for word in self._rule.protest):
            return None
        if self._thanks is not None and self._thanks.fullmatch(text):
            return "thanks"
        if self._rule.emoji and _PICTURES.fullmatch(text):
            return "emoji"
        if self._rule.friends and "@" in text and self._calls_friends(original):
            return "friends"
        if self._rule.lottery and self._has_lottery_tag(text):
            return "lottery"
        return None

    def _calls_friends(self, original: str) -> bool:
        # The normal form has no blanks between Chinese characters: there a name would swallow what is said after it.
        if _NAMES.fullmatch(original) is None:
            return False
        return self._ours.isdisjoint(normalise(name).text for name in _NAME.findall(original))

    def _has_lottery_tag(self, text: str) -> bool:
        return any(word in tag for tag in _TAG.findall(text) for word in self._rule.lottery)


def of_reply(written: Normalised) -> Manner:
    """How a reply of ours reads."""
    promise = promise_in(written.text)
    return PLAIN if promise is None else Manner(promise=promise)


def _made_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Texts that hold these words, pictures and punctuation, and nothing else."""
    known = sorted({normalise(word).text for word in words}, key=lambda word: (-len(word), word))
    if not known:
        return None
    one = "|".join(map(re.escape, known))
    return re.compile(rf"(?:{_FILL})*(?:{one})(?:{one}|{_FILL})*")
