"""Events of cases: a complaint until it is properly settled, and what we promised on the way."""

from datetime import datetime
from typing import Literal

from streams.decided import Decided

OpenReason = Literal["complaint", "promise", "person"]
LinkReason = Literal["same_customer", "person"]
ReopenReason = Literal["came_back", "person"]
Outcome = Literal[
    "refunded", "replaced", "compensated", "explained", "corrected", "withdrawn", "unreachable", "other"
]
"""What a case came to: unreachable takes evidence of the attempts like any other."""


class CaseEvent(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something about one case. `key` is the customer's own: platform, our account and the customer, as of private messages."""

    case: str

    @property
    def discriminator(self) -> str:
        return f"{self.case}/{self.revision}"


class CaseOpened(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="case.opened"):
    """A complaint came in, something was promised, or somebody opened it by hand."""

    platform: str
    account: str
    person: str
    """The customer's pseudonym."""
    conversation: str
    item: str | None = None
    """The message that opened it."""
    brand: str | None = None
    topic: str | None = None
    severity: Literal["P0", "P1", "P2", "P3"] | None = None
    reason: OpenReason
    by: str | None = None


class CaseLinked(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="case.linked"):
    """A conversation, or what somebody said of us elsewhere, belongs to the case."""

    conversation: str | None = None
    item: str | None = None
    """A mention."""
    reason: LinkReason
    by: str | None = None

    @property
    def discriminator(self) -> str:
        return f"{self.case}/{self.conversation or self.item}/{self.revision}"


class CaseAssigned(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="case.assigned"):
    """Somebody owns it from now on."""

    owner: str
    by: str


class CaseSettled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="case.settled"):
    """It is settled: what it came to, and what shows that."""

    outcome: Outcome
    evidence: str
    note: str = ""
    by: str


class CaseReopened(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="case.reopened"):
    """The customer came back, or somebody is not content."""

    reason: ReopenReason
    item: str | None = None
    by: str | None = None
    note: str = ""


class PromiseMade(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="promise.made"):
    """We promised something by a time. `at` is when."""

    item: str
    """The reply that promises."""
    due_at: datetime


class PromiseKept(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="promise.kept"):
    """We wrote again, or settled it. `at` is when; late if that is after the promise's time."""

    item: str
    """The reply that promised."""
    due_at: datetime

    @property
    def discriminator(self) -> str:
        return f"{self.case}/{self.item}/{self.revision}"


class PromiseBroken(CaseEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="promise.broken"):
    """The time has come and we have not written. `at` is the promised time."""

    item: str
    noticed_at: datetime

    @property
    def discriminator(self) -> str:
        return f"{self.case}/{self.item}/{self.revision}"


AnyCaseEvent = (
    CaseOpened
    | CaseLinked
    | CaseAssigned
    | CaseSettled
    | CaseReopened
    | PromiseMade
    | PromiseKept
    | PromiseBroken
)
