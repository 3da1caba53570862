"""What the events of a playbook mean for its table of steps."""

import sqlite3
from typing import assert_never

import msgspec

from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookEvent,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepPlan,
    StepReassigned,
    StepRetimed,
    StepSkipped,
)
from streams.sla.instants import to_us

_encode = msgspec.msgpack.encode
_plans = msgspec.msgpack.Decoder(StepPlan)


def write_step(db: sqlite3.Connection, event: PlaybookEvent) -> None:
    """Write one event."""
    match event:
        case PlaybookStarted():
            _started(db, event)
        case StepAdded(plan=plan):
            (number,) = db.execute(
                "SELECT count(*) FROM steps WHERE incident = ?", (event.incident,)
            ).fetchone()
            _insert(db, event.incident, number, plan)
            _set(db, event, "changed = ?", event.reason)
        case StepRetimed(due_at=due_at):
            _replan(db, event, due_at=due_at)
            _set(db, event, "late = 0, escalated = 0, due_us = ?", to_us(due_at))
        case StepReassigned(person=person):
            _replan(db, event, person=person)
        case StepDone(note=note):
            _ended(db, event, "done", note)
        case StepSkipped(reason=reason):
            _ended(db, event, "skipped", reason)
        case StepOverdue():
            _set(db, event, "late = 1")
        case StepEscalated():
            _set(db, event, "escalated = 1")
        case PlaybookEnded():
            db.execute(
                "UPDATE steps SET state = 'dropped', ended_us = ?, ended_by = ? WHERE incident = ? AND state = 'open'",
                (to_us(event.at), event.by, event.incident),
            )
        case _:
            assert_never(event)


def _started(db: sqlite3.Connection, event: PlaybookStarted) -> None:
    db.execute(
        "UPDATE incidents SET playbook = ?, playbook_version = ?, playbook_us = ? WHERE id = ?",
        (event.playbook, event.version, to_us(event.at), event.incident),
    )
    db.execute("DELETE FROM steps WHERE incident = ?", (event.incident,))
    for number, plan in enumerate(event.steps):
        _insert(db, event.incident, number, plan)


def _insert(db: sqlite3.Connection, incident: str, number: int, plan: StepPlan) -> None:
    due_us = to_us(plan.due_at) if plan.due_at else None
    db.execute(
        "INSERT INTO steps (incident, step, n, plan, due_us, state) VALUES (?, ?, ?, ?, ?, 'open')",
        (incident, plan.id, number, _encode(plan), due_us),
    )


def _replan(db: sqlite3.Connection, event: StepRetimed | StepReassigned, **changes: object) -> None:
    row = db.execute(
        "SELECT plan FROM steps WHERE incident = ? AND step = ?", (event.incident, event.step)
    ).fetchone()
    if row is not None:
        plan = msgspec.structs.replace(_plans.decode(row["plan"]), **changes)
        _set(db, event, "plan = ?, changed = ?", _encode(plan), event.reason)


def _ended(db: sqlite3.Connection, event: StepDone | StepSkipped, state: str, note: str) -> None:
    _set(db, event, "state = ?, ended_us = ?, ended_by = ?, note = ?", state, to_us(event.at), event.by, note)


def _set(
    db: sqlite3.Connection,
    event: StepAdded | StepRetimed | StepReassigned | StepDone | StepSkipped | StepOverdue | StepEscalated,
    assignments: str,
    *values: object,
) -> None:
    """`assignments` are fixed words of this file."""
    statement = f"UPDATE steps SET {assignments} WHERE incident = ? AND step = ?"  # noqa: S608
    db.execute(statement, (*values, event.incident, event.step))
