"""What an address asks of the report on response times."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from services.web.asked import one_of
from services.web.errors import BadQuestion
from services.web.forms import moment
from services.web.report_figures import Asked
from services.web.visit import Visit
from streams.config import IntakeConfig
from streams.sla.errors import DurationError
from streams.sla.policy import Policy, duration_text, parse_duration
from streams.sla.report import BYS, Part

TargetKind = Literal["first_response", "next_response"]
DAYS_DEFAULT = 7
DAYS_MOST = 92
NAME_MOST = 300
_PARTS: tuple[Part, ...] = get_args(Part)
_DATE = len("2026-11-23")


def asked_in(query: Mapping[str, str], visit: Visit) -> Asked:
    """What the address asks for: without a time the last `DAYS_DEFAULT` days; a bare day counts to its end.

    Raises:
        BadQuestion: a word is not what was expected, or the time is longer than `DAYS_MOST` days.
    """
    today = visit.now.astimezone(visit.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    to_at = _end(query, visit) or today + timedelta(days=1)
    from_at = moment(visit, query, "from") or min(today, to_at) - timedelta(days=DAYS_DEFAULT - 1)
    if not timedelta(0) < to_at - from_at <= timedelta(days=DAYS_MOST):
        raise BadQuestion(f"to: expected a time after from, within {DAYS_MOST} days")
    by = one_of("by", query.get("by") or None, BYS)
    return Asked(
        from_at=from_at,
        to_at=to_at,
        period={name: query[name] for name in ("from", "to") if query.get(name)},
        by=by,
        name=query.get("name", "")[:NAME_MOST],
        show=one_of("show", query.get("show") or None, _PARTS),
        promises={
            name: written
            for target in targets_of(visit.intake)
            if (written := query.get(name := target.name, "").strip()) and written != target.now
        },
    )


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy promises, and what might be promised instead."""

    kind: TargetKind
    policy: str
    now: str
    """As the configuration writes it."""

    @property
    def name(self) -> str:
        """Of the field in forms and addresses."""
        return f"{self.kind}.{self.policy}"


def targets_of(intake: IntakeConfig) -> tuple[Target, ...]:
    """All that is promised about answers, policy by policy."""
    return tuple(target for policy in _policies(intake) for target in _targets(policy))


def _policies(intake: IntakeConfig) -> tuple[Policy, ...]:
    return intake.sla.policies if intake.sla is not None else ()


def _targets(policy: Policy) -> Iterator[Target]:
    if policy.first_response_s is not None:
        yield Target(kind="first_response", policy=policy.id, now=duration_text(policy.first_response_s))
    if policy.next_response_s is not None:
        yield Target(kind="next_response", policy=policy.id, now=duration_text(policy.next_response_s))


def promised(intake: IntakeConfig, promises: Mapping[str, str]) -> IntakeConfig:
    """The configuration with other targets.

    Raises:
        BadQuestion: one is no length of time; the message names it.
    """
    policies = tuple(
        msgspec.structs.replace(
            policy,
            first_response_s=_target_s(f"first_response.{policy.id}", promises, policy.first_response_s),
            next_response_s=_target_s(f"next_response.{policy.id}", promises, policy.next_response_s),
        )
        for policy in _policies(intake)
    )
    if intake.sla is None:
        return intake
    return msgspec.structs.replace(intake, sla=msgspec.structs.replace(intake.sla, policies=policies))


def _target_s(name: str, promises: Mapping[str, str], now_s: int | None) -> int | None:
    if name not in promises:
        return now_s
    try:
        found_s = parse_duration(promises[name])
    except DurationError as error:
        raise BadQuestion(f"{name}: found {promises[name][:40]!r}, expected {error.expected}") from error
    if found_s == 0:
        raise BadQuestion(f"{name}: a promise is longer than nothing")
    return found_s


def _end(query: Mapping[str, str], visit: Visit) -> datetime | None:
    found = moment(visit, query, "to")
    whole_day = found is not None and len(query["to"].strip()) == _DATE
    return found + timedelta(days=1) if found is not None and whole_day else found
