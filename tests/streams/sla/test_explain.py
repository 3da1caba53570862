"""Why this time: the ledger of single clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from streams.sla.calendar import Calendar, parse_calendar
from streams.sla.clocks import Explained, Touch, clocks_of, explain
from streams.sla.policy import Policy, When
from streams.sla.terms import Terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar(
    parse_calendar("office", {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"})
)
POLICY = Policy(id="other", when=When(), calendar="office", first_response_s=7200)
TERMS = Terms(policy=POLICY, calendar=OFFICE, cap_s=86_400)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def explained(now: datetime, *touches: Touch) -> Explained:
    [clock] = clocks_of(touches, TERMS)
    return explain(clock, TERMS, now)


def asked(when: datetime) -> Touch:
    return Touch(at=when, id="m1", what="customer")


def why(found: Explained) -> list[tuple[str, int]]:
    return [(span.why, span.counted_s) for span in found.ledger]


def test_a_running_clock_shows_what_is_used_up_and_what_is_left() -> None:
    found = explained(at(23, 13, 40), asked(at(23, 11)))

    assert (found.state, found.elapsed_s, found.left_s) == ("running", 4200, 3000)
    assert why(found) == [("open", 3600), ("break", 0), ("open", 3600)]
    assert (found.ledger[0].from_at, found.ledger[-1].to_at) == (at(23, 11), found.due_at)
    assert found.bound_by == "calendar"


def test_a_breached_clock_shows_how_far_over() -> None:
    found = explained(at(23, 15), asked(at(23, 11)))

    assert (found.state, found.elapsed_s, found.left_s) == ("breached", 9000, -1800)


def test_an_ended_clock_stands_as_it_ended() -> None:
    reply = Touch(at=at(23, 11, 20), id="r1", what="ours")

    found = explained(at(30, 9), asked(at(23, 11)), reply)

    assert (found.state, found.ended_at) == ("met", at(23, 11, 20))
    assert (found.elapsed_s, found.left_s) == (1200, 6000)


def test_a_paused_clock_keeps_what_is_left_and_its_ledger_reaches_to_now() -> None:
    pause = Touch(at=at(23, 11, 20), id="p1", what="paused")

    found = explained(at(24, 10), asked(at(23, 11)), pause)

    assert (found.state, found.elapsed_s, found.left_s) == ("paused", 1200, 6000)
    assert why(found) == [("open", 1200), ("paused", 0)]
    assert found.ledger[-1].to_at == at(24, 10)


def test_a_pause_that_is_over_stands_in_the_ledger_and_the_rest_makes_the_target() -> None:
    pause = Touch(at=at(23, 11, 20), id="p1", what="paused")
    resume = Touch(at=at(23, 11, 50), id="p2", what="resumed")

    found = explained(at(23, 11, 55), asked(at(23, 11)), pause, resume)

    assert why(found) == [("open", 1200), ("paused", 0), ("open", 600), ("break", 0), ("open", 5400)]
    assert (found.elapsed_s, found.left_s) == (1500, 5700)


def test_where_the_cap_binds_it_says_so_and_counts_wall_time_once_less_is_left() -> None:
    friday = asked(at(20, 17, 30))

    evening = explained(at(20, 20), friday)
    last_hour = explained(at(21, 16, 30), friday)

    assert evening.bound_by == "cap"
    assert evening.due_at == at(21, 17, 30)
    assert (evening.elapsed_s, evening.left_s) == (1800, 5400)
    assert last_hour.left_s == 3600
    assert explained(at(21, 17, 31), friday).left_s == -60
    assert why(evening) == [("open", 1800), ("off_hours", 0), ("rest_day", 0)]


def test_a_message_in_closed_hours_starts_counting_when_the_desk_opens() -> None:
    found = explained(at(23, 8, 59), asked(at(22, 23)))

    assert (found.elapsed_s, found.left_s, found.due_at) == (0, 7200, at(23, 11))


def test_an_explanation_is_printed_as_the_formats_say() -> None:
    line = msgspec.json.decode(msgspec.json.encode(explained(at(23, 11, 30), asked(at(23, 11)))))

    assert {
        "kind",
        "policy",
        "started_at",
        "due_at",
        "state",
        "ended_at",
        "elapsed_s",
        "left_s",
    } <= line.keys()
    assert line["ledger"][0] == {
        "from": "2026-11-23T03:00:00Z",
        "to": "2026-11-23T04:00:00Z",
        "counted_s": 3600,
        "why": "open",
        "zh": "工作时间",
        "en": "working hours",
    }
