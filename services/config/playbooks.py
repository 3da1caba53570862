"""`playbooks`: what to do in a crisis, who, until when."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import msgspec

from alerting.config import Playbook, PlaybookCondition, PlaybookStep, StepAction
from alerting.levels import LEVELS
from services.config import texts
from services.config.circles import circle
from services.config.documents import read_document
from services.config.problems import did_you_mean
from services.config.readers import attempted, choice, ident, identified, line, one_or_many, reference, span
from services.config.values import Table, Value, Wrong
from services.sample import PLAYBOOKS_FOLDER, sample_folder

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
    scenarios_needed: bool = True
    """A scenario without content is an error, and not a warning alone."""


def read_playbooks(root: Table, staff: Staff, folder: Path) -> tuple[Playbook, ...]:
    """The playbooks of one brand, written out or used by name.

    `use: safety` is the file `playbooks/safety.yaml` in `folder`, or else the one of that name that ships with Fenghuo.
    """

    def read(value: Value) -> tuple[Playbook, ...]:
        lines: dict[str, int] = {}
        found: list[Playbook] = []
        for item in value.items(most=MOST_PLAYBOOKS):
            for playbook in attempted(item, lambda one: _entry(one, staff, folder)):
                if playbook is None:
                    continue
                if lines.setdefault(playbook.id, item.place.line) != item.place.line:
                    again = texts.id_again(playbook.id, lines[playbook.id])
                    item.report.error(item.place, again, texts.EACH_ID_ONCE)
                found.append(playbook)
        return tuple(found)

    return root.optional("playbooks", read, ())


def library() -> tuple[str, ...]:
    """Names of the playbooks that ship."""
    return tuple(sorted(path.stem for path in (sample_folder() / PLAYBOOKS_FOLDER).glob("*.yaml")))


def _entry(value: Value, staff: Staff, folder: Path) -> Playbook | None:
    with value.table() as table:
        if table.get("use") is None:
            return _playbook(table, staff)
        document = table.optional("use", lambda name: _used(name, folder), None)
        name = table.optional("id", ident, "")
        when = table.optional("when", _condition, None)
    if document is None:
        return None
    lenient = msgspec.structs.replace(staff, scenarios_needed=False)
    playbook = document.attempt(lambda body: _document(body, lenient), None)
    if playbook is None:
        return None
    return msgspec.structs.replace(playbook, id=name or playbook.id, when=when or playbook.when)


def _used(value: Value, folder: Path) -> Value | None:
    name = ident(value)
    file = f"{PLAYBOOKS_FOLDER}/{name}.yaml"
    if (folder / file).is_file():
        return read_document(folder, file, value.report)
    if name not in library():
        raise Wrong(did_you_mean(name, library()), texts.no_playbook(name, file))
    return read_document(sample_folder(), file, value.report)


def _document(value: Value, staff: Staff) -> Playbook:
    with value.table() as table:
        return _playbook(table, staff)


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
    if staff.scenarios is None or written in staff.scenarios:
        return written
    expected = did_you_mean(written, staff.scenarios)
    if staff.scenarios_needed:
        raise Wrong(expected, texts.no_content(written))
    value.report.warn(value.place, texts.no_content(written), expected)
    return written
