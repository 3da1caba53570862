"""Duties as people left them, and the silences that hold."""

from datetime import datetime

import msgspec

from alerting.quiet_events import Silence
from alerting.roster import DutyState
from services.views.reader import Reader
from streams.sla.instants import from_us, to_us

SHIFTS_MOST = 50

_duties = msgspec.msgpack.Decoder(DutyState)
_silences = msgspec.msgpack.Decoder(Silence)


def duty_states(reader: Reader) -> dict[str, DutyState]:
    """What people made of each duty, by duty."""
    return {row["duty"]: _duties.decode(row["body"]) for row in reader.rows("SELECT * FROM duties")}


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """What a person of support did last about their shift."""

    person: str
    taken_at: datetime | None = None
    """None: they went off since."""
    given_at: datetime | None = None
    """When they went off last."""
    note: str = ""
    """What they left then."""


def shifts(reader: Reader, since: datetime) -> tuple[Shift, ...]:
    """Who came on or went off since then, the newest on top."""
    rows = reader.rows(
        "SELECT * FROM shifts WHERE max(coalesce(taken_us, 0), coalesce(given_us, 0)) >= ?"
        " ORDER BY max(coalesce(taken_us, 0), coalesce(given_us, 0)) DESC LIMIT ?",
        to_us(since), SHIFTS_MOST,
    )  # fmt: skip
    return tuple(
        Shift(
            person=row["person"],
            taken_at=None if row["taken_us"] is None else from_us(row["taken_us"]),
            given_at=None if row["given_us"] is None else from_us(row["given_us"]),
            note=row["note"],
        )
        for row in rows
    )


def silences(reader: Reader, brand: str, now: datetime) -> tuple[Silence, ...]:
    """Silences of a brand that hold or are to come, the first to end on top."""
    rows = reader.rows("SELECT body FROM silences WHERE brand = ? AND ended_us IS NULL", brand)
    found = (_silences.decode(row["body"]) for row in rows)
    return tuple(
        sorted((each for each in found if to_us(each.until) > to_us(now)), key=lambda each: each.until)
    )
