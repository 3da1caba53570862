"""`fenghuo run`: the daemon."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import ConfigFolder
from services.commands.standing import DataFolder

if TYPE_CHECKING:  # heavy at run time, and `fenghuo --help` needs it not
    from services.daemon import Running

DEFAULT_PORT = 8733


class Role(StrEnum):
    """What a node on Kafka is for."""

    GATEWAY = "gateway"
    OUTBOX = "outbox"
    WEB = "web"


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
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka",
            metavar="HOST:PORT",
            help="作为 Kafka 上的一个节点运行，判断由 fenghuo worker 完成 · Run a node on Kafka; fenghuo worker decides.",
        ),
    ] = None,
    roles: Annotated[
        list[Role] | None,
        typer.Option(
            "--role",
            metavar="gateway|outbox|web",
            help="该节点的职责，可多次给出，默认全部；Kafka 地址默认取 FENGHUO_KAFKA · What a node on Kafka is for, more than"
            " once if need be; default: all. Without --kafka, FENGHUO_KAFKA names it.",
        ),
    ] = None,
) -> None:
    """启动守护进程，直到收到 SIGTERM 或 Ctrl-C · Run the daemon until it is told to stop."""
    several_cores = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else True
    own_press = several_cores if own_press is None else own_press
    if kafka is not None or roles:
        _run_node(config, data, host, port, own_press, kafka, roles)
        return
    from services.daemon import Settings
    from services.daemon import run as run_daemon

    settings = Settings(
        config=config,
        data=data,
        host=host,
        port=port,
        own_press=own_press,
    )
    run_daemon(settings, os.environ, _say_ready)


def _run_node(
    config: Path, data: Path, host: str, port: int, own_press: bool, kafka: str | None, roles: list[Role] | None,
) -> None:  # fmt: skip
    from services.kafka_settings import cluster_of

    cluster = cluster_of(kafka, os.environ)
    from services.node import Settings
    from services.node import run as run_node

    settings = Settings(
        cluster=cluster,
        config=config,
        data=data,
        roles=frozenset(one.value for one in roles or Role),
        host=host,
        port=port,
        own_press=own_press,
    )
    run_node(settings, os.environ, _say_url)


async def _say_ready(running: "Running") -> None:
    await _say_url(running.url)


async def _say_url(url: str) -> None:
    typer.echo(f"烽火 Fenghuo {url}")
