"""`fenghuo demo`: everything at once, on made-up data."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.run import DEFAULT_PORT

if TYPE_CHECKING:
    from services.daemon import Running

HOST = "127.0.0.1"


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="放在哪里（默认临时目录，退出即删）· Kept there if given."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="端口，被占用则另选 · Another if taken.")
    ] = DEFAULT_PORT,
) -> None:
    """虚构品牌的一天，最后变成危机；打开值班台看看 · A made-up brand, a simulated day, a crisis, and the desk."""
    from services.demo import DATA_FOLDER, KEY_NAME, new_key, prepare
    from services.demo_phones import ringing

    environ = {KEY_NAME: new_key(), **os.environ}
    with _folder(data) as folder, ringing(_ring) as phones:
        with _progress() as told:
            config = prepare(folder, phones, environ, told)
        _serve(config, folder / DATA_FOLDER, _free(port), environ)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar for the day that is being lived through."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("模拟一天 · Simulating a day", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _serve(config: Path, data: Path, port: int, environ: dict[str, str]) -> None:
    from services import clock
    from services.daemon import Settings, run
    from services.demo import COMMANDER, go_on

    async def ready(running: "Running") -> None:
        started_at = clock.now()
        typer.echo(f"烽火 Fenghuo {running.url}  （模拟数据 simulated data）")
        typer.echo(f"登录 Sign in: {running.invite(COMMANDER)}")
        typer.echo("Ctrl-C 结束 · Ctrl-C ends it")
        await go_on(running.gateway, started_at)

    settings = Settings(config=config, data=data, host=HOST, port=port, simulated=True)
    run(settings, environ, ready)


def _ring(person: str, title: str) -> None:
    typer.echo(f"[模拟手机 {person}] {title}")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The folder that was given, or a temporary one that goes away."""
    if given is not None:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="fenghuo-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free(port: int) -> int:
    """`port`, or any other if somebody listens there already."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError:
            return 0
    return port
