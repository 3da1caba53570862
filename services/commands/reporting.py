"""`fenghuo sla report`: how well promises were kept, and how well they would have been under another configuration."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from services.commands.configuration import AsJson, configured, zone_of
from services.commands.lines import print_objects
from services.commands.moments import moment
from services.commands.whose import FolderIfAny, KafkaIfAny, where_of
from services.sla_table import ALL, FIELDS, Line, lines_of, write_csv
from streams.sla.report import By

if TYPE_CHECKING:
    from datetime import datetime

    from services.sla_history import History
    from streams.sla.report import Waited


class Group(StrEnum):
    """What a report may be divided by."""

    PLATFORM = "platform"
    ACCOUNT = "account"
    POLICY = "policy"
    AGENT = "agent"
    HOUR = "hour"
    DAY = "day"
    KIND = "kind"


DEFAULT_ZONE = "Asia/Shanghai"


def report(
    data: FolderIfAny = None,
    kafka: KafkaIfAny = None,
    by: Annotated[
        list[Group] | None,
        typer.Option("--by", help="按什么分（可多次）· platform, account, policy, agent, hour, day or kind."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="只看此后开始的 · Waits that began since.")
    ] = None,
    what_if: Annotated[
        Path | None,
        typer.Option(
            "--what-if", metavar="DIR", help="换成这个配置会怎样 · As if this configuration had held."
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV（UTF-8）· A table for other programs.")] = False,
    as_json: AsJson = False,
) -> None:
    """达标率与回复时长，按平台、政策、客服、时段 · Attainment and response times, and a what-if."""
    from zoneinfo import ZoneInfo

    from services import clock
    from services.sla_history import history_of, history_under
    from streams.text.sentiment import load_scorer

    other = None if what_if is None else configured(what_if)
    zone = ZoneInfo(DEFAULT_ZONE) if other is None else zone_of(other)
    begin = None if since is None else moment("--since", since)
    where = where_of(data, kafka)
    history = history_of(where)
    now = clock.now()
    asked: tuple[By, ...] = tuple(group.value for group in by or [Group.PLATFORM])
    under = (
        None
        if other is None
        else _since(history_under(where, other.intake, load_scorer), now, begin, history.agents)
    )
    lines = list(lines_of(asked, _since(history, now, begin), under, zone))
    if as_json:
        print_objects(msgspec.to_builtins(line) for line in lines)
    elif as_csv:
        write_csv(sys.stdout, lines)
    else:
        _draw(lines, compared=other is not None)


def _since(
    history: "History", now: "datetime", begin: "datetime | None", agents: dict[str, str] | None = None
) -> "list[Waited]":
    return [wait for wait in history.waits(now, agents) if begin is None or wait.clock.started_at >= begin]


def _draw(lines: list[Line], *, compared: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    heads = ["达标率", "按时", "超时", "中位", "p90", "p95", "工时中位", "p90", "p95"] + (
        ["换配置后", "差"] if compared else []
    )
    table = Table("", "", *heads, box=None, pad_edge=False, header_style="dim")
    for column in table.columns[2:]:
        column.justify = "right"
    for line in lines:
        row = line.row
        cells = [_share(row.attainment), str(row.met), str(row.breached)]
        cells += [_length(getattr(row, name)) for name in FIELDS[4:]]
        if line.what_if is not None:
            cells += [_share(line.what_if.attainment), _change(row.attainment, line.what_if.attainment)]
        table.add_row(_BY[line.by], line.row.name or "（未记录是谁）", *cells)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


_BY = {
    ALL: "全部 all", "platform": "平台", "account": "账号", "policy": "政策", "agent": "客服", "hour": "时段",
    "day": "日期", "kind": "时钟",
}  # fmt: skip


def _share(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _change(before: float | None, after: float | None) -> str:
    return "—" if before is None or after is None else f"{100 * (after - before):+.1f}"


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "—"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
