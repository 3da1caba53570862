"""What claims, snoozes, recorded replies and tags mean for the tables."""

import sqlite3

from streams import attention_events as told
from streams import events
from streams.sla.instants import to_us

_Values = tuple[object, ...]


class AttentionRows:
    """Collects the events of one batch, in order; to be written after items and conversations."""

    def __init__(self) -> None:
        self._claims: dict[str, tuple[str, int] | None] = {}
        self._snoozes: dict[str, int | None] = {}
        self._replies: list[tuple[str, _Values]] = []
        self._tags: list[tuple[str, _Values]] = []

    def take(self, event: told.AnyAttentionEvent) -> None:
        """Collect one event."""
        match event:
            case told.ConversationClaimed():
                self._claims[event.conversation] = (event.by, to_us(event.since))
            case told.ConversationReleased():
                self._claims[event.conversation] = None
            case told.ConversationSnoozed():
                self._snoozes[event.conversation] = to_us(event.until)
            case told.ConversationWoken():
                self._snoozes[event.conversation] = None
            case told.ReplyRecorded():
                self._replies.append((_RECORDED, (event.by, event.script, event.strayed, event.item)))
            case told.ReplyMatched():
                self._replies.append((_MATCHED, (event.item, event.seen)))
                self._replies.append((_ONE_OF_TWO, (event.item, event.seen)))
            case told.CustomerTagged(on=True):
                self._tags.append((_TAG, (event.person, event.tag, event.by)))
            case told.CustomerTagged():
                self._tags.append((_UNTAG, (event.person, event.tag)))

    def clock(self, event: events.ClockEvent) -> None:
        """A wait that ends takes claim and snooze with it, a breach brings back what was put off."""
        if isinstance(event, events.SlaBreached):
            self._snoozes[event.conversation] = None
        elif event.clock.kind != "resolution" and (event.clock.ended_at or event.clock.folded_at):
            # What lies in the tables is cleared where the clock is; here is what this batch would add.
            self._claims.pop(event.conversation, None)
            self._snoozes.pop(event.conversation, None)

    def wake(self, conversation: str) -> None:
        """The customer wrote again."""
        self._snoozes.pop(conversation, None)

    @property
    def changed(self) -> bool:
        return bool(self._claims or self._snoozes or self._replies or self._tags)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write what was collected."""
        connection.executemany(
            "UPDATE conversations SET claimed_by = ?, claimed_us = ? WHERE id = ?",
            [(*(claim or (None, None)), name) for name, claim in self._claims.items()],
        )
        connection.executemany(
            "UPDATE conversations SET snoozed_us = ? WHERE id = ?",
            [(until_us, name) for name, until_us in self._snoozes.items()],
        )
        for statement, values in (*self._replies, *self._tags):
            connection.execute(statement, values)


_RECORDED = "UPDATE items SET sent_by = ?, script = ?, strayed = ? WHERE item = ?"
_MATCHED = """
    UPDATE items SET (sent_by, script, strayed) = (SELECT sent_by, script, strayed FROM items WHERE item = ?)
    WHERE item = ?"""
_ONE_OF_TWO = "DELETE FROM items WHERE item = ? AND EXISTS (SELECT 1 FROM items WHERE item = ?)"
_TAG = "INSERT INTO tags VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UNTAG = "DELETE FROM tags WHERE person = ? AND tag = ?"
