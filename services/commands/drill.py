"""`fenghuo drill`: a storm through the production code, with nobody really called, and a score at the end."""

import os
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.backtest import tell_wrong_line
from services.commands.configuration import HERE, AsJson, ConfigFolder, configured, zone_of
from services.commands.lines import opened, print_objects, raw_lines
from services.commands.moments import length, moment
from services.commands.run import DEFAULT_PORT
from services.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.config.model import Config
    from services.daemon import Running
    from services.drill_players import Players
    from services.drill_score import DrillScore
    from services.gateway.records import Record

BEFORE_THE_STORM = timedelta(minutes=45)
"""A drill with people begins so long before a simulated storm is at its worst: five minutes before the first complaint."""
AFTER_THE_STORM = timedelta(hours=3)
"""So long the clock goes on after the last item of a simulated storm."""

Records = Annotated[
    str | None,
    typer.Option(
        "--records", metavar="FILE", help="记录文件或 -（默认模拟）· Records (format 1); default: simulated."
    ),
]


def drill(
    config: ConfigFolder = HERE,
    records: Records = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="模拟的风暴在何时（默认现在）· When the simulated storm is."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="时钟走到何时 · Where the clock stops.")
    ] = None,
    answer_after: Annotated[
        str,
        typer.Option("--answer-after", metavar="TIME", help="替身多久后接手 · A stand-in takes it after."),
    ] = "5m",
    step_after: Annotated[
        str,
        typer.Option("--step-after", metavar="TIME", help="替身每一步用多久 · Each step takes a stand-in."),
    ] = "10m",
    review_after: Annotated[
        str,
        typer.Option("--review-after", metavar="TIME", help="替身审一篇用多久 · To review one text."),
    ] = "4m",
    release_after: Annotated[
        str,
        typer.Option(
            "--release-after",
            metavar="TIME",
            help="替身填空并发布一篇用多久 · To fill in and release one text.",
        ),
    ] = "3m",
    absent: Annotated[
        list[str] | None,
        typer.Option("--absent", metavar="PERSON", help="谁不在，可重复 · Who is away; again for more."),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="真人演练：打开值班台，Ctrl-C 结束并打分 · People do it, at a desk."),
    ] = False,
    speed: Annotated[
        float,
        typer.Option("--speed", min=0.1, max=600, help="--serve 时钟快几倍 · How fast its clock runs."),
    ] = 1.0,
    begins: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="--serve 从记录的何时开始 · Where in the records it begins."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="--serve 存在哪里（默认临时）· Where --serve keeps it."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="--serve 的端口 · The port of --serve.")
    ] = DEFAULT_PORT,
    as_json: AsJson = False,
) -> None:
    """演练：不呼叫任何人，走一遍预案并打分 · Play a storm, call nobody, and score the playbook."""
    from services.drill import drilled
    from services.drill_players import Pace, Players

    loaded = drilled(configured(config))
    if serve:
        first = None if begins is None else moment("--from", begins)
        scores = _serve(config, loaded, records, first, speed, data, port)
    else:
        began = None if at is None else moment("--at", at)
        end = None if until is None else moment("--until", until)
        pace = Pace(
            answer=length("--answer-after", answer_after),
            step=length("--step-after", step_after),
            review=length("--review-after", review_after),
            release=length("--release-after", release_after),
        )
        players = Players(loaded.desk, pace, _known(absent or [], loaded))
        scores = _play(loaded, records, began, end, players)
    _tell(scores, loaded, as_json=as_json)
    if not scores or any(score.late_steps or score.statement.late for score in scores):
        raise typer.Exit(1)


def _known(people: list[str], config: "Config") -> list[str]:
    """Ids of people, all of whom there are."""
    for person in people:
        if config.desk.person(person) is None:
            known = ", ".join(each.id for each in config.desk.people)
            raise WrongUse(f"--absent: found {person!r}, expected one of {known} (没有这个人)")
    return people


def _play(
    config: "Config", records: str | None, at: datetime | None, until: datetime | None, players: "Players"
) -> "tuple[DrillScore, ...]":
    """On a virtual clock, as fast as it goes."""
    from services.backtest import VirtualHouse, read_records, replay
    from services.drill_score import Scorer
    from streams.text.sentiment import load_scorer

    scorer = Scorer()
    house = VirtualHouse(config, load_scorer, scorer.happened, players)
    if records is None:
        storm, ended_at = _simulated(config, at)
        replay(house, storm, until or ended_at + AFTER_THE_STORM)
    else:
        with opened(records) as stream:
            replay(house, read_records(raw_lines(stream), tell_wrong_line), until)
    return scorer.scores(house.now) if house.now is not None else ()


def _serve(
    folder: Path,
    config: "Config",
    records: str | None,
    begins: datetime | None,
    speed: float,
    data: Path | None,
    port: int,
) -> "tuple[DrillScore, ...]":
    """With people at their desks, on a clock `speed` times as fast."""
    from services import clock
    from services.backtest import read_records
    from services.daemon import Settings
    from services.drill_desk import LINKS_LAST, FastClock, serve_drill, storm_from

    start = clock.now()
    now = FastClock(start, speed)
    with ExitStack() as held:
        kept = data or Path(held.enter_context(TemporaryDirectory(prefix="fenghuo-drill-")))
        if records is None:
            storm: Iterator[Record] = storm_from(
                _simulated(config, start)[0], start - BEFORE_THE_STORM, start
            )
        else:
            lines = raw_lines(held.enter_context(opened(records)))
            storm = storm_from(read_records(lines, tell_wrong_line), begins, start)
        settings = Settings(config=folder, data=kept, port=port, own_press=False)
        return serve_drill(
            settings,
            storm,
            now,
            os.environ,
            lambda running: _ready(running, config, now.in_real(LINKS_LAST)),
            _rang,
        )


def _ready(running: "Running", config: "Config", links_at: datetime) -> None:
    """On standard error: the score alone goes to standard output."""
    typer.echo(f"烽火演练 Fenghuo drill {running.url}  （不呼叫任何人 nobody is called）", err=True)
    for person in config.desk.people:
        typer.echo(f"  {person.name} {person.id}: {running.invite(person.id, links_at)}", err=True)
    typer.echo("Ctrl-C 结束并打分 · Ctrl-C ends it and prints the score", err=True)


def _rang(person: str, title: str) -> None:
    typer.echo(f"[演练，未发出 not sent] {person} {title}", err=True)


def _simulated(config: "Config", at: datetime | None) -> "tuple[Iterator[Record], datetime]":
    """The simulated storm about the first brand, and when it is at its worst."""
    from services import clock
    from services.drill import simulated_records

    brand = next((brand.id for brand in config.desk.brands), None)
    if brand is None:
        raise WrongUse("the configuration has no brand to hold a drill for (没有品牌)")
    worst = at or clock.now().replace(microsecond=0)
    return simulated_records(config, brand, worst), worst


def _tell(scores: "tuple[DrillScore, ...]", config: "Config", *, as_json: bool) -> None:
    if as_json:
        print_objects(scores)
        return
    from rich.console import Console

    from services.drill_table import tables

    typer.echo("演练，没有呼叫任何人 · A drill: nobody was called")
    if not scores:
        typer.echo("没有触发任何事件 · Nothing was noticed")
    console = Console()
    for table in tables(scores, zone_of(config)):
        console.print(table)
