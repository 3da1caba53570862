"""Clocks against an oracle that lives through a conversation second by second and knows no calendar arithmetic."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from streams.sla.calendar import Calendar, CalendarSpec
from streams.sla.clocks import Clock, Terms, Touch, What, clocks_of, explain, state_of
from streams.sla.policy import Policy, When

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
OPEN_S = ((3, 9), (12, 13), (20, 86_400))
"""Seconds of a day in which time counts: a short day with two breaks, then open ground."""
LAST_S = 40
TARGETS_S = {"first_response": 5, "next_response": 8, "resolution": 14}
CAP_S = 7

CALENDAR = Calendar(CalendarSpec(id="seconds", timezone="UTC", hours=(OPEN_S,) * 7))
POLICY = Policy(
    id="p",
    when=When(),
    calendar="seconds",
    first_response_s=TARGETS_S["first_response"],
    next_response_s=TARGETS_S["next_response"],
    resolution_s=TARGETS_S["resolution"],
)
TERMS = Terms(policy=POLICY, calendar=CALENDAR, cap_s=CAP_S, warn_at=(0.5, 0.8))


class Lived:
    """One clock as it is lived through."""

    def __init__(self, kind: str, messages: list[str], started_s: int) -> None:
        self.kind = kind
        self.started_s = started_s
        self.messages = messages
        self.counted_s = self.wall_s = 0
        self.paused: str | None = None
        self.breached = False
        self.end: str | None = None
        self.ended_s: int | None = None

    def used_up(self) -> bool:
        capped = self.kind != "resolution" and self.wall_s >= CAP_S
        return capped or self.counted_s >= TARGETS_S[self.kind]

    def live_a_second(self, second: int) -> None:
        if self.end is None and self.paused is None:
            self.wall_s += 1
            self.counted_s += any(start <= second < end for start, end in OPEN_S)

    def finish(self, end: str, second: int) -> None:
        self.end, self.ended_s = end, second

    def drop(self, ids: set[str], second: int) -> None:
        left = [message for message in self.messages if message not in ids]
        if self.messages and not left:
            self.finish("cancelled", second)
        self.messages = left

    def state(self) -> str:
        if self.breached:
            return "breached"
        return self.end or ("paused" if self.paused is not None else "running")


def live(touches: Sequence[Touch]) -> list[Lived]:
    """Every second: let it pass, take what happens in it, then see who is too late."""
    clocks: list[Lived] = []
    answered = False
    for second in range(LAST_S + 1):
        for clock in clocks:
            clock.live_a_second(second - 1)
        for touch in sorted(
            (t for t in touches if t.at == MIDNIGHT + timedelta(seconds=second)), key=lambda t: t.id
        ):
            running = [clock for clock in clocks if clock.end is None]
            replies = [clock for clock in running if clock.kind != "resolution"]
            if touch.what == "customer":
                for clock in running:
                    clock.paused = None if clock.paused == "customer" else clock.paused
                    clock.messages.append(touch.id)
                if not replies:
                    kind = "next_response" if answered else "first_response"
                    clocks.append(Lived(kind, [touch.id], second))
                if len(running) == len(replies):
                    clocks.append(Lived("resolution", [touch.id], second))
            elif touch.what == "paused":
                for clock in running:
                    # What is used up at this very second can no longer be held.
                    if clock.paused is None and not clock.used_up():
                        clock.paused = touch.reason or "other"
            elif touch.what == "resumed":
                for clock in running:
                    clock.paused = None
            elif touch.what == "ours" and clocks:
                answered = True
                for clock in replies:
                    clock.finish("met", second)
            elif touch.what == "settled" and clocks:
                answered = True
                for clock in running:
                    clock.finish("met" if clock.kind == "resolution" else "cancelled", second)
            elif touch.what in {"deleted", "spam", "no_reply_needed"}:
                drop(touch, running, replies, second)
        for clock in clocks:
            # A second that ends with the target used up and nobody answering is the due time itself.
            due_passed = clock.end is None and clock.paused is None and clock.used_up() and second < LAST_S
            clock.breached = clock.breached or due_passed
    return clocks


def drop(touch: Touch, running: list[Lived], replies: list[Lived], second: int) -> None:
    if touch.of is not None:
        ids = {touch.of}
    else:
        asked = replies if touch.what == "no_reply_needed" else running
        ids = {message for clock in asked for message in clock.messages}
    for clock in running:
        clock.drop(ids, second)


@st.composite
def conversations(draw: st.DrawFn) -> list[Touch]:
    """Up to 12 touches; what takes a message out names one that is there already, or none."""
    seconds = sorted(draw(st.lists(st.integers(0, LAST_S - 1), min_size=1, max_size=12)))
    touches: list[Touch] = []
    for number, second in enumerate(seconds):
        what: What = draw(st.sampled_from(("customer", *get_args(What))))
        messages = [touch.id for touch in touches if touch.what == "customer"]
        of = (
            draw(st.sampled_from([None, *messages]))
            if what in {"deleted", "spam", "no_reply_needed"}
            else None
        )
        reason = draw(st.sampled_from([None, "customer"])) if what == "paused" else None
        at = MIDNIGHT + timedelta(seconds=second)
        touches.append(Touch(at=at, id=f"t{number:02}", what=what, of=of, reason=reason))
    return touches


def summary(clock: Clock, now: datetime) -> tuple[str, int, str, int | None]:
    ended = None if clock.ended_at is None else int((clock.ended_at - MIDNIGHT).total_seconds())
    return clock.kind, int((clock.started_at - MIDNIGHT).total_seconds()), state_of(clock, now), ended


@given(conversations(), st.randoms(use_true_random=False))
def test_clocks_are_those_of_a_conversation_lived_second_by_second_in_any_arrival_order(
    touches: list[Touch], random: st.DataObject
) -> None:
    shuffled = list(touches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    now = MIDNIGHT + timedelta(seconds=LAST_S)

    clocks = clocks_of(shuffled, TERMS)

    lived = [(clock.kind, clock.started_s, clock.state(), clock.ended_s) for clock in live(touches)]
    assert [summary(clock, now) for clock in clocks] == lived


@given(conversations())
def test_every_explanation_adds_up(touches: list[Touch]) -> None:
    now = MIDNIGHT + timedelta(seconds=LAST_S)
    for clock, lived in zip(clocks_of(touches, TERMS), live(touches), strict=True):
        found = explain(clock, TERMS, now)
        ledger_s = sum(span.counted_s for span in found.ledger)

        assert all(clock.started_at <= warning <= clock.due_at for warning in clock.warn_ats)
        assert (found.left_s < 0) <= (found.state == "breached")
        assert found.state != "breached" or found.left_s <= 0
        if found.state == "paused":
            assert (ledger_s, found.elapsed_s) == (lived.counted_s, lived.counted_s)
        elif found.bound_by == "calendar":
            assert ledger_s == clock.target_s
        else:
            assert ledger_s < clock.target_s
        if found.state in {"met", "cancelled"}:
            assert found.elapsed_s == lived.counted_s
