"""Why a conversation is due at that time: the policy, the calendar, the cap and the ledger behind it."""

from datetime import datetime
from functools import lru_cache

import msgspec

from streams.config import IntakeConfig
from streams.sla.clocks import Clock, Explained, explain
from streams.sla.errors import SlaError
from streams.sla.policy import SlaConfig
from streams.sla.terms import Terms, terms_by_policy


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A clock with its reasons. `explained` is None when today's configuration no longer has its policy."""

    clock: Clock
    left_s: float
    explained: Explained | None = None
    calendar: str | None = None
    always_open: bool = False
    cap_s: int | None = None


def promise_of(clock: Clock, intake: IntakeConfig, now: datetime) -> Promise:
    """The reasons as they stand at `now`, by the configuration that holds."""
    left_s = (clock.due_at - (clock.paused_since or now)).total_seconds()
    terms = _terms(msgspec.msgpack.encode(intake.sla)).get(clock.policy) if intake.sla else None
    if terms is None:
        return Promise(clock=clock, left_s=left_s)
    return Promise(
        clock=clock,
        left_s=left_s,
        explained=_explained(clock, terms, now),
        calendar=terms.policy.calendar,
        always_open=terms.calendar.always_open,
        cap_s=terms.cap_s,
    )


@lru_cache(maxsize=4)
def _terms(config: bytes) -> dict[str, Terms]:
    """Compiling calendars takes longer than a page may."""
    return terms_by_policy(msgspec.msgpack.decode(config, type=SlaConfig))


def _explained(clock: Clock, terms: Terms, now: datetime) -> Explained | None:
    try:
        return explain(clock, terms, now)
    except SlaError:
        return None
