"""`fenghuo queue` and `fenghuo incidents`: how things stand."""

import os
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects

DataFolder = Annotated[Path, typer.Option("--data", metavar="DIR", help="数据目录 · The data folder.")]
_LEVELS = {"blue": "● 蓝", "yellow": "▲ 黄", "orange": "◆ 橙", "red": "■ 红"}


def queue(
    data: DataFolder,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看已超时 · Only what is overdue.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="一直看着，Ctrl-C 结束 · Until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """等待回复的会话，最急的在前 · Who waits for an answer, what runs out first on top."""
    from services import asking, clock

    if watch:
        _watch(data, overdue=overdue)
        return
    found = asking.queue(data, os.environ, clock.now(), overdue=overdue)
    if as_json:
        print_objects(found)
        return
    count = 0
    for count, line in enumerate(found, start=1):  # noqa: B007  (shown below)
        typer.echo(_waiting(line))
    typer.echo(f"{count} 个会话在等待 · {count} waiting" if count else "没有等待回复的会话 · nobody waits")


def _watch(data: Path, *, overdue: bool) -> None:
    from rich.console import Console

    from services import asking, clock
    from services.commands import watching

    def rows() -> list[Any]:
        found = asking.queue(data, os.environ, clock.now(), overdue=overdue)
        plain = map(msgspec.to_builtins, found)
        return list(islice(plain, watching.ROWS_MOST))

    watching.watch(Console(), rows, clock.now)


def _waiting(line: Any) -> str:
    clock, item = line["clock"], line["item"] or {}
    left_min = clock["left_s"] / 60
    left = f"剩 {left_min:.0f} 分" if left_min >= 0 else f"超时 {-left_min:.0f} 分"
    return f"{left:<12} {line['platform']:<8} {item.get('author_name') or ''}  {item.get('text') or '（无法显示）'}"


def incidents(
    data: DataFolder,
    open_only: Annotated[bool, typer.Option("--open", help="只看未关闭 · Only open ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """事件，未关闭的在前 · Incidents, open ones first."""
    from services import asking

    found = asking.incidents(data, os.environ, open_only=open_only)
    if as_json:
        print_objects(found)
        return
    for line in found:
        state = "已关闭 closed" if line["closed_at"] else line["acknowledged_by"] or "无人接手 nobody yet"
        typer.echo(
            f"{_LEVELS[line['level']]}  {line['brand']}/{line['category']}  {line['opened_at']}  {state}  {line['id']}"
        )
