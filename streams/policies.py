"""Under which policy a conversation stands: chosen by the first message that any fits."""

from datetime import datetime
from typing import Literal

from streams import events, facts
from streams.conversations import Conversation, Era
from streams.manners import Manner
from streams.rulebook import Rulebook
from streams.sla.instants import to_us
from streams.sla.policy import Asked, Policy, Traits, choose


def own_severity(rules: Rulebook, judged: events.ItemJudged) -> events.Severity | None:
    """The gravest severity that an item's own words earn."""
    gravest = rules.gravest(judged.matches)
    return gravest.severity if gravest else None


def is_apart(rules: Rulebook, fact: facts.Seen, judged: events.ItemJudged, manner: Manner) -> bool:
    """Whether a message to us is too grave to fold into a group."""
    pile_on = rules.config.sla.pile_on if rules.config.sla is not None else None
    return pile_on is not None and (
        manner.about_order or pile_on.keeps_apart(own_severity(rules, judged), judged.topic, fact.author_tags)
    )


def asked_with(comment: facts.CommentReceived, judged: events.ItemJudged) -> Asked:
    """What policies can ask about a message."""
    return Asked(
        comment.occurred_at,
        comment.item,
        comment.kind,
        judged.topic,
        judged.label,
        comment.author_tags,
        comment.author_followers,
    )


def moment_of(asked: Asked) -> tuple[int, str]:
    """The place of a message in the order of its conversation."""
    return to_us(asked.at), asked.item


def policy_for(
    rules: Rulebook, conversation: Conversation, asked: Asked, severity: str | None
) -> Policy | None:
    """What is promised to a conversation that begins with what was asked; None if nothing is."""
    traits = Traits(
        platform=conversation.platform,
        account=conversation.account,
        kind=asked.kind,
        topic=asked.topic,
        severity=severity,
        sentiment=asked.label,
        author_tags=asked.author_tags,
        followers=asked.followers,
        brand=rules.brand_of(conversation.platform, conversation.account),
        complaint=asked.label == "negative",
    )
    return choose(rules.policies, traits)


def under(conversation: Conversation, changed: events.SlaPolicyChanged) -> Conversation:
    """The conversation as it will stand after `changed`, without touching it."""
    copy = Conversation(**{name: getattr(conversation, name) for name in conversation.__struct_fields__})
    copy.eras = list(conversation.eras)
    stand_under(copy, changed)
    return copy


def stand_under(conversation: Conversation, changed: events.SlaPolicyChanged) -> None:
    """Fold a change of the policy that a conversation stands under."""
    if changed.reason == "applied" and conversation.policy is not None:
        conversation.eras.append(Era(changed.at, conversation.config, conversation.policy))
    conversation.config, conversation.policy = changed.config, changed.policy
    conversation.asked, conversation.severity = changed.asked, changed.severity


def policy_changed(
    conversation: Conversation,
    policy: str,
    reason: Literal["earlier_message", "applied"],
    *,
    config: str | None,
    asked: Asked,
    severity: events.Severity | None,
    cause: str,
    now: datetime,
    by: str | None = None,
) -> events.SlaPolicyChanged:
    """That a conversation stands under another policy from now on."""
    return events.SlaPolicyChanged(
        cause=cause,
        key=conversation.key,
        at=now,
        conversation=conversation.id,
        platform=conversation.platform,
        account=conversation.account,
        config=config,
        policy=policy,
        asked=asked,
        severity=severity,
        reason=reason,
        by=by,
    )
