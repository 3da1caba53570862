"""`fenghuo content lint`: words that a statement had better not use."""

from typing import Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import STDIN, opened, print_objects, text_lines
from services.commands.score import File

content = typer.Typer(
    name="content", help="对外内容 · Statements.", no_args_is_help=True, rich_markup_mode=None
)


@content.command()
def lint(
    file: File = STDIN,
    platform: Annotated[
        str | None, typer.Option("--platform", metavar="P", help="平台 · The platform.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """逐行检查广告法用语与平台规则 · Check texts, one a line; exit code 1 if there are objections."""
    from alerting.compliance import lint as flags_of

    found = False
    with opened(file) as stream:
        for number, text in enumerate(text_lines(stream), start=1):
            flags = flags_of(text, platform)
            found = found or bool(flags)
            if as_json:
                print_objects([{"flags": flags}])
                continue
            for flag in flags:
                typer.echo(
                    f"{number}:{flag.start + 1}: {flag.severity} {flag.words} — {flag.suggestion}（{flag.source}）"
                )
    if found:
        raise typer.Exit(1)
