"""`fenghuo sla explain`: every clock of a file of records, with its working-time ledger."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from services.commands.backtest import Records, tell_wrong_line
from services.commands.configuration import HERE, AsJson, ConfigFolder, configured, zone_of
from services.commands.lines import opened, print_objects, raw_lines
from services.commands.moments import moment

if TYPE_CHECKING:
    from services.backtest import VirtualHouse
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
        print_objects(_line(*clock) for clock in clocks)
    else:
        for clock in clocks:
            typer.echo(_shown(*clock, zone=zone_of(loaded)))


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
    words = [explained.policy, f"left {explained.left_s} s", explained.reason]
    return ", ".join(word for word in words if word)


def _shown_span(span: "LedgerSpan", zone: ZoneInfo) -> str:
    stretch = f"{_local(span.from_at, zone)} – {_local(span.to_at, zone)}"
    return f"    {stretch}  {span.counted_s:>7} s  {span.zh} · {span.en}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
