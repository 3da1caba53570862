"""`fenghuo deadletters`: what could not be taken in, with its reason; sent once more, or let go of."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.whose import FolderIfAny
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.deadletters import DeadLetter, DeadLetters
    from services.kafka_letters import KafkaLetter, KafkaLetters

PAGE = 500

KafkaServers = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        metavar="HOST:PORT",
        help="Kafka 上的死信，默认取 FENGHUO_KAFKA · Those on Kafka, if no --data.",
    ),
]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="NUMBER…", help="死信编号 · Their numbers, as `list` shows them."),
]
Everything = Annotated[bool, typer.Option("--all", help="全部 · All of them.")]
ConfigForLetters = Annotated[
    Path | None,
    typer.Option("--config", metavar="DIR", help="没有守护进程时用来判读 · Judges them if no daemon runs."),
]

deadletters = typer.Typer(
    name="deadletters",
    help="没能接收的输入及其原因 · What could not be taken in.",
    invoke_without_command=True,
)


@deadletters.callback()
def shown(
    context: typer.Context, data: FolderIfAny = None, kafka: KafkaServers = None, as_json: AsJson = False
) -> None:
    """没能接收的输入及其原因，不带子命令时列出 · What could not be taken in; without a command: list."""
    if context.invoked_subcommand is None:
        show(data, kafka, as_json)


@deadletters.command("list")
def show(data: FolderIfAny = None, kafka: KafkaServers = None, as_json: AsJson = False) -> None:
    """列出死信；有死信时返回 1 · List them; exit code 1 if there are any."""
    count = 0
    for line, words in _on_kafka(kafka) if data is None else _in_folder(data):
        count += 1
        if as_json:
            print_objects([line])
        else:
            typer.echo(words)
    if count:
        raise typer.Exit(1)


@deadletters.command()
def redrive(
    numbers: Numbers = None,
    data: FolderIfAny = None,
    kafka: KafkaServers = None,
    config: ConfigForLetters = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """重新投递；仍不能接收的留下 · Send them once more; what still cannot be taken in stays. Exit code 1 if any does."""
    _check(numbers, everything=everything)
    if data is None:
        with _kafka_letters(kafka) as letters:
            sent = letters.redrive(_chosen([one.number for one in letters.list()], numbers))
        _say(as_json, redriven=sent, left=0)
        return
    redriven, left = asyncio.run(_redrive_folder(data, config, numbers))
    _say(as_json, redriven=redriven, left=left)
    if left:
        raise typer.Exit(1)


@deadletters.command()
def drop(
    numbers: Numbers = None,
    data: FolderIfAny = None,
    kafka: KafkaServers = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """看过之后去掉，无法恢复 · Let them go, for good."""
    _check(numbers, everything=everything)
    if data is None:
        with _kafka_letters(kafka) as letters:
            dropped = letters.drop(_chosen([one.number for one in letters.list()], numbers))
    else:
        with _folder_letters(data) as kept:
            chosen = _chosen([one.number for one in _all(kept)], numbers)
            kept.remove(chosen)
            dropped = len(chosen)
    _say(as_json, dropped=dropped)


def _check(numbers: Sequence[int] | None, *, everything: bool) -> None:
    if bool(numbers) == everything:
        raise WrongUse("which ones? Give their numbers, or --all (请给出编号或 --all)")


def _chosen(there: Sequence[int], numbers: Sequence[int] | None) -> list[int]:
    """Those that are meant. Raises WrongUse if one is not there."""
    if missing := sorted(set(numbers or ()) - set(there)):
        raise WrongUse(f"there is no dead letter {missing[0]} (没有这个编号)")
    return list(numbers or there)


def _say(as_json: bool, **counts: int) -> None:
    if as_json:
        print_objects([counts])
    else:
        typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


async def _redrive_folder(data: Path, config: Path | None, numbers: Sequence[int] | None) -> tuple[int, int]:
    from services.commands.ingest import line_taker
    from services.redriving import redriven

    with _folder_letters(data) as letters:
        known = list(_all(letters))
        chosen = frozenset(_chosen([one.number for one in known], numbers))
        async with line_taker(data, config) as taker:
            taken = await redriven([one for one in known if one.number in chosen], taker)
        letters.remove(taken)
    return len(taken), len(chosen) - len(taken)


def _in_folder(data: Path) -> Iterator[tuple[dict[str, object], str]]:
    from services.deadletters import FILE_NAME

    if not (data / FILE_NAME).exists():
        return
    with _folder_letters(data) as letters:
        for one in _all(letters):
            yield (
                _line(one),
                f"{one.number}  {one.origin}:{one.line}: {one.field}: {one.reason or one.code}",
            )


def _on_kafka(kafka: str | None) -> Iterator[tuple[dict[str, object], str]]:
    with _kafka_letters(kafka) as letters:
        for one in letters.list():
            yield _kafka_line(one), f"{one.number}  {one.topic}/{one.partition}@{one.offset}: {one.reason}"


@contextmanager
def _folder_letters(data: Path) -> "Iterator[DeadLetters]":
    from services.deadletters import FILE_NAME, DeadLetters
    from services.vault import Vault

    if not (data / FILE_NAME).exists():
        raise WrongUse(f"{data} holds no dead letters (目录里没有死信)")
    vault = Vault.of_folder(data, os.environ)
    letters = DeadLetters(data / FILE_NAME, vault)
    try:
        yield letters
    finally:
        letters.close()
        vault.close()


@contextmanager
def _kafka_letters(kafka: str | None) -> "Iterator[KafkaLetters]":
    from services.kafka_settings import cluster_of

    cluster = cluster_of(kafka, os.environ)
    from services.kafka_letters import KafkaLetters
    from streams.run.kafka import Writer

    with Writer(cluster) as writer:
        yield KafkaLetters(cluster, writer)


def _all(letters: "DeadLetters") -> "Iterator[DeadLetter]":
    after = 0
    while page := letters.list(limit=PAGE, after=after):
        yield from page
        after = page[-1].number


def _line(letter: "DeadLetter") -> dict[str, object]:
    return {
        "number": letter.number,
        "at": letter.at,
        "source": letter.source,
        "origin": letter.origin,
        "line": letter.line,
        "field": letter.field,
        "code": letter.code,
        "reason": letter.reason,
        "raw": None if letter.raw is None else letter.raw.decode("utf-8", "replace"),
        "cut": letter.cut,
    }


def _kafka_line(letter: "KafkaLetter") -> dict[str, object]:
    return {
        "number": letter.number,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "raw": letter.raw.decode("utf-8", "replace"),
    }
