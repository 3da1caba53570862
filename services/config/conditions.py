"""`when` of a combination: `p0-wide OR (turn AND NOT holiday)`, operators as in monitor queries."""

import re
from collections.abc import Collection

from alerting.combination import AllOf, AnyOf, Condition, Fired, Not
from services.config import texts
from services.config.values import Wrong
from streams.text.errors import Wording

MOST_CHARS = 2_000
MOST_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:([()|])|([^\s()|]+))")


def read_condition(written: str, rules: Collection[str]) -> Condition:
    """The condition that `written` is, over the ids `rules`.

    Raises:
        Wrong: it is no condition; the message names the place by the word that stands there.
    """
    if len(written) > MOST_CHARS:
        raise Wrong(texts.CONDITION)
    tokens = [symbol or word for symbol, word in _TOKEN.findall(written)]
    reading = _Reading(tokens, rules)
    condition = reading.any_of(0)
    if reading.here:
        raise Wrong(texts.CONDITION, texts.in_condition(reading.here))
    return condition


class _Reading:
    """OR binds weaker than AND, AND weaker than NOT."""

    def __init__(self, tokens: list[str], rules: Collection[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._rules = rules

    @property
    def here(self) -> str:
        """The token that is to be read; empty at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def any_of(self, depth: int) -> Condition:
        parts = [self._all_of(depth)]
        while self.here in {"OR", "|"}:
            self._at += 1
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self.here not in {"", "OR", "|", ")"}:
            if self.here == "AND":
                self._at += 1
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, depth: int) -> Condition:
        name = self.here
        self._at += 1
        if depth > MOST_DEPTH or name in {"", "AND", "OR", "|", ")"}:
            raise Wrong(texts.CONDITION, texts.in_condition(name))
        if name == "NOT":
            return Not(self._one(depth + 1))
        if name == "(":
            inner = self.any_of(depth + 1)
            if self.here != ")":
                raise Wrong(texts.CONDITION, texts.in_condition(self.here))
            self._at += 1
            return inner
        if name not in self._rules:
            raise Wrong(Wording("规则的 id", "the id of a rule"), texts.in_condition(name))
        return Fired(name)


def condition_text(condition: Condition) -> str:
    """The condition as `read_condition` reads it."""
    match condition:
        case Fired():
            return condition.rule
        case Not():
            return f"NOT {_inner_text(condition.of)}"
        case AllOf():
            return " AND ".join(map(_inner_text, condition.of))
        case AnyOf():
            return " OR ".join(map(_inner_text, condition.of))


def _inner_text(condition: Condition) -> str:
    written = condition_text(condition)
    return written if isinstance(condition, Fired | Not) else f"({written})"
