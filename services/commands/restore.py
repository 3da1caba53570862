"""`fenghuo restore`: a whole, verified house into an empty place: from one machine to Kafka, and back."""

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
            "--from", metavar="DIR", help="数据目录，搬到 Kafka 上 · The folder that moves to Kafka."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIR",
            help="空目录，从 Kafka 搬来 · An empty folder that Kafka's house moves to.",
        ),
    ] = None,
    kafka: KafkaServers = None,
    as_json: AsJson = False,
) -> None:
    """把停下的整套数据从单机搬到 Kafka，或搬回来 · Move a house that stands still between one machine and Kafka."""
    if (source is None) == (into is None):
        raise WrongUse("from where to where? Give --from DIR or --into DIR (请给出 --from 或 --into)")
    from services.kafka_settings import cluster_of

    cluster = cluster_of(kafka, os.environ)
    from services import clock
    from services.kafka_keyring import shared_vault
    from services.moving import to_folder, to_kafka
    from streams.run.folder import FolderLock
    from streams.run.kafka import Writer

    folder = source or into
    assert folder is not None
    if source is not None and not source.is_dir():
        raise WrongUse(f"there is no data folder {source} (没有这个数据目录)")
    with FolderLock(folder), Writer(cluster) as writer:
        moved = to_kafka(folder, cluster, writer) if source else to_folder(cluster, writer, folder)
        # With the folder's keys on the topic, or the topic's in the folder, what was sealed can be opened there.
        shared_vault(folder, os.environ, cluster, writer, clock.now).close()
    _say(moved, as_json=as_json)


def _say(moved: "Moved", *, as_json: bool) -> None:
    if as_json:
        print_objects([moved])
        return
    typer.echo(
        f"搬了 {moved.events} 个事件 · moved {moved.events} events in {moved.entries} entries,"
        f" {moved.configurations} configurations"
    )
