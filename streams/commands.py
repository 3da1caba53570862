"""What Intake can be asked for. Commands are inputs; they become events only when a decider accepts them."""

from datetime import datetime

import msgspec

from streams import facts
from streams.case_events import Outcome
from streams.events import Label, MarkOp, Verdict
from streams.promises import Promise


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something a person (or a program in their name) asks for. `id` makes a repeat harmless."""

    id: str
    who: str


class ActivateConfig(Command, frozen=True, kw_only=True, tag="config.activate"):
    """Let the configuration with this hash hold from now on."""

    config: str


class MarkConversation(Command, frozen=True, kw_only=True, tag="conversation.mark"):
    """What our people did with a conversation outside the flow of messages."""

    conversation: str
    key: str
    """Partition key of the conversation."""
    op: MarkOp
    occurred_at: datetime
    source: str = ""
    item: str | None = None
    """Item id of the one message that it is about; None: the whole conversation."""
    reason: str | None = None


class ReviewNoReply(Command, frozen=True, kw_only=True, tag="no_reply.review"):
    """Confirm or overturn that a message needs no reply, which a rule had said."""

    conversation: str
    key: str
    item: str
    verdict: Verdict
    occurred_at: datetime


class CorrectJudgement(Command, frozen=True, kw_only=True, tag="judgement.correct"):
    """Say what an item really is: its label, its topic or both."""

    item: str
    key: str
    """Partition key of the item."""
    label: Label | None = None
    topic: str | None = None


class ApplySla(Command, frozen=True, kw_only=True, tag="sla.apply"):
    """Let running clocks of these conversations follow the configuration that holds; what is over stays as it is."""

    config: str
    """Hash of the configuration that was looked at; another one that holds by now is refused."""
    conversations: tuple[str, ...]
    """At most `APPLY_MOST`."""


APPLY_MOST = 1_000


class ConversationCommand(Command, frozen=True, kw_only=True):
    """About one conversation; `key` is its partition key."""

    conversation: str
    key: str


class ClaimConversation(ConversationCommand, frozen=True, kw_only=True, tag="conversation.claim"):
    """I answer this one. Sent again while somebody works on it, so that it is not taken back."""

    take_over: bool = False
    """Also if somebody else has it."""


class ReleaseConversation(ConversationCommand, frozen=True, kw_only=True, tag="conversation.release"):
    """Give a claim back; `shift`: at the end of somebody's shift, whoever has it."""

    shift: bool = False


class SnoozeConversation(ConversationCommand, frozen=True, kw_only=True, tag="conversation.snooze"):
    """Put it off until a time."""

    until: datetime


class WakeConversation(ConversationCommand, frozen=True, kw_only=True, tag="conversation.wake"):
    """Bring it back before its time."""


class RecordReply(ConversationCommand, frozen=True, kw_only=True, tag="reply.record"):
    """I have answered on the platform."""

    reply: facts.ReplySent
    """With its content sealed."""
    answering: str | None = None
    """Name of the clock that ran when it was written; if that has ended since, somebody else was faster."""
    script: str | None = None
    strayed: float | None = None
    promise: Promise | None = None
    """What its words promise (`streams.promises.promise_in`)."""


class TagCustomer(Command, frozen=True, kw_only=True, tag="customer.tag"):
    """Put a tag on a customer (a pseudonym), or take it away."""

    person: str
    customer_tag: str
    on: bool


class CaseCommand(Command, frozen=True, kw_only=True):
    """About one case; `key` is the customer's (of a case that is to be opened: the conversation's)."""

    key: str
    case: str = ""


class OpenCase(CaseCommand, frozen=True, kw_only=True, tag="case.open"):
    """Follow this conversation until it is settled."""

    conversation: str


class AssignCase(CaseCommand, frozen=True, kw_only=True, tag="case.assign"):
    """Give it to somebody."""

    owner: str


class LinkCase(CaseCommand, frozen=True, kw_only=True, tag="case.link"):
    """This conversation, or this mention, belongs to it."""

    conversation: str | None = None
    item: str | None = None


class SettleCase(CaseCommand, frozen=True, kw_only=True, tag="case.settle"):
    """It is settled."""

    outcome: Outcome
    evidence: str
    """What shows it: a number, a link, a sentence. Must say something."""
    note: str = ""


class ReopenCase(CaseCommand, frozen=True, kw_only=True, tag="case.reopen"):
    """It is not settled after all."""

    note: str = ""


AnyCaseCommand = OpenCase | AssignCase | LinkCase | SettleCase | ReopenCase


class ErasePerson(Command, frozen=True, kw_only=True, tag="person.erase"):
    """Record that the keys of a person (a pseudonym) were dropped."""

    person: str


AttentionCommand = (
    ClaimConversation
    | ReleaseConversation
    | SnoozeConversation
    | WakeConversation
    | RecordReply
    | TagCustomer
)
IntakeCommand = (
    ActivateConfig
    | MarkConversation
    | ReviewNoReply
    | ApplySla
    | CorrectJudgement
    | ErasePerson
    | AttentionCommand
    | AnyCaseCommand
)


def command_type(command: Command) -> str:
    """The command's name, as in `conversation.mark`."""
    return str(type(command).__struct_config__.tag)
