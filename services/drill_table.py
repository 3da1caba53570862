"""The score of a drill as a person reads it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.drill_score import DrillScore, Measure, StepScore

if TYPE_CHECKING:
    from rich.table import Table

_SIGNS = {"done": "✓", "skipped": "–", "dropped": "×", "open": "○"}
LATE = "! 超时 late"
"""With ↑ behind it, whoever leads was called as well."""
EMERGENCY = "紧急"
"""It took the emergency lane: agreed to by two, and by all once it is ratified."""


def tables(scores: Sequence[DrillScore], zone: ZoneInfo) -> "Iterator[Table]":
    """Tables for each incident: what was timed, the texts on their way out, and the steps of the playbook."""
    for score in scores:
        yield _measures(score, zone)
        if score.statements:
            yield _statements(score)
        if score.steps:
            yield _steps(score)


def _measures(score: DrillScore, zone: ZoneInfo) -> "Table":
    from rich.table import Table

    table = Table(title=f"演练成绩 Drill score · {score.category} · {score.peak}", title_justify="left")
    for name in ("", "用时 took", "允许 allowed", "时刻 at", ""):
        table.add_column(name)
    began = f"（自 from {_clock(score.began_at, zone)}）"
    table.add_row(f"察觉 to notice {began}", *_measured(score.notice, zone))
    table.add_row("接手 to acknowledge", *_measured(score.acknowledge, zone))
    table.add_row("首次审核 to first review", *_measured(score.review, zone))
    table.add_row("首次声明 to first statement", *_measured(score.statement, zone))
    ended = sum(step.state in {"done", "skipped"} for step in score.steps)
    table.add_row("步骤 steps ended", f"{ended} / {len(score.steps)}", "", "", "")
    table.add_row("超时步骤 steps late", str(score.late_steps), "0", "", LATE if score.late_steps else "✓")
    table.add_row("呼叫（未发出）calls, none sent", str(score.pages), "", "", "")
    return table


def _measured(measure: Measure, zone: ZoneInfo) -> tuple[str, str, str, str]:
    if measure.seconds is None or measure.at is None:
        return "没有 never", _minutes(measure.allowed_s), "", LATE if measure.late else ""
    sign = "" if measure.allowed_s is None else (LATE if measure.late else "✓")
    return _minutes(measure.seconds), _minutes(measure.allowed_s), _clock(measure.at, zone), sign


def _statements(score: DrillScore) -> "Table":
    from rich.table import Table

    table = Table(title="声明，分钟 Statements, minutes since it was opened", title_justify="left")
    table.add_column("", no_wrap=True)
    for name in ("送审\nin", "通过\nok", "发布\nout", "追认\nall"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("谁审\nreviewers")
    for each in score.statements:
        times = (each.submitted_s, each.approved_s, each.released_s, each.ratified_s)
        mark = f" {EMERGENCY}" if each.emergency else ""
        table.add_row(
            f"{each.item}{mark}", *(_tenths(taken_s) for taken_s in times), " ".join(each.reviewers)
        )
    return table


def _steps(score: DrillScore) -> "Table":
    from rich.table import Table

    table = Table(title=f"预案 Playbook {score.playbook}", title_justify="left")
    for name in ("", "步骤 step", "用时 took", "允许 allowed", "谁 who", ""):
        table.add_column(name)
    for step in score.steps:
        table.add_row(*_step(step))
    return table


def _step(step: StepScore) -> tuple[str, str, str, str, str, str]:
    late = f"{LATE}{' ↑' if step.escalated else ''}" if step.late else ""
    taken = _minutes(step.taken_s) if step.taken_s is not None else ""
    who = step.by or ("自动 by itself" if step.state == "done" else "")
    return _SIGNS[step.state], step.title, taken, _minutes(step.allowed_s), who, late


def _minutes(seconds: int | None) -> str:
    return "" if seconds is None else f"{_tenths(seconds)} min"


def _tenths(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds / 60:.1f}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
