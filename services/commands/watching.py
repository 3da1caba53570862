"""`fenghuo queue --watch`: the queue in a terminal, counting down until somebody ends it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ASKED_EVERY_S = 2
"""The list is asked for anew this often; in between it counts down by itself."""
ROWS_MOST = 200

Rows = Sequence[Mapping[str, Any]]


def watch(console: "Console", rows: Callable[[], Rows], now: Callable[[], datetime]) -> None:
    """Draw `rows` once a second until Ctrl-C."""
    from rich.live import Live

    with (
        suppress(KeyboardInterrupt),
        Live(console=console, screen=console.is_terminal, auto_refresh=False) as live,
    ):
        while True:
            found = rows()
            for _ in range(ASKED_EVERY_S):
                live.update(drawn(found, now(), console.height), refresh=True)
                time.sleep(1)


def drawn(rows: Rows, now: datetime, height: int) -> "Table":
    """As many rows as fit, what runs out first on top; words and shapes say what colours say."""
    from rich.table import Table

    overdue = sum(_left_s(row, now) < 0 for row in rows)
    table = Table(
        title=f"烽火 队列 · queue  {len(rows)}{'+' if len(rows) >= ROWS_MOST else ''} 在等 waiting · {overdue} 已超时 overdue",
        title_justify="left",
        box=None,
        pad_edge=False,
        expand=True,
    )
    table.add_column("", justify="right", no_wrap=True)
    for name in ("平台", "顾客", "谁在回 · who"):
        table.add_column(name, no_wrap=True)
    table.add_column("内容", overflow="ellipsis", no_wrap=True, ratio=1)
    for row in rows[: max(1, height - 4)]:
        table.add_row(*_cells(row, now))
    if not rows:
        table.add_row("", "", "", "", "没有等待回复的会话 · nobody waits")
    return table


def _cells(row: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    from rich.markup import escape

    item = row["item"] or {}
    claim = row["claim"]["by"] if row["claim"] else ""
    name = (item.get("author_name") or "") + (" VIP" if row["vip"] else "")
    if row["members"]:
        name = f"{row['members']} 人 · group"
    return (_left(row, now), row["platform"], escape(name), escape(claim), escape(item.get("text") or "—"))


def _left(row: Mapping[str, Any], now: datetime) -> str:
    left_s = _left_s(row, now)
    if row["clock"]["state"] == "paused":
        return "[dim]‖ 暂停[/]"
    whole = abs(int(left_s))
    clock = (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02}"
    )
    if left_s < 0:
        return f"[reverse red]■ 超时 {clock}[/]"
    return f"[yellow]▲ 剩 {clock}[/]" if left_s < 600 else f"剩 {clock}"


def _left_s(row: Mapping[str, Any], now: datetime) -> float:
    """Paused clocks do not run out."""
    clock = row["clock"]
    if clock["state"] == "paused":
        return float(max(0, clock["left_s"]))
    return (datetime.fromisoformat(clock["due_at"]) - now).total_seconds()
