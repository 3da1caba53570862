"""`fenghuo backtest`: rules and response times tried on history, with the very deciders that run live."""

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from services.commands.configuration import HERE, AsJson, ConfigFolder, configured, zone_of
from services.commands.lines import opened, print_objects, raw_lines
from services.commands.moments import length, moment

if TYPE_CHECKING:
    from services.backtest_lines import Tally
    from services.gateway.errors import FieldError

_SHOWN = (
    "level",
    "category",
    "rule",
    "measured",
    "limit",
    "words",
    "person",
    "means",
    "reason",
    "kind",
    "conversation",
    "why",
)
"""Fields of a line that a person reads; `--json` has all."""

Records = Annotated[
    str, typer.Option("--records", metavar="FILE", help="记录文件或 - · Records (format 1), a line each.")
]


def backtest(
    records: Records,
    config: ConfigFolder = HERE,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="时钟走到何时（默认最后一条）· Where the clock stops."),
    ] = None,
    answer_after: Annotated[
        str | None,
        typer.Option(
            "--answer-after",
            metavar="TIME",
            help="被呼叫的人多久后接手（默认无人）· 5m: who is paged takes it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """在历史记录上重放配置 · Replay records under a configuration, on a virtual clock."""
    from services.attendants import Attendants
    from services.backtest import VirtualHouse, read_records, replay
    from services.backtest_lines import Tally
    from streams.text.sentiment import load_scorer

    attendants = Attendants(None if answer_after is None else length("--answer-after", answer_after))
    end = None if until is None else moment("--until", until)
    loaded = configured(config)
    tally = Tally(loaded.desk)
    house = VirtualHouse(loaded, load_scorer, tally.happened, attendants)
    with opened(records) as stream:
        items = replay(house, read_records(raw_lines(stream), tell_wrong_line), end)
    if as_json:
        print_objects(tally.lines())
        print_objects([tally.summary(items)])
    else:
        _show(tally, items, zone_of(loaded))


def tell_wrong_line(number: int, error: "FieldError") -> None:
    """A line that is no record is told on standard error; the rest goes on."""
    typer.echo(f"line {number}: {error}", err=True)


def _show(tally: "Tally", items: int, zone: ZoneInfo) -> None:
    for at, line in tally.happenings():
        kind, brand = line["type"], line["brand"]
        known = {**_cause(line), **line}
        rest = " ".join(f"{name}={known[name]}" for name in _SHOWN if known.get(name))
        typer.echo(f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {kind:<24} {brand}  {rest}")
    found = tally.summary(items)
    summary = msgspec.structs.asdict(found)
    typer.echo("  ".join(f"{name}={value}" for name, value in summary.items() if name != "type"))
    typer.echo(f"夜间叫醒次数/周 {found.night_calls_per_week:g} · night calls a week")


def _cause(line: dict[str, object]) -> dict[str, object]:
    """The rule behind an alarm, and its numbers."""
    evidence = line.get("evidence")
    return evidence if isinstance(evidence, dict) else {}
