"""`fenghuo ingest`: a file of facts into a data folder, through the running daemon if one holds it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from services.commands.lines import STDIN, opened
from services.commands.score import File
from services.commands.standing import DataFolder
from services.errors import ConfigurationUnusable, WrongUse

if TYPE_CHECKING:  # heavy at run time, and `fenghuo --help` needs none of them
    from services.config import Config
    from services.gateway.files import LineTaker, Progress, Totals
    from services.gateway.ingest import Format
    from services.gateway.receipts import RejectedLine

FORMATS = ("records", "cloudevents")
LATER_FORMATS = ("mediacrawler",)
SHOWN_REJECTED = 20
"""So many wrong lines are named on the terminal; all of them stand in the dead letters."""


def ingest(
    file: File,
    data: DataFolder,
    config: Annotated[
        Path | None, typer.Option(metavar="DIR", help="配置目录 · The folder that holds fenghuo.yaml.")
    ] = None,
    line_format: Annotated[str, typer.Option("--format", metavar="F", help=" · ".join(FORMATS))] = "records",
    quiet: Annotated[
        bool, typer.Option("--json", help="只输出结果 · the result alone, no progress bar")
    ] = False,
) -> None:
    """导入外部记录，最后一行为 {"accepted", "duplicates", "rejected"} · Take in facts from a file.

    Exit code 1 if not one line could be taken in.
    """
    import msgspec

    checked = _checked_format(line_format)
    with opened(file) as stream, _progress(_size_bytes(file), quiet=quiet) as progress:
        totals = asyncio.run(_ingest(stream, data, config, checked, Path(file).name, progress))
    typer.echo(msgspec.json.encode(totals))
    if totals.rejected and not totals.accepted and not totals.duplicates:
        raise typer.Exit(1)


async def _ingest(
    stream: BinaryIO,
    data: Path,
    config: Path | None,
    line_format: "Format",
    origin: str,
    progress: "Progress",
) -> "Totals":
    from services.gateway.files import read_file

    async with line_taker(data, config) as taker:
        return await read_file(stream, line_format=line_format, origin=origin, taker=taker, progress=progress)


@asynccontextmanager
async def line_taker(data: Path, config: Path | None) -> AsyncIterator["LineTaker"]:
    """Whoever takes lines in for a data folder: the daemon that holds it, else an engine of our own."""
    from services.gateway.client import DaemonClient

    async with DaemonClient(data) as daemon:
        if await daemon.answers():
            yield daemon
            return
    with _alone(data, _loaded(config)) as gateway:
        yield gateway


@contextmanager
def _alone(data: Path, config: "Config | None") -> Iterator["LineTaker"]:
    """The gateway over an engine of our own: nobody else holds the folder."""
    from services import clock
    from services.deadletters import FILE_NAME, DeadLetters
    from services.engine import Engine
    from services.gateway.ingest import Gateway, Uncounted
    from services.gateway.preparing import Preparer
    from services.gateway.press import ThreadPress

    accounts = frozenset((one.platform, one.id) for one in config.intake.accounts) if config else frozenset()
    with Engine(data, config, clock=clock.now, environ=os.environ, on_error=_tell) as engine:
        engine.start()
        dead_letters = DeadLetters(data / FILE_NAME, engine.vault)
        try:
            yield Gateway(
                house=engine,
                press=ThreadPress(Preparer(sealer=engine.vault, accounts=accounts, now=clock.now)),
                dead_letters=dead_letters,
                now=clock.now,
                recorder=Uncounted(),
            )
        finally:
            dead_letters.close()


def _loaded(folder: Path | None) -> "Config | None":
    from services.config import load

    if folder is None:
        return None
    loaded = load(folder)
    if loaded.config is None:
        raise ConfigurationUnusable("\n".join(str(one) for one in loaded.problems if one.severity == "error"))
    return loaded.config


def _checked_format(written: str) -> "Format":
    if written in LATER_FORMATS:
        raise WrongUse(f"--format {written} is not built yet; this release reads {' and '.join(FORMATS)}")
    if written not in FORMATS:
        raise WrongUse(f"--format {written} is unknown: expected {' or '.join(FORMATS)}")
    return cast("Format", written)


@contextmanager
def _progress(size_bytes: int | None, *, quiet: bool) -> Iterator["Progress"]:
    """Wrong lines, and how far we are, on the terminal's error side."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    shown = 0
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=size_bytes)

        def told(bytes_read: int, totals: "Totals", rejected: Sequence["RejectedLine"]) -> None:
            nonlocal shown
            for one in rejected[: SHOWN_REJECTED - shown]:
                field = f"{one.field}: " if one.field else ""
                console.print(
                    f"line {one.line}: {field}{one.reason}", markup=False, highlight=False, soft_wrap=True
                )
            shown += len(rejected[: SHOWN_REJECTED - shown])
            known = "?" if totals.duplicates is None else totals.duplicates
            words = f"{totals.accepted} accepted, {known} known, {totals.rejected} rejected"
            bar.update(task, completed=bytes_read, description=words)

        yield told


def _size_bytes(file: str) -> int | None:
    return None if file == STDIN else Path(file).stat().st_size or None


def _tell(error: BaseException) -> None:
    typer.echo(f"the engine stopped: {error}", err=True)
