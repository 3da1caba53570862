"""What a false alarm proposes: the limit with which its rule would have kept quiet."""

from collections.abc import Mapping
from math import floor

import msgspec

from alerting.events import Evidence
from alerting.incident import Draft
from alerting.joining_events import TuningProposed
from alerting.rules import ChangeRule, CombineRule, Rule

LIMIT_SETTINGS: Mapping[str, str] = {
    "severity": "authors", "reach": "followers", "volume": "score", "change": "minimum", "emerging": "minimum",
    "negative_share": "share", "velocity": "reposts_per_minute", "sla_breaches": "count", "silence": "below",
    "combine": "at_least",
}  # fmt: skip
"""The setting of a rule, by its type, that a proposed limit is for."""
_COUNTED = frozenset({"severity", "emerging", "sla_breaches", "reach", "change", "combine"})
"""Rules whose limit is a whole number: one more than was counted."""
_SHARES = frozenset({"negative_share", "silence"})
HIGHEST_SHARE = 0.99
LOWEST_SHARE = 0.01


def propose(draft: Draft, rules: Mapping[str, Rule], by: str | None) -> None:
    """Propose a limit for the rule that was the gravest cause."""
    evidence = draft.incident.evidence
    movable = _movable(evidence, rules.get(evidence.rule)) if evidence is not None else None
    proposed = _proposed(movable) if movable is not None else None
    if movable is None or proposed is None:
        return
    evidence = movable
    draft.add(
        TuningProposed(
            **draft.head(),
            by=by,
            rule=evidence.rule,
            rule_type=evidence.rule_type,
            measured=evidence.measured,
            limit=evidence.limit,
            proposed=proposed,
        )
    )


def _movable(evidence: Evidence, rule: Rule | None) -> Evidence | None:
    """What was measured against a limit that somebody sets; None where there is none to move."""
    match rule:
        case ChangeRule():
            # It fires by a sum that nobody sets; what can be set is how many items it takes at least.
            return msgspec.structs.replace(
                evidence, measured=float(evidence.count), limit=float(rule.minimum)
            )
        case CombineRule():
            may_ask_more = rule.when is None and evidence.measured < len(rule.of)
            return evidence if may_ask_more else None
        case _:
            return evidence if evidence.rule_type not in ("change", "combine") else None


def _proposed(evidence: Evidence) -> float | None:
    if evidence.rule_type in _COUNTED:
        return float(floor(evidence.measured)) + 1
    if evidence.rule_type in _SHARES:
        return _other_share(evidence)
    return floor(evidence.measured * 10 + 1) / 10


def _other_share(evidence: Evidence) -> float | None:
    """Just above what was measured; for silence just below. None where no share is left."""
    hundredth = floor(evidence.measured * 100 + 1e-9)
    share = (hundredth - 1 if evidence.rule_type == "silence" else hundredth + 1) / 100
    return share if LOWEST_SHARE <= share <= HIGHEST_SHARE else None
