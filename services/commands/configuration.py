"""`fenghuo init` and `fenghuo check`: get a configuration, and know that it is right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from services.commands.lines import print_objects
from services.errors import ConfigurationUnusable

if TYPE_CHECKING:
    from services.config.model import Config
    from services.config.problems import Problem

ConfigFolder = Annotated[
    Path, typer.Option("--config", metavar="DIR", help="配置目录 · The folder that holds fenghuo.yaml.")
]
HERE = Path()
AsJson = Annotated[bool, typer.Option("--json", help="每行一个 JSON 对象 · One JSON object a line.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="空目录 · An empty or new folder.")],
) -> None:
    """写一份带注释的示例配置 · Write a commented sample configuration."""
    from services.sample import write_sample

    for name in write_sample(folder):
        typer.echo(f"{folder / name}")
    typer.echo(f"下一步 Next: fenghuo check --config {folder}")


def check(config: ConfigFolder = HERE, as_json: AsJson = False) -> None:
    """检查配置，一次列出所有问题及其行号 · Check a configuration: every problem with its line."""
    from services.config import load

    loaded = load(config)
    if as_json:
        print_objects(_line(problem) for problem in loaded.problems)
    else:
        _tell(loaded.problems, config)
    if loaded.config is None:
        raise typer.Exit(1)


def _line(problem: "Problem") -> dict[str, object]:
    place = problem.place
    return {
        "severity": problem.severity,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": place.path,
        "found": problem.found.en,
        "expected": problem.expected.en,
        "message": str(problem),
    }


def _tell(problems: "tuple[Problem, ...]", folder: Path) -> None:
    for problem in problems:
        typer.echo(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    typer.echo(
        f"{folder / 'fenghuo.yaml'}: {errors} 个错误，{warnings} 处注意 · {errors} errors, {warnings} warnings"
    )


def zone_of(config: "Config") -> ZoneInfo:
    """In which people read times on the terminal: the first brand's; UTC without a brand."""
    return ZoneInfo(next((brand.timezone for brand in config.desk.brands), "UTC"))


def configured(folder: Path) -> "Config":
    """The configuration in `folder`, for commands that cannot do without.

    Raises:
        ConfigurationUnusable: it has errors; the message holds each on a line of its own.
    """
    from services.config import load

    loaded = load(folder)
    if loaded.config is None:
        errors = [str(problem) for problem in loaded.problems if problem.severity == "error"]
        raise ConfigurationUnusable("\n".join(errors))
    return loaded.config
