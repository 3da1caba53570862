r"""A Python regular expression, said in RE2 so that it finds something in exactly the same texts.

RE2 has no look-around and knows ASCII words alone; Python's `\w`, `\d`, `\s` and `\b` know every script. Classes are
spelt out. A look-around of one character, or a `\b`, at the end of an alternative becomes a character that has to stand
there (`(?<![a-z])ai` is `(?:\A|[^a-z])ai`): the place found is one character wider, whether something is found is the same.
"""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from services.errors import ServicesError
from streams.text.errors import Wording
from streams.text.regex import objection_to

__all__ = ["NotInRe2", "alternatives", "literal"]

_WORD = r"\p{L}\p{N}_"
_ENDS_IN_A_MARK = "İ"
"""The one letter that Python's `lower` makes two characters of; the second, a mark, belongs to no word."""
_SPACE = r"\t-\r\x1c-\x1f\x{85}\p{Z}"
_CLASSES = {"w": _WORD, "s": _SPACE, "d": r"\p{Nd}"}
_SPECIAL = frozenset(r"\.+*?()|[]{}^$/")
_READ_AS_ASCII = frozenset("／＼")
"""The query language takes these for the ASCII ones, so an expression has to spell them otherwise."""

_ESCAPE = r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)"
_SET = r"\[\^?\]?(?:[^\]\\]|\\.)*\]"
_PIECE = re.compile(
    rf"""
      (?P<escape> {_ESCAPE} )
    | (?P<set>    {_SET} )
    | (?P<look>   \(\?<?[=!](?:{_SET}|{_ESCAPE}|[^\\()\[\]|.^$*+?{{}}])\) )
    | (?P<group>  \((?:\?(?:P<\w+>|[ims]*(?:-[ims]+)?:))?(?!\?) )
    | (?P<close>  \) )
    | (?P<bar>    \| )
    | (?P<repeat> [*+?]|\{{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\}} )
    | (?P<char>   [^(] )
    """,
    re.VERBOSE | re.DOTALL,
)
_LOOK = re.compile(r"\(\?(<?)([=!])(.*)\)", re.DOTALL)
_FLAGS = re.compile(r"\(\?([imsu]+)\)")
_IN_SET = re.compile(rf"{_ESCAPE}|.", re.DOTALL)
_SET_OF_WORD_CHARACTERS = re.compile(r"\[(?:a-z|A-Z|0-9|[^\W-])+\]")
_ANY_CHARACTER = frozenset((r"[\s\S]", r"[\S\s]", r"[\w\W]", r"[\W\w]", r"[\d\D]", r"[\D\d]"))

Kind: TypeAlias = Literal["escape", "set", "look", "group", "close", "bar", "repeat", "char"]
Branch: TypeAlias = tuple["_Atom", ...]


class NotInRe2(ServicesError):
    """The expression needs something that RE2 does not have."""

    def __init__(self, expected: Wording) -> None:
        super().__init__(expected.en)
        self.expected = expected


class _Atom(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to match: as written (of a group what opens it), what a group holds, and how often it may stand."""

    kind: Kind
    written: str
    inside: tuple[Branch, ...] = ()
    repeat: str = ""

    @property
    def is_edge(self) -> bool:
        """Whether it asks about a neighbour and takes up no room itself."""
        return self.kind == "look" or (self.kind == "escape" and self.written in {r"\b", r"\B"})


def alternatives(pattern: str) -> tuple[str, ...]:
    """RE2 expressions, case ignored, of which one at least is found wherever `re.search` finds `pattern`.

    Args:
        pattern: an expression that `re.compile` takes.

    Raises:
        NotInRe2: for what cannot be said, with what would have been expected.
    """
    flags = _FLAGS.match(pattern)
    kept = "".join(flag for flag in flags[1] if flag in "ms") if flags else ""
    prefix = f"(?{kept})" if kept else ""
    branches = _Reader(pattern[flags.end() if flags else 0 :]).pattern()
    said = tuple(dict.fromkeys(prefix + _searched(branch) for branch in branches))
    for expression in said:
        if (objection := objection_to(expression)) is not None:
            raise NotInRe2(objection)
    return said


def literal(text: str) -> str:
    """An RE2 expression for exactly this text, fit to stand between the slashes of a query."""
    return "".join(f"\\{character}" if character in _SPECIAL else _plain(character) for character in text)


def _plain(character: str) -> str:
    """A character without meaning of its own; what an editor or YAML would not show is spelt by its number."""
    if character == "/":
        return r"\/"
    if character.isprintable() and character not in _READ_AS_ASCII:
        return character
    return f"\\x{{{ord(character):x}}}"


class _Reader:
    """Reads one expression once, into alternatives of atoms."""

    def __init__(self, pattern: str) -> None:
        self._pieces = list(_pieces(pattern))
        self._position = 0

    def pattern(self) -> tuple[Branch, ...]:
        return self._alternatives()

    def _alternatives(self) -> tuple[Branch, ...]:
        """Up to the `)` that closes them, or the end."""
        branches: list[list[_Atom]] = [[]]
        while self._position < len(self._pieces):
            kind, written = self._take()
            if kind == "close":
                break
            if kind == "bar":
                branches.append([])
            else:
                inside = self._alternatives() if kind == "group" else ()
                branches[-1].append(_Atom(kind=kind, written=written, inside=inside, repeat=self._repeat()))
        return tuple(map(tuple, branches))

    def _repeat(self) -> str:
        repeat = ""
        while self._position < len(self._pieces) and self._pieces[self._position][0] == "repeat":
            repeat += self._take()[1]
        return repeat.replace("{,", "{0,")  # which RE2 would take literally

    def _take(self) -> tuple[Kind, str]:
        self._position += 1
        return self._pieces[self._position - 1]


def _pieces(pattern: str) -> Iterator[tuple[Kind, str]]:
    position = 0
    while position < len(pattern):
        match = _PIECE.match(pattern, position)
        if match is None:
            raise _unsaid(pattern[position:])
        position = match.end()
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the pattern names no other
        yield kind, match.group()


def _unsaid(written: str) -> NotInRe2:
    return NotInRe2(
        Wording(
            f"RE2 能表达的正则（这里的 {written} 它没有）", f"what RE2 can say (it has no {written} here)"
        )
    )


# -- an alternative, with what it asks about its neighbours


def _searched(branch: Branch) -> str:
    before = after = ""
    if branch and branch[0].is_edge:
        before, branch = _before(branch[0], branch[1:]), branch[1:]
    if branch and branch[-1].is_edge:
        branch, after = branch[:-1], _after(branch[-1], branch[:-1])
    return before + _said(branch) + after


def _before(edge: _Atom, rest: Branch) -> str:
    if edge.repeat:
        raise _unsaid(edge.written + edge.repeat)
    if edge.kind == "look":
        backward, sign, neighbour = _look(edge)
        if backward:
            return neighbour if sign == "=" else rf"(?:\A|{_none_of(neighbour)})"
    elif edge.written == r"\b" and rest and _is_word(rest[0], 0):
        return rf"(?:\A|[^{_WORD}]|{_ENDS_IN_A_MARK})"
    raise _unsaid(edge.written)


def _after(edge: _Atom, rest: Branch) -> str:
    if edge.repeat:
        raise _unsaid(edge.written + edge.repeat)
    if edge.kind == "look":
        backward, sign, neighbour = _look(edge)
        if not backward:
            return neighbour if sign == "=" else rf"(?:{_none_of(neighbour)}|\z)"
    elif edge.written == r"\b" and rest and _is_word(rest[-1], -1):
        return rf"(?:[^{_WORD}]|\z)"
    raise _unsaid(edge.written)


def _look(edge: _Atom) -> tuple[bool, str, str]:
    """Whether it looks back, whether for presence (`=`) or absence (`!`), and of what."""
    parts = _LOOK.fullmatch(edge.written)
    assert parts is not None
    written = parts[3]
    if written in _ANY_CHARACTER or written in {r"\b", r"\B", r"\A", r"\Z"}:
        raise _unsaid(edge.written)
    kind: Kind = "set" if written.startswith("[") else "escape" if written.startswith("\\") else "char"
    return parts[1] == "<", parts[2], _said_once(_Atom(kind=kind, written=written))


def _none_of(neighbour: str) -> str:
    if neighbour.startswith("[^"):
        return f"[{neighbour[2:]}"
    return f"[^{neighbour[1:]}" if neighbour.startswith("[") else f"[^{neighbour}]"


def _is_word(atom: _Atom, side: Literal[0, -1]) -> bool:
    """Whether what it matches begins (0) or ends (-1) with a letter, a figure or `_` for sure."""
    if atom.repeat.startswith(("?", "*", "{0")):
        return False
    match atom.kind:
        case "char":
            return atom.written.isalnum() or atom.written == "_"
        case "escape":
            return atom.written in {r"\w", r"\d"}
        case "set":
            return _SET_OF_WORD_CHARACTERS.fullmatch(atom.written) is not None
        case "group":
            return all(bool(branch) and _is_word(branch[side], side) for branch in atom.inside)
        case _:
            return False


# -- one thing after the other


def _said(branch: Branch) -> str:
    return "".join(_said_once(atom) + atom.repeat for atom in branch)


def _said_once(atom: _Atom) -> str:
    match atom.kind:
        case "char":
            return _plain(atom.written)
        case "escape":
            return _escape(atom.written)
        case "set":
            return _set(atom.written)
        case "group":
            return f"{atom.written}{'|'.join(map(_said, atom.inside))})"
        case _:
            raise _unsaid(atom.written)


def _escape(written: str) -> str:
    letter = written[1]
    if letter.lower() in _CLASSES:
        return f"[{'^' if letter.isupper() else ''}{_CLASSES[letter.lower()]}]"
    if letter == "Z":
        return r"\z"
    if letter in "bB":
        raise _unsaid(written)
    return _character(written)


def _character(written: str) -> str:
    """An escape that stands for one character, or for the beginning of the text."""
    letter = written[1]
    if letter in "uU":
        digits = written[2:]
        return f"\\x{{{int(digits, 16):x}}}"
    if letter == "N" or letter.isdecimal():
        raise _unsaid(written)
    return written if letter.isascii() and letter.isprintable() else _plain(letter)


def _set(written: str) -> str:
    if written in _ANY_CHARACTER:
        return "(?s:.)"
    negated = "^" if written.startswith("[^") else ""
    return f"[{negated}{''.join(map(_member, _IN_SET.findall(written[1 + len(negated) : -1])))}]"


def _member(written: str) -> str:
    if not written.startswith("\\") or len(written) == 1:
        return f"\\{written}" if written in "[]" else _plain(written)
    letter = written[1]
    if letter in "WS":
        raise _unsaid(written)
    if letter == "D":
        return r"\P{Nd}"
    if letter == "b":
        return r"\x08"
    return _CLASSES.get(letter) or _character(written)
