"""Due times: around the clock, and in office hours with public holidays and make-up workdays."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from streams.sla.calendar import Calendar
from streams.sla.spec import parse_calendar
from tests.bench.figures import Figure, rate
from tests.bench.material import SEED

DUE_TIMES = 100_000
OFFICE = {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"}


def measure(share: float) -> Iterator[Figure]:
    count = int(DUE_TIMES * share)
    chance = random.Random(SEED)
    year = datetime(2026, 1, 1, tzinfo=UTC)
    starts = [year + timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(count)]
    always = Calendar(parse_calendar("always", {"hours": "24x7"}))
    office = Calendar(parse_calendar("office", OFFICE))
    yield Figure(
        key="due_always_s",
        value=rate(count, lambda: _due(always, starts)),
        unit="due times/s",
        what="around the clock",
        aim=200_000,
    )
    yield Figure(
        key="due_office_s",
        value=rate(count, lambda: _due(office, starts)),
        unit="due times/s",
        what="office hours, holidays and make-up workdays",
        aim=50_000,
    )


def _due(calendar: Calendar, starts: list[datetime]) -> None:
    for start in starts:
        calendar.due(start, 7_200)
