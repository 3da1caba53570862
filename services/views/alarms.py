"""What each rule has done so far: when it fired, in how many incidents, how often for nothing, what was held back."""

from datetime import datetime

import msgspec

from alerting.joining_events import TuningProposed
from services.views.reader import Reader
from streams.sla.instants import from_us

PROPOSALS_MOST = 20

_proposals = msgspec.msgpack.Decoder(TuningProposed)


class RuleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one rule."""

    rule: str
    last_at: datetime | None = None
    last_incident: str | None = None
    incidents: int = 0
    """Those it had a part in."""
    judged: int = 0
    """Of these, closed ones: a person or a calm time has said what they were."""
    false_alarms: int = 0
    held_back: int = 0

    @property
    def false_share(self) -> float | None:
        """Of those that are closed; None while none is."""
        return self.false_alarms / self.judged if self.judged else None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a limit that a false alarm proposes."""

    at: datetime
    number: int
    """Of the incident."""
    event: TuningProposed


def rule_records(reader: Reader, brand: str) -> dict[str, RuleRecord]:
    """The records of a brand's rules, by rule; one that never fired has none."""
    rows = reader.rows(
        "SELECT evidence.rule, evidence.incident, max(evidence.last_us) AS last_us, count(*) AS n,"
        " sum(incidents.closed_us IS NOT NULL) AS judged, sum(incidents.false_alarm) AS false_alarms"
        " FROM evidence JOIN incidents ON incidents.id = evidence.incident WHERE incidents.brand = ?"
        " GROUP BY evidence.rule",
        brand,
    )
    held = {
        row["rule"]: row["n"]
        for row in reader.rows("SELECT rule, sum(n) AS n FROM silenced WHERE brand = ? GROUP BY rule", brand)
    }
    found = {
        row["rule"]: RuleRecord(
            rule=row["rule"],
            last_at=from_us(row["last_us"]),
            last_incident=row["incident"],
            incidents=row["n"],
            judged=row["judged"],
            false_alarms=row["false_alarms"],
            held_back=held.pop(row["rule"], 0),
        )
        for row in rows
    }
    return found | {rule: RuleRecord(rule=rule, held_back=count) for rule, count in held.items()}


def proposals(reader: Reader, brand: str) -> tuple[Proposal, ...]:
    """What false alarms propose, the newest first, one for each rule."""
    rows = reader.rows(
        "SELECT proposals.body, proposals.at_us, incidents.number, max(proposals.at_us) FROM proposals"
        " JOIN incidents ON incidents.id = proposals.incident WHERE proposals.brand = ?"
        " GROUP BY proposals.rule ORDER BY proposals.at_us DESC LIMIT ?",
        brand, PROPOSALS_MOST,
    )  # fmt: skip
    return tuple(
        Proposal(at=from_us(row["at_us"]), number=row["number"], event=_proposals.decode(row["body"]))
        for row in rows
    )


def proposal_of(reader: Reader, incident: str) -> TuningProposed | None:
    """What calling this incident a false alarm proposed; None: nothing, or nobody did."""
    row = reader.row("SELECT body FROM proposals WHERE incident = ? ORDER BY at_us DESC LIMIT 1", incident)
    return _proposals.decode(row["body"]) if row else None
