"""领导简报: an incident in five lines of plain text, to be copied into a chat with one press."""

from datetime import datetime

from services.views.rows import IncidentRow
from services.web.briefing import Briefing
from services.web.texts import known
from services.web.times import length, short
from services.web.visit import Visit
from services.web.wording import level_words


def boss_lines(row: IncidentRow, brief: Briefing, visit: Visit) -> tuple[str, str, str, str, str]:
    """What it is, why, how large, who does what, what is next and where to read on. No quotes and no names of authors."""
    mark = visit.say("drill.mark") if row.drill else ""
    return (
        mark + _what(row, visit),
        _why(row, brief, visit),
        _size(brief, visit),
        _done(row, brief, visit),
        _next(row, brief, visit),
    )


def _what(row: IncidentRow, visit: Visit) -> str:
    lasted_s = ((row.closed_at or visit.now) - row.opened_at).total_seconds()
    return visit.say(
        "boss.closed" if row.closed_at else "boss.what",
        level=level_words(visit.language, row.level),
        brand=visit.brand_name(row.brand),
        category=known(visit.language, "category", row.category),
        time=_clock(row.opened_at, visit),
        length=length(lasted_s, visit.language),
    )


def _why(row: IncidentRow, brief: Briefing, visit: Visit) -> str:
    causes = visit.say("sep").join(cause.words for cause in brief.short_causes)
    return visit.say(
        "boss.why",
        causes=causes or row.note or visit.say("incident.by_hand", name=visit.name_of(row.opened_by)),
    )


def _size(brief: Briefing, visit: Visit) -> str:
    return visit.say(
        "boss.size",
        window=brief.window,
        count=brief.items.number,
        share=brief.negative.number,
        total=brief.total.number,
    )


def _done(row: IncidentRow, brief: Briefing, visit: Visit) -> str:
    parts = [
        visit.say(
            "incident.acknowledged",
            name=visit.name_of(row.acknowledged_by),
            time=_clock(row.acknowledged_at, visit),
        )
        if row.acknowledged_by and row.acknowledged_at
        else visit.say("incident.unacknowledged")
    ]
    if row.commander:
        parts.append(visit.say("incident.commander", name=visit.name_of(row.commander)))
    if steps := brief.playbook.steps:
        parts.append(visit.say("boss.steps", ended=len(steps) - brief.playbook.open, all=len(steps)))
    if row.frozen:
        parts.append(visit.say("incident.frozen"))
    return visit.say("boss.done", parts=visit.say("sep").join(parts))


def _next(row: IncidentRow, brief: Briefing, visit: Visit) -> str:
    steps = [
        visit.say("night.next_step", title=step.title, time=_clock(step.row.plan.due_at, visit))
        if step.row.plan.due_at
        else step.title
        for step in brief.next_steps
    ]
    words = visit.say("boss.nothing_left") if row.closed_at or not steps else visit.say("sep").join(steps)
    address = f"{str(visit.request.base_url).rstrip('/')}/incidents/{row.id}"
    return visit.say("boss.next", steps=words, link=address)


def _clock(at: datetime, visit: Visit) -> str:
    return short(at, visit.now, visit.zone, visit.language)
