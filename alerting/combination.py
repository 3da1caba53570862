"""Boolean combinations of rules: what must have fired, and what must not, within one window."""

from collections.abc import Collection, Iterator
from itertools import product

import msgspec

NAMES_TRIED_MOST = 14
"""Of more names than this it is not tried out whether a condition can hold."""


class ConditionBase(msgspec.Struct, frozen=True, tag_field="op"):
    """Part of a combination."""


class Fired(ConditionBase, frozen=True, tag="fired"):
    """This rule fired within the window."""

    rule: str


class AllOf(ConditionBase, frozen=True, tag="and"):
    """All of these hold."""

    of: "tuple[Condition, ...]"


class AnyOf(ConditionBase, frozen=True, tag="or"):
    """One of these holds."""

    of: "tuple[Condition, ...]"


class Not(ConditionBase, frozen=True, tag="not"):
    """This does not hold."""

    of: "Condition"


Condition = Fired | AllOf | AnyOf | Not


def holds(condition: Condition, fired: Collection[str]) -> bool:
    """Whether it holds where these rules fired."""
    match condition:
        case Fired():
            return condition.rule in fired
        case AllOf():
            return all(holds(each, fired) for each in condition.of)
        case AnyOf():
            return any(holds(each, fired) for each in condition.of)
        case Not():
            return not holds(condition.of, fired)


def asked_for(condition: Condition, *, wanted: bool = True) -> Iterator[str]:
    """The rules whose firing may make it hold; not `wanted`: those whose firing may keep it from holding."""
    match condition:
        case Fired():
            if wanted:
                yield condition.rule
        case AllOf() | AnyOf():
            for each in condition.of:
                yield from asked_for(each, wanted=wanted)
        case Not():
            yield from asked_for(condition.of, wanted=not wanted)


def can_hold(condition: Condition) -> bool:
    """Whether any firing of rules at all makes it hold: `a AND NOT a` never does, and nothing holds by itself."""
    names = sorted({*asked_for(condition), *asked_for(condition, wanted=False)})
    if len(names) > NAMES_TRIED_MOST:
        return True
    choices = product((False, True), repeat=len(names))
    tried = ({name for name, fires in zip(names, fired, strict=True) if fires} for fired in choices)
    wanted = set(asked_for(condition))
    return any(holds(condition, fired) and not wanted.isdisjoint(fired) for fired in tried)
