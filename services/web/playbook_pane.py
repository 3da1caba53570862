"""The playbook as an incident's page shows it: what is due, who has it, and what the visitor may do about it."""

from datetime import timedelta

import msgspec

from alerting.config import Playbook
from alerting.permissions import may
from services.views.rows import IncidentFile, StepRow
from services.web.visit import Visit

COUNTED_DOWN = timedelta(hours=24)
"""What is due later than that is told as a moment."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step as the page shows it."""

    row: StepRow
    title: str
    who: str
    current: bool
    """It can be done now."""
    waits_for: tuple[str, ...]
    left_s: float | None
    late: bool

    @property
    def counts_down(self) -> bool:
        """Whether the time left is shown as it runs out."""
        return self.current and self.left_s is not None and self.left_s < COUNTED_DOWN.total_seconds()


class PlaybookPane(msgspec.Struct, frozen=True, kw_only=True):
    """The steps, how far they are, and what may be changed."""

    steps: tuple[Step, ...]
    first: Step | None
    """The step that is unfolded: the visitor's own that can be done now, else the first one of anybody."""
    ended: int
    late: int
    open: int
    others: tuple[Playbook, ...]
    """Playbooks that may be started instead."""
    roles: tuple[str, ...]
    may_finish: bool
    may_skip: bool
    may_change: bool
    """Whether the visitor may add, retime and reassign steps, and start another playbook."""


def playbook_pane(found: IncidentFile, visit: Visit) -> PlaybookPane:
    """The playbook of an incident as it stands now."""
    row, steps = found.row, _steps(found.steps, visit)
    brand = visit.config.brand(row.brand)
    running = row.playbook if any(step.row.state == "open" for step in steps) else None

    def allowed(command: str) -> bool:
        return row.closed_at is None and (
            visit.is_admin or may(visit.config, visit.person, command, row.level)
        )

    return PlaybookPane(
        steps=steps,
        first=_first(steps, visit),
        ended=sum(step.row.state in {"done", "skipped"} for step in steps),
        late=sum(step.late and step.row.state == "open" for step in steps),
        open=sum(step.row.state == "open" for step in steps),
        others=tuple(each for each in (brand.playbooks if brand else ()) if each.id != running),
        roles=tuple(dict.fromkeys(role for person in visit.config.people for role in person.roles)),
        may_finish=allowed("playbook.finish_step"),
        may_skip=allowed("playbook.skip_step"),
        may_change=allowed("playbook.add_step"),
    )


def _first(steps: tuple[Step, ...], visit: Visit) -> Step | None:
    current = [step for step in steps if step.current]
    own = (step for step in current if step.row.plan.person == visit.person.id)
    return next(own, current[0] if current else None)


def _steps(rows: tuple[StepRow, ...], visit: Visit) -> tuple[Step, ...]:
    titles = {row.plan.id: _title(row, visit) for row in rows}
    is_open = {row.plan.id for row in rows if row.state == "open"}
    return tuple(
        Step(
            row=row,
            title=titles[row.plan.id],
            who=_who(row, visit),
            current=row.state == "open" and not (set(row.plan.after) & is_open),
            waits_for=tuple(titles[step] for step in row.plan.after if step in is_open),
            left_s=(row.plan.due_at - visit.now).total_seconds() if row.plan.due_at else None,
            late=row.late or bool(row.state == "open" and row.plan.due_at and row.plan.due_at < visit.now),
        )
        for row in rows
    )


def _title(row: StepRow, visit: Visit) -> str:
    if row.plan.title:
        return row.plan.title
    return visit.say(f"step.action.{row.plan.action}") if row.plan.action else row.plan.id


def _who(row: StepRow, visit: Visit) -> str:
    if row.state != "open":
        return visit.name_of(row.ended_by)
    if row.plan.person:
        return visit.name_of(row.plan.person)
    return visit.say(f"role.{row.plan.role}") if row.plan.role else ""
