"""`fenghuo run`: the daemon."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # heavy at run time, and `fenghuo --help` needs it not
    from services.daemon import Running

DEFAULT_PORT = 8733


def run(
    config: Annotated[Path, typer.Option(help="配置目录 · the configuration folder")],
    data: Annotated[Path, typer.Option(help="数据目录 · the data folder")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 · the port; 0 takes any")] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="监听地址 · the address to listen on")] = "127.0.0.1",
) -> None:
    """启动守护进程，直到收到 SIGTERM 或 Ctrl-C · Run the daemon until it is told to stop.

    Raises:
        services.errors.ServicesError, streams.errors.StreamsError: why it cannot run, in one sentence.
    """
    from services.daemon import Settings
    from services.daemon import run as run_daemon

    settings = Settings(config=config, data=data, host=host, port=port)
    run_daemon(settings, os.environ, _say_ready)


async def _say_ready(running: "Running") -> None:
    typer.echo(f"烽火 Fenghuo {running.url}")
