"""What the events of cases mean for the tables. Cases are few: each event is written as it comes."""

import sqlite3
from typing import assert_never

import msgspec

from streams import case_events as told
from streams.sla.instants import to_us

_encode = msgspec.msgpack.encode


def write_case_events(connection: sqlite3.Connection, happened: list[told.AnyCaseEvent]) -> None:
    """Write events in their order."""
    for event in happened:
        _write(connection, event)
        connection.execute(
            "INSERT INTO case_log (case_id, at_us, body) VALUES (?,?,?)",
            (event.case, to_us(event.at), _encode(event)),
        )
        connection.execute(
            "UPDATE cases SET last_us = max(last_us, ?) WHERE id = ?", (to_us(event.at), event.case)
        )


def _write(connection: sqlite3.Connection, event: told.AnyCaseEvent) -> None:
    match event:
        case told.CaseOpened():
            _open(connection, event)
        case told.CaseLinked():
            if event.conversation is not None:
                _link(connection, event.case, "conversation", event.conversation)
            if event.item is not None:
                _link(connection, event.case, "mention", event.item)
        case told.CaseAssigned():
            connection.execute("UPDATE cases SET owner = ? WHERE id = ?", (event.owner, event.case))
        case told.CaseSettled():
            connection.execute(
                "UPDATE cases SET settled_us = ?, outcome = ?, evidence = ? WHERE id = ?",
                (to_us(event.at), event.outcome, event.evidence, event.case),
            )
        case told.CaseReopened():
            connection.execute(
                "UPDATE cases SET settled_us = NULL, outcome = NULL, evidence = NULL, reopened = reopened + 1"
                " WHERE id = ?",
                (event.case,),
            )
        case told.PromiseMade():
            connection.execute(
                "INSERT OR IGNORE INTO promises (case_id, item, made_us, due_us) VALUES (?,?,?,?)",
                (event.case, event.item, to_us(event.at), to_us(event.due_at)),
            )
        case told.PromiseKept():
            connection.execute(
                "UPDATE promises SET kept_us = ?, broken = ? WHERE case_id = ? AND item = ?",
                (to_us(event.at), event.at > event.due_at, event.case, event.item),
            )
        case told.PromiseBroken():
            connection.execute(
                "UPDATE promises SET broken = 1 WHERE case_id = ? AND item = ?", (event.case, event.item)
            )
        case _:
            assert_never(event)


def _open(connection: sqlite3.Connection, event: told.CaseOpened) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO cases (id, key, platform, account, person, brand, topic, severity, opened_us, reason,"
        " last_us, began_by) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            event.case, event.key, event.platform, event.account, event.person, event.brand, event.topic,
            event.severity, to_us(event.at), event.reason, to_us(event.at), event.item,
        ),
    )  # fmt: skip
    _link(connection, event.case, "conversation", event.conversation)


def _link(connection: sqlite3.Connection, case: str, kind: str, ref: str) -> None:
    connection.execute("INSERT OR IGNORE INTO case_links VALUES (?,?,?)", (case, kind, ref))
