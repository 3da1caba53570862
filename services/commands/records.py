"""`fenghuo report`: what an incident came to, as a file."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.standing import DataFolder
from services.errors import WrongUse

if TYPE_CHECKING:
    from datetime import date

    from alerting.report_events import ReportKind

report = typer.Typer(
    name="report", help="事件与周期报告 · Reports on incidents and stretches of time.", no_args_is_help=True
)


class FileKind(StrEnum):
    """What a report may be written as."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


AsKind = Annotated[FileKind, typer.Option("--format", help="html、pdf 或 json · html, pdf or json.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="写到文件，否则写到标准输出 · A file; else standard output."),
]
Url = Annotated[
    str,
    typer.Option(
        "--url", metavar="URL", help="没有运行时，链接指向的值班台 · Where links lead if no daemon runs."
    ),
]
InEnglish = Annotated[bool, typer.Option("--english", help="英文 · In English.")]
DEFAULT_URL = "http://127.0.0.1:8733"


@report.command()
def incident(
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="事件编号 · Id of the incident.")],
    data: DataFolder,
    kind: AsKind = FileKind.HTML,
    out: Out = None,
    url: Url = DEFAULT_URL,
    english: InEnglish = False,
) -> None:
    """一个事件的报告：结论、时间线、观点、用时、声明与效果 · The report on one incident."""
    from services import asking, clock

    body = asking.incident_report(
        data, os.environ, clock.now(), incident_id, kind.value, language="en" if english else "zh", url=url.rstrip("/")
    )  # fmt: skip
    write(body, out)


Brand = Annotated[
    str | None, typer.Option("--brand", metavar="ID", help="品牌，默认第一个 · The first one if left out.")
]
Day = Annotated[
    str | None, typer.Option("--day", metavar="DAY", help="哪一天，默认昨天 · Yesterday if left out.")
]
First = Annotated[str | None, typer.Option("--from", metavar="DAY", help="第一天 · The first day.")]
Last = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="最后一天（含） · The last day, included.")
]


@report.command()
def daily(
    data: DataFolder,
    day: Day = None,
    brand: Brand = None,
    kind: AsKind = FileKind.HTML,
    out: Out = None,
    url: Url = DEFAULT_URL,
    english: InEnglish = False,
) -> None:
    """日报 · The report on one day."""
    asked = _day("--day", day)
    _period(data, "daily", brand, (asked, asked), None, (kind, out, url, english))


@report.command()
def weekly(
    data: DataFolder,
    first: First = None,
    last: Last = None,
    brand: Brand = None,
    kind: AsKind = FileKind.HTML,
    out: Out = None,
    url: Url = DEFAULT_URL,
    english: InEnglish = False,
) -> None:
    """周报，默认到昨天为止的七天 · The report on seven days up to yesterday, or on those named."""
    _period(
        data, "weekly", brand, (_day("--from", first), _day("--to", last)), None, (kind, out, url, english)
    )


@report.command()
def special(
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="监测类别 · A category of monitors.")],
    data: DataFolder,
    first: First = None,
    last: Last = None,
    brand: Brand = None,
    kind: AsKind = FileKind.HTML,
    out: Out = None,
    url: Url = DEFAULT_URL,
    english: InEnglish = False,
) -> None:
    """专报：只看一个类别 · The report on one category."""
    days = _day("--from", first), _day("--to", last)
    _period(data, "special", brand, days, category, (kind, out, url, english))


_Output = tuple[FileKind, Path | None, str, bool]


def _period(
    data: Path,
    name: "ReportKind",
    brand: str | None,
    days: "tuple[date | None, date | None]",
    category: str | None,
    output: _Output,
) -> None:
    from services import asking, clock

    kind, out, url, english = output
    asked = asking.PeriodAsked(kind=name, brand=brand, first=days[0], last=days[1], category=category)
    body = asking.period_report(
        data, os.environ, clock.now(), asked, kind.value, language="en" if english else "zh", url=url.rstrip("/")
    )  # fmt: skip
    write(body, out)


def _day(option: str, written: str | None) -> "date | None":
    from datetime import date

    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError as error:
        raise WrongUse(f"{option}: found {written!r}, expected a day such as 2026-11-20 (日期)") from error


def write(body: bytes, out: Path | None) -> None:
    """To the file, or to standard output."""
    if out is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(body)
        typer.echo(str(out), err=True)
