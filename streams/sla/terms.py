"""The terms of a conversation: one policy with its compiled calendar, the cap and the warnings."""

from typing import Literal, assert_never

import msgspec

from streams.sla.calendar import Calendar
from streams.sla.errors import PolicyError
from streams.sla.policy import Policy, SlaConfig

ClockKind = Literal["first_response", "next_response", "resolution"]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was promised to a conversation when its first message was judged."""

    policy: Policy
    calendar: Calendar
    cap_s: int | None = None
    """Wall seconds; binds the two response clocks, never the resolution."""
    warn_at: tuple[float, ...] = ()

    def target_s(self, kind: ClockKind) -> int | None:
        match kind:
            case "first_response":
                return self.policy.first_response_s
            case "next_response":
                return self.policy.next_response_s
            case "resolution":
                return self.policy.resolution_s
            case _:
                assert_never(kind)

    def cap_of(self, kind: ClockKind) -> int | None:
        """The cap in wall seconds that binds a clock of this kind."""
        return None if kind == "resolution" else self.cap_s


def terms_by_policy(config: SlaConfig) -> dict[str, Terms]:
    """The terms under each policy id; every calendar is compiled once and shared.

    Raises:
        PolicyError: an id given twice, a calendar that does not exist, a target, cap or fraction that cannot be kept.
    """
    _check_cap_and_warnings(config)
    calendars: dict[str, Calendar] = {}
    for spec in config.calendars:
        if spec.id in calendars:
            raise PolicyError("calendars", spec.id, "each id once")
        calendars[spec.id] = Calendar(spec)
    terms: dict[str, Terms] = {}
    for policy in config.policies:
        if policy.id in terms:
            raise PolicyError("sla.policies", policy.id, "each id once")
        _check_policy(policy, calendars)
        calendar = calendars[policy.calendar]
        terms[policy.id] = Terms(policy=policy, calendar=calendar, cap_s=config.cap_s, warn_at=config.warn_at)
    return terms


def _check_cap_and_warnings(config: SlaConfig) -> None:
    if config.cap_s is not None and config.cap_s <= 0:
        raise PolicyError("sla.cap", config.cap_s, "a length of time above zero")
    for fraction in config.warn_at:
        if not 0 < fraction < 1:
            raise PolicyError("sla.warn_at", fraction, "fractions between 0 and 1")


def _check_policy(policy: Policy, calendars: dict[str, Calendar]) -> None:
    field = f"sla.policies.{policy.id}"
    if policy.calendar not in calendars:
        raise PolicyError(
            f"{field}.calendar", policy.calendar, f"one of {', '.join(calendars) or 'no calendar at all'}"
        )
    targets = {
        "first_response": policy.first_response_s,
        "next_response": policy.next_response_s,
        "resolution": policy.resolution_s,
    }
    for name, target_s in targets.items():
        if target_s is not None and target_s <= 0:
            raise PolicyError(f"{field}.{name}", target_s, "a length of time above zero")
