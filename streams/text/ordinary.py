"""What looks like a dodge but is ordinary writing: 西北 is not 西贝, and 广西 贝壳 does not name it either."""

from functools import cache

from streams.text.normalise import Normalised
from streams.text.sounds import same_tones
from streams.text.tables.words import WORDS


def is_parted(document: Normalised, start: int, end: int) -> bool:
    """Whether a blank before or after which a common word ends or begins was all that kept two words apart.

    In 去广西 贝壳 the 西 belongs to 广西. In 去西 贝 it belongs to nothing else, so the blank is a dodge.
    """
    text = document.text
    if end - start < 2:
        return False
    return (_blank_between(document, start) and cuts_left(text, start) and not _gap(document, start - 1)) or (
        _blank_between(document, end - 2) and cuts_right(text, end) and not _gap(document, end - 1)
    )


def _blank_between(document: Normalised, offset: int) -> bool:
    gap = _gap(document, offset)
    return bool(gap) and gap.isspace()


def _gap(document: Normalised, offset: int) -> str:
    """What was written between the characters at `offset` and after it, and is gone from the normal form."""
    _, before = document.span(offset, offset + 1)
    after, _ = document.span(offset + 1, offset + 2)
    return document.original[before:after]


def is_word(pair: str) -> bool:
    """Whether two characters are one of the commonest Chinese words."""
    return pair in _words()


def is_ordinary(text: str, start: int, end: int, term: str) -> bool:
    """Whether `text[start:end]`, which sounds or looks like `term`, most likely means something else.

    So it is if it takes a piece out of a common word at either end (洗杯 in 洗杯子), or what differs makes common words of
    its own with other tones (西北; 食物中度). With the same tones a common word is still a dodge: 威信 for 微信.
    """
    if cuts_left(text, start) or cuts_right(text, end):
        return True
    written = text[start:end]
    return same_tones(written, term) < len(term) and _differs_in_words(written, term)


def _differs_in_words(written: str, term: str) -> bool:
    """Whether each character that is not the term's belongs to a common word within what is written."""
    if len(written) != len(term):
        return is_word(written)
    return all(
        here == there or is_word(written[max(0, at - 1) : at + 1]) or is_word(written[at : at + 2])
        for at, (here, there) in enumerate(zip(written, term, strict=True))
    )


def cuts_left(text: str, start: int) -> bool:
    """Whether a common word lies across the offset `start` and begins one character before it."""
    return start > 0 and is_word(text[start - 1 : start + 1])


def cuts_right(text: str, end: int) -> bool:
    """Whether a common word lies across the offset `end` and ends one character after it."""
    return end < len(text) and is_word(text[end - 1 : end + 1])


@cache
def _words() -> frozenset[str]:
    return frozenset(group[0] + second for group in WORDS.split() for second in group[1:])
