"""`playbooks`: what to do in a crisis, who, until when."""

from collections.abc import Iterable
from typing import get_args

import msgspec

from alerting.config import Playbook, PlaybookCondition, PlaybookStep, StepAction
from alerting.levels import LEVELS
from services.config import texts
from services.config.circles import circle
from services.config.problems import did_you_mean
from services.config.readers import choice, ident, identified, line, one_or_many, reference, span
from services.config.values import Table, Value, Wrong

MOST_PLAYBOOKS = 100
MOST_PLAYBOOK_STEPS = 200
ACTIONS: tuple[StepAction, ...] = get_args(StepAction)
FOR_A_ROLE: frozenset[StepAction] = frozenset({"assign", "notify"})
"""Actions that take somebody with the step's role."""
MAX_GUIDE_CHARACTERS = 1_000


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """What steps may refer to: roles that somebody has, calendars, and scenarios with content (None: unknown)."""

    roles: frozenset[str]
    calendars: tuple[str, ...]
    scenarios: frozenset[str] | None


def read_playbooks(root: Table, staff: Staff) -> tuple[Playbook, ...]:
    """The playbooks of one brand."""
    return root.optional("playbooks", identified(lambda one: _playbook(one, staff), MOST_PLAYBOOKS), ())


def _playbook(table: Table, staff: Staff) -> Playbook:
    return Playbook(
        id=table.required("id", ident, ""),
        when=table.required("when", _condition, PlaybookCondition(levels=()), texts.A_TABLE),
        steps=table.required("steps", lambda value: _steps(value, staff), (), texts.A_LIST),
    )


def _condition(value: Value) -> PlaybookCondition:
    with value.table() as table:
        levels = table.required("level", one_or_many(choice(LEVELS)), (), did_you_mean("", LEVELS))
        return PlaybookCondition(
            levels=levels,
            categories=table.optional("category", one_or_many(ident), ()),
        )


def _steps(value: Value, staff: Staff) -> tuple[PlaybookStep, ...]:
    names = [name for item in value.items() if (name := item.word_at("id")) is not None]
    steps = identified(lambda table: _step(table, staff, names), MOST_PLAYBOOK_STEPS)(value)
    if (start := circle({step.id: step.after for step in steps})) is not None:
        raise Wrong(texts.NO_CIRCLE, texts.a_circle(start))
    return steps


def _step(table: Table, staff: Staff, names: Iterable[str]) -> PlaybookStep:
    name = table.required("id", ident, "")
    action = table.optional("action", choice(ACTIONS), None)
    role = table.optional("role", lambda value: _role(value, staff), None)
    scenario = table.optional("scenario", lambda value: _scenario(value, staff), None)
    if table.get("action") is None and table.get("role") is None:
        table.value.report.error(table.value.place, texts.A_STEP_FOR_NOBODY, texts.ROLE_OR_ACTION)
    if action in FOR_A_ROLE and table.get("role") is None:
        table.value.report.error(table.value.place, texts.nobody_for(action), texts.ACTION_WITH_ROLE)
    if action is not None and (action == "prepare_content") is (table.get("scenario") is None):
        table.value.report.error(table.value.place, texts.HALF_A_PREPARATION, texts.ACTION_WITH_SCENARIO)
    return PlaybookStep(
        id=name,
        title=table.optional("title", line, ""),
        role=role,
        due_s=table.optional("due", span, None),
        calendar=table.optional("calendar", reference(staff.calendars), None),
        action=action,
        scenario=scenario,
        after=table.optional("after", one_or_many(reference(each for each in names if each != name)), ()),
        guide=table.optional("guide", _guide, ""),
    )


def _guide(value: Value) -> str:
    written = value.scalar(texts.TEXT).strip()
    if len(written) > MAX_GUIDE_CHARACTERS:
        raise Wrong(texts.characters_at_most(MAX_GUIDE_CHARACTERS), texts.characters(len(written)))
    return written


def _role(value: Value, staff: Staff) -> str:
    written = ident(value)
    if written not in staff.roles:
        raise Wrong(did_you_mean(written, staff.roles), texts.nobody_with(written))
    return written


def _scenario(value: Value, staff: Staff) -> str:
    written = ident(value)
    if staff.scenarios is not None and written not in staff.scenarios:
        raise Wrong(did_you_mean(written, staff.scenarios), texts.no_content(written))
    return written
