"""Records become facts, sealed and with their ids; and the way back, for export."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

import msgspec

from services.gateway.records import MarkOp, Record
from services.vault import Sealer, content_of
from streams import ids
from streams.arrivals import Arrival
from streams.commands import MarkConversation
from streams.facts import (
    CollectorBeat,
    CommentReceived,
    ItemDeleted,
    ItemMeasured,
    MentionObserved,
    Private,
    ReplySent,
    Seen,
)
from streams.text.normalise import normalise

FUTURE_TOLERANCE = timedelta(minutes=2)
"""A publish time further ahead of us than this is a wrong clock, not news from the future."""

AnySeen = MentionObserved | CommentReceived | ReplySent
OwnAccounts = Container[tuple[str, str]]
"""Our own accounts as (platform, id)."""


def to_arrivals(
    records: Sequence[Record],
    *,
    source: str,
    recorded_at: datetime | None,
    sealer: Sealer,
    accounts: OwnAccounts,
) -> list[Arrival | MarkConversation]:
    """What the house takes in, in the order of `records`; their content is sealed in one go.

    `recorded_at` is the present; None (in `backtest`) takes each record as recorded when it was observed.

    Raises:
        streams.errors.StoreUnavailable: the vault refuses to write; nothing was sealed.
    """
    inlet = _Inlet(source, recorded_at, sealer, accounts)
    return _sealed([inlet.take(record) for record in records], sealer)


def _sealed(arrivals: list[Arrival | MarkConversation], sealer: Sealer) -> list[Arrival | MarkConversation]:
    places = []
    contents = []
    for place, arrival in enumerate(arrivals):
        if isinstance(arrival, Arrival) and isinstance(arrival.fact, Seen) and arrival.private is not None:
            places.append((place, arrival, arrival.fact))
            contents.append(content_of(arrival.fact, arrival.private))
    for (place, arrival, fact), sealed in zip(places, sealer.seal_many(contents), strict=True):
        arrivals[place] = Arrival(
            fact=msgspec.structs.replace(fact, sealed=sealed),
            private=arrival.private,
            text=arrival.text,
            title=arrival.title,
        )
    return arrivals


class _Inlet:
    """Turns the records of one batch into arrivals, not sealed yet."""

    def __init__(
        self, source: str, recorded_at: datetime | None, sealer: Sealer, accounts: OwnAccounts
    ) -> None:
        self._source = source
        self._recorded_at = recorded_at
        self._sealer = sealer
        self._accounts = accounts

    def take(self, record: Record) -> Arrival | MarkConversation:
        match record.op:
            case "seen":
                return self._seen(record)
            case "measured":
                return Arrival(fact=self._measured(record))
            case "deleted":
                return Arrival(fact=self._deleted(record))
            case "beat":
                return Arrival(fact=self._beat(record))
            case "settled" | "paused" | "resumed" | "no_reply_needed":
                return self._mark(record, record.op)
            case _:
                assert_never(record.op)

    def _mark(self, record: Record, op: MarkOp) -> MarkConversation:
        assert record.account is not None
        assert record.to_author_id is not None
        customer = self._sealer.pseudonym(record.platform, record.to_author_id)
        conversation = ids.conversation_id(record.platform, record.account, record.post_id, customer)
        occurred_at, _, _, _ = self._times(record)
        return MarkConversation(
            id=ids.derived(conversation, op, record.time.isoformat()),
            who=f"source:{self._source}",
            conversation=conversation,
            key=ids.thread_key(record.platform, record.account, record.post_id, customer),
            op=op,
            occurred_at=occurred_at,
            source=self._source,
        )

    def _seen(self, record: Record) -> Arrival:
        text = normalise(record.text)
        title = None if record.title is None else normalise(record.title)
        item = ids.item_id(record.platform, record.id)
        fact_id = ids.fact_id(item, "seen", ids.text_hash(("" if title is None else title.text, text.text)))
        author = self._pseudonym(record.platform, record.author_id)
        occurred_at, observed_at, recorded_at, clamped = self._times(record)
        common: dict[str, Any] = {
            "id": fact_id,
            "item": item,
            "platform": record.platform,
            "native_id": record.id,
            "source": self._source,
            "occurred_at": occurred_at,
            "observed_at": observed_at,
            "recorded_at": recorded_at,
            "clamped": clamped,
            "kind": record.kind,
            "post": record.post_id,
            "parent": record.parent_id,
            "account": record.account,
            "author": author,
            "author_followers": record.author_followers,
            "author_tags": record.author_tags,
            "author_verified": record.author_verified,
            "own": record.kind == "reply" or (record.platform, record.author_id) in self._accounts,
            "counts": record.counts,
        }
        return Arrival(
            fact=self._fact(record, author, common), private=_private(record), text=text, title=title
        )

    def _fact(self, record: Record, author: str | None, common: dict[str, Any]) -> AnySeen:
        if record.kind == "reply":
            assert record.account is not None
            to_author = self._pseudonym(record.platform, record.to_author_id)
            key = ids.thread_key(record.platform, record.account, record.post_id, to_author)
            return ReplySent(key=key, to_author=to_author, auto=record.auto, **common)
        if record.account is not None and record.kind in ("comment", "message"):
            key = ids.thread_key(record.platform, record.account, record.post_id, author)
            return CommentReceived(key=key, **common)
        return MentionObserved(key=ids.mention_key(record.platform, record.post_id, record.id), **common)

    def _measured(self, record: Record) -> ItemMeasured:
        assert record.counts is not None
        item = ids.item_id(record.platform, record.id)
        discriminator = ids.derived(record.time.isoformat(), msgspec.json.encode(record.counts).decode())
        return ItemMeasured(
            id=ids.fact_id(item, "measured", discriminator),
            **self._common(record, item),
            counts=record.counts,
        )

    def _deleted(self, record: Record) -> ItemDeleted:
        item = ids.item_id(record.platform, record.id)
        return ItemDeleted(
            id=ids.fact_id(item, "deleted"), **self._common(record, item), account=record.account
        )

    def _beat(self, record: Record) -> CollectorBeat:
        item = ids.derived("collector", record.platform, record.id)
        common = self._common(record, item) | {"key": f"{record.platform}/collector"}
        return CollectorBeat(id=ids.fact_id(item, "beat", record.time.isoformat()), **common)

    def _common(self, record: Record, item: str) -> dict[str, Any]:
        occurred_at, observed_at, recorded_at, clamped = self._times(record)
        return {
            "item": item,
            "key": self._key_without_content(record),
            "platform": record.platform,
            "native_id": record.id,
            "source": self._source,
            "occurred_at": occurred_at,
            "observed_at": observed_at,
            "recorded_at": recorded_at,
            "clamped": clamped,
        }

    def _key_without_content(self, record: Record) -> str:
        """Where a deletion or new counts belong, as far as the record tells."""
        if record.account is None:
            return ids.mention_key(record.platform, record.post_id, record.id)
        customer = self._pseudonym(record.platform, record.author_id)
        return ids.thread_key(record.platform, record.account, record.post_id, customer)

    def _pseudonym(self, platform: str, author_id: str | None) -> str | None:
        return None if author_id is None else self._sealer.pseudonym(platform, author_id)

    def _times(self, record: Record) -> tuple[datetime, datetime, datetime, bool]:
        """Occurred, observed, recorded; and whether the first was set to the last."""
        recorded_at = self._recorded_at or record.observed or record.time
        observed_at = recorded_at if record.observed is None else min(record.observed, recorded_at)
        if record.time > recorded_at + FUTURE_TOLERANCE:
            return recorded_at, observed_at, recorded_at, True
        return record.time, observed_at, recorded_at, False


def _private(record: Record) -> Private:
    return Private(
        text=record.text,
        title=record.title,
        url=record.url,
        author_id=record.author_id,
        author_name=record.author_name,
        to_author_id=record.to_author_id,
        extra=record.extra,
    )
