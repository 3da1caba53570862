"""`fenghuo correct`: a person says what an item really is."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.standing import DataFolder
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.correcting import Correction


def correct(
    item: Annotated[
        str,
        typer.Argument(
            metavar="ITEM", help="内容的 id，或 平台/平台上的 id · Its id, or PLATFORM/NATIVE-ID."
        ),
    ],
    data: DataFolder,
    label: Annotated[
        str | None, typer.Option("--label", metavar="L", help="negative · neutral · positive")
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="T", help="投诉类别的 id · A topic's id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """改判一条内容的情绪或类别，用于再训练 · Correct the label or topic of an item; retraining learns from it."""
    from services.correcting import read_correction

    correction = read_correction(item, label, topic)
    asyncio.run(_correct(data, correction))
    if as_json:
        print_objects([correction])
    else:
        typer.echo("已改判 · corrected")


async def _correct(data: Path, correction: "Correction") -> None:
    """Through the running daemon if one holds the folder, else by an engine of our own."""
    from services import clock
    from services.correcting import correct_alone
    from services.engine import STORE_NAME
    from services.gateway.client import DaemonClient

    async with DaemonClient(data) as daemon:
        if await daemon.answers():
            await daemon.correct(correction)
            return
    if not (data / STORE_NAME).exists():
        raise WrongUse(f"{data} holds no journal (目录里没有日志)")
    await correct_alone(data, correction, os.environ, clock.now)
