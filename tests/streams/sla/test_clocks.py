"""The clocks of a conversation, drawn: what happened on the left of a line, what the clocks made of it below.

Times are Shanghai's on Monday 2026-11-23; `24T09:00` is the day after. Targets unless said otherwise: first response 30
minutes, next response 60, resolution 8 hours, around the clock, no cap.
"""

from datetime import UTC, datetime
from itertools import permutations
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from streams.sla.calendar import Calendar, parse_calendar
from streams.sla.clocks import Clock, Terms, Touch, What, clocks_of, explain, state_of
from streams.sla.policy import Policy, When

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALWAYS = Calendar(parse_calendar("always", "24x7"))
OFFICE = Calendar(
    parse_calendar("office", {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"})
)
HOUR = 3600


def terms(
    calendar: Calendar = ALWAYS,
    first_m: int | None = 30,
    next_m: int | None = 60,
    resolution_h: int | None = 8,
    cap_h: int | None = None,
    warn_at: tuple[float, ...] = (),
    auto_replies_count: bool = False,
) -> Terms:
    policy = Policy(
        id="p",
        when=When(),
        calendar=calendar.spec.id,
        first_response_s=None if first_m is None else first_m * 60,
        next_response_s=None if next_m is None else next_m * 60,
        resolution_s=None if resolution_h is None else resolution_h * HOUR,
        auto_replies_count=auto_replies_count,
    )
    cap_s = None if cap_h is None else cap_h * HOUR
    return Terms(policy=policy, calendar=calendar, cap_s=cap_s, warn_at=warn_at)


REPLIES = terms(resolution_h=None)
"""Only the two response clocks."""


def at(text: str) -> datetime:
    day, _, clock = text.rpartition("T")
    hour, minute, second = (int(part) for part in (clock + ":00").split(":")[:3])
    return datetime(2026, 11, int(day or 23), hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def talk(drawing: str) -> list[Touch]:
    """One touch a line: time, what, id, then `of:…` or `reason:…`."""
    touches = []
    for line in drawing.strip().splitlines():
        when, what, id_, *rest = line.split()
        assert what in get_args(What)
        more = dict(word.split(":", 1) for word in rest)
        touches.append(Touch(at=at(when), id=id_, what=what, of=more.get("of"), reason=more.get("reason")))  # type: ignore[arg-type]  # asserted above
    return touches


def short(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return local.strftime("%H:%M") if local.day == 23 else local.strftime("%dT%H:%M")


def drawn(clocks: tuple[Clock, ...], now: str) -> list[str]:
    """`kind ordinal start→due state[ end]`."""
    lines = []
    for clock in clocks:
        end = "" if clock.ended_at is None else f" {short(clock.ended_at)}"
        span = f"{short(clock.started_at)}→{short(clock.due_at)}"
        lines.append(f"{clock.kind} {clock.ordinal} {span} {state_of(clock, at(now))}{end}")
    return lines


def test_a_message_starts_the_first_response_and_the_resolution() -> None:
    touches = talk("10:00 customer m1")

    assert drawn(clocks_of(touches, terms()), now="10:10") == [
        "first_response 1 10:00→10:30 running",
        "resolution 1 10:00→18:00 running",
    ]


def test_nothing_happened_and_no_clock_runs() -> None:
    assert clocks_of([], terms()) == ()


def test_our_reply_meets_it_and_the_next_message_starts_the_next_response() -> None:
    touches = talk("""
        10:00 customer m1
        10:12 ours     r1
        11:00 customer m2
        11:05 customer m3
        11:40 ours     r2
    """)

    assert drawn(clocks_of(touches, REPLIES), now="12:00") == [
        "first_response 1 10:00→10:30 met 10:12",
        "next_response 1 11:00→12:00 met 11:40",
    ]


def test_a_burst_of_messages_does_not_restart_the_first_clock() -> None:
    touches = talk("""
        10:00 customer m1
        10:10 customer m2
        10:29 customer m3
    """)

    assert drawn(clocks_of(touches, REPLIES), now="10:29") == ["first_response 1 10:00→10:30 running"]


@pytest.mark.parametrize(
    ("reply", "state"),
    [("10:29:59", "met"), ("10:30:00", "met"), ("10:30:01", "breached"), ("15:00:00", "breached")],
)
def test_a_reply_at_the_due_time_is_in_time_and_one_second_later_is_not(reply: str, state: str) -> None:
    [clock] = clocks_of(talk(f"10:00 customer m1\n{reply} ours r1"), REPLIES)

    assert state_of(clock, at("16:00")) == state
    assert clock.ended_at == at(reply)


@pytest.mark.parametrize(("now", "state"), [("10:30:00", "running"), ("10:30:01", "breached")])
def test_what_runs_past_its_due_time_is_breached(now: str, state: str) -> None:
    [clock] = clocks_of(talk("10:00 customer m1"), REPLIES)

    assert state_of(clock, at(now)) == state


def test_breach_although_answered_is_voided_when_the_reply_in_time_arrives_late() -> None:
    question = talk("10:00 customer m1")
    late_news = talk("10:20 ours r1")

    assert drawn(clocks_of(question, REPLIES), now="10:31") == ["first_response 1 10:00→10:30 breached"]
    assert drawn(clocks_of(question + late_news, REPLIES), now="10:40") == [
        "first_response 1 10:00→10:30 met 10:20"
    ]


def test_an_earlier_message_becomes_the_start_of_the_first_clock() -> None:
    known = talk("10:00 customer m2")

    [clock] = clocks_of(known + talk("09:50 customer m1"), REPLIES)

    assert (clock.ordinal, clock.started_by, clock.due_at) == (1, "m1", at("10:20"))


def test_arrival_order_is_irrelevant() -> None:
    touches = talk("""
        10:00 customer m1
        10:05 paused   p1
        10:25 resumed  p2
        10:40 ours     r1
        11:00 customer m2
        11:10 settled  s1
    """)
    expected = clocks_of(touches, terms())

    assert all(clocks_of(order, terms()) == expected for order in permutations(touches))


def test_the_same_touch_twice_is_once() -> None:
    touches = talk("""
        10:00 customer m1
        10:05 paused   p1
        10:25 resumed  p2
        10:40 ours     r1
        11:00 customer m2
        11:05 no_reply_needed n1
        11:10 settled  s1
    """)

    assert clocks_of(touches * 2, terms()) == clocks_of(touches, terms())


def test_equal_timestamps_are_ordered_by_id() -> None:
    answered = talk("10:00 customer a\n10:00 ours b")
    greeted = talk("10:00 customer b\n10:00 ours a")

    assert drawn(clocks_of(answered, REPLIES), now="10:01") == ["first_response 1 10:00→10:30 met 10:00"]
    assert drawn(clocks_of(greeted, REPLIES), now="10:01") == ["first_response 1 10:00→10:30 running"]


def test_the_repeated_hour_of_autumn_is_ordered_by_instants_not_by_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    asked = Touch(at=datetime(2026, 10, 25, 2, 50, tzinfo=berlin, fold=0), id="m1", what="customer")
    answered = Touch(at=datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1), id="r1", what="ours")

    [clock] = clocks_of([asked, answered], REPLIES)

    assert state_of(clock, datetime(2026, 10, 25, 4, tzinfo=berlin)) == "met"
    assert explain(clock, REPLIES, datetime(2026, 10, 25, 4, tzinfo=berlin)).elapsed_s == 20 * 60


class TestWhatIsNoAnswer:
    def test_a_reply_before_any_customer_message_is_ignored(self) -> None:
        touches = talk("""
            09:00 ours     r1
            10:00 customer m1
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:10") == ["first_response 1 10:00→10:30 running"]

    def test_automatic_replies_do_not_count(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:00:05 auto  r1
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:31") == ["first_response 1 10:00→10:30 breached"]

    def test_automatic_replies_count_where_the_policy_says_so(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:00:05 auto  r1
        """)
        lenient = terms(resolution_h=None, auto_replies_count=True)

        assert drawn(clocks_of(touches, lenient), now="10:31") == ["first_response 1 10:00→10:30 met 10:00"]

    def test_settling_is_no_answer_so_a_late_closing_is_no_hit_and_nothing_breaches_after_it(self) -> None:
        closed = talk("10:00 customer m1\n10:20 settled s1")
        closed_late = talk("10:00 customer m1\n10:40 settled s1")

        assert drawn(clocks_of(closed, REPLIES), now="12:00") == [
            "first_response 1 10:00→10:30 cancelled 10:20"
        ]
        assert drawn(clocks_of(closed_late, REPLIES), now="12:00") == [
            "first_response 1 10:00→10:30 breached 10:40"
        ]


class TestResolution:
    def test_it_runs_from_the_first_message_until_settled_whatever_is_said_between(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 ours     r1
            11:00 customer m2
            11:10 ours     r2
            17:59 settled  s1
        """)

        assert drawn(clocks_of(touches, terms()), now="20:00")[1] == "resolution 1 10:00→18:00 met 17:59"

    def test_update_target_does_not_override_the_first_response(self) -> None:
        """A later clock has its own target; it never moves one that ran before."""
        touches = talk("""
            10:00 customer m1
            10:31 ours     r1
            10:40 customer m2
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:50") == [
            "first_response 1 10:00→10:30 breached 10:31",
            "next_response 1 10:40→11:40 running",
        ]

    def test_a_message_after_settling_starts_a_next_response_and_a_new_resolution(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 settled  s1
            12:00 customer m2
        """)

        assert drawn(clocks_of(touches, terms()), now="12:10") == [
            "first_response 1 10:00→10:30 cancelled 10:10",
            "resolution 1 10:00→18:00 met 10:10",
            "next_response 1 12:00→13:00 running",
            "resolution 2 12:00→20:00 running",
        ]

    def test_settling_nothing_is_nothing(self) -> None:
        assert drawn(clocks_of(talk("09:00 settled s1\n10:00 customer m1"), REPLIES), now="10:10") == [
            "first_response 1 10:00→10:30 running"
        ]

    def test_settled_twice_ends_once(self) -> None:
        touches = talk("10:00 customer m1\n10:10 ours r1\n11:00 settled s1\n19:00 settled s2")

        assert drawn(clocks_of(touches, terms()), now="20:00")[1] == "resolution 1 10:00→18:00 met 11:00"


class TestTakenOut:
    @pytest.mark.parametrize("what", ["deleted", "spam", "no_reply_needed"])
    def test_a_message_that_is_gone_cancels_its_clocks_with_the_reason(self, what: str) -> None:
        clocks = clocks_of(talk(f"10:00 customer m1\n10:10 {what} d1 of:m1"), terms())

        assert drawn(clocks, now="20:00") == [
            "first_response 1 10:00→10:30 cancelled 10:10",
            "resolution 1 10:00→18:00 cancelled 10:10",
        ]
        assert {clock.reason for clock in clocks} == {what}

    def test_a_reason_given_is_the_reason_kept(self) -> None:
        clocks = clocks_of(talk("10:00 customer m1\n10:10 no_reply_needed n1 reason:thanks"), REPLIES)

        assert [(clock.reason, clock.ended_by) for clock in clocks] == [("thanks", "n1")]

    def test_gone_after_the_due_time_the_breach_stays(self) -> None:
        touches = talk("10:00 customer m1\n10:40 deleted d1 of:m1")

        assert drawn(clocks_of(touches, REPLIES), now="11:00") == [
            "first_response 1 10:00→10:30 breached 10:40"
        ]

    def test_while_one_message_of_a_burst_is_left_the_customer_still_waits(self) -> None:
        first_gone = talk("""
            10:00 customer m1
            10:05 customer m2
            10:10 deleted  d1 of:m1
        """)
        both_gone = first_gone + talk("10:20 deleted d2 of:m2")

        assert drawn(clocks_of(first_gone, REPLIES), now="10:20") == ["first_response 1 10:00→10:30 running"]
        assert drawn(clocks_of(both_gone, REPLIES), now="10:25") == [
            "first_response 1 10:00→10:30 cancelled 10:20"
        ]

    def test_an_answered_message_that_is_deleted_leaves_its_answer_met(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 ours     r1
            10:20 deleted  d1 of:m1
        """)

        assert drawn(clocks_of(touches, terms()), now="20:00") == [
            "first_response 1 10:00→10:30 met 10:10",
            "resolution 1 10:00→18:00 cancelled 10:20",
        ]

    def test_our_own_reply_deleted_was_an_answer_all_the_same(self) -> None:
        touches = talk("10:00 customer m1\n10:10 ours r1\n10:20 deleted d1 of:r1")

        assert drawn(clocks_of(touches, REPLIES), now="11:00") == ["first_response 1 10:00→10:30 met 10:10"]

    def test_thanks_after_an_answer_needs_no_reply_and_leaves_the_resolution_running(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 ours     r1
            10:20 customer m2
            10:20 no_reply_needed n1 of:m2
        """)

        assert drawn(clocks_of(touches, terms()), now="11:00") == [
            "first_response 1 10:00→10:30 met 10:10",
            "resolution 1 10:00→18:00 running",
            "next_response 1 10:20→11:20 cancelled 10:20",
        ]

    def test_no_reply_needed_without_a_message_means_all_that_wait(self) -> None:
        touches = talk("10:00 customer m1\n10:05 customer m2\n10:10 no_reply_needed n1")

        assert drawn(clocks_of(touches, REPLIES), now="11:00") == [
            "first_response 1 10:00→10:30 cancelled 10:10"
        ]

    @pytest.mark.parametrize("ids", ["n1 a1", "a1 n1"])
    def test_who_says_at_the_same_instant_that_it_needs_a_reply_is_right(self, ids: str) -> None:
        said, taken_back = ids.split()
        touches = talk(f"""
            10:00 customer m1
            10:10 no_reply_needed {said} of:m1
            10:10 reply_needed {taken_back} of:m1
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:20") == ["first_response 1 10:00→10:30 running"]

    def test_spam_without_a_message_means_the_whole_conversation(self) -> None:
        touches = talk("10:00 customer m1\n10:05 ours r1\n10:10 spam x1")

        assert (
            drawn(clocks_of(touches, terms()), now="11:00")[1] == "resolution 1 10:00→18:00 cancelled 10:10"
        )

    def test_taken_out_by_a_clock_that_runs_behind_it_is_out_from_its_beginning(self) -> None:
        touches = talk("09:59 deleted d1 of:m1\n10:00 customer m1")

        assert drawn(clocks_of(touches, REPLIES), now="11:00") == [
            "first_response 1 10:00→10:30 cancelled 10:00"
        ]

    def test_who_was_never_answered_waits_for_a_first_response_again(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:05 no_reply_needed n1
            11:00 customer m2
        """)

        assert drawn(clocks_of(touches, REPLIES), now="11:10") == [
            "first_response 1 10:00→10:30 cancelled 10:05",
            "first_response 2 11:00→11:30 running",
        ]


class TestPause:
    def test_pause_and_resume_keep_what_is_left(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 paused   p1
            12:00 resumed  p2
        """)

        assert drawn(clocks_of(touches, REPLIES), now="12:10") == ["first_response 1 10:00→12:20 running"]

    def test_no_instant_breach_on_resume(self) -> None:
        touches = talk("10:00 customer m1\n10:10 paused p1\n24T10:10 resumed p2")

        [clock] = clocks_of(touches, REPLIES)

        assert state_of(clock, at("24T10:10")) == "running"
        assert clock.due_at == at("24T10:30")

    def test_a_paused_clock_never_breaches_and_shows_its_due_time_as_it_stood(self) -> None:
        touches = talk("10:00 customer m1\n10:10 paused p1")

        assert drawn(clocks_of(touches, REPLIES), now="30T10:00") == ["first_response 1 10:00→10:30 paused"]

    def test_a_reply_during_a_pause_meets_what_was_left(self) -> None:
        touches = talk("10:00 customer m1\n10:10 paused p1\n15:00 ours r1")

        assert drawn(clocks_of(touches, REPLIES), now="16:00") == ["first_response 1 10:00→15:20 met 15:00"]

    def test_several_pauses_add_up_and_a_pause_within_a_pause_is_one(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 paused   p1
            10:20 paused   p2
            10:40 resumed  p3
            10:45 paused   p4
            10:50 resumed  p5
            10:51 resumed  p6
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:55") == ["first_response 1 10:00→11:05 running"]

    def test_a_pause_that_begins_when_nothing_is_left_saves_nothing(self) -> None:
        touches = talk("10:00 customer m1\n10:30 paused p1")

        assert drawn(clocks_of(touches, REPLIES), now="10:31") == ["first_response 1 10:00→10:30 breached"]

    def test_the_cap_stands_still_in_a_pause_too(self) -> None:
        touches = talk("10:00 customer m1\n11:00 paused p1\n13:00 resumed p2")
        capped = terms(first_m=600, resolution_h=None, cap_h=4)

        assert drawn(clocks_of(touches, capped), now="13:10") == ["first_response 1 10:00→16:00 running"]

    def test_a_pause_for_the_customer_ends_when_the_customer_writes(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 paused   p1 reason:customer
            10:40 customer m2
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:45") == ["first_response 1 10:00→11:00 running"]

    def test_a_pause_for_somebody_else_lasts_until_resumed(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 paused   p1 reason:supplier
            10:40 customer m2
        """)

        assert drawn(clocks_of(touches, REPLIES), now="10:45") == ["first_response 1 10:00→10:30 paused"]

    def test_a_message_that_begins_a_wait_during_a_pause_is_not_held_by_it(self) -> None:
        touches = talk("""
            10:00 customer m1
            10:10 ours     r1
            10:20 paused   p1
            11:00 customer m2
        """)

        assert drawn(clocks_of(touches, terms()), now="11:10") == [
            "first_response 1 10:00→10:30 met 10:10",
            "resolution 1 10:00→18:00 paused",
            "next_response 1 11:00→12:00 running",
        ]

    def test_what_is_left_counts_in_working_hours_after_a_pause_over_night(self) -> None:
        touches = talk("17:30 customer m1\n17:45 paused p1\n24T08:00 resumed p2")

        assert drawn(clocks_of(touches, terms(OFFICE, resolution_h=None)), now="24T08:30") == [
            "first_response 1 17:30→24T09:15 running"
        ]


class TestCap:
    """Friday evening to Monday morning: by the office calendar nobody would be owed anything before Monday."""

    def test_the_cap_is_due_before_the_calendar_and_binds_responses_alone(self) -> None:
        touches = talk("20T17:30 customer m1")

        assert drawn(clocks_of(touches, terms(OFFICE, first_m=120, cap_h=24)), now="20T18:00") == [
            "first_response 1 20T17:30→21T17:30 running",
            "resolution 1 20T17:30→18:00 running",
        ]

    def test_the_calendar_is_due_before_the_cap(self) -> None:
        assert drawn(
            clocks_of(talk("20T09:00 customer m1"), terms(OFFICE, first_m=120, cap_h=24)), now="20T09:30"
        )[0] == ("first_response 1 20T09:00→20T11:00 running")

    def test_the_next_response_is_capped_too(self) -> None:
        touches = talk("20T09:00 customer m1\n20T09:10 ours r1\n20T17:30 customer m2")

        assert drawn(clocks_of(touches, terms(OFFICE, resolution_h=None, cap_h=24)), now="20T18:00")[1] == (
            "next_response 1 20T17:30→21T17:30 running"
        )


class TestWarnings:
    def test_warnings_come_at_fractions_of_the_target(self) -> None:
        [clock] = clocks_of(talk("10:00 customer m1"), terms(resolution_h=None, warn_at=(0.5, 0.8)))

        assert clock.warn_ats == (at("10:15"), at("10:24"))

    def test_they_count_working_time_and_move_with_a_pause(self) -> None:
        touches = talk("11:00 customer m1\n11:10 paused p1\n11:40 resumed p2")

        [clock] = clocks_of(
            touches, terms(OFFICE, first_m=100, resolution_h=None, cap_h=24, warn_at=(0.1, 0.5))
        )

        assert clock.warn_ats == (at("11:10"), at("13:50"))
        assert clock.due_at == at("14:40")

    def test_where_the_cap_binds_they_watch_the_cap(self) -> None:
        [clock] = clocks_of(
            talk("20T17:30 customer m1"),
            terms(OFFICE, first_m=120, resolution_h=None, cap_h=24, warn_at=(0.2, 0.5)),
        )

        assert clock.due_at == at("21T17:30")
        assert clock.warn_ats == (at("20T17:54"), at("21T05:30"))  # working time first, then wall time

    def test_where_the_calendar_binds_half_a_cap_does_not_warn_in_the_night(self) -> None:
        [clock] = clocks_of(
            talk("18:30 customer m1"), terms(OFFICE, first_m=120, resolution_h=None, cap_h=24, warn_at=(0.5,))
        )

        assert clock.warn_ats == (at("24T10:00"),)


def test_a_policy_without_a_target_of_a_kind_runs_no_such_clock() -> None:
    touches = talk("10:00 customer m1\n10:10 ours r1\n10:20 customer m2")

    assert drawn(clocks_of(touches, terms(first_m=None, resolution_h=None)), now="10:30") == [
        "next_response 1 10:20→11:20 running"
    ]
