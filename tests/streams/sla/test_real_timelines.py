"""1,400 real questions and answers of a city (2011–2020) through the clocks, against a day-by-day oracle."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from streams.sla.calendar import Calendar, parse_calendar
from streams.sla.clocks import Clock, Terms, Touch, clocks_of, explain, state_of
from streams.sla.holidays import package_holidays
from streams.sla.policy import Policy, When

FILE = "citizen_replies_2011_2020.jsonl"
SHANGHAI_OFFSET = timedelta(hours=8)
OFFICE_S = ((9 * 3600, 12 * 3600), (13 * 3600 + 1800, 18 * 3600))
TARGET_S = 40 * 3600
"""Five working days, the promise of many a mayor's mailbox."""


class Answered(msgspec.Struct):
    id: str
    question_time: datetime
    reply_time: datetime


@pytest.fixture(scope="module")
def timelines(data_folder: Path) -> list[Answered]:
    file = data_folder / "sla" / FILE
    if not file.is_file():
        pytest.skip(f"no {FILE} in the data folder")
    return [msgspec.json.decode(line, type=Answered) for line in file.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def office() -> Terms:
    raw = {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"}
    policy = Policy(id="mayor", when=When(), calendar="office", first_response_s=TARGET_S)
    return Terms(policy=policy, calendar=Calendar(parse_calendar("office", raw)))


def is_workday(day: date) -> bool:
    known = package_holidays()
    iso = day.isoformat()
    return iso in known.worked or (day.weekday() < 5 and iso not in known.off)


def worked_s(start: datetime, end: datetime) -> int:
    """Office seconds between two instants, one day after the other. Shanghai has had one offset since 1991."""
    begin, finish = (moment.astimezone(UTC).replace(tzinfo=None) + SHANGHAI_OFFSET for moment in (start, end))
    total_s = 0
    day = begin.date()
    while day <= finish.date():
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (local on purpose)
        for open_s, close_s in OFFICE_S if is_workday(day) else ():
            opened = max(begin, midnight + timedelta(seconds=open_s))
            closed = min(finish, midnight + timedelta(seconds=close_s))
            total_s += max(0, int((closed - opened).total_seconds()))
        day += timedelta(days=1)
    return total_s


def first_response(answered: Answered, terms: Terms) -> Clock:
    asked = Touch(at=answered.question_time, id=f"q{answered.id}", what="customer")
    reply = Touch(at=answered.reply_time, id=f"r{answered.id}", what="ours")
    [clock] = clocks_of([reply, asked], terms)
    return clock


def test_real_answers_are_timed_like_a_person_with_a_paper_calendar_would(
    timelines: list[Answered], office: Terms
) -> None:
    states: Counter[str] = Counter()
    for answered in timelines:
        clock = first_response(answered, office)
        waited_s = worked_s(answered.question_time, answered.reply_time)
        state = state_of(clock, answered.reply_time)
        states[state] += 1

        assert office.calendar.counted_s(answered.question_time, answered.reply_time) == waited_s
        assert worked_s(answered.question_time, clock.due_at) == TARGET_S
        assert waited_s >= TARGET_S if state == "breached" else waited_s <= TARGET_S

    assert states.keys() == {"met", "breached"}
    assert len(timelines) == states.total()


def test_real_ledgers_add_up_and_name_holidays_and_make_up_workdays(
    timelines: list[Answered], office: Terms
) -> None:
    reasons: Counter[str] = Counter()
    for answered in timelines:
        found = explain(first_response(answered, office), office, answered.reply_time)
        reasons.update({span.why for span in found.ledger})

        assert sum(span.counted_s for span in found.ledger) == TARGET_S
        assert found.elapsed_s + found.left_s == TARGET_S

    assert reasons["holiday"] > 0
    assert reasons["makeup_workday"] > 0
