"""What the Desk can be asked for. A refused command becomes `command.refused` with one of the codes below."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from alerting.audit_events import Finding
from alerting.content_commands import AnyContentCommand
from alerting.levels import Level
from alerting.report_commands import RecordReport
from streams.commands import ActivateConfig, Command

LOCAL_ADMIN = "local-admin"
"""Who acts through the socket in the data folder: whoever may read the folder may do everything."""
OUTBOX = "outbox"
"""Who reports what became of pages."""
AUDITOR = "auditor"
"""Who reports escalations that stand still."""
TEXT_CHARACTERS_MOST = 4000
"""Of a note or a reason."""

Refusal = Literal[
    "unknown_configuration",
    "unknown_brand",
    "unknown_incident",
    "unknown_person",
    "unknown_step",
    "unknown_playbook",
    "unknown_role",
    "unknown_page",
    "not_permitted",
    "already_closed",
    "already_open",
    "not_higher",
    "not_lower",
    "no_playbook",
    "step_ended",
    "nobody_named",
    "due_passed",
    "playbook_runs",
    "step_blocked",
    "reason_missing",
    "text_missing",
    "text_too_long",
    "same_incident",
    "unknown_rule",
    "unknown_silence",
    "window_wrong",
    "too_many",
    "unknown_duty",
    "unknown_override",
    "not_incoming",
    "nothing_to_confirm",
    "no_turn",
    "nobody_to_reach",
    "unknown_content",
    "not_this_content",
    "not_changed",
    "text_changed",
    "not_compliant",
    "blanks_wrong",
    "name_wrong",
    "not_red",
    "no_route",
    "in_review",
    "already_approved",
    "not_in_review",
    "not_a_reviewer",
    "own_content",
    "reviewed_before",
    "needed_elsewhere",
    "opinion_missing",
    "not_approved",
    "content_expired",
    "content_withdrawn",
    "not_filled",
    "legal_missing",
    "link_wrong",
    "unknown_release",
    "release_over",
    "already_armed",
]


class IncidentCommand(Command, frozen=True, kw_only=True):
    """Something about one incident of `brand`."""

    brand: str
    incident: str


class OpenIncident(Command, frozen=True, kw_only=True, tag="incident.open"):
    """Open one by hand. Refused with `already_open` if one of the brand and category is open: raise that one."""

    brand: str
    level: Level
    category: str = "brand"
    note: str = ""


class Acknowledge(IncidentCommand, frozen=True, kw_only=True, tag="incident.acknowledge"):
    """我来处理. Also on one that somebody else has: it passes over."""


class RaiseLevel(IncidentCommand, frozen=True, kw_only=True, tag="incident.raise"):
    """Level up."""

    level: Level
    note: str = ""


class EaseLevel(IncidentCommand, frozen=True, kw_only=True, tag="incident.ease"):
    """Level down."""

    level: Level
    note: str = ""


class CloseIncident(IncidentCommand, frozen=True, kw_only=True, tag="incident.close"):
    """It is over. A reason is asked for unless it was a false alarm."""

    reason: str = ""
    false_alarm: bool = False


class ReopenIncident(IncidentCommand, frozen=True, kw_only=True, tag="incident.reopen"):
    """It was not over."""

    note: str = ""


class NoteIncident(IncidentCommand, frozen=True, kw_only=True, tag="incident.note"):
    """Write something down."""

    text: str


class AssignCommander(IncidentCommand, frozen=True, kw_only=True, tag="incident.assign_commander"):
    """Let one person lead."""

    person: str


class MergeIncident(IncidentCommand, frozen=True, kw_only=True, tag="incident.merge"):
    """Let it go on as a part of another open incident of the brand."""

    into: str
    note: str = ""


class SplitIncident(IncidentCommand, frozen=True, kw_only=True, tag="incident.split"):
    """Open an incident of its own for a part of this one: a category, with the rules that belong to it alone."""

    category: str
    level: Level
    rules: tuple[str, ...] = ()
    note: str = ""


class StartSilence(Command, frozen=True, kw_only=True, tag="silence.start"):
    """Hold alarms of these rules and categories back (neither: all). Red is never held back."""

    brand: str
    from_at: datetime | None = None
    """None: from now on."""
    until: datetime
    reason: str
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class EndSilence(Command, frozen=True, kw_only=True, tag="silence.end"):
    """Let alarms sound again before the time is over."""

    brand: str
    silence: str


class AboutDuty(Command, frozen=True, kw_only=True):
    """Something about one duty; it concerns no single brand."""

    duty: str


class CoverDuty(AboutDuty, frozen=True, kw_only=True, tag="duty.cover"):
    """Take a duty upon oneself (替班)."""

    from_at: datetime | None = None
    """None: from now on."""
    until: datetime
    reason: str = ""


class OverrideDuty(AboutDuty, frozen=True, kw_only=True, tag="duty.override"):
    """Put somebody else on call; where hand-offs are confirmed, they have to confirm."""

    person: str
    from_at: datetime | None = None
    until: datetime
    reason: str = ""


class SwapDuty(AboutDuty, frozen=True, kw_only=True, tag="duty.swap"):
    """Exchange one's next turn with somebody else's next (换班)."""

    other: str


class EndOverride(AboutDuty, frozen=True, kw_only=True, tag="duty.end_override"):
    """Take an override back."""

    override: str


class ConfirmHandover(AboutDuty, frozen=True, kw_only=True, tag="duty.confirm"):
    """接班: from now on calls come to me. Only for whom the plan names."""

    promises: tuple[str, ...] = ()
    """Cases in which something is promised and not kept yet."""


class NoteHandover(AboutDuty, frozen=True, kw_only=True, tag="duty.note"):
    """Leave something for the next one to know."""

    text: str


class FinishStep(IncidentCommand, frozen=True, kw_only=True, tag="playbook.finish_step"):
    """A step is done. Refused with `step_blocked` while a step before it is open."""

    step: str
    note: str = ""


class SkipStep(IncidentCommand, frozen=True, kw_only=True, tag="playbook.skip_step"):
    """Leave a step out; a reason is asked for."""

    step: str
    reason: str


class StartPlaybook(IncidentCommand, frozen=True, kw_only=True, tag="playbook.start"):
    """Let this playbook run, whatever it is made for; one that runs is replaced. A reason is asked for."""

    playbook: str
    reason: str


class AddStep(IncidentCommand, frozen=True, kw_only=True, tag="playbook.add_step"):
    """One thing more to do in this run. Somebody or a role has to do it."""

    title: str
    role: str | None = None
    person: str | None = None
    due_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    after: tuple[str, ...] = ()
    reason: str


class RetimeStep(IncidentCommand, frozen=True, kw_only=True, tag="playbook.retime_step"):
    """Give a step of this run another due time, which lies ahead."""

    step: str
    due_at: Annotated[datetime, msgspec.Meta(tz=True)]
    reason: str


class ReassignStep(IncidentCommand, frozen=True, kw_only=True, tag="playbook.reassign_step"):
    """Give a step of this run to somebody; they are told."""

    step: str
    person: str
    reason: str


class ReportPage(IncidentCommand, frozen=True, kw_only=True, tag="page.report"):
    """What became of a page; `who` is the outbox. `detail` holds no secrets."""

    page: str
    outcome: Literal["delivered", "failed"]
    detail: str = ""


class ReportAudit(Command, frozen=True, kw_only=True, tag="audit.report"):
    """Escalations stand still; `who` is the auditor."""

    findings: tuple[Finding, ...]
    told: tuple[str, ...] = ()


class GiveShift(Command, frozen=True, kw_only=True, tag="shift.give"):
    """交班 of support: I go off."""

    note: str = ""


class TakeShift(Command, frozen=True, kw_only=True, tag="shift.take"):
    """接班 of support: I come on, and have seen what is open."""

    promises: tuple[str, ...] = ()
    """As `ConfirmHandover.promises`."""


class StartProbe(Command, frozen=True, kw_only=True, tag="probe.start"):
    """Send a test alarm to these people and duties; none: to everybody whom an escalation tells."""

    targets: tuple[str, ...] = ()


class DisarmOutbox(Command, frozen=True, kw_only=True, tag="outbox.disarm"):
    """Let no page go out until somebody arms the outbox."""


class ArmOutbox(Command, frozen=True, kw_only=True, tag="outbox.arm"):
    """Let pages go out again. Refused with `already_armed` if they do."""


RunCommand = FinishStep | SkipStep | StartPlaybook | AddStep | RetimeStep | ReassignStep
"""About the playbook at work."""
AnyIncidentCommand = (
    Acknowledge
    | RaiseLevel
    | EaseLevel
    | CloseIncident
    | ReopenIncident
    | NoteIncident
    | AssignCommander
    | MergeIncident
    | SplitIncident
    | RunCommand
    | ReportPage
)
BrandCommand = (
    OpenIncident | AnyIncidentCommand | StartSilence | EndSilence | AnyContentCommand | RecordReport
)
DutyCommand = CoverDuty | OverrideDuty | SwapDuty | EndOverride | ConfirmHandover | NoteHandover
ShiftCommand = GiveShift | TakeShift
ArmingCommand = ArmOutbox | DisarmOutbox
StaffCommand = DutyCommand | ShiftCommand | ReportAudit | StartProbe | ArmingCommand
"""What concerns no single brand."""
DeskCommand = BrandCommand | StaffCommand | ActivateConfig


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[DeskCommand] = msgspec.json.Decoder(DeskCommand)


def encode_command(command: DeskCommand) -> bytes:
    """As JSON, for the socket and for Kafka."""
    return _encoder.encode(command)


def decode_command(body: bytes) -> DeskCommand:
    """The way back.

    Raises:
        msgspec.ValidationError: not a command; the message names the field.
    """
    return _decoder.decode(body)
