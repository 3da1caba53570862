"""`fenghuo sla explain`: every clock of a file of records, with its working-time ledger."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from services.commands.backtest import Records, tell_wrong_line
from services.commands.configuration import HERE, AsJson, ConfigFolder, configured, zone_of
from services.commands.lines import opened, print_objects, raw_lines
from services.commands.moments import moment
from services.commands.standing import DataFolder
from services.commands.whose import where_of
from services.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.applying import Apply
    from services.backtest import VirtualHouse
    from services.journals import Where
    from streams.applying import Move
    from streams.sla.clocks import Explained
    from streams.sla.ledger import LedgerSpan

sla = typer.Typer(name="sla", help="响应时限 · Response times.", no_args_is_help=True, rich_markup_mode=None)


@sla.command()
def explain(
    records: Records,
    config: ConfigFolder = HERE,
    now: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="此刻（默认最后一条）· The present.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """逐个说明时钟：何时开始、何时到期、哪些时间算数 · Explain every clock with its ledger."""
    from services.backtest import VirtualHouse, read_records, replay
    from streams.conversation import is_group
    from streams.text.sentiment import load_scorer

    present = None if now is None else moment("--now", now)
    loaded = configured(config)
    house = VirtualHouse(loaded, load_scorer, _nothing_to_tell)
    with opened(records) as stream:
        replay(house, read_records(raw_lines(stream), tell_wrong_line), present)
    for conversation in house.intake[1].threads.unbegun():
        typer.echo(f"no message of the conversation {conversation} (没有该会话的消息)", err=True)
    clocks = _explained(house, present)
    if as_json:
        # A group stands for customers whose own lines say so (`folded_at`); it is no conversation of its own.
        print_objects(_line(*clock) for clock in clocks if not is_group(clock[0]))
    else:
        for clock in clocks:
            typer.echo(_shown(*clock, zone=zone_of(loaded)))


@sla.command()
def apply(
    data: DataFolder,
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka",
            metavar="HOST:PORT",
            help="读 Kafka 上的日志；--data 是正在运行的网页节点的目录 · The journals on Kafka; --data is a running web node's folder.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="DIR",
            help="先看看还没启用的配置（只能加 --dry-run）· Look at one that does not hold yet.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只列出会变动的时钟 · Only list what would move.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """让正在计时的时钟按现行配置走；已结束的不改 · Let running clocks follow the configuration that holds."""
    from services import clock
    from services.applying import Apply, Preview

    where = where_of(None if kafka else data, kafka)
    preview = Preview(where, None if config is None else configured(config), clock.now())
    if not dry_run and not preview.holds:
        raise WrongUse("this configuration does not hold: start the daemon with it first (该配置尚未启用)")
    if as_json:
        print_objects(preview.moves())
    else:
        zone = ZoneInfo("Asia/Shanghai") if config is None else zone_of(configured(config))
        for move in preview.moves():
            typer.echo(_moved(move, zone))
    names = tuple(one.id for one in preview.conversations())
    if dry_run:
        typer.echo(f"{len(names)} 个会话会改按新配置 · {len(names)} conversations would follow", err=True)
        return
    done = asyncio.run(
        _apply(data, where, [Apply(config=preview.config, conversations=part) for part in _parts(names)])
    )
    typer.echo(f"{done} 个会话已改按新配置 · {done} conversations follow", err=True)


def _parts(names: tuple[str, ...]) -> "Iterator[tuple[str, ...]]":
    from streams.commands import APPLY_MOST

    for start in range(0, len(names), APPLY_MOST):
        yield names[start : start + APPLY_MOST]


async def _apply(data: Path, where: "Where", parts: "list[Apply]") -> int:
    """Through the running daemon if one holds the folder, else by an engine of our own."""
    from services import clock
    from services.applying import Applier
    from services.engine import Engine
    from services.gateway.client import DaemonClient

    async with DaemonClient(data) as daemon:
        if await daemon.answers():
            return sum([(await daemon.apply(part)).conversations for part in parts])
    if where != data:
        raise WrongUse(f"no web node runs on {data} (该目录上没有运行中的网页节点)")
    with Engine(data, None, clock=clock.now, environ=os.environ, on_error=_tell) as engine:
        engine.start()
        applier = Applier(engine, clock.now)
        return sum([(await applier.apply(part)).conversations for part in parts])


def _tell(error: BaseException) -> None:
    typer.echo(f"the engine stopped: {error}", err=True)


def _moved(move: "Move", zone: ZoneInfo) -> str:
    before = _local(move.due_before, zone) if move.due_before else "—"
    after = _local(move.due_after, zone) if move.due_after else "—"
    policies = f"{move.policy_before or '—'} → {move.policy_after or '—'}"
    late = "  立即超时 overdue at once" if move.overdue else ""
    return f"{move.conversation}  {_KINDS[move.kind]}  {before} → {after}  ({policies}){late}"


def _nothing_to_tell(_partition: str, _event: object, _now: datetime) -> None:
    """Clocks are read from Intake's state in the end, not from what led to them."""


def _explained(house: "VirtualHouse", present: datetime | None) -> "list[tuple[str, Explained]]":
    at = present or house.now
    if at is None:
        return []
    intake, state = house.intake
    return [(conversation.id, explained) for conversation, explained in intake.clockwork.explained(state, at)]


def _line(conversation: str, explained: "Explained") -> dict[str, object]:
    return {"conversation": conversation, **msgspec.structs.asdict(explained)}


_STATES = {"running": "计时中", "paused": "暂停", "met": "按时", "breached": "超时", "cancelled": "取消"}
_KINDS = {"first_response": "首次响应", "next_response": "后续响应", "resolution": "解决"}


def _shown(conversation: str, explained: "Explained", *, zone: ZoneInfo) -> str:
    head = (
        f"{conversation}  {_KINDS[explained.kind]}  {_STATES[explained.state]}"
        f"  {_local(explained.started_at, zone)} → {_local(explained.due_at, zone)}"
        f"  ({_terms_of(explained)})"
    )
    return "\n".join([head, *(_shown_span(span, zone) for span in explained.ledger)])


def _terms_of(explained: "Explained") -> str:
    folded = None if explained.folded_at is None else "并入同帖一组 folded into a group"
    words = [explained.policy, f"left {explained.left_s} s", explained.reason, folded]
    return ", ".join(word for word in words if word)


def _shown_span(span: "LedgerSpan", zone: ZoneInfo) -> str:
    stretch = f"{_local(span.from_at, zone)} – {_local(span.to_at, zone)}"
    return f"    {stretch}  {span.counted_s:>7} s  {span.zh} · {span.en}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
