"""Conversations: which item belongs to which.

A conversation is platform + our account + thread + author. Its clocks are a pure function of its touches
(`streams.sla.clocks`); whatever arrives, in whatever order, the difference between the clocks before and after is what
gets recorded (`streams.clock_changes`).
"""

from datetime import datetime

import msgspec

from streams import events, facts, ids
from streams.conversation import Conversation, Era, group_id, is_group
from streams.conversation_store import AtRest, ConversationStore, ItemIndex
from streams.sla.clocks import Clock, Touch

__all__ = ["Conversation", "Era", "group_id", "is_group"]

MARKS = frozenset(("settled", "paused", "resumed", "no_reply_needed", "spam"))
"""What our people do with a conversation."""


class Thread(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What stands under one post of ours: its conversations, and our replies to all of them."""

    conversations: list[str] = []
    replies: list[Touch] = []


class Threads(msgspec.Struct, kw_only=True):
    """Every conversation of a partition, and the ways to find one."""

    conversations: ConversationStore = msgspec.field(default_factory=ConversationStore)
    threads: dict[str, Thread] = {}
    conversation_of: ItemIndex = msgspec.field(default_factory=ItemIndex)
    """Item id of a customer's message → conversation."""
    early: dict[str, list[Touch]] = {}
    """Replies that came before what they answer, by that item's or conversation's id."""

    def touches_with(self, comment: facts.CommentReceived) -> list[Touch]:
        """The touches of `comment`'s conversation once it is known."""
        conversation_id = conversation_of(comment)
        known = self.conversations.get(conversation_id)
        touches = list(known.touches) if known else self._touches_before(conversation_id, comment)
        touches.extend(self.early.get(comment.item, ()))
        touches.append(Touch(at=comment.occurred_at, id=comment.item, what="customer"))
        return touches

    def _touches_before(self, conversation_id: str, comment: facts.CommentReceived) -> list[Touch]:
        thread = self.threads.get(comment.key) if comment.post is not None else None
        return [*(thread.replies if thread else ()), *self.early.get(conversation_id, ())]

    def add(self, comment: facts.CommentReceived) -> None:
        """Take in a customer's message."""
        conversation_id = conversation_of(comment)
        touches = self.touches_with(comment)
        conversation = self.conversations.get(conversation_id)
        if conversation is None:
            # One string for every place that names it: there may be a million of them.
            conversation = new_conversation(comment, name=conversation_id)
            self.conversations[conversation_id] = conversation
            if comment.post is not None:
                self.threads.setdefault(comment.key, Thread()).conversations.append(conversation_id)
        conversation.touches = touches
        self.conversation_of[comment.item] = conversation_id
        self.early.pop(comment.item, None)
        self.early.pop(conversation_id, None)

    def add_group(self, event: events.ClockEvent) -> Conversation:
        """Begin the conversation that stands for a group under one post."""
        group = Conversation(
            id=event.conversation,
            key=event.key,
            platform=event.platform,
            account=event.account,
            brand=event.brand,
        )
        self.conversations[group.id] = group
        return group

    def put_at_rest(self, name: str, packed: bytes) -> AtRest:
        """Take in a conversation from a snapshot."""
        rest = self.conversations.put_at_rest(name, packed)
        for item in rest.items:
            self.conversation_of.put(item, name)
        if rest.threaded:
            self.threads.setdefault(name.rpartition("/")[0], Thread()).conversations.append(name)
        return rest

    def answered_by(self, reply: facts.ReplySent) -> list[Conversation]:
        """The conversations that `reply` belongs to, as far as they are known."""
        one = self._one_answered_by(reply)
        if one is not None:
            return [self.conversations[one]] if one in self.conversations else []
        thread = self.threads.get(reply.key)
        return [self.conversations[name] for name in thread.conversations] if thread else []

    def _one_answered_by(self, reply: facts.ReplySent) -> str | None:
        """The one conversation answered, or the id it will be found by; None for a reply to the whole post."""
        if reply.to_author is not None:
            return ids.conversation_id(reply.platform, reply.account or "", reply.post, reply.to_author)
        if reply.parent is None or reply.parent == reply.post:
            return None
        parent = ids.item_id(reply.platform, reply.parent)
        return self.conversation_of.get(parent, parent)

    def answer(self, reply: facts.ReplySent) -> None:
        """Take in a reply of ours."""
        touch = touch_of_reply(reply)
        for conversation in self.answered_by(reply):
            conversation.touches = [*conversation.touches, touch]
        one = self._one_answered_by(reply)
        if one is None:
            self.threads.setdefault(reply.key, Thread()).replies.append(touch)
        elif one not in self.conversations:
            self.early.setdefault(one, []).append(touch)

    def delete(self, fact: facts.ItemDeleted) -> None:
        """Take in that a message is gone; one that has not come yet is gone when it comes."""
        touch = touch_of_deletion(fact)
        conversation_id = self.conversation_of.get(fact.item)
        if conversation_id is not None:
            conversation = self.conversations[conversation_id]
            conversation.touches = [*conversation.touches, touch]
        elif fact.account is not None:
            self.early.setdefault(fact.item, []).append(touch)

    def mark(self, marked: events.ConversationMarked) -> None:
        """Take in what our people did; of a conversation that has not begun it is kept until it does."""
        touch = touch_of_mark(marked)
        conversation = self.conversations.get(marked.conversation)
        if conversation is not None:
            conversation.touches = [*conversation.touches, touch]
        else:
            self.early.setdefault(marked.conversation, []).append(touch)

    def review(self, reviewed: events.NoReplyReviewed) -> None:
        """Take in that a message was looked at which a rule had taken out."""
        touch = touch_of_review(reviewed)
        if touch is not None:
            conversation = self.conversations[reviewed.conversation]
            conversation.touches = [*conversation.touches, touch]

    def replies(self) -> dict[str, list[Touch]]:
        """Our replies to whole posts, by the post's key."""
        return {key: thread.replies for key, thread in self.threads.items() if thread.replies}

    def hold_replies(self, replies: dict[str, list[Touch]]) -> None:
        """Take in what `replies` gave away."""
        for key, touches in replies.items():
            self.threads.setdefault(key, Thread()).replies = touches

    def unbegun(self) -> list[str]:
        """Conversations that our people did something with and of which no message has come."""
        return [name for name, touches in self.early.items() if any(touch.what in MARKS for touch in touches)]

    def forget_before(self, horizon: datetime) -> None:
        """Drop conversations that are closed and have been quiet since `horizon`, and replies that found nobody.

        Where many wrote under one post all go together or none does: who folded with whom hangs on everybody there.
        """
        self.early = {name: touches for name, touches in self.early.items() if touches[-1].at >= horizon}
        gone = self.conversations.quiet_before(horizon)
        for group in filter(is_group, self.conversations):
            together = {*self.threads[group.removesuffix("/*")].conversations, group}
            if not together <= gone:
                gone -= together
        if not gone:
            return
        for conversation_id in gone:
            del self.conversations[conversation_id]
        self.conversation_of.without(gone)
        for key, thread in list(self.threads.items()):
            thread.conversations = [one for one in thread.conversations if one not in gone]
            if not thread.conversations:
                del self.threads[key]


def conversation_of(comment: facts.CommentReceived) -> str:
    """The id of the conversation that a customer's message belongs to; without an author it is one of its own."""
    author = comment.author or comment.item
    return ids.conversation_id(comment.platform, comment.account or "", comment.post, author)


def new_conversation(
    comment: facts.CommentReceived,
    brand: str | None = None,
    severity: events.Severity | None = None,
    *,
    name: str | None = None,
) -> Conversation:
    """The conversation that `comment` begins; nothing has happened in it yet."""
    return Conversation(
        id=name or conversation_of(comment),
        key=comment.key,
        platform=comment.platform,
        account=comment.account or "",
        brand=brand,
        severity=severity,
    )


def touch_of_deletion(fact: facts.ItemDeleted) -> Touch:
    """The loss of a message as a touch."""
    return Touch(at=fact.occurred_at, id=fact.id, what="deleted", of=fact.item)


def touch_of_mark(marked: events.ConversationMarked) -> Touch:
    """What our people did as a touch."""
    reason = marked.reason if marked.rule is None else f"{marked.op}/{marked.rule}"
    return Touch(at=marked.at, id=marked.cause, what=marked.op, of=marked.item, reason=reason)


def touch_of_review(reviewed: events.NoReplyReviewed) -> Touch | None:
    """What a review changes; None where it confirms."""
    if reviewed.verdict == "confirmed":
        return None
    return Touch(at=reviewed.at, id=reviewed.cause, what="reply_needed", of=reviewed.item)


def touch_of_reply(reply: facts.ReplySent) -> Touch:
    """A reply of ours as a touch."""
    return Touch(at=reply.occurred_at, id=reply.item, what="auto" if reply.auto else "ours")


def name_of(clock: Clock) -> str:
    """What a clock is called within its conversation."""
    return f"{clock.kind}/{clock.ordinal}"
