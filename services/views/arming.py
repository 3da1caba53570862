"""Whether pages go out, in the read models: one row while the outbox is disarmed."""

from datetime import datetime

import msgspec

from services.views.reader import Reader
from streams.sla.instants import from_us


class Disarmed(msgspec.Struct, frozen=True, kw_only=True):
    """The outbox is disarmed."""

    since: datetime
    by: str
    held: int
    """Pages that wait."""


def disarmed(reader: Reader) -> Disarmed | None:
    """How the outbox is disarmed; None: pages go out."""
    row = reader.row("SELECT since_us, by FROM disarmed")
    if row is None:
        return None
    held = reader.row("SELECT count(*) AS n FROM pages WHERE outcome IS NULL")
    return Disarmed(since=from_us(row["since_us"]), by=row["by"], held=held["n"] if held is not None else 0)
