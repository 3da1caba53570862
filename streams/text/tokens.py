"""From the characters of a monitor query to its tokens."""

import re
from collections.abc import Iterator
from enum import Enum

import msgspec

from streams.text.errors import QueryError, Wording


class Kind(Enum):
    """What a token is; the value is what an error message calls it, where its text alone does not say it."""

    OPEN = "("
    CLOSE = ")"
    OR = "OR"
    AND = "AND"
    NOT = "NOT"
    NEAR = "NEAR"
    VARIANTS = "~"
    FIELD = "field"
    WORD = "word"
    PHRASE = "phrase"
    CASED = "cased"
    REGEX = "regex"
    RANGE = "range"
    END = "end"


class Token(msgspec.Struct, frozen=True, gc=False):
    """One token: `text` without its quotes, braces, slashes or colon; `start` and `end` are offsets in the source."""

    kind: Kind
    text: str
    start: int
    end: int


# People type full-width operators; every form becomes its ASCII twin, one character for one.
_ASCII = (
    {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)} | {0x3000: 0x20} | str.maketrans("“”", '""')
)

_BARE = r"""\s()|":{}\[\]"""
_TOKEN = re.compile(
    rf"""
      (?P<space>    \s+ )
    | (?P<open>     \( )
    | (?P<close>    \) )
    | (?P<bar>      \| )
    | (?P<minus>    -(?=[^\s)|]) )
    | (?P<variants> ~~? )
    | "(?P<phrase>  [^"]* )"
    | {{(?P<cased>  [^{{}}]* )}}
    | /(?P<regex>   (?:[^/\\\n]|\\.)+ )/(?=[\s()|]|$)
    | \[(?P<range>  [^\[\]]* )\]
    | (?P<field>    [^{_BARE}~/-][^{_BARE}~]* ):
    | (?P<word>     [^{_BARE}~/-][^{_BARE}]* )
    """,
    re.VERBOSE,
)
_URL = re.compile(r'"(?P<phrase>[^"]*)"|(?P<word>[^\s()|"]+)')
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_KINDS = {
    "open": Kind.OPEN,
    "close": Kind.CLOSE,
    "bar": Kind.OR,
    "minus": Kind.NOT,
    "variants": Kind.VARIANTS,
    "phrase": Kind.PHRASE,
    "cased": Kind.CASED,
    "regex": Kind.REGEX,
    "range": Kind.RANGE,
    "field": Kind.FIELD,
    "word": Kind.WORD,
}
_UNFINISHED = {
    '"': Wording('短语结尾的引号 “"”', 'a closing quote `"`'),
    "{": Wording("结尾的 “}”", "a closing `}`"),
    "[": Wording("结尾的 “]”", "a closing `]`"),
    "-": Wording("紧跟在 “-” 后的检索词", "a term right after `-`"),
    "/": Wording("正则表达式结尾的 “/”", "a `/` that closes the regular expression"),
}
_STRAY = Wording("检索词（含此字符的词请加引号）", "a term (quote a term that holds this character)")


def tokens(source: str) -> list[Token]:
    """All tokens of a query, the last one of kind END.

    Raises:
        QueryError: for what begins and does not end, and for characters that can begin nothing.
    """
    return list(_scan(source, source.translate(_ASCII)))


def _scan(source: str, ascii_source: str) -> Iterator[Token]:
    position = 0
    pattern = _TOKEN
    while position < len(source):
        match = pattern.match(ascii_source, position) or _TOKEN.match(ascii_source, position)
        if match is None:
            raise _unreadable(source, ascii_source, position)
        position = match.end()
        pattern = _TOKEN
        if match.lastgroup == "space":
            continue
        token = _token(source, match)
        if token.kind is Kind.FIELD and token.text.lower() == "url":
            pattern = _URL
        yield token
    yield Token(Kind.END, "", len(source), len(source))


def _token(source: str, match: re.Match[str]) -> Token:
    name = match.lastgroup or ""
    kind, text = _KINDS[name], match.group(name)
    if kind is Kind.WORD:
        kind = Kind.NEAR if text == "NEAR" or text.startswith("NEAR/") else _OPERATORS.get(text, Kind.WORD)
    elif kind is Kind.REGEX:
        text = source[match.start(name) : match.end(name)]  # what a regex says is never rewritten
    return Token(kind, text, match.start(), match.end())


def _unreadable(source: str, ascii_source: str, position: int) -> QueryError:
    found = ascii_source[position]
    return error_at(source, position, quoted(source[position]), _UNFINISHED.get(found, _STRAY))


def error_at(source: str, position: int, found: Wording, expected: Wording) -> QueryError:
    """An error at an offset of the source, with its line and column."""
    line = source.count("\n", 0, position) + 1
    column = position - (source.rfind("\n", 0, position) + 1) + 1
    return QueryError(line=line, column=column, found=found, expected=expected)


def quoted(text: str) -> Wording:
    """A piece of the query, as error messages show it."""
    return Wording(f"“{text}”", f"`{text}`")


def shown(source: str, token: Token) -> Wording:
    """A token, as error messages show it."""
    if token.kind is Kind.END:
        return Wording("查询的结尾", "the end of the query")
    return quoted(source[token.start : token.end])
