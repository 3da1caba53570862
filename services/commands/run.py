"""`fenghuo run`: the daemon."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import ConfigFolder
from services.commands.standing import DataFolder

if TYPE_CHECKING:  # heavy at run time, and `fenghuo --help` needs it not
    from services.daemon import Running

DEFAULT_PORT = 8733


def run(
    config: ConfigFolder,
    data: DataFolder,
    port: Annotated[
        int, typer.Option(metavar="P", min=0, max=65535, help="端口 · The port; 0 takes any.")
    ] = DEFAULT_PORT,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="监听地址 · The address to listen on.")
    ] = "127.0.0.1",
    own_press: Annotated[
        bool | None,
        typer.Option(
            "--press/--no-press",
            help="读入与判读用单独的进程，默认有两个以上核心时开 · Read and judge in a process of its own; by default where"
            " there are two cores or more.",
        ),
    ] = None,
) -> None:
    """启动守护进程，直到收到 SIGTERM 或 Ctrl-C · Run the daemon until it is told to stop."""
    from services.daemon import Settings
    from services.daemon import run as run_daemon

    several_cores = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else True
    settings = Settings(
        config=config,
        data=data,
        host=host,
        port=port,
        own_press=several_cores if own_press is None else own_press,
    )
    run_daemon(settings, os.environ, _say_ready)


async def _say_ready(running: "Running") -> None:
    typer.echo(f"烽火 Fenghuo {running.url}")
