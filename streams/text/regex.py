"""Regular expressions in queries: RE2, so that no expression can take more than linear time."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import re2

from streams.text.errors import Wording

MAX_REGEX_CHARS = 500
MAX_REGEX_MEMORY_BYTES = 4 * 2**20

_SURROGATE = re.compile("[\ud800-\udfff]")


class Found(Protocol):
    """The part of a match object that is used here."""

    def span(self) -> tuple[int, int]: ...


class Expression(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> Found | None: ...

    def finditer(self, text: str) -> Iterator[Found]: ...


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Expression:
    """The compiled expression; it ignores case unless it says `(?-i)`, and `.` stays within a line.

    Raises:
        re2.error: if RE2 cannot read it.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = MAX_REGEX_MEMORY_BYTES
    options.log_errors = False
    expression: Expression = re2.compile(encodable(pattern), options)
    return expression


def objection_to(pattern: str) -> Wording | None:
    """What would have been expected instead of this expression, or None if it is a good one."""
    if len(pattern) > MAX_REGEX_CHARS:
        return Wording(
            f"至多 {MAX_REGEX_CHARS} 个字符的正则表达式",
            f"a regular expression of at most {MAX_REGEX_CHARS} characters",
        )
    try:
        expression = compiled(pattern)
    except re2.error as error:
        reason = _reason(error)
        return Wording(f"RE2 能读的正则表达式（{reason}）", f"an expression that RE2 can read ({reason})")
    if expression.search("") is not None:
        return Wording("不匹配空文本的正则表达式", "a regular expression that does not match the empty text")
    return None


def encodable(text: str) -> str:
    """The same text with lone surrogates replaced, one character for one; RE2 reads UTF-8, which has none."""
    return _SURROGATE.sub("\ufffd", text)


def _reason(error: Exception) -> str:
    message = error.args[0] if error.args else ""
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
