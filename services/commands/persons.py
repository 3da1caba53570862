"""`fenghuo signin` lets one of our people in; `fenghuo forget` forgets somebody who wrote to us."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson, configured
from services.commands.lines import print_objects
from services.commands.run import DEFAULT_PORT
from services.commands.standing import DataFolder
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.forgetting import Forget, Forgotten

DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"


def signin(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="people 里的 id · An id of `people`.")],
    data: DataFolder,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="DIR", help="配置目录 · Checks the id.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="值班台地址 · The desk's address.")
    ] = None,
) -> None:
    """打印一次性登录链接，15 分钟内有效 · Print a one-time sign-in link, good for 15 minutes."""
    from services import clock
    from services.parts import ACCESS_NAME
    from services.web.access import Access

    if not data.is_dir():
        raise WrongUse(f"there is no data folder {data} (没有这个数据目录)")
    access = Access(data / ACCESS_NAME)
    try:
        token = access.invite(person, clock.now())
    finally:
        access.close()
    typer.echo(f"{_address(person, config, url)}/signin/{token}")


def _address(person: str, config: Path | None, url: str | None) -> str:
    loaded = None if config is None else configured(config)
    if loaded is not None and loaded.desk.person(person) is None:
        raise WrongUse(f"the configuration has no person {person!r} (配置里没有这个人)")
    configured_url = None if loaded is None else loaded.network.public_url
    return (url or configured_url or DEFAULT_URL).rstrip("/")


def forget(
    platform: Annotated[str, typer.Option("--platform", metavar="P", help="平台 · The platform.")],
    author: Annotated[str, typer.Option("--author", metavar="ID", help="平台上的作者 id · Their id there.")],
    data: DataFolder,
    as_json: AsJson = False,
) -> None:
    """忘记一个人：其内容永远无法再打开 · Forget a person, for good: what they wrote opens no more."""
    from services.forgetting import read_forget

    forgotten = asyncio.run(_forget(data, read_forget({"platform": platform, "author": author})))
    if as_json:
        print_objects([forgotten])
    else:
        typer.echo(_sentence(forgotten))


async def _forget(data: Path, asked: "Forget") -> "Forgotten":
    """Through the running daemon if one holds the folder, else by an engine of our own."""
    from services.engine import STORE_NAME
    from services.gateway.client import DaemonClient

    async with DaemonClient(data) as daemon:
        if await daemon.answers():
            return await daemon.forget(asked)
    if not (data / STORE_NAME).exists():
        raise WrongUse(f"{data} holds no journal (目录里没有日志)")
    return await _forget_alone(data, asked)


async def _forget_alone(data: Path, asked: "Forget") -> "Forgotten":
    from services import clock
    from services.deadletters import FILE_NAME, DeadLetters
    from services.engine import STORE_NAME, Engine
    from services.forgetting import Forgetter, replies_in_journal

    with Engine(data, None, clock=clock.now, environ=os.environ, on_error=_tell) as engine:
        engine.start()
        letters = DeadLetters(data / FILE_NAME, engine.vault)
        replies = replies_in_journal(data / STORE_NAME)
        try:
            forgetter = Forgetter(
                house=engine, vault=engine.vault, dead_letters=letters, replies=replies, now=clock.now
            )
            return await forgetter.forget(asked)
        finally:
            letters.close()


def _sentence(forgotten: "Forgotten") -> str:
    counts = (forgotten.keys, forgotten.replies, forgotten.dead_letters)
    return (
        "销毁了 {} 个密钥，其中我方回复 {} 条；移除死信 {} 条 · "
        "{} keys dropped, {} of them of replies of ours; {} dead letters removed"
    ).format(*counts, *counts)


def _tell(error: BaseException) -> None:
    typer.echo(f"the engine stopped: {error}", err=True)
