"""`fenghuo restore`: a whole, verified house into an empty place: from a backup, from one machine to Kafka, and back."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.topics import KafkaServers
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.moving import Moved


def restore(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="数据目录或其备份 · The folder, or a backup of it, that is restored.",
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIR",
            help="空目录；不写则恢复到 Kafka 上 · An empty folder; without it, Kafka.",
        ),
    ] = None,
    kafka: KafkaServers = None,
    as_json: AsJson = False,
) -> None:
    """核对后恢复到空目录或 Kafka，呼叫先扣住 · A verified house from a folder or Kafka into an empty place; calls are held."""
    if source is None and into is None:
        raise WrongUse("from where to where? Give --from DIR, --into DIR or both (请给出 --from 或 --into)")
    if source is not None and not source.is_dir():
        raise WrongUse(f"there is no data folder {source} (没有这个数据目录)")
    if source is not None and into is not None:
        moved = _from_backup(source, into)
    else:
        moved = _through_kafka(source, into, kafka)
    _say(moved, as_json=as_json)


def _from_backup(source: Path, into: Path) -> "Moved":
    from services.bringing_back import from_backup
    from streams.run.folder import FolderLock

    with FolderLock(into):
        return from_backup(source, into, os.environ)


def _through_kafka(source: Path | None, into: Path | None, kafka: str | None) -> "Moved":
    from services.kafka_settings import cluster_of

    cluster = cluster_of(kafka, os.environ)
    from services import clock
    from services.kafka_keyring import shared_vault
    from services.moving import to_folder, to_kafka
    from streams.run.folder import FolderLock
    from streams.run.kafka import Writer

    folder = source or into
    assert folder is not None
    with FolderLock(folder), Writer(cluster) as writer:
        moved = to_kafka(folder, cluster, writer) if source else to_folder(cluster, writer, folder)
        # With the folder's keys on the topic, or the topic's in the folder, what was sealed can be opened there.
        shared_vault(folder, os.environ, cluster, writer, clock.now).close()
    return moved


def _say(moved: "Moved", *, as_json: bool) -> None:
    if as_json:
        print_objects([moved])
        return
    typer.echo(
        f"搬了 {moved.events} 个事件 · moved {moved.events} events in {moved.entries} entries,"
        f" {moved.configurations} configurations"
    )
    typer.echo(
        "外发已停用：确认原来那套不再运行，再 fenghuo outbox arm · calls are held: make sure that the old house runs no more,"
        " then fenghuo outbox arm",
        err=True,
    )
