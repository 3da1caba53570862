"""`fenghuo init` and `fenghuo check`: get a configuration, and know that it is right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from services.commands.lines import opened, print_objects, raw_lines
from services.errors import ConfigurationUnusable, WrongUse

if TYPE_CHECKING:
    from services.config.model import Config
    from services.config.problems import Problem
    from services.config.trendradar_monitors import Import

ConfigFolder = Annotated[
    Path, typer.Option("--config", metavar="DIR", help="配置目录 · The folder that holds fenghuo.yaml.")
]
HERE = Path()
MAX_WORD_FILE_BYTES = 1_048_576
"""A hundred times the file that TrendRadar ships."""
AsJson = Annotated[bool, typer.Option("--json", help="每行一个 JSON 对象 · One JSON object a line.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="空目录 · An empty or new folder.")],
    from_trendradar: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="把 TrendRadar 的词组变成监测词 · Monitors from TrendRadar's frequency_words.txt.",
        ),
    ] = None,
) -> None:
    """写一份带注释的示例配置 · Write a commented sample configuration."""
    from services.sample import write_sample

    imported = None if from_trendradar is None else _imported(from_trendradar)
    for name in write_sample(folder) if imported is None else _write_with(imported, folder):
        typer.echo(f"{folder / name}")
    typer.echo(f"下一步 Next: fenghuo check --config {folder}")
    if imported is not None and imported.left_out:
        raise typer.Exit(1)


def _imported(name: str) -> "Import":
    """The monitors of a TrendRadar file; what could not be translated is told on standard error.

    Raises:
        WrongUse: it cannot be read, or holds no group that could be translated.
    """
    from services.config.trendradar_monitors import import_words

    with opened(name) as file:
        content = file.read(MAX_WORD_FILE_BYTES + 1)
    if len(content) > MAX_WORD_FILE_BYTES:
        raise WrongUse(f"{name}: more than {MAX_WORD_FILE_BYTES} bytes (文件太大)")
    try:
        imported = import_words(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WrongUse(f"{name}: byte {error.start} is no UTF-8 (不是 UTF-8 文本)") from error
    for each in imported.left_out:
        typer.echo(f"{name}:{each}", err=True)
    if not imported.monitors:
        raise WrongUse(f"{name}: no word group in it becomes a monitor (没有可导入的词组)")
    return imported


def _write_with(imported: "Import", folder: Path) -> tuple[str, ...]:
    from services.config.trendradar_monitors import configured_with
    from services.sample import write_sample

    count = len(imported.monitors)
    written = write_sample(folder, lambda sample: configured_with(sample, imported))
    typer.echo(f"{count} 条监测，{len(imported.left_out)} 行未导入 · {count} monitors")
    return written


def check(
    config: ConfigFolder = HERE,
    records: Annotated[
        str | None,
        typer.Option(
            "--records",
            metavar="FILE",
            help="记录文件：试算每周夜间叫醒次数 · Try night calls on these records.",
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="不测试公网地址 · Do not try the public address.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """检查配置，一次列出所有问题及其行号 · Check a configuration: every problem with its line."""
    from services.config import load

    loaded = load(config)
    problems = loaded.problems
    if loaded.config is not None:
        problems += _tried(loaded.config, records, offline=offline)
    if as_json:
        print_objects(_line(problem) for problem in problems)
    else:
        _tell(problems, config)
    if loaded.config is None:
        raise typer.Exit(1)


def _tried(config: "Config", records: str | None, *, offline: bool) -> "tuple[Problem, ...]":
    """What only trying shows: whether the address answers, and how often people are woken."""
    from services.nights import night_calls
    from services.reach import reach

    found = () if offline else reach(config)
    if records is None:
        return found
    with opened(records) as stream:
        return (*found, *night_calls(config, raw_lines(stream)))


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
