"""What people corrected, in the tables: the label and topic that pages show, count and filter by."""

import sqlite3
from collections.abc import Sequence

from streams.events import JudgementCorrected, Label
from streams.sla.instants import US, to_us

MINUTE_US = 60 * US


def write_corrections(connection: sqlite3.Connection, corrected: Sequence[JudgementCorrected]) -> None:
    """Apply corrections, in their order, to items and mentions that are there already."""
    for event in corrected:
        connection.execute(
            _ITEM,
            {
                "item": event.item,
                "label": event.label,
                "topic": event.topic,
                "by": event.by,
                "at_us": to_us(event.at),
            },
        )
        if event.label is not None:
            _relabel(connection, event.item, event.label)
        if event.topic is not None:
            connection.execute(_MENTION_TOPIC, (event.topic, event.item))
            connection.execute(_CONVERSATION_TOPIC, (event.topic, event.item))


def _relabel(connection: sqlite3.Connection, item: str, label: Label) -> None:
    """Each mention of the item gets the label, and is counted under it in its minute."""
    rows = connection.execute(_MENTIONS, (item,)).fetchall()
    for row in rows:
        if row["counted"] not in {None, label}:
            minute = row["observed_us"] // MINUTE_US
            connection.execute(_COUNT_LESS, (row["brand"], minute, row["counted"]))
            connection.execute(_COUNT_MORE, (row["brand"], minute, label))
    connection.execute(_MENTION_LABEL, (label, label, item))


_THE_ITEM = "(SELECT n FROM items WHERE item = ?)"
_ITEM = """
    UPDATE items SET judged = coalesce(judged, label), label = coalesce(:label, label),
        abstain = iif(:label IS NULL, abstain, 0), topic = coalesce(:topic, topic),
        topic_evidence = iif(:topic IS NULL, topic_evidence, ''), corrected_by = :by, corrected_us = :at_us
    WHERE item = :item"""
_MENTIONS = f"SELECT brand, observed_us, counted FROM mentions WHERE n = {_THE_ITEM}"  # noqa: S608
_MENTION_LABEL = f"""
    UPDATE mentions SET label = ?, counted = iif(counted IS NULL, NULL, ?) WHERE n = {_THE_ITEM}"""  # noqa: S608
_MENTION_TOPIC = f"UPDATE mentions SET topic = ? WHERE n = {_THE_ITEM}"  # noqa: S608
_CONVERSATION_TOPIC = """
    UPDATE conversations SET topic = ? WHERE id = (SELECT conversation FROM items WHERE item = ?)"""
_COUNT_LESS = "UPDATE minutes SET items = items - 1 WHERE brand = ? AND minute = ? AND label = ?"
_COUNT_MORE = """
    INSERT INTO minutes (brand, minute, label, items) VALUES (?,?,?,1)
    ON CONFLICT (brand, minute, label) DO UPDATE SET items = items + 1"""
