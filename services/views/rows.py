"""What the read models give away: frozen rows, one per line that a page shows."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

import msgspec

from alerting.content_events import AnyContentEvent
from alerting.events import AnyIncidentEvent, Evidence, Means, OfferedVariant, PageReason
from alerting.levels import Level
from alerting.playbook_events import StepPlan
from alerting.report_events import ReportRecorded
from services.vault import SealedContent
from streams.events import Label, Match, Severity
from streams.facts import SeenKind
from streams.sla.clocks import Clock

R = TypeVar("R")


class Page(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One page of a list; `next` is the cursor of the following page, None on the last."""

    items: tuple[R, ...]
    next: str | None = None


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """A person said what an item is; `judged` is the label that the scorer had given it."""

    by: str
    at: datetime
    judged: Label | None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One item with what we think of it. Text and name are behind `content`."""

    item: str
    platform: str
    kind: SeenKind
    native_id: str
    occurred_at: datetime
    observed_at: datetime
    content: SealedContent
    account: str | None = None
    conversation: str | None = None
    ours: bool = False
    robot: bool = False
    deleted: bool = False
    followers: int | None = None
    tags: tuple[str, ...] = ()
    label: Label | None = None
    confidence: float | None = None
    """How probable the scorer thinks its own label."""
    negative: float | None = None
    abstain: bool = False
    topic: str | None = None
    topic_evidence: tuple[str, ...] = ()
    """The words that decided the topic."""
    matches: tuple[Match, ...] = ()
    key: str = ""
    """Partition key."""
    corrected: Corrected | None = None
    """Label and topic are what a person said last; None: as judged."""
    post: str | None = None
    """Native id of the post it stands under."""
    sent_by: str | None = None
    """The person of ours who recorded this reply."""
    script: str | None = None
    """The script that it was written from."""
    strayed: float | None = None
    """How far it strays from that script, 0 to 1."""


class Claim(msgspec.Struct, frozen=True):
    """Somebody answers a conversation."""

    by: str
    since: datetime


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that waits for our answer, with its response clock."""

    conversation: str
    key: str
    """Partition key."""
    platform: str
    account: str
    clock: Clock
    due_at: datetime
    paused: bool = False
    vip: bool = False
    brand: str | None = None
    severity: Severity | None = None
    topic: str | None = None
    members: int = 0
    """How many wait in the group that this row stands for; 0: it is one conversation."""
    claim: Claim | None = None
    snoozed_until: datetime | None = None
    item: ItemRow | None = None
    """The customer's message that began the wait; of a group, the one whose promise runs out first."""


class ConversationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with everything said in it, oldest first."""

    conversation: str
    key: str
    platform: str
    account: str
    brand: str | None = None
    vip: bool = False
    severity: Severity | None = None
    topic: str | None = None
    clock: Clock | None = None
    """The response clock that runs or is paused; None: nobody waits."""
    resolution: Clock | None = None
    claim: Claim | None = None
    snoozed_until: datetime | None = None
    customer: str | None = None
    """The customer's pseudonym."""
    items: tuple[ItemRow, ...] = ()
    left_out: int = 0
    """Older items that are not shown."""


class VisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """Another conversation of the same customer, as their history shows it."""

    conversation: str
    platform: str
    last_at: datetime
    waiting: bool
    resolution: Clock | None = None


class MentionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An item that matters to one brand."""

    brand: str
    item: str
    platform: str
    observed_at: datetime
    label: Label
    severity: Severity | None = None
    category: str | None = None
    topic: str | None = None
    monitors: tuple[str, ...] = ()
    reach: int | None = None
    reposts: int | None = None
    addressed: bool = False
    content: ItemRow | None = None
    """None while the item itself has not come in."""


class QueueCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations wait; each at most `COUNT_MOST`."""

    waiting: int = 0
    overdue: int = 0
    asleep: int = 0
    """Paused, or put off."""
    vip: int = 0
    mine: int = 0
    platforms: tuple[tuple[str, int], ...] = ()
    accounts: tuple[tuple[str, int], ...] = ()
    topics: tuple[tuple[str, int], ...] = ()


class MinuteCount(msgspec.Struct, frozen=True, gc=False):
    """Items about a brand that were seen within one minute."""

    at: datetime
    items: int
    negative: int


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that fired, as it stood last."""

    first_at: datetime
    last_at: datetime
    evidence: Evidence


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident as a list shows it."""

    id: str
    number: int
    """1, 2, 3 … within its brand."""
    brand: str
    category: str
    level: Level
    peak: Level
    """The highest level it ever had."""
    opened_at: datetime
    last_at: datetime
    """When anything last happened in it."""
    opened_by: str | None = None
    """None: a rule opened it."""
    note: str = ""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    commander: str | None = None
    calm_since: datetime | None = None
    """The desk suggests to ease the level: it has been calm since then."""
    frozen: bool = False
    """Planned publications of the brand wait."""
    playbook: str | None = None
    playbook_version: str = ""
    playbook_at: datetime | None = None
    """When it started."""
    closed_at: datetime | None = None
    closed_by: str | None = None
    close_reason: str | None = None
    false_alarm: bool = False
    merged_into: str | None = None
    """Another incident that it became a part of."""
    inhibited_by: str | None = None
    """A graver incident for whose sake nobody is called."""
    split_from: str | None = None
    drill: bool = False
    """It happened in a drill (演练)."""
    pages: int = 0
    evidence: tuple[EvidenceRow, ...] = ()
    """What fired, in the order in which it fired first."""


TimelineEvent = AnyIncidentEvent | AnyContentEvent | ReportRecorded


class TimelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in an incident."""

    at: datetime
    event: TimelineEvent


class PageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to reach one person."""

    page: str
    person: str
    means: Means
    reason: PageReason
    round: int
    requested_at: datetime
    outcome: Literal["delivered", "failed"] | None = None
    """None: on its way."""
    outcome_at: datetime | None = None
    detail: str = ""


StepState = Literal["open", "done", "skipped", "dropped"]
"""`dropped`: still open when the run ended."""


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the running playbook."""

    plan: StepPlan
    state: StepState
    late: bool = False
    escalated: bool = False
    """Whoever leads was called because of it."""
    ended_at: datetime | None = None
    ended_by: str | None = None
    note: str = ""
    changed: str = ""
    """Why a person added it or changed it last."""


class OfferRow(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared statement that the incident was offered."""

    scenario: str
    offered_at: datetime
    variant: OfferedVariant


class IncidentFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one incident."""

    row: IncidentRow
    timeline: tuple[TimelineRow, ...]
    """Newest first, at most `incidents.TIMELINE_MOST`."""
    pages: tuple[PageRow, ...]
    steps: tuple[StepRow, ...]
    offers: tuple[OfferRow, ...]
