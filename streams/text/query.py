"""The monitor query language: what a query can say, as a tree.

    西贝 预制菜 · 西贝 AND 预制菜        both              西贝 OR 莜面村 · 西贝 | 莜面村       either
    NOT 广告 · -广告                     without           ( … )                                first this
    "exact phrase"                       in these words    wor*                                 a Latin word's beginning
    {Apple}                              with this case    /re2/                                RE2, case ignored
    西贝 NEAR/5 难吃                     at most 5 characters between, either order; NEAR/5f: in this order
    ~西贝                                homophones, pinyin, split and look-alike characters, emoji; ~~西贝: initials too
    author: platform: title: url: tag: is: sentiment:      followers:[1万 TO *] reposts: likes: comments: views:

NOT binds closest, then NEAR, AND, OR. Operators are in capitals; full-width forms are understood. Latin words match whole
words; Chinese needs no spaces. A field takes one value, or several in parentheses: `platform:(weibo OR zhihu)`.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar, cast, get_args

from streams.text.errors import QueryError, Wording
from streams.text.normalise import HAN, normalise
from streams.text.regex import objection_to
from streams.text.syntax import (
    And,
    CountName,
    Field,
    Near,
    Node,
    Not,
    Or,
    Query,
    Range,
    Regex,
    Term,
    TextFieldName,
    Title,
    Variants,
)
from streams.text.tokens import Kind, Token, error_at, shown, tokens

MAX_QUERY_CHARS = 4_000
MAX_TERMS = 200
MAX_DEPTH = 20
MAX_NEAR_CHARS = 500

__all__ = ["MAX_DEPTH", "MAX_NEAR_CHARS", "MAX_QUERY_CHARS", "MAX_TERMS", "Query", "parse"]

T = TypeVar("T")

_TEXT_FIELDS = frozenset(get_args(TextFieldName))
_COUNTS = frozenset(get_args(CountName))
_FIELDS = (*get_args(TextFieldName), "title", *get_args(CountName))
_CHOICES = {"is": ("mention", "comment"), "sentiment": ("negative", "neutral", "positive")}
_TERM = Wording("检索词", "a term")
_NEAR = re.compile(r"NEAR/([0-9]{1,4})(f?)", re.ASCII)
_BOUND = r"\*|[0-9]{1,15}|[0-9]{1,6}(?:\.[0-9]{1,4})?[万亿]"
_RANGE = re.compile(rf"\s*({_BOUND})\s+TO\s+({_BOUND})\s*", re.ASCII)
_TIMES = {"万": 10_000, "亿": 100_000_000}
_ENDS_IN_HAN = re.compile(f"[{HAN}]$")
_ENDS_A_LIST = (Kind.CLOSE, Kind.OR, Kind.END)


def parse(source: str) -> Query:
    """Read a query.

    Raises:
        QueryError: with the line and column of what cannot be understood, what stands there and what was expected;
            also for a query beyond a limit, and for one that could only match everything (`NOT a`).
    """
    if len(source) > MAX_QUERY_CHARS:
        found = Wording(f"{len(source)} 个字符", f"{len(source)} characters")
        raise error_at(source, MAX_QUERY_CHARS, found, _at_most(MAX_QUERY_CHARS, "个字符", "characters"))
    root = _Parser(source).query()
    if not selects(root):
        found = Wording(
            "几乎匹配一切的查询（只有排除条件）", "a query that matches almost everything (only exclusions)"
        )
        expected = Wording(
            "至少一个必须出现的条件", "at least one condition that must hold, on every side of an OR"
        )
        raise error_at(source, 0, found, expected)
    return Query(source, root)


def selects(node: Node, negated: bool = False) -> bool:
    """Whether something must be there for the node to hold, so that it cannot match just anything."""
    match node:
        case Not(part):
            return selects(part, not negated)
        case And(parts) | Or(parts):
            enough = any if isinstance(node, And) is not negated else all
            return enough(selects(part, negated) for part in parts)
        case _:
            return not negated


def _count_of(bound: str) -> int | None:
    """`1.5万` is 15,000; None for `*`."""
    if bound == "*":
        return None
    times = _TIMES.get(bound[-1])
    return int(bound) if times is None else int(Decimal(bound[:-1]) * times)


def _at_most(limit: int, zh: str, en: str) -> Wording:
    return Wording(f"至多 {limit} {zh}", f"at most {limit} {en}")


class _Parser:
    """A descent parser, one method for each level of precedence; reads one query once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._position = 0
        self._depth = 0
        self._terms = 0

    def query(self) -> Node:
        root = self._any()
        if self._next.kind is not Kind.END:
            raise self._unexpected(
                Wording("AND、OR、检索词或查询的结尾", "AND, OR, a term or the end of the query")
            )
        return root

    # -- levels of precedence, loosest first

    def _any(self) -> Node:
        parts = [self._all()]
        while self._taken(Kind.OR):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        parts = [self._near()]
        while self._taken(Kind.AND) or self._next.kind not in _ENDS_A_LIST:
            parts.append(self._near())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _near(self) -> Node:
        before = self._next
        left = self._not()
        operator = self._next
        if not self._taken(Kind.NEAR):
            return left
        distance = _NEAR.fullmatch(operator.text)
        if distance is None or int(distance[1]) > MAX_NEAR_CHARS:
            limit = Wording(
                f"NEAR/n 或 NEAR/nf（n 为 0 到 {MAX_NEAR_CHARS}）",
                f"NEAR/n or NEAR/nf, n from 0 to {MAX_NEAR_CHARS}",
            )
            raise self._error(operator, limit)
        after = self._next
        right = self._not()
        if self._next.kind is Kind.NEAR:
            raise self._unexpected(
                Wording(
                    "一个 NEAR 只连接两边；三者请写成 (a NEAR/5 b) AND (b NEAR/5 c)",
                    "only two sides to a NEAR; write (a NEAR/5 b) AND (b NEAR/5 c)",
                )
            )
        return Near(
            left=self._near_side(left, before),
            right=self._near_side(right, after),
            chars=int(distance[1]),
            ordered=distance[2] == "f",
        )

    def _near_side(self, node: Node, token: Token) -> tuple[Term, ...]:
        terms = node.parts if isinstance(node, Or) else (node,)
        if all(isinstance(term, Term) for term in terms):
            return cast("tuple[Term, ...]", terms)
        raise self._error(
            token,
            Wording(
                "NEAR 两边是检索词、短语或括号里用 OR 连接的检索词",
                "a term, a phrase or terms joined by OR in parentheses beside NEAR",
            ),
        )

    def _not(self) -> Node:
        operator = self._next
        if self._taken(Kind.NOT):
            return Not(self._nested(operator, self._not))
        return self._primary()

    def _primary(self) -> Node:
        token = self._take()
        match token.kind:
            case Kind.OPEN:
                node = self._nested(token, self._any)
                self._close()
                return node
            case Kind.FIELD:
                return self._field(token)
            case Kind.REGEX:
                return self._regex(token)
            case Kind.VARIANTS:
                return self._term(self._take(), "initials" if token.text == "~~" else "sounds")
            case _:
                return self._term(token, "none")

    # -- terms

    def _term(self, token: Token, variants: Variants) -> Term:
        if token.kind not in {Kind.WORD, Kind.PHRASE} and not (
            token.kind is Kind.CASED and variants == "none"
        ):
            raise self._error(token, _TERM)
        self._count(token)
        text = token.text
        prefix = token.kind is Kind.WORD and text.endswith("*")
        if prefix:
            text = text[:-1]
        if token.kind is Kind.WORD and ("*" in text or (prefix and _ENDS_IN_HAN.search(text))):
            raise self._error(
                token,
                Wording(
                    "“*” 只能放在拉丁词的末尾（中文不需要）",
                    "`*` only at the end of a Latin word (Chinese needs none)",
                ),
            )
        if not normalise(text).text.strip():
            raise self._error(token, Wording("有内容的检索词", "a term that holds something to look for"))
        return Term(text=text, cased=token.kind is Kind.CASED, prefix=prefix, variants=variants)

    def _regex(self, token: Token) -> Regex:
        self._count(token)
        objection = objection_to(token.text)
        if objection is not None:
            raise self._error(token, objection)
        return Regex(token.text)

    # -- fields

    def _field(self, token: Token) -> Node:
        name = token.text.lower()
        if name not in _FIELDS:
            names = " ".join(_FIELDS)
            raise self._error(
                token,
                Wording(
                    f"字段名（{names}），或给含冒号的词加引号",
                    f"one of the fields {names}, or quotes around a term with a colon",
                ),
            )
        if name in _COUNTS:
            return self._range(cast("CountName", name))
        if self._next.kind is Kind.OPEN:
            return self._values(name)
        return self._value(name)

    def _values(self, name: str) -> Node:
        opening = self._take()
        values = self._nested(opening, lambda: self._alternatives(name))
        self._close()
        return values

    def _alternatives(self, name: str) -> Node:
        parts = [self._value(name)]
        while self._taken(Kind.OR):
            parts.append(self._value(name))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _value(self, name: str) -> Node:
        if name == "title":
            variants = self._next
            if self._taken(Kind.VARIANTS):
                return Title(self._term(self._take(), "initials" if variants.text == "~~" else "sounds"))
            return Title(self._term(self._take(), "none"))
        token = self._take()
        value = token.text.casefold() if name == "url" else normalise(token.text).text.strip()
        if token.kind not in {Kind.WORD, Kind.PHRASE} or not value:
            raise self._error(token, Wording(f"{name}: 的值", f"a value for {name}:"))
        choices = _CHOICES.get(name, (value,))
        if value not in choices:
            raise self._error(token, Wording(" 或 ".join(choices), " or ".join(choices)))
        self._count(token)
        field = Field(name=cast("TextFieldName", name), value=value)
        if name in _CHOICES and self._continues(token, choices):
            self._take()
            rest = self._value(name)
            return Or((field, *rest.parts)) if isinstance(rest, Or) else Or((field, rest))
        return field

    def _continues(self, token: Token, choices: tuple[str, ...]) -> bool:
        """Whether `|` and another choice follow without a blank: `is:mention|comment` is about the field alone."""
        bar = self._next
        if bar.kind is not Kind.OR or bar.start != token.end:
            return False
        following = self._tokens[self._position + 1]
        return following.start == bar.end and following.text.lower() in choices

    def _range(self, name: CountName) -> Range:
        token = self._take()
        bounds = _RANGE.fullmatch(token.text) if token.kind is Kind.RANGE else None
        if bounds is None:
            raise self._error(
                token, Wording("范围，如 [10000 TO *] 或 [1万 TO 10万]", "a range such as [10000 TO *]")
            )
        self._count(token)
        low, high = (_count_of(bound) for bound in bounds.groups())
        if low is not None and high is not None and low > high:
            raise self._error(
                token, Wording("下限不大于上限的范围", "a range whose lower bound is not above the upper one")
            )
        return Range(name=name, low=low, high=high)

    # -- tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._position += 1
        return token

    def _taken(self, kind: Kind) -> bool:
        if self._next.kind is not kind:
            return False
        self._position += 1
        return True

    def _close(self) -> None:
        if not self._taken(Kind.CLOSE):
            raise self._unexpected(Wording("“)”", "`)`"))

    def _nested(self, token: Token, read: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(
                token, Wording(f"至多 {MAX_DEPTH} 层嵌套", f"at most {MAX_DEPTH} levels of nesting")
            )
        node = read()
        self._depth -= 1
        return node

    def _count(self, token: Token) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._error(token, Wording(f"至多 {MAX_TERMS} 个检索词", f"at most {MAX_TERMS} terms"))

    def _unexpected(self, expected: Wording) -> QueryError:
        return self._error(self._next, expected)

    def _error(self, token: Token, expected: Wording) -> QueryError:
        return error_at(self._source, token.start, shown(self._source, token), expected)
