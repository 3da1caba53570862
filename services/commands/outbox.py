"""`fenghuo outbox`: whether calls go out. A restored house holds them until somebody says so."""

import os
from typing import TYPE_CHECKING

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.standing import DataFolder

if TYPE_CHECKING:
    from services.arming import Action
    from services.web.outbox_api import OutboxState

outbox = typer.Typer(name="outbox", help="呼叫是否外发 · Whether calls go out.", no_args_is_help=True)


@outbox.command()
def show(data: DataFolder, as_json: AsJson = False) -> None:
    """看外发是否启用；未启用时返回 1 · Whether it is armed; exit code 1 if it is not."""
    state = _act(data, None, as_json=as_json)
    if not state.armed:
        raise typer.Exit(1)


@outbox.command()
def arm(data: DataFolder, as_json: AsJson = False) -> None:
    """启用外发：旧的呼叫作废，仍需处理的发出 · Let calls go out: old ones are let go, those that still matter go now."""
    _act(data, "arm", as_json=as_json)


@outbox.command()
def disarm(data: DataFolder, as_json: AsJson = False) -> None:
    """停用外发：照常判断，扣住所有呼叫 · Hold every call; all else goes on."""
    _act(data, "disarm", as_json=as_json)


def _act(data: DataFolder, action: "Action | None", *, as_json: bool) -> "OutboxState":
    from services import arming, clock

    state = arming.act(data, os.environ, action, clock.now, _tell)
    if as_json:
        print_objects([state])
    else:
        typer.echo(_words(state))
    return state


def _words(state: "OutboxState") -> str:
    if not state.armed:
        since = f"{state.since:%Y-%m-%d %H:%M:%SZ}"
        return f"未启用，自 {since}，扣住 {state.held} 条呼叫 · disarmed since {since}, {state.held} calls are held"
    if state.let_go is None:
        return "已启用 · armed"
    return (
        f"已启用：{state.let_go} 条旧呼叫作废，{state.going} 条现在发出 · armed: {state.let_go} old calls let go,"
        f" {state.going} go out now"
    )


def _tell(error: BaseException) -> None:
    typer.echo(f"the engine stopped: {error}", err=True)
