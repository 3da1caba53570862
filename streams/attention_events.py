"""Who attends to what: events of the people who answer, beside the clocks."""

from datetime import datetime
from typing import Literal

from streams.decided import Decided

ReleaseReason = Literal["person", "idle", "taken_over", "shift"]
"""Why a claim ended that no answer ended: given back, not touched for a while, taken by somebody else, end of a shift."""
WakeReason = Literal["time", "person"]


class AttentionEvent(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that one of our people did, or that ended by itself."""


class ConversationClaimed(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="conversation.claimed"
):
    """Somebody answers this one. Comes again while they work on it: `at` is the last sign of that.

    The claim ends with the wait that it is for, which is no event of its own.
    """

    conversation: str
    by: str
    since: datetime


class ConversationReleased(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="conversation.released"
):
    """A claim ended without an answer."""

    conversation: str
    person: str
    """Whose claim it was."""
    by: str
    reason: ReleaseReason


class ConversationSnoozed(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="conversation.snoozed"
):
    """Put off until a time; its clocks go on. A breach, and a new message of the customer, bring it back before."""

    conversation: str
    by: str
    until: datetime


class ConversationWoken(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="conversation.woken"
):
    """It is back: the time has come, or somebody brought it back."""

    conversation: str
    reason: WakeReason
    by: str


class ReplyRecorded(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="reply.recorded"
):
    """Somebody of ours says that they have answered. The reply itself is a `reply.sent`."""

    conversation: str
    item: str
    """Item id of that `reply.sent`."""
    by: str
    script: str | None = None
    """Id of the script that it was written from."""
    strayed: float | None = None
    """How far it strays from that script: 0 (word for word) to 1."""


class ReplyMatched(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="reply.matched"
):
    """What a collector saw is the reply that somebody recorded: one reply, not two."""

    conversation: str
    item: str
    """The recorded one."""
    seen: str
    """The one that was seen on the platform."""


class CustomerTagged(
    AttentionEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="customer.tagged"
):
    """Somebody put a tag on a customer, or took it away."""

    person: str
    """The pseudonym."""
    tag: str
    on: bool
    by: str


AnyAttentionEvent = (
    ConversationClaimed
    | ConversationReleased
    | ConversationSnoozed
    | ConversationWoken
    | ReplyRecorded
    | ReplyMatched
    | CustomerTagged
)
