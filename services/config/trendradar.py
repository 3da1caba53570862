"""TrendRadar's word groups, as its file says them (frequency_words.txt), with every word said in our query language.

The format is that of sansan0/TrendRadar, config/frequency_words.txt 1.1.0 and trendradar/core/frequency.py: groups are
parted by empty lines; of a group's plain words one has to stand in a title, of its `+` words all, of its `!` words none;
case does not count, and a word is found inside of other words. `/…/` is a Python expression, `=> name` what is shown for a
line, `[name]` at the head of a group what is shown for it, `@n` how much of it is shown. The words of [GLOBAL_FILTER]
exclude everywhere.
"""

import re
import warnings
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from services.config.python_regex import NotInRe2, alternatives, literal
from streams.text.errors import Wording
from streams.text.normalise import HAN
from streams.text.regex import objection_to

__all__ = ["Group", "LeftOut", "Word", "WordFile", "read_words"]

Role: TypeAlias = Literal["any", "must", "not"]

_SECTIONS = ("GLOBAL_FILTER", "WORD_GROUPS")
_ROLES: dict[str, Role] = {"+": "must", "!": "not"}
_EXPRESSION = re.compile(r"/(.+)/[a-z]*")
_HAN_ALONE = re.compile(f"[{HAN}]+")

_A_WORD = Wording("要找的词", "a word to look for")
_PLAIN_WORDS = Wording(
    "不带 +、!、@ 的词（TrendRadar 也忽略此行）", "words without +, ! or @ (TrendRadar ignores them too)"
)
_SECTION_FIRST = Wording(
    "紧跟空行的区域标记（TrendRadar 在这里把它当作词）",
    "a section's mark right after an empty line (TrendRadar takes it for a word here)",
)


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line that could not be said in our language, and what was expected there."""

    line: int
    written: str
    expected: Wording

    def __str__(self) -> str:
        return f"{self.line}: {self.written} ← 应为{self.expected.zh} · expected {self.expected.en}"


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One line: operands of a query, of which one has to be found, and what a person calls it."""

    operands: tuple[str, ...]
    name: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One word group; `first` is the number of its first line, `plain` whether it has words of which one is enough.

    (`anyone` can be empty then: none of them could be said.)
    """

    first: int
    name: str
    plain: bool
    anyone: tuple[Word, ...]
    required: tuple[Word, ...]
    excluded: tuple[Word, ...]
    shown_at_most: str | None = None


class WordFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says: its groups, the words that exclude everywhere, and the lines that could not be said."""

    groups: tuple[Group, ...]
    excluded: tuple[Word, ...]
    left_out: tuple[LeftOut, ...]


def read_words(text: str) -> WordFile:
    """Read the text of a file as TrendRadar does."""
    reader = _Reader()
    for block in _blocks(text):
        reader.read(block)
    return WordFile(
        groups=tuple(reader.groups), excluded=tuple(reader.excluded), left_out=tuple(reader.left_out)
    )


class _Line(msgspec.Struct, frozen=True):
    """A line with something on it that is no comment."""

    number: int
    text: str

    @property
    def bracketed(self) -> str | None:
        """What stands in brackets, if that is all there is."""
        return self.text[1:-1] if self.text.startswith("[") and self.text.endswith("]") else None

    @property
    def section(self) -> str | None:
        """The section that begins here."""
        name = (self.bracketed or "").upper()
        return name if name in _SECTIONS else None


def _blocks(text: str) -> Iterator[list[_Line]]:
    """The lines between empty lines; a line of blanks alone parts nothing."""
    block: list[_Line] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            block.append(_Line(number, stripped))
        elif not line and block:
            yield block
            block = []


class _Reader:
    """Reads one file, block by block."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.excluded: list[Word] = []
        self.left_out: list[LeftOut] = []
        self._section = "WORD_GROUPS"

    def read(self, block: list[_Line]) -> None:
        if block[0].section is not None:
            self._section, block = block[0].section, block[1:]
        lines = [line for line in block if not self._is_lost_mark(line)]
        if self._section == "GLOBAL_FILTER":
            self.excluded += self._filters(lines)
        elif lines:
            self._group(lines)

    def _is_lost_mark(self, line: _Line) -> bool:
        if line.section is None:
            return False
        self._leave_out(line, _SECTION_FIRST)
        return True

    def _filters(self, lines: list[_Line]) -> Iterator[Word]:
        for line in lines:
            if line.text.startswith(("!", "+", "@")):
                self._leave_out(line, _PLAIN_WORDS)
            else:
                yield from self._word(line, line.text)

    def _group(self, lines: list[_Line]) -> None:
        first, alias = lines[0].number, lines[0].bracketed
        words: dict[Role, list[Word]] = {"any": [], "must": [], "not": []}
        plain, shown_at_most = False, None
        for line in lines if alias is None else lines[1:]:
            role = _ROLES.get(line.text[0], "any")
            if line.text.startswith("@"):
                shown_at_most = line.text
                continue
            plain = plain or role == "any"
            words[role] += self._word(line, line.text if role == "any" else line.text[1:])
        named = [*words["any"], *words["must"]]
        if named:
            self.groups.append(
                Group(
                    first=first,
                    name=(alias or "").strip() or named[0].name,
                    plain=plain,
                    anyone=tuple(words["any"]),
                    required=tuple(words["must"]),
                    excluded=tuple(words["not"]),
                    shown_at_most=shown_at_most,
                )
            )

    def _word(self, line: _Line, text: str) -> Iterator[Word]:
        """The word that the text is; none, and the line is left out, if it cannot be said."""
        written, _, name = (part.strip() for part in text.partition("=>"))
        if not written:
            self._leave_out(line, _A_WORD)
            return
        try:
            yield Word(operands=tuple(map(_operand, _said(written))), name=name or written.strip("/"))
        except NotInRe2 as error:
            self._leave_out(line, error.expected)

    def _leave_out(self, line: _Line, expected: Wording) -> None:
        self.left_out.append(LeftOut(line=line.number, written=line.text, expected=expected))


def _said(written: str) -> tuple[str, ...]:
    """Expressions of which one is found wherever the word is.

    Raises:
        NotInRe2: if there are none.
    """
    pattern = _pattern(written)
    if pattern is not None:
        return alternatives(pattern)
    word = literal(written)
    if (objection := objection_to(word)) is not None:
        raise NotInRe2(objection)
    return (word,)


def _pattern(written: str) -> str | None:
    """The expression between slashes; None for a word, which a wrong expression is too (slashes and all)."""
    match = _EXPRESSION.fullmatch(written)
    if match is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what later Pythons may read otherwise (`[[`) is no matter here
            re.compile(match[1], re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        return None
    return match[1]


def _operand(expression: str) -> str:
    """Chinese characters alone are a term. Anything else stays an expression: `ai` has to be found in `gai`, too."""
    return expression if _HAN_ALONE.fullmatch(expression) else f"/{expression}/"
