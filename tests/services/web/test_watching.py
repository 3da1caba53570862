import os
import pty
import re
import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from services.commands.watching import drawn
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, stage


def shown(rows: list[dict[str, Any]], now: Any, width: int = 100, height: int = 30) -> list[str]:
    console = Console(width=width, height=height, record=True, file=StringIO())
    console.print(drawn(rows, now, height))
    return [line.rstrip() for line in console.export_text().splitlines() if line.strip()]


async def rows_of(house: Stage) -> list[dict[str, Any]]:
    async with browsing(house) as browser:
        found: list[dict[str, Any]] = (await browser.get("/api/queue")).json()["items"]
    return found


async def test_the_terminal_shows_what_runs_out_first_with_words(stormy: Stage) -> None:
    lines = shown(await rows_of(stormy), at("14:40"))
    assert "7 在等 waiting · 2 已超时 overdue" in lines[0]
    assert re.search(r"■ 超时 10:00 +weibo +小满 VIP +等了三个小时没人回", lines[2])
    assert re.search(r"▲ 剩 9:00 +weibo +阿杰", lines[4])
    assert "剩 1:52:00" in lines[-1]


async def test_it_counts_down_without_being_asked_anew(stormy: Stage) -> None:
    rows = await rows_of(stormy)
    assert "▲ 剩 8:59" in shown(rows, at("14:40") + timedelta(seconds=1))[4]


async def test_what_does_not_fit_is_left_out_and_markup_is_text(stormy: Stage) -> None:
    rows = await rows_of(stormy)
    rows[0]["item"]["text"] = "[bold]不是标记[/bold]"
    lines = shown(rows, at("14:40"), height=6)
    assert len(lines) == 4
    assert "[bold]不是标记[/bold]" in lines[2]


def test_nobody_waiting_is_said() -> None:
    assert "没有等待回复的会话" in shown([], at("14:40"))[-1]


def test_watching_ends_with_ctrl_c(tmp_path: Path) -> None:
    with stage(tmp_path, at("13:00")):
        pass
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "queue", "--watch", "--data", str(tmp_path)],
        stdin=follower, stdout=follower, stderr=follower, env={**os.environ, "COLUMNS": "100", "TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    seen = b""
    while "没有等待回复的会话".encode() not in seen:
        seen += os.read(leader, 4096)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0
    os.close(leader)
