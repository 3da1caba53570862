"""What the JSON interface and `fenghuo queue|incidents --json` give away. Times are ISO 8601 with offset."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from services.vault import Opener
from services.views.rows import (
    Claim,
    ConversationRow,
    Corrected,
    ItemRow,
    MentionRow,
    QueueRow,
)
from services.web.promise import Promise
from streams.events import Label, Match, Severity
from streams.sla.clocks import Clock, ClockKind, ClockState, state_of
from streams.sla.ledger import LedgerSpan

T = TypeVar("T")


class Listing(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `next` is the cursor of the following page, null on the last."""

    items: tuple[T, ...]
    next: str | None = None


class ItemShape(msgspec.Struct, frozen=True, kw_only=True):
    """An item; `text` and `author_name` are null when their key was dropped."""

    id: str
    platform: str
    kind: str
    native_id: str
    occurred_at: datetime
    observed_at: datetime
    text: str | None
    title: str | None
    url: str | None
    author_name: str | None
    author_followers: int | None
    author_tags: tuple[str, ...]
    label: Label | None
    confidence: float | None
    negative: float | None
    abstain: bool
    topic: str | None
    topic_evidence: tuple[str, ...]
    corrected: Corrected | None
    matches: tuple[Match, ...]
    deleted: bool


class ClockShape(msgspec.Struct, frozen=True, kw_only=True):
    """A response clock. `left_s` is below zero when it is overdue; while paused it stands still."""

    kind: ClockKind
    policy: str
    started_at: datetime
    due_at: datetime
    left_s: int
    state: ClockState


class ClaimShape(msgspec.Struct, frozen=True):
    """Who answers it."""

    by: str
    since: datetime


class QueueShape(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that waits."""

    conversation: str
    platform: str
    account: str
    brand: str | None
    severity: Severity | None
    topic: str | None
    vip: bool
    members: int
    """How many wait in the group that it stands for; 0: it is one conversation."""
    clock: ClockShape
    claim: ClaimShape | None
    snoozed_until: datetime | None
    item: ItemShape | None


class ReasonShape(msgspec.Struct, frozen=True, kw_only=True):
    """A clock with the ledger of its time; `bound_by` and `ledger` are null when its policy is no longer configured."""

    clock: ClockShape
    bound_by: str | None
    ledger: tuple[LedgerSpan, ...] | None


class SaidShape(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a conversation; `sent_by`, `script` and `strayed` tell of a reply that a person recorded."""

    item: ItemShape
    ours: bool
    sent_by: str | None
    script: str | None
    strayed: float | None


class ConversationShape(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with everything said in it, oldest first."""

    conversation: str
    platform: str
    account: str
    brand: str | None
    severity: Severity | None
    topic: str | None
    vip: bool
    claim: ClaimShape | None
    snoozed_until: datetime | None
    clocks: tuple[ReasonShape, ...]
    items: tuple[SaidShape, ...]
    left_out: int


class MentionShape(msgspec.Struct, frozen=True, kw_only=True):
    """An item that matters to one brand."""

    brand: str
    platform: str
    observed_at: datetime
    label: Label
    severity: Severity | None
    category: str | None
    topic: str | None
    monitors: tuple[str, ...]
    reach: int | None
    reposts: int | None
    addressed: bool
    item_id: str
    item: ItemShape | None


def item_shape(item: ItemRow, opener: Opener) -> ItemShape:
    """The item, opened through the vault."""
    private = opener.private(item.content)
    return ItemShape(
        id=item.item,
        platform=item.platform,
        kind=item.kind,
        native_id=item.native_id,
        occurred_at=item.occurred_at,
        observed_at=item.observed_at,
        text=private.text if private else None,
        title=private.title if private else None,
        url=private.url if private else None,
        author_name=private.author_name if private else None,
        author_followers=item.followers,
        author_tags=item.tags,
        label=item.label,
        confidence=item.confidence,
        negative=item.negative,
        abstain=item.abstain,
        topic=item.topic,
        topic_evidence=item.topic_evidence,
        corrected=item.corrected,
        matches=item.matches,
        deleted=item.deleted,
    )


def queue_shape(row: QueueRow, opener: Opener, now: datetime) -> QueueShape:
    """A row of the queue as it stands at `now`."""
    return QueueShape(
        conversation=row.conversation,
        platform=row.platform,
        account=row.account,
        brand=row.brand,
        severity=row.severity,
        topic=row.topic,
        vip=row.vip,
        members=row.members,
        clock=clock_shape(row.clock, now),
        claim=_claim_shape(row.claim),
        snoozed_until=row.snoozed_until,
        item=item_shape(row.item, opener) if row.item else None,
    )


def clock_shape(clock: Clock, now: datetime) -> ClockShape:
    """A clock as it stands at `now`."""
    return ClockShape(
        kind=clock.kind,
        policy=clock.policy,
        started_at=clock.started_at,
        due_at=clock.due_at,
        left_s=int((clock.due_at - (clock.paused_since or now)).total_seconds()),
        state=state_of(clock, now),
    )


def _claim_shape(claim: Claim | None) -> ClaimShape | None:
    return ClaimShape(claim.by, claim.since) if claim is not None else None


def conversation_shape(
    row: ConversationRow, opener: Opener, promises: Sequence[Promise], now: datetime
) -> ConversationShape:
    """A conversation as it stands at `now`, with the reasons of its clocks."""
    return ConversationShape(
        conversation=row.conversation,
        platform=row.platform,
        account=row.account,
        brand=row.brand,
        severity=row.severity,
        topic=row.topic,
        vip=row.vip,
        claim=_claim_shape(row.claim),
        snoozed_until=row.snoozed_until,
        clocks=tuple(
            ReasonShape(
                clock=clock_shape(promise.clock, now),
                bound_by=promise.explained.bound_by if promise.explained else None,
                ledger=promise.explained.ledger if promise.explained else None,
            )
            for promise in promises
        ),
        items=tuple(
            SaidShape(
                item=item_shape(item, opener),
                ours=item.ours,
                sent_by=item.sent_by,
                script=item.script,
                strayed=item.strayed,
            )
            for item in row.items
        ),
        left_out=row.left_out,
    )


def mention_shape(row: MentionRow, opener: Opener) -> MentionShape:
    """A mention with its item."""
    return MentionShape(
        brand=row.brand,
        platform=row.platform,
        observed_at=row.observed_at,
        label=row.label,
        severity=row.severity,
        category=row.category,
        topic=row.topic,
        monitors=row.monitors,
        reach=row.reach,
        reposts=row.reposts,
        addressed=row.addressed,
        item_id=row.item,
        item=item_shape(row.content, opener) if row.content else None,
    )
