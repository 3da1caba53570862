"""The vocabulary of the Desk: what it takes in and what it decides, as one tagged union.

Language-neutral: reasons are codes, evidence is numbers; words for people are made at the edges. The partition key
of everything decided here is the brand. Ids of incidents, pages and runs are derived.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from alerting.arming_events import AnyArmingEvent
from alerting.audit_events import AuditAlarmed, ProbeStarted
from alerting.content_events import AnyContentEvent
from alerting.duty_events import AnyDutyEvent
from alerting.happening import IncidentEvent, instant
from alerting.joining_events import JoiningEvent
from alerting.levels import Level
from alerting.playbook_events import PlaybookEvent
from alerting.quiet_events import SilenceEnded, SilenceStarted
from alerting.report_events import ReportDue, ReportRecorded
from alerting.shift_events import AnyShiftEvent
from streams.decided import Decided
from streams.events import (
    CommandRefused,
    ConfigActivated,
    SignalRaised,
    SlaBreached,
    SlaBreachVoided,
)

Means = Literal["notify", "call", "digest"]
PageReason = Literal[
    "step", "again", "step_overdue", "step_notice", "handover", "probe", "review", "correct", "report"
]
"""Why this person now.

A step of the escalation, an acknowledged incident that nobody works on, a late step of the playbook, one that somebody is to
know of, a duty, a test, a statement to review, one to withdraw or correct.
"""

GENERAL = "brand"
"""The category of an incident about the brand as a whole."""
COLLECTION = "collection"
"""The category of an incident about a source that brings too little."""
EVIDENCE_ITEMS_MOST = 20
"""So many item ids stand in one piece of evidence; `item_count` always says how many there are."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a rule fired. `measured` and `limit` are in the rule type's own unit.

    severity: authors · reach: followers · volume: score · emerging: authors · negative_share: lower bound of the
    share · velocity: reposts a minute · sla_breaches: breaches · silence: share of the norm · combine: rules.
    """

    rule: str
    rule_type: str
    level: Level
    category: str | None = None
    """None: the rule looks at the brand as a whole."""
    measured: float
    limit: float
    at: datetime
    """Where the window ends."""
    window_s: int | None = None
    monitor: str | None = None
    platform: str | None = None
    count: int = 0
    """Signals (or breaches, reposts) in the window."""
    negative: int | None = None
    """How many of them are negative."""
    authors: int | None = None
    expected: float | None = None
    """What is usual for such a window."""
    guessing: bool = False
    """There is too little history to know what is usual."""
    words: tuple[str, ...] = ()
    """The new words, the most used first."""
    rules: tuple[str, ...] = ()
    """The rules that a combination rests on."""
    items: tuple[str, ...] = ()
    """Ids of items behind it, the newest last, at most `EVIDENCE_ITEMS_MOST`."""
    item_count: int = 0
    version: str = ""
    """Of the rule: the beginning of the hash of all that it says."""
    trace: tuple[int, ...] = ()
    """What the rule counts, in equal slices of time that end with `at`, for the small chart."""
    trace_s: int = 0
    """How long all slices are together."""


class OfferedVariant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A prepared statement as it was offered; `hash` is what an approval of it locks (`alerting.content.lock_item`)."""

    item: str
    platform: str
    variant: str
    hash: str
    expires: date
    blanks: tuple[str, ...] = ()
    text: str


class IncidentOpened(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.opened"):
    """Something blows up: a rule fired, or a person says so."""

    level: Level
    category: str
    evidence: Evidence | None = None
    note: str = ""
    inhibited_by: str | None = None
    """A graver incident of the brand burns: nobody is called for this one meanwhile."""
    split_from: str | None = None
    drill: bool = False
    """It happened in a drill (演练), to nobody."""
    rules: tuple[str, ...] = ()
    """Rules that come over from the incident it was a part of."""


class IncidentJoined(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.joined"):
    """A rule fired (again) and belongs to this incident."""

    evidence: Evidence

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.evidence.rule}"


class IncidentRaised(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.raised"):
    """The level went up (调高等级). Whoever acknowledged it before did so for the old level: paging starts anew."""

    level: Level
    from_level: Level
    evidence: Evidence | None = None
    note: str = ""


class IncidentEased(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.eased"):
    """The level came down (调低等级): by itself after a calm period (blue, yellow), or by a person."""

    level: Level
    from_level: Level
    note: str = ""


class EaseSuggested(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.ease_suggested"
):
    """It has been calm for long enough to come down, but at this level only a person decides that."""

    level: Level
    calm_since: datetime


class IncidentAcknowledged(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.acknowledged"
):
    """Somebody takes care of it; escalation stops."""


class CommanderAssigned(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.commander_assigned"
):
    """One person leads; an earlier commander is relieved."""

    person: str


class IncidentNoted(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.noted"):
    """One of our people wrote something down."""

    text: str


class IncidentClosed(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.closed"):
    """It is over: by a person, or by itself after a calm period (then `reason` is `calm`)."""

    reason: str
    false_alarm: bool = False


class IncidentReopened(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.reopened"):
    """It was not over; paging starts anew."""

    level: Level
    note: str = ""


class IncidentEscalated(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="incident.escalated"
):
    """A step of the escalation was reached (上报); the pages of it follow, if it reaches anybody.

    `at` is when the step was due. `climb` counts the starts of the escalation (opened, raised, reopened), `round`
    the repeats of the last step.
    """

    climb: int
    step: int
    """Number of the step from 0; -1 when an acknowledged incident is paged again."""
    round: int = 0
    reason: PageReason = "step"
    failed_over: bool = False
    """Taken before its time because nobody of the step before could be reached."""

    @property
    def discriminator(self) -> str:
        return f"{self.incident}/{self.reason}/{self.climb}/{self.step}/{self.round}/{instant(self.at)}"


class PageRequested(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="page.requested"):
    """One attempt to reach one person on one of their contacts. The outbox sends it and reports."""

    page: str
    level: Level
    category: str
    person: str
    means: Means
    contact: int = 0
    """Index into the person's contacts."""
    reason: PageReason
    climb: int
    step: int | None = None
    """Number of the escalation step; of a late step of the playbook 0 if whoever leads is called, else None."""
    round: int = 0
    playbook_step: str | None = None
    step_title: str = ""
    """Of that step as it stands in the run."""
    evidence: Evidence | None = None
    """The gravest cause so far, without item ids."""

    @property
    def discriminator(self) -> str:
        return self.page


class PageOutcome(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a page."""

    page: str
    person: str
    detail: str = ""

    @property
    def discriminator(self) -> str:
        return self.page


class PageDelivered(PageOutcome, frozen=True, kw_only=True, omit_defaults=True, tag="page.delivered"):
    """The channel took it; that is not an acknowledgement."""


class PageFailed(PageOutcome, frozen=True, kw_only=True, omit_defaults=True, tag="page.failed"):
    """The channel did not take it; the person's next contact is tried, then the next step."""


class ContentOffered(IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.offered"):
    """The prepared statements of a scenario that have not expired; none: there is no valid one."""

    run: str
    step: str
    scenario: str
    variants: tuple[OfferedVariant, ...] = ()

    @property
    def discriminator(self) -> str:
        return f"{self.run}/{self.step}"


class FreezeAsked(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="publication.freeze_asked"
):
    """A person should decide whether planned publications wait (the step of the playbook is that decision)."""


class PublicationsFrozen(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="publication.frozen"
):
    """Planned publications of the brand wait; crisis statements are never frozen."""


class PublicationsThawed(
    IncidentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="publication.thawed"
):
    """Planned publications of the brand may go on."""


class WatchRestarted(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="watch.restarted"):
    """A silence rule came due while the desk itself was away: that silence was ours, the watch begins afresh."""

    rule: str
    platform: str

    @property
    def discriminator(self) -> str:
        return f"{self.rule}/{instant(self.at)}"


class AlarmSilenced(Decided, frozen=True, kw_only=True, omit_defaults=True, tag="alarm.silenced"):
    """A rule fired and was held back: nothing is dropped without a word."""

    evidence: Evidence
    silence: str
    """The silence, or `alerting.quiet.MAINTENANCE`."""

    @property
    def discriminator(self) -> str:
        return f"{self.evidence.rule}/{self.evidence.category or ''}"


AnyIncidentEvent = (
    IncidentOpened
    | IncidentJoined
    | IncidentRaised
    | IncidentEased
    | EaseSuggested
    | IncidentAcknowledged
    | CommanderAssigned
    | IncidentNoted
    | IncidentClosed
    | IncidentReopened
    | IncidentEscalated
    | PageRequested
    | PageDelivered
    | PageFailed
    | PlaybookEvent
    | ContentOffered
    | FreezeAsked
    | PublicationsFrozen
    | PublicationsThawed
    | JoiningEvent
)
QuietEvent = SilenceStarted | SilenceEnded | AlarmSilenced
TakenIn = SignalRaised | SlaBreached | SlaBreachVoided
"""Events of Intake that the Desk journals again as it takes them in; their ids stay the same."""
DeskEvent = (
    TakenIn
    | AnyIncidentEvent
    | QuietEvent
    | AnyDutyEvent
    | AnyContentEvent
    | AuditAlarmed
    | ProbeStarted
    | AnyArmingEvent
    | AnyShiftEvent
    | ReportDue
    | ReportRecorded
    | WatchRestarted
    | ConfigActivated
    | CommandRefused
)
