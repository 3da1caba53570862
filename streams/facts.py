"""Facts: what happened outside, as it is kept. Texts, names, links and raw author ids stand sealed (`sealed`)."""

from datetime import datetime
from typing import Any, Literal

import msgspec

SeenKind = Literal["post", "repost", "comment", "message", "reply"]


class Counts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How far an item has spread, as the platform counts it; None where it does not say."""

    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    views: int | None = None
    favourites: int | None = None


class Private(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of an item that belongs to a person: only ever kept sealed with that person's key."""

    text: str = ""
    title: str | None = None
    url: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    to_author_id: str | None = None
    extra: dict[str, Any] = {}
    """Fields of the record that Fenghuo does not know."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """Something that happened outside.

    Three times: `occurred_at` (the platform's publish time), `observed_at` (a collector saw it), `recorded_at` (we
    took it in). An `occurred_at` more than two minutes in the future is set to `recorded_at` and `clamped` is true.
    """

    id: str
    item: str
    key: str
    """Partition key."""
    platform: str
    native_id: str
    source: str
    """The configured source that sent it, or `file`."""
    occurred_at: datetime
    observed_at: datetime
    recorded_at: datetime
    clamped: bool = False


class Seen(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An item with its content. `author` is a pseudonym (keyed hash), `sealed` holds a `Private`."""

    kind: SeenKind
    sealed: bytes = b""
    post: str | None = None
    """Native id of the post it stands under."""
    parent: str | None = None
    """Native id of the item it answers."""
    account: str | None = None
    """Our own account that it is addressed to, or that replied."""
    author: str | None = None
    author_followers: int | None = None
    author_tags: tuple[str, ...] = ()
    author_verified: bool | None = None
    own: bool = False
    """Written by one of our own accounts."""
    counts: Counts | None = None

    @property
    def sealed_for(self) -> str:
        """Whose key seals the content: the customer's, also for our reply to them; else the item's own."""
        return self.author or self.item


class MentionObserved(Seen, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="mention.observed"):
    """Somebody else wrote about us, or might have."""


class CommentReceived(Seen, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="comment.received"):
    """A message addressed to one of our accounts. `account` is set."""


class ReplySent(Seen, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="reply.sent"):
    """We answered. `to_author` is the customer's pseudonym, when known."""

    to_author: str | None = None
    auto: bool = False
    """Sent by a robot."""

    @property
    def sealed_for(self) -> str:
        return self.to_author or self.item


class ItemEdited(Seen, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="item.edited"):
    """A known item came in again with another text."""


class ItemMeasured(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="item.measured"):
    """New counts of an item."""

    counts: Counts


class ItemDeleted(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="item.deleted"):
    """The item is gone from the platform. `conversation` fields route it."""

    account: str | None = None


class CollectorBeat(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="collector.beat"):
    """A collector says that it is alive; `item` and `native_id` name the source."""


AnyFact = (
    MentionObserved | CommentReceived | ReplySent | ItemEdited | ItemMeasured | ItemDeleted | CollectorBeat
)
