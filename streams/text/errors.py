"""What can go wrong with texts and queries."""

from typing import NamedTuple


class TextError(Exception):
    """Something about a text, a query or a model of texts is not as it should be."""


class Wording(NamedTuple):
    """The same words for a Chinese and an English reader."""

    zh: str
    en: str


class QueryError(TextError):
    """A monitor query cannot be read: where, what was found there, what was expected.

    `line` and `column` count from 1, in characters of the query as written. `query_id` says which of many queries it
    was, once that is known.
    """

    def __init__(
        self, *, line: int, column: int, found: Wording, expected: Wording, query_id: str | None = None
    ) -> None:
        super().__init__(line, column, found, expected, query_id)
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected
        self.query_id = query_id

    def named(self, query_id: str) -> "QueryError":
        """The same error, saying which query it is about."""
        return QueryError(
            line=self.line,
            column=self.column,
            found=self.found,
            expected=self.expected,
            query_id=query_id,
        )

    def render(self, language: str = "zh") -> str:
        """One sentence in Chinese (`zh`) or English (anything else)."""
        if language == "zh":
            which = f"查询 {self.query_id} " if self.query_id else ""
            return f"{which}第 {self.line} 行第 {self.column} 列：遇到{self.found.zh}，应为{self.expected.zh}"
        which = f"query {self.query_id}, " if self.query_id else ""
        return f"{which}line {self.line}, column {self.column}: found {self.found.en}, expected {self.expected.en}"

    def __str__(self) -> str:
        return f"{self.render('zh')}\n{self.render('en')}"
