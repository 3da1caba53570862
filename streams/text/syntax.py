"""What a monitor query says, as a tree (the language itself is described in `streams.text.query`)."""

from typing import Literal, TypeAlias

import msgspec

Variants: TypeAlias = Literal["none", "sounds", "initials"]
TextFieldName: TypeAlias = Literal["author", "platform", "url", "tag", "is", "sentiment"]
CountName: TypeAlias = Literal["followers", "reposts", "likes", "comments", "views"]


class Term(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Words to look for in text and title: as whole words where the script has spaces."""

    text: str
    cased: bool = False
    prefix: bool = False
    variants: Variants = "none"


class Regex(msgspec.Struct, frozen=True, gc=False):
    """An RE2 expression, searched in the text as written and in its normal form, case ignored."""

    pattern: str


class Title(msgspec.Struct, frozen=True, gc=False):
    """A term that must stand in the title."""

    term: Term


class Field(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A property that must equal `value` when both are normalised.

    A `*` at the end of `value` asks for the beginning alone. A URL has to hold it, one of the tags has to equal it.
    """

    name: TextFieldName
    value: str


class Range(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A count that must lie between two bounds, both included; an absent bound is open. Unknown counts never match."""

    name: CountName
    low: int | None
    high: int | None


class Near(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One term of each side, not overlapping, with at most `chars` characters of the normalised text between them."""

    left: tuple[Term, ...]
    right: tuple[Term, ...]
    chars: int
    ordered: bool


class Not(msgspec.Struct, frozen=True, gc=False):
    """The part must not hold."""

    part: "Node"


class And(msgspec.Struct, frozen=True, gc=False):
    """All parts must hold."""

    parts: tuple["Node", ...]


class Or(msgspec.Struct, frozen=True, gc=False):
    """One part must hold."""

    parts: tuple["Node", ...]


Node: TypeAlias = Term | Regex | Title | Field | Range | Near | Not | And | Or


class Query(msgspec.Struct, frozen=True, gc=False):
    """A query as written and as understood."""

    source: str
    root: Node
