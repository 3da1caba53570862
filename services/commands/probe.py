"""`fenghuo probe`: a test alarm through the whole chain, clearly marked as a test."""

from typing import Annotated

import msgspec
import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.standing import DataFolder

_WORDS = {"delivered": "已送达 delivered", "failed": "未送达 failed", None: "没有结果 no outcome yet"}


def probe(
    data: DataFolder,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="ID", help="人或值班岗，可重复（默认升级步骤里的所有人）· People or duties."
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=1, max=600, help="最多等多久 · How long to wait."),
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """发一次测试呼叫，走完整条链路 · Send a test alarm through the whole chain and tell what became of it."""
    from services import clock, probing

    pages = probing.probe(data, to or (), wait, clock.monotonic_s)
    if as_json:
        print_objects(msgspec.to_builtins(page) for page in pages)
    else:
        for page in pages:
            typer.echo(f"{page.person:<12} {_WORDS.get(page.outcome, page.outcome)}  {page.detail}".rstrip())
    if any(page.outcome != "delivered" for page in pages):
        raise typer.Exit(1)
