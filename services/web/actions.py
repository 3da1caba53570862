"""What people do at the desk, from a form to a command. Nothing is believed before the house has recorded it."""

from collections.abc import Callable, Mapping
from typing import get_args

from alerting import commands as desk
from alerting.levels import LEVELS, Level
from services.views.incidents import incident
from services.views.items import item
from services.views.rows import IncidentRow
from services.web.asked import read_label
from services.web.errors import BadQuestion, Missing, Refused
from services.web.forms import moment, required_moment
from services.web.visit import Visit, check_may_act
from streams.commands import CorrectJudgement
from streams.events import CommandRefused
from streams.run.loop import Outcome

TEXT_CHARACTERS_MOST = desk.TEXT_CHARACTERS_MOST
COMMAND_ID_LENGTH_MOST = 64
CATEGORY_LENGTH_MOST = 100

Fields = Mapping[str, str]
_Make = Callable[[Visit, IncidentRow, Fields], desk.DeskCommand]


async def correct_judgement(visit: Visit, fields: Fields) -> None:
    """Say what an item really is: fields `item`, `label`, `topic`; an empty one leaves things as they are.

    Raises:
        BadQuestion: there is no such label.
        Missing: there is no such item.
        Refused: Intake refused it, or the visitor only looks.
    """
    check_may_act(visit)
    row = item(visit.desk.reader, fields.get("item", ""))
    if row is None:
        raise Missing("item")
    command = CorrectJudgement(
        id=command_id(visit, fields),
        who=visit.person.id,
        item=row.item,
        key=row.key,
        label=read_label(fields.get("label") or None),
        topic=fields.get("topic") or None,
    )
    outcomes = await visit.desk.house.submit([command])
    await settled(visit, outcomes[0])


async def act_on_incident(visit: Visit, incident_id: str, action: str, fields: Fields) -> str:
    """Do `action` (one of `ACTIONS`) to an incident; returns the name of the text that says so.

    Raises:
        BadQuestion: there is no such action, or a field is not what was expected.
        Missing: there is no such incident.
        Refused: the Desk refused it.
    """
    if action not in ACTIONS:
        raise BadQuestion(f"action: found {action[:40]!r}, expected one of {', '.join(ACTIONS)}")
    row = incident(visit.desk.reader, incident_id)
    if row is None:
        raise Missing("incident")
    make, said = ACTIONS[action]
    await settled(visit, await visit.desk.house.command(make(visit, row, fields)))
    return said


async def open_incident(visit: Visit, fields: Fields) -> str:
    """Open an incident by hand; returns its id.

    Raises:
        BadQuestion: a field is not what was expected.
        Refused: the Desk refused it.
    """
    command = desk.OpenIncident(
        id=command_id(visit, fields),
        who=visit.person.id,
        brand=visit.brand_id or "",
        level=_level(fields),
        category=fields.get("category", "").strip()[:CATEGORY_LENGTH_MOST] or "brand",
        note=text_of(fields, "note"),
    )
    outcome = await visit.desk.house.command(command)
    await settled(visit, outcome)
    opened = [event.incident for event in outcome.events if event.type == "incident.opened"]
    return opened[0] if opened else ""


async def settled(visit: Visit, outcome: Outcome) -> None:  # type: ignore[type-arg]  # events of either partition
    """Let the views catch up, so that the page that follows shows what was done.

    Raises:
        Refused: the house refused it.
    """
    for event in outcome.events:
        if isinstance(event, CommandRefused):
            raise Refused(event.why)
    await visit.desk.refresh()


def command_id(visit: Visit, fields: Fields) -> str:
    """The id that the form carries, so that a form sent twice asks once."""
    return (fields.get("once") or visit.once())[:COMMAND_ID_LENGTH_MOST]


def text_of(fields: Fields, name: str) -> str:
    """A text of the form, not longer than a command may hold.

    Raises:
        BadQuestion: it is.
    """
    text = fields.get(name, "").strip()
    if len(text) > TEXT_CHARACTERS_MOST:
        raise BadQuestion(f"{name}: {len(text)} characters, expected at most {TEXT_CHARACTERS_MOST}")
    return text


def _level(fields: Fields) -> Level:
    found = fields.get("level", "")
    for level in LEVELS:
        if level == found:
            return level
    raise BadQuestion(f"level: found {found[:40]!r}, expected one of {', '.join(get_args(Level))}")


def _acknowledge(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.Acknowledge(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id
    )


def _raise(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.RaiseLevel(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        level=_level(fields), note=text_of(fields, "note"),
    )  # fmt: skip


def _ease(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.EaseLevel(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        level=_level(fields), note=text_of(fields, "note"),
    )  # fmt: skip


def _close(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.CloseIncident(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        reason=text_of(fields, "reason"), false_alarm=fields.get("false_alarm", "") in {"yes", "true"},
    )  # fmt: skip


def _reopen(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.ReopenIncident(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        note=text_of(fields, "note"),
    )  # fmt: skip


def _note(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.NoteIncident(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        text=text_of(fields, "text"),
    )  # fmt: skip


def _finish_step(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.FinishStep(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        step=fields.get("step", ""), note=text_of(fields, "note"),
    )  # fmt: skip


def _skip_step(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.SkipStep(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        step=fields.get("step", ""), reason=text_of(fields, "reason"),
    )  # fmt: skip


def _start_playbook(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.StartPlaybook(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        playbook=fields.get("playbook", ""), reason=text_of(fields, "reason"),
    )  # fmt: skip


def _add_step(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.AddStep(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        title=text_of(fields, "title"), role=fields.get("role") or None, person=fields.get("person") or None,
        due_at=moment(visit, fields, "due_at"), after=tuple(fields.get("after", "").split()),
        reason=text_of(fields, "reason"),
    )  # fmt: skip


def _retime_step(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.RetimeStep(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        step=fields.get("step", ""), due_at=required_moment(visit, fields, "due_at"),
        reason=text_of(fields, "reason"),
    )  # fmt: skip


def _reassign_step(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.ReassignStep(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        step=fields.get("step", ""), person=fields.get("person", ""), reason=text_of(fields, "reason"),
    )  # fmt: skip


def _assign(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.AssignCommander(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        person=fields.get("person", ""),
    )  # fmt: skip


def _merge(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.MergeIncident(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        into=fields.get("into", ""), note=text_of(fields, "note"),
    )  # fmt: skip


def _split(visit: Visit, row: IncidentRow, fields: Fields) -> desk.DeskCommand:
    return desk.SplitIncident(
        id=command_id(visit, fields), who=visit.person.id, brand=row.brand, incident=row.id,
        category=fields.get("category", "").strip()[:CATEGORY_LENGTH_MOST], level=_level(fields),
        note=text_of(fields, "note"),
    )  # fmt: skip


ACTIONS: Mapping[str, tuple[_Make, str]] = {
    "acknowledge": (_acknowledge, "acknowledged"),
    "raise": (_raise, "raised"),
    "ease": (_ease, "eased"),
    "close": (_close, "closed"),
    "reopen": (_reopen, "reopened"),
    "note": (_note, "noted"),
    "commander": (_assign, "commander_assigned"),
    "merge": (_merge, "merged"),
    "split": (_split, "split"),
    "finish": (_finish_step, "finished"),
    "skip": (_skip_step, "skipped"),
    "playbook": (_start_playbook, "playbook_started"),
    "add-step": (_add_step, "step_added"),
    "retime": (_retime_step, "step_retimed"),
    "reassign": (_reassign_step, "step_reassigned"),
}
"""Each action with the command it makes and the text that says that it was done."""
