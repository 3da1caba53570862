"""`fenghuo report`: what an incident came to, as a file."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.commands.standing import DataFolder

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


def write(body: bytes, out: Path | None) -> None:
    """To the file, or to standard output."""
    if out is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(body)
        typer.echo(str(out), err=True)
