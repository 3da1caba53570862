"""Records become facts, sealed and with their ids; and the way back, for export."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, assert_never

import msgspec

from services.gateway.records import MarkOp, Record
from services.vault import Content, Sealer, content_of
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
)
from streams.text.normalise import Normalised
from streams.text.normalise_batch import normalise_batch

FUTURE_TOLERANCE = timedelta(minutes=2)
"""A publish time further ahead of us than this is a wrong clock, not news from the future."""

_ADDRESSED = ("reply", "comment", "message")
"""Kinds that stand in a conversation if they name our account."""
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
    forms = iter(normalise_batch([*_writings(records)]))
    taken = [inlet.take(record, forms) for record in records]
    sealed = iter(sealer.seal_many([one.content for one in taken if isinstance(one, _Draft)]))
    return [inlet.finish(one, next(sealed)) if isinstance(one, _Draft) else one for one in taken]


def _writings(records: Iterable[Record]) -> Iterator[str]:
    """All that is to be normalised: of what was seen the text, and before it the title if there is one."""
    for record in records:
        if record.op == "seen":
            if record.title is not None:
                yield record.title
            yield record.text


class _Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something seen that is not sealed yet, so that its fact cannot be made."""

    record: Record
    item: str
    author: str | None
    to_author: str | None
    private: Private
    text: Normalised
    title: Normalised | None
    content: Content


class _Inlet:
    """Turns the records of one batch into arrivals, not sealed yet."""

    def __init__(
        self, source: str, recorded_at: datetime | None, sealer: Sealer, accounts: OwnAccounts
    ) -> None:
        self._source = source
        self._recorded_at = recorded_at
        self._sealer = sealer
        self._accounts = accounts

    def take(self, record: Record, forms: Iterator[Normalised]) -> "Arrival | MarkConversation | _Draft":
        """The arrival, or its draft if there is something to seal; `forms` gives the normal forms of `_writings`."""
        match record.op:
            case "seen":
                return self._draft(record, forms)
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

    def _draft(self, record: Record, forms: Iterator[Normalised]) -> _Draft:
        title = None if record.title is None else next(forms)
        text = next(forms)
        platform = record.platform
        item = ids.item_id(platform, record.id)
        author = self._pseudonym(platform, record.author_id)
        is_reply = record.kind == "reply"
        to_author = self._pseudonym(platform, record.to_author_id) if is_reply else None
        private = _private(record)
        fact = ids.fact_id(item, "seen", f"{'' if title is None else title.text}\0{text.text}")
        occurred_at, _, _, _ = self._times(record)
        return _Draft(
            record=record,
            item=item,
            author=author,
            to_author=to_author,
            private=private,
            text=text,
            title=title,
            content=content_of((to_author if is_reply else author) or item, occurred_at, fact, private),
        )

    def finish(self, draft: _Draft, sealed: bytes) -> Arrival:
        """The arrival with its content sealed."""
        record, author = draft.record, draft.author
        make, key = self._type_and_key(draft)
        occurred_at, observed_at, recorded_at, clamped = self._times(record)
        fact = make(
            id=draft.content.fact_id,
            item=draft.item,
            key=key,
            platform=record.platform,
            native_id=record.id,
            source=self._source,
            occurred_at=occurred_at,
            observed_at=observed_at,
            recorded_at=recorded_at,
            clamped=clamped,
            kind=record.kind,
            sealed=sealed,
            post=record.post_id,
            parent=record.parent_id,
            account=record.account,
            author=author,
            author_followers=record.author_followers,
            author_tags=record.author_tags,
            author_verified=record.author_verified,
            own=record.kind == "reply" or (record.platform, record.author_id) in self._accounts,
            counts=record.counts,
        )
        return Arrival(fact=fact, private=draft.private, text=draft.text, title=draft.title)

    def _type_and_key(self, draft: _Draft) -> tuple[Callable[..., AnySeen], str]:
        """What makes its fact from the fields that all facts of something seen have, and where it belongs."""
        record = draft.record
        if record.account is None or record.kind not in _ADDRESSED:
            return MentionObserved, ids.mention_key(record.platform, record.post_id, record.id)
        customer = draft.to_author if record.kind == "reply" else draft.author
        key = ids.thread_key(record.platform, record.account, record.post_id, customer)
        if record.kind == "reply":
            return partial(ReplySent, to_author=draft.to_author, auto=record.auto), key
        return CommentReceived, key

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
