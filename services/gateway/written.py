"""The way back: a fact in the fields of format 1, so that what is exported can be taken in again."""

from typing import Any, assert_never

import msgspec

from streams import ids
from streams.facts import (
    AnyFact,
    CollectorBeat,
    CommentReceived,
    Counts,
    Fact,
    ItemDeleted,
    ItemEdited,
    ItemMeasured,
    MentionObserved,
    Private,
    ReplySent,
    Seen,
)


def record_of(fact: AnyFact, private: Private | None) -> dict[str, Any]:
    """The record that `fact` came from. Without `private` (sealed or forgotten) its texts, names and ids are absent."""
    match fact:
        case ReplySent():
            return _given(_seen(fact, private), auto=fact.auto or None)
        case MentionObserved() | CommentReceived() | ItemEdited():
            return _seen(fact, private)
        case ItemMeasured():
            return _given(_common(fact) | {"op": "measured"}, post_id=_post_of(fact, None)) | _counts(
                fact.counts
            )
        case ItemDeleted():
            post_id = _post_of(fact, fact.account)
            return _given(_common(fact) | {"op": "deleted"}, account=fact.account, post_id=post_id)
        case CollectorBeat():
            return _common(fact)
        case _:
            assert_never(fact)


def _post_of(fact: Fact, account: str | None) -> str | None:
    """The post that a fact without content was routed by: it stands in the partition key alone."""
    place = fact.key.removeprefix(f"{fact.platform}/" if account is None else f"{fact.platform}/{account}/")
    itself = place == ids.canonical_native_id(fact.platform, fact.native_id)
    return None if itself or place.startswith("dm/") else place


def _common(fact: Fact) -> dict[str, Any]:
    return {
        "time": fact.occurred_at.isoformat(),
        "observed": fact.observed_at.isoformat(),
        "platform": fact.platform,
        "id": fact.native_id,
    }


def _seen(fact: Seen, private: Private | None) -> dict[str, Any]:
    fields = _given(
        _common(fact) | {"kind": fact.kind},
        post_id=fact.post,
        parent_id=fact.parent,
        account=fact.account,
        author_followers=fact.author_followers,
        author_tags=fact.author_tags or None,
        author_verified=fact.author_verified,
    )
    if private is not None:
        fields = private.extra | _given(
            fields,
            author_id=private.author_id,
            author_name=private.author_name,
            to_author_id=private.to_author_id,
            title=private.title,
            text=private.text,
            url=private.url,
        )
    return fields | _counts(fact.counts)


def _counts(counts: Counts | None) -> dict[str, int]:
    given: dict[str, int] = msgspec.to_builtins(counts) if counts is not None else {}
    return given


def _given(fields: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return fields | {name: value for name, value in optional.items() if value is not None}
