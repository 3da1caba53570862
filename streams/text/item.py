"""What goes into the matcher and what comes out."""

from typing import Literal, TypeAlias

import msgspec

from streams.text.normalise import Normalised

Place: TypeAlias = Literal["text", "title"]
Variant: TypeAlias = Literal["homophone", "pinyin", "initials", "split", "look-alike", "emoji"]


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One item, with everything that a query can ask about. What is not known is None and fits no condition.

    `kind` is what `is:` asks for; `sentiment` is known only after scoring, so the caller scores first.
    """

    text: Normalised
    title: Normalised | None = None
    author: str | None = None
    platform: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    kind: Literal["mention", "comment"] | None = None
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    followers: int | None = None
    reposts: int | None = None
    likes: int | None = None
    comments: int | None = None
    views: int | None = None


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a term stands: half-open offsets in the original text or title, in characters.

    `variant` says how the text dodged the term; None for what counts as the same writing (case, width, traditional
    characters, inserted symbols, repeats).
    """

    start: int
    end: int
    term: str
    variant: Variant | None = None
    field: Place = "text"

    def written(self, item: Item) -> str:
        """What really stands there."""
        source = item.title if self.field == "title" else item.text
        return "" if source is None else source.original[self.start : self.end]


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A query that fits an item, and what made it fit: spans by place and offset, none for fields alone."""

    id: str
    spans: tuple[Span, ...]


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """A span on its way: offsets in the normalised text, or in the original one if `as_written`."""

    place: Place
    start: int
    end: int
    term: str
    variant: Variant | None = None
    as_written: bool = False
