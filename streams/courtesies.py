"""Messages that need no reply by a rule: what the rule says, which of them a person checks, what the person says."""

from datetime import datetime

from streams import events, facts
from streams.commands import ReviewNoReply
from streams.conversations import Conversation
from streams.manners import Manner
from streams.sla.clocks import Touch
from streams.sla.policy import NoReplyRule

RULE = "rule"
"""Who marked it, before the rule's name."""
EDIT = "edit"
"""Who overturned it, where the customer did by writing something else."""
_PREFIX = "no_reply_needed/"
_PARTS = 16**8


def courtesy_mark(
    comment: facts.CommentReceived,
    conversation: str,
    judged: events.ItemJudged,
    manner: Manner,
    rule: NoReplyRule | None,
) -> events.ConversationMarked | None:
    """What a rule says about a message; None where the message waits for an answer.

    Whatever its words: what complains, is grave or is about something that people complain of waits.
    """
    courtesy = manner.courtesy
    if rule is None or courtesy is None or not _is_harmless(judged):
        return None
    if courtesy in {"lottery", "friends"} and comment.kind != "comment":
        return None
    return events.ConversationMarked(
        cause=comment.id,
        key=comment.key,
        at=comment.occurred_at,
        conversation=conversation,
        op="no_reply_needed",
        by=f"{RULE}:{courtesy}",
        item=comment.item,
        rule=courtesy,
        sampled=is_sampled(comment.item, rule.sample),
    )


def is_sampled(item: str, share: float) -> bool:
    """Whether a person checks the item: drawn by its id, so that every run draws the same."""
    return int(item[-8:], 16) < share * _PARTS


def review_of(
    conversation: Conversation, command: ReviewNoReply, rule: NoReplyRule | None
) -> events.NoReplyReviewed | None:
    """What a person says about what a rule said; None if no rule said anything about that message."""
    said = rule_of(conversation, command.item)
    if said is None:
        return None
    return reviewed(
        conversation,
        command.item,
        said,
        rule,
        command.verdict,
        by=command.who,
        cause=command.id,
        at=command.occurred_at,
    )


def reviewed(
    conversation: Conversation,
    item: str,
    said: str,
    rule: NoReplyRule | None,
    verdict: events.Verdict,
    *,
    by: str,
    cause: str,
    at: datetime,
) -> events.NoReplyReviewed:
    """A rule's word about a message, looked at."""
    return events.NoReplyReviewed(
        cause=cause,
        key=conversation.key,
        at=at,
        conversation=conversation.id,
        item=item,
        rule=said,
        sampled=rule is not None and is_sampled(item, rule.sample),
        verdict=verdict,
        by=by,
    )


def rule_of(conversation: Conversation, item: str) -> str | None:
    """The rule that took a message out, if one did and nobody has overturned it."""
    overturned = any(touch.what == "reply_needed" and touch.of == item for touch in conversation.touches)
    said = (_rule_in(touch) for touch in conversation.touches if touch.of == item)
    return None if overturned else next((rule for rule in said if rule is not None), None)


def _rule_in(touch: Touch) -> str | None:
    reason = touch.reason or ""
    return reason.removeprefix(_PREFIX) if reason.startswith(_PREFIX) else None


def _is_harmless(judged: events.ItemJudged) -> bool:
    return (
        judged.label != "negative"
        and judged.topic is None
        and not judged.apart
        and all(match.via == "parent" for match in judged.matches)
    )
