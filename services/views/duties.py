"""Duties as people left them, and the silences that hold."""

from datetime import datetime

import msgspec

from alerting.quiet_events import Silence
from alerting.roster import DutyState
from services.views.reader import Reader
from streams.sla.instants import to_us

_duties = msgspec.msgpack.Decoder(DutyState)
_silences = msgspec.msgpack.Decoder(Silence)


def duty_states(reader: Reader) -> dict[str, DutyState]:
    """What people made of each duty, by duty."""
    return {row["duty"]: _duties.decode(row["body"]) for row in reader.rows("SELECT * FROM duties")}


def silences(reader: Reader, brand: str, now: datetime) -> tuple[Silence, ...]:
    """Silences of a brand that hold or are to come, the first to end on top."""
    rows = reader.rows("SELECT body FROM silences WHERE brand = ? AND ended_us IS NULL", brand)
    found = (_silences.decode(row["body"]) for row in rows)
    return tuple(
        sorted((each for each in found if to_us(each.until) > to_us(now)), key=lambda each: each.until)
    )
