"""The clocks of a conversation: a pure function of everything that happened in it.

`course` says who waited for what; here every wait gets its due time. A due time is the earliest instant at which the
counted time equals the target, or the cap is used up, whichever comes first. A pause stops both: what is left of the
target and of the cap stays as it is until the clock goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from streams.sla.course import End, Pause, Touch, Wait, What, waits_of
from streams.sla.instants import US, from_us, to_us
from streams.sla.ledger import LedgerSpan, ledger_of
from streams.sla.openings import PAUSED, Piece
from streams.sla.terms import ClockKind, Terms
from streams.sla.timing import due_of

__all__ = [
    "PILE_ON",
    "Clock",
    "ClockKind",
    "ClockState",
    "End",
    "Explained",
    "Pause",
    "Terms",
    "Touch",
    "What",
    "clocks_of",
    "clocks_over",
    "explain",
    "is_promised",
    "state_of",
    "with_folds",
]

PILE_ON = "pile_on"
"""Why a clock counts no more: it folded into a group."""
ClockState = Literal["running", "paused", "met", "breached", "cancelled"]


class Clock(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One promise to one customer. `kind` and `ordinal` name it within its conversation."""

    kind: ClockKind
    ordinal: int
    """1 for the first clock of its kind."""
    policy: str
    started_at: datetime
    started_by: str
    """Id of the customer's message that began the wait."""
    due_at: datetime
    """While paused: as it stood when the pause began; it moves when the clock goes on."""
    target_s: int
    ended_at: datetime | None = None
    ended_by: str | None = None
    state_end: End | None = None
    reason: str | None = None
    """Why it was cancelled, or what was said when it was settled."""
    pauses: tuple[Pause, ...] = ()
    """Those that began before the due time; the last is open while the clock is paused."""
    warn_ats: tuple[datetime, ...] = ()
    """When each fraction of `warn_at` is used up; like `due_at`, as it stood while paused."""
    folded_at: datetime | None = None
    """From then on the clock of a group stands for it; how the wait ended is kept all the same."""

    @property
    def paused_since(self) -> datetime | None:
        """When the pause began that still lasts."""
        return self.pauses[-1].from_at if self.pauses and self.pauses[-1].to_at is None else None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A clock as `fenghuo sla explain` prints it, all but the name of its conversation."""

    kind: ClockKind
    ordinal: int
    policy: str
    started_at: datetime
    due_at: datetime
    state: ClockState
    ended_at: datetime | None
    reason: str | None
    folded_at: datetime | None
    """From then on a group's clock stands for it in the queue and in the figures; the rest is what this customer saw."""
    target_s: int
    elapsed_s: int
    """Counted from the start to the end of the wait, or to now; pauses count nothing."""
    left_s: int
    """Of the target; in wall time where the cap leaves less. Below zero: how far over. Stands still while paused."""
    bound_by: Literal["calendar", "cap"]
    """What makes it due at that time."""
    ledger: tuple[LedgerSpan, ...]
    """From the start to the due time (while paused: to now); where the calendar binds, its seconds make the target."""


def clocks_of(touches: Sequence[Touch], terms: Terms) -> tuple[Clock, ...]:
    """The clocks of a conversation in the order of their beginning, those without a target left out.

    Depends only on the set of touches: they are taken in the order of (`at`, `id`) whatever order they come in.

    Raises:
        CalendarError: a touch outside of the years that calendars count.
    """
    waits = waits_of(touches, auto_replies_count=terms.policy.auto_replies_count)
    return tuple(
        _clock(wait, target_s, terms) for wait in waits if (target_s := terms.target_s(wait.kind)) is not None
    )


def with_folds(clocks: Iterable[Clock], folds: Mapping[str, int]) -> tuple[Clock, ...]:
    """`clocks` with those folded that a group stands for; the resolution goes with the first answer that it waits for.

    Args:
        clocks: as they would be without any group.
        folds: since when, in microseconds since 1970, by the name of the response clock (`kind/ordinal`).
    """
    if not folds:
        return tuple(clocks)
    return tuple(_with_fold(clock, folds) for clock in clocks)


def _with_fold(clock: Clock, folds: Mapping[str, int]) -> Clock:
    since_us = folds.get(f"{clock.kind}/{clock.ordinal}")
    if clock.kind == "resolution":
        until_us = None if clock.ended_at is None else to_us(clock.ended_at)
        started_us = to_us(clock.started_at)
        within = [us for us in folds.values() if started_us <= us and (until_us is None or us < until_us)]
        since_us = min(within, default=None)
    return clock if since_us is None else msgspec.structs.replace(clock, folded_at=from_us(since_us))


def clocks_over(
    touches: Sequence[Touch], earlier: Sequence[tuple[datetime, Terms]], terms: Terms
) -> tuple[Clock, ...]:
    """`clocks_of` where other terms held before: what was over by then stays as it was promised.

    Args:
        touches: as for `clocks_of`.
        earlier: the terms that held before, the oldest first, each with the instant at which others took their place.
        terms: those that hold now.
    """
    auto_replies_count = (earlier[0][1] if earlier else terms).policy.auto_replies_count
    waits = waits_of(touches, auto_replies_count=auto_replies_count)
    clocks = (_clock_over(wait, earlier, terms) for wait in waits)
    return tuple(clock for clock in clocks if clock is not None)


def _clock_over(wait: Wait, earlier: Sequence[tuple[datetime, Terms]], terms: Terms) -> Clock | None:
    for until, old in earlier:
        clock = _promised(wait, old)
        if clock is None:
            if wait.ended_at is not None and wait.ended_at <= until:
                return None
        elif _is_over(clock, until):
            return clock
    return _promised(wait, terms)


def _promised(wait: Wait, terms: Terms) -> Clock | None:
    target_s = terms.target_s(wait.kind)
    return None if target_s is None else _clock(wait, target_s, terms)


def is_promised(clock: Clock, terms: Terms) -> bool:
    """Whether these terms promise just what the clock says."""
    if clock.target_s != terms.target_s(clock.kind):
        return False
    due = due_of(terms.calendar, clock.started_at, clock.pauses, clock.target_s, terms.cap_of(clock.kind))
    return due.at == clock.due_at


def _is_over(clock: Clock, until: datetime) -> bool:
    """Whether it had ended or run out by then; what stood still in a pause had not."""
    if clock.ended_at is not None and clock.ended_at <= until:
        return True
    return clock.due_at <= until and clock.paused_since is None


def state_of(clock: Clock, now: datetime) -> ClockState:
    """How the clock stands at `now`.

    What happens at the due time is in time. A wait that ended after its due time is breached however it ended: closing
    late is no hit. One that was folded into a group counts with the group.
    """
    if clock.folded_at is not None:
        return "cancelled"
    if clock.ended_at is not None and clock.state_end is not None:
        return "breached" if clock.ended_at > clock.due_at else clock.state_end
    if clock.paused_since is not None:
        return "paused"
    return "breached" if now > clock.due_at else "running"


def explain(clock: Clock, terms: Terms, now: datetime) -> Explained:
    """`clock` at `now`, under the terms that it was made by."""
    # What this customer saw stays true in a group too: when they were answered, and whether that was in time.
    state = state_of(msgspec.structs.replace(clock, folded_at=None), now)
    end_us = to_us(clock.ended_at if clock.ended_at is not None else now)
    elapsed_s = sum(terms.calendar.counted_us(*stretch) for stretch in _running(clock, end_us)) // US
    capped = due_of(
        terms.calendar, clock.started_at, clock.pauses, clock.target_s, terms.cap_of(clock.kind)
    ).capped
    left_s = clock.target_s - elapsed_s
    if capped:
        still_us = to_us(clock.paused_since) if clock.paused_since is not None else end_us
        left_s = min(left_s, (to_us(clock.due_at) - still_us) // US)
    return Explained(
        kind=clock.kind,
        ordinal=clock.ordinal,
        policy=clock.policy,
        started_at=clock.started_at,
        due_at=clock.due_at,
        state=state,
        ended_at=clock.ended_at,
        reason=clock.reason,
        folded_at=clock.folded_at,
        target_s=clock.target_s,
        elapsed_s=elapsed_s,
        left_s=left_s,
        bound_by="cap" if capped else "calendar",
        ledger=_ledger(clock, terms, now),
    )


def _clock(wait: Wait, target_s: int, terms: Terms) -> Clock:
    started = wait.started
    due = due_of(terms.calendar, started.at, wait.pauses, target_s, terms.cap_of(wait.kind), terms.warn_at)
    return Clock(
        kind=wait.kind,
        ordinal=wait.ordinal,
        policy=terms.policy.id,
        started_at=started.at.astimezone(UTC),
        started_by=started.id,
        due_at=due.at,
        target_s=target_s,
        ended_at=None if wait.ended_at is None else wait.ended_at.astimezone(UTC),
        ended_by=wait.ended_by,
        state_end=wait.end,
        reason=wait.reason,
        pauses=tuple(pause for pause in wait.pauses if pause.from_at < due.at),
        warn_ats=due.warn_ats,
    )


def _running(clock: Clock, end_us: int) -> list[tuple[int, int]]:
    """The stretches from the start to `end_us` in which the clock was not paused."""
    running: list[tuple[int, int]] = []
    cursor_us = to_us(clock.started_at)
    for pause in clock.pauses:
        running.append((cursor_us, min(to_us(pause.from_at), end_us)))
        cursor_us = end_us if pause.to_at is None else to_us(pause.to_at)
    running.append((cursor_us, end_us))
    return [(from_us, to_us_) for from_us, to_us_ in running if from_us < to_us_]


def _ledger(clock: Clock, terms: Terms, now: datetime) -> tuple[LedgerSpan, ...]:
    pieces: list[Piece] = []
    end_us = to_us(now if clock.paused_since is not None else clock.due_at)
    cursor_us = to_us(clock.started_at)
    for pause in clock.pauses:
        pause_from_us = to_us(pause.from_at)
        pause_to_us = end_us if pause.to_at is None else to_us(pause.to_at)
        pieces += terms.calendar.pieces(cursor_us, pause_from_us)
        if pause_from_us < pause_to_us:
            pieces.append(Piece(pause_from_us, pause_to_us, counts=False, reason=PAUSED))
        cursor_us = pause_to_us
    pieces += terms.calendar.pieces(cursor_us, end_us)
    return ledger_of(pieces)
