"""What the Desk's events mean for the tables. They are rare, so each is written as it comes."""

import sqlite3
from typing import assert_never

import msgspec

from alerting import events as desk
from alerting.arming_events import AnyArmingEvent, OutboxArmed, OutboxDisarmed
from alerting.audit_events import AuditAlarmed, ProbeStarted
from alerting.content_events import ContentEvent
from alerting.duty_events import AnyDutyEvent, DutyEvent
from alerting.joining_events import (
    IncidentAbsorbed,
    IncidentInhibited,
    IncidentMerged,
    IncidentReleased,
    IncidentSplit,
    TuningProposed,
)
from alerting.levels import LEVELS, Level, rank
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepReassigned,
    StepRetimed,
    StepSkipped,
)
from alerting.quiet_events import SilenceEnded, SilenceStarted
from alerting.report_events import ReportDue, ReportRecorded
from alerting.roster import DutyState, fold_duty
from alerting.shift_events import AnyShiftEvent, ShiftEvent, ShiftGiven
from services.views.content_rows import ContentRows
from services.views.rows import TimelineEvent
from services.views.step_rows import write_step
from streams import events as intake
from streams.sla.instants import to_us

_encode = msgspec.msgpack.encode
_duties = msgspec.msgpack.Decoder(DutyState)


class DeskRows:
    """Writes the events of one batch, in order, inside the transaction that the views hold."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._changed = False

    def write(self, connection: sqlite3.Connection) -> frozenset[str]:  # noqa: ARG002 (as IntakeRows)
        """All is written already; returns the names of the pages that changed."""
        return frozenset({"incidents"}) if self._changed else frozenset()

    def take(self, event: desk.DeskEvent) -> None:
        """Write one event."""
        match event:
            case intake.SignalRaised() | intake.SlaBreached() | intake.SlaBreachVoided():
                return
            case AuditAlarmed() | ProbeStarted():
                return
            case desk.WatchRestarted() | intake.ConfigActivated() | intake.CommandRefused():
                return
            case OutboxDisarmed() | OutboxArmed():
                self._arming(event)
                self._changed = True
                return
            case ReportDue():
                self._db.execute(
                    "REPLACE INTO reports VALUES (?, ?, ?, ?)",
                    (event.report, event.key, to_us(event.at), _encode(event)),
                )
                self._changed = True
                return
            case ReportRecorded():
                self._db.execute(
                    "INSERT INTO recordings (report, body) VALUES (?, ?)", (event.report, _encode(event))
                )
                if not event.incident:
                    self._changed = True
                    return
            case ShiftEvent():
                self._shift(event)
                self._changed = True
                return
            case DutyEvent():
                self._duty(event)
                self._changed = True
                return
            case SilenceStarted() | SilenceEnded() | desk.AlarmSilenced():
                self._quiet(event)
                self._changed = True
                return
            case ContentEvent():
                ContentRows(self._db).take(event)
                if not event.incident:
                    self._changed = True
                    return
            case desk.PageRequested() | desk.PageDelivered() | desk.PageFailed():
                self._page(event)
            case (
                IncidentMerged() | IncidentAbsorbed() | IncidentSplit() | IncidentInhibited() | IncidentReleased()
                | TuningProposed()
            ):  # fmt: skip
                self._between(event)
            case (
                PlaybookStarted() | StepDone() | StepSkipped() | StepOverdue() | StepEscalated() | StepAdded()
                | StepRetimed() | StepReassigned() | PlaybookEnded()
            ):  # fmt: skip
                write_step(self._db, event)
            case desk.ContentOffered():
                self._offered(event)
            case _:
                self._incident(event)
        self._changed = True
        self._happened(event)

    def _duty(self, event: AnyDutyEvent) -> None:
        """A duty is kept whole, as the desk itself folds it."""
        row = self._db.execute("SELECT body FROM duties WHERE duty = ?", (event.duty,)).fetchone()
        known = _duties.decode(row["body"]) if row else DutyState(duty=event.duty)
        self._db.execute("REPLACE INTO duties VALUES (?, ?)", (event.duty, _encode(fold_duty(known, event))))

    def _arming(self, event: AnyArmingEvent) -> None:
        """One row while the outbox is disarmed."""
        self._db.execute("DELETE FROM disarmed")
        if isinstance(event, OutboxDisarmed):
            self._db.execute("INSERT INTO disarmed VALUES (?, ?)", (to_us(event.at), event.by))

    def _shift(self, event: AnyShiftEvent) -> None:
        """The last that each person did, and what they left when they went off last."""
        if isinstance(event, ShiftGiven):
            self._db.execute(
                "INSERT INTO shifts VALUES (?, NULL, ?, ?) ON CONFLICT (person) DO UPDATE SET"
                " taken_us = NULL, given_us = excluded.given_us, note = excluded.note",
                (event.by, to_us(event.at), event.note),
            )
            return
        self._db.execute(
            "INSERT INTO shifts VALUES (?, ?, NULL, '') ON CONFLICT (person) DO UPDATE SET"
            " taken_us = excluded.taken_us",
            (event.by, to_us(event.at)),
        )

    def _quiet(self, event: desk.QuietEvent) -> None:
        match event:
            case SilenceStarted(silence=silence):
                self._db.execute(
                    "REPLACE INTO silences (id, brand, body) VALUES (?, ?, ?)",
                    (silence.id, event.key, _encode(silence)),
                )
            case SilenceEnded():
                self._db.execute(
                    "UPDATE silences SET ended_us = ?, ended_by = ? WHERE id = ?",
                    (to_us(event.at), event.by, event.silence),
                )
            case desk.AlarmSilenced():
                self._db.execute(
                    "INSERT INTO silenced VALUES (?, ?, ?, 1, ?) ON CONFLICT (brand, rule, silence) DO UPDATE SET"
                    " n = n + 1, last_us = excluded.last_us",
                    (event.key, event.evidence.rule, event.silence, to_us(event.at)),
                )
            case _:
                assert_never(event)

    def _between(
        self,
        event: IncidentMerged | IncidentAbsorbed | IncidentSplit | IncidentInhibited | IncidentReleased
        | TuningProposed,
    ) -> None:  # fmt: skip
        match event:
            case IncidentMerged():
                self._set(
                    event,
                    "closed_us = ?, closed_by = ?, merged_into = ?",
                    to_us(event.at),
                    event.by,
                    event.into,
                )
            case IncidentInhibited():
                self._set(event, "inhibited_by = ?", event.graver)
            case IncidentReleased():
                self._set(event, "inhibited_by = NULL")
            case TuningProposed():
                self._db.execute(
                    "REPLACE INTO proposals VALUES (?, ?, ?, ?, ?)",
                    (event.incident, event.rule, event.key, to_us(event.at), _encode(event)),
                )
            case IncidentAbsorbed() | IncidentSplit():
                pass
            case _:
                assert_never(event)

    def _happened(self, event: TimelineEvent) -> None:
        if not (isinstance(event, desk.IncidentJoined) and self._fired_before(event)):
            self._db.execute(
                "INSERT INTO timeline (incident, at_us, body) VALUES (?, ?, ?)",
                (event.incident, to_us(event.at), _encode(event)),
            )
        self._set(event, "last_us = max(last_us, ?)", to_us(event.at))

    def _fired_before(self, event: desk.IncidentJoined) -> bool:
        """A rule that goes on firing is one line of the timeline; its figures are kept as evidence."""
        row = self._db.execute(
            "SELECT first_us < last_us AS again FROM evidence WHERE incident = ? AND rule = ?",
            (event.incident, event.evidence.rule),
        ).fetchone()
        return bool(row and row["again"])

    def _set(self, event: TimelineEvent, assignments: str, *values: object) -> None:
        """`assignments` are fixed words of this file."""
        statement = f"UPDATE incidents SET {assignments} WHERE id = ?"  # noqa: S608
        self._db.execute(statement, (*values, event.incident))

    def _incident(
        self,
        event: desk.IncidentOpened | desk.IncidentJoined | desk.IncidentRaised | desk.IncidentEased
        | desk.EaseSuggested | desk.IncidentAcknowledged | desk.CommanderAssigned | desk.IncidentNoted
        | desk.IncidentClosed | desk.IncidentReopened | desk.IncidentEscalated | desk.FreezeAsked
        | desk.PublicationsFrozen | desk.PublicationsThawed,
    ) -> None:  # fmt: skip
        match event:
            case desk.IncidentOpened():
                self._opened(event)
            case desk.IncidentJoined():
                self._evidence(event.incident, event.evidence)
            case desk.IncidentRaised(level=level):
                self._leveled(event, level)
                self._evidence(event.incident, event.evidence)
                self._set(event, "acknowledged_by = NULL, acknowledged_us = NULL")
            case desk.IncidentEased(level=level):
                self._leveled(event, level)
            case desk.EaseSuggested():
                self._set(event, "calm_since_us = ?", to_us(event.calm_since))
            case desk.IncidentAcknowledged():
                self._set(event, "acknowledged_by = ?, acknowledged_us = ?", event.by, to_us(event.at))
            case desk.CommanderAssigned():
                self._set(event, "commander = ?", event.person)
            case desk.IncidentClosed():
                self._set(
                    event, "closed_us = ?, closed_by = ?, close_reason = ?, false_alarm = ?",
                    to_us(event.at), event.by, event.reason, event.false_alarm,
                )  # fmt: skip
            case desk.IncidentReopened(level=level):
                self._leveled(event, level)
                self._set(
                    event,
                    "closed_us = NULL, closed_by = NULL, close_reason = NULL, false_alarm = 0, merged_into = NULL,"
                    " acknowledged_by = NULL, acknowledged_us = NULL",
                )
            case desk.PublicationsFrozen():
                self._set(event, "frozen = 1")
            case desk.PublicationsThawed():
                self._set(event, "frozen = 0")
            case desk.IncidentNoted() | desk.IncidentEscalated() | desk.FreezeAsked():
                pass
            case _:
                assert_never(event)

    def _opened(self, event: desk.IncidentOpened) -> None:
        at_us = to_us(event.at)
        self._db.execute(
            "INSERT INTO incidents (id, number, brand, category, level, peak, opened_us, last_us, opened_by, note,"
            " inhibited_by, split_from, drill) SELECT ?, 1 + count(*), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM incidents WHERE brand = ?",
            (event.incident, event.key, event.category, event.level, event.level, at_us, at_us, event.by, event.note,
             event.inhibited_by, event.split_from, event.drill, event.key),
        )  # fmt: skip
        self._evidence(event.incident, event.evidence)

    def _leveled(
        self, event: desk.IncidentRaised | desk.IncidentEased | desk.IncidentReopened, level: Level
    ) -> None:
        row = self._db.execute("SELECT peak FROM incidents WHERE id = ?", (event.incident,)).fetchone()
        peak = LEVELS[max(rank(level), rank(row["peak"])) - 1] if row else level
        self._set(event, "level = ?, peak = ?, calm_since_us = NULL", level, peak)

    def _evidence(self, incident: str, evidence: desk.Evidence | None) -> None:
        if evidence is None:
            return
        at_us = to_us(evidence.at)
        self._db.execute(
            "INSERT INTO evidence VALUES (?, ?, ?, ?, ?) ON CONFLICT (incident, rule) DO UPDATE SET"
            " last_us = max(excluded.last_us, first_us + 1), body = excluded.body",
            (incident, evidence.rule, at_us, at_us, _encode(evidence)),
        )

    def _page(self, event: desk.PageRequested | desk.PageDelivered | desk.PageFailed) -> None:
        match event:
            case desk.PageRequested():
                self._db.execute(
                    "REPLACE INTO pages (page, incident, person, means, reason, round, requested_us, about)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (event.page, event.incident, event.person, event.means, event.reason, event.round,
                     to_us(event.at), "" if event.incident else event.category),
                )  # fmt: skip
            case desk.PageDelivered():
                self._page_ended(event, "delivered")
            case desk.PageFailed():
                self._page_ended(event, "failed")
            case _:
                assert_never(event)

    def _page_ended(self, event: desk.PageDelivered | desk.PageFailed, outcome: str) -> None:
        self._db.execute(
            "UPDATE pages SET outcome = ?, outcome_us = ?, detail = ? WHERE page = ?",
            (outcome, to_us(event.at), event.detail, event.page),
        )

    def _offered(self, event: desk.ContentOffered) -> None:
        self._db.executemany(
            "REPLACE INTO offers VALUES (?, ?, ?, ?, ?)",
            [
                (event.incident, n, event.scenario, to_us(event.at), _encode(variant))
                for n, variant in enumerate(event.variants)
            ],
        )
