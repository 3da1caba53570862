"""The vocabulary of Intake: every event it decides, beside the facts it takes in, as one tagged union.

An event is never changed. A new shape of a type gets an upcaster (`streams.upcast`) and readers of it ship one
release before its writers. Ids are derived from what caused the event, so they are computed, not stored.
"""

from datetime import datetime
from typing import Literal

import msgspec

from streams import facts
from streams.attention_events import AnyAttentionEvent
from streams.case_events import AnyCaseEvent
from streams.decided import Decided
from streams.sla.clocks import Clock
from streams.sla.policy import Asked
from streams.text.item import Span

Label = Literal["negative", "neutral", "positive"]
Severity = Literal["P0", "P1", "P2", "P3"]
Verdict = Literal["confirmed", "overturned"]
MarkOp = Literal["settled", "paused", "resumed", "no_reply_needed", "spam"]
"""What our people do with a conversation."""


class Match(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A monitor that fits an item: by its own words, or inherited from the post it stands under."""

    brand: str
    monitor: str
    via: Literal["text", "parent"] = "text"
    spans: tuple[Span, ...] = ()


class ItemJudged(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="item.judged"):
    """What we think of an item. Probabilities are rounded to four decimals."""

    item: str
    label: Label
    negative: float
    neutral: float
    positive: float
    abstain: bool = False
    matches: tuple[Match, ...] = ()
    topic: str | None = None
    topic_evidence: tuple[str, ...] = ()
    reach: int | None = None
    """Followers of the author, as far as known."""
    apart: bool = False
    """It is too grave to fold into a group with others under the same post."""
    root: bool = False
    """Others may stand under it: they inherit its monitors."""
    model: str = ""
    """The scorer's name and the first twelve digits of its weights' hash."""


class JudgementCorrected(
    Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="judgement.corrected"
):
    """A person said what an item really is; what they left out stays as it was judged.

    It holds until the item's text changes, which is judged anew. Retraining learns from these (`streams.text.train`).
    """

    item: str
    label: Label | None = None
    topic: str | None = None
    by: str


class ClockEvent(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something about one clock of a conversation; `clock` is the whole clock as it stands after the event."""

    conversation: str
    platform: str
    account: str
    clock: Clock
    brand: str | None = None
    severity: Severity | None = None
    """The gravest severity among the monitors that the conversation's first message fits."""

    @property
    def discriminator(self) -> str:
        return f"{self.conversation}/{self.clock.kind}/{self.clock.ordinal}/{self.revision}"


class SlaStarted(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.started"):
    """A clock runs."""

    asked: Asked | None = None
    """With the first clock of a conversation: the message that its policy was chosen by."""


class SlaRescheduled(
    ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.rescheduled"
):
    """A clock starts or ends at another time than we thought: an earlier message or reply turned up."""


class SlaWarned(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.warned"):
    """A fraction of the target is used up."""

    fraction: float

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.fraction}"


class SlaBreached(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.breached"):
    """A clock ran out. `at` is its due time; `noticed_at` is later after downtime or when the item came late."""

    noticed_at: datetime


class SlaBreachVoided(
    ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.breach_voided"
):
    """There was no breach after all: a reply in time arrived late, or the clock was cancelled or moved."""

    reason: str


class SlaMet(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.met"):
    """Answered (or settled); late if the clock was breached."""


class SlaPaused(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.paused"):
    """The clock stands still; what is left is kept."""


class SlaResumed(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.resumed"):
    """The clock goes on with what was left."""


class SlaCancelled(ClockEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.cancelled"):
    """Nobody waits any more: the item was deleted, is spam, or needs no reply."""

    reason: str


class SlaPolicyChanged(
    Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sla.policy_changed"
):
    """A conversation stands under another policy from now on; what its clocks become follows in events of theirs."""

    conversation: str
    platform: str
    account: str
    config: str | None
    """Hash of the configuration that holds the policy."""
    policy: str
    asked: Asked
    severity: Severity | None = None
    reason: Literal["earlier_message", "applied"]
    """earlier_message: an earlier first message turned up, and the first is what a policy is chosen by. applied: somebody
    had running clocks follow a new configuration."""
    by: str | None = None
    """Who had it applied."""

    @property
    def discriminator(self) -> str:
        return f"{self.conversation}/{self.revision}"


class ConversationMarked(
    Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="conversation.marked"
):
    """One of our people did something with a conversation."""

    conversation: str
    op: MarkOp
    by: str
    source: str = ""
    item: str | None = None
    """The one message that it is about (`no_reply_needed`, `spam`); None: the whole conversation."""
    reason: str | None = None
    """Why: `customer` pauses until the customer writes again."""
    rule: str | None = None
    """The rule that did it, where it was no person: `thanks`, `lottery`, `friends`, `emoji`."""
    sampled: bool = False
    """A person is to check what the rule did."""

    @property
    def discriminator(self) -> str:
        return f"{self.op}/{self.revision}" if self.revision else self.op


class NoReplyReviewed(
    Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="no_reply.reviewed"
):
    """Somebody looked at a message that a rule had taken for one that needs no reply."""

    conversation: str
    item: str
    rule: str
    sampled: bool = False
    """It was in the sample; only what is drawn by lot tells how often the rule errs."""
    verdict: Verdict
    by: str
    """A person, or `edit`: the message was edited and needs a reply now."""


class SignalRaised(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="signal.raised"):
    """One judged item that matters to one brand, in the compact form that the desk needs.

    It holds no counts over items, so that nothing depends on where a batch was cut.
    """

    brand: str
    item: str
    platform: str
    kind: facts.SeenKind
    author: str | None = None
    own: bool = False
    addressed: bool = False
    """A message to one of our accounts."""
    label: Label
    negative: float
    monitors: tuple[str, ...] = ()
    """Ids of the brand's monitors that fit."""
    severity: Severity | None = None
    """The gravest severity among the monitors that the item's own words fit."""
    category: str | None = None
    """Category of that monitor."""
    topic: str | None = None
    reach: int | None = None
    reposts: int | None = None
    origin: str | None = None
    """Item id of the post it reposts or stands under."""
    words: tuple[str, ...] = ()
    """Words of the text that are rare in everyday language."""
    simhash: int = 0
    occurred_at: datetime
    observed_at: datetime

    @property
    def discriminator(self) -> str:
        return f"{self.brand}/{self.revision}"


class ConfigActivated(
    Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="config.activated"
):
    """From this entry on the configuration with this hash holds."""

    config: str


class CommandRefused(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="command.refused"):
    """Somebody asked for what cannot be; who, what and why."""

    who: str
    what: str
    why: str


class PersonErased(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="person.erased"):
    """The keys of a person were dropped; what they wrote cannot be read any more."""

    person: str
    """The pseudonym."""
    by: str


AnyClockEvent = (
    SlaStarted
    | SlaRescheduled
    | SlaWarned
    | SlaBreached
    | SlaBreachVoided
    | SlaMet
    | SlaPaused
    | SlaResumed
    | SlaCancelled
)
Shared = ConfigActivated | CommandRefused | PersonErased
IntakeEvent = (
    AnyCaseEvent
    | facts.AnyFact
    | ItemJudged
    | JudgementCorrected
    | AnyClockEvent
    | SlaPolicyChanged
    | ConversationMarked
    | NoReplyReviewed
    | AnyAttentionEvent
    | SignalRaised
    | Shared
)
