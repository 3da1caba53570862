"""`fenghuo worker`: the deciders on Kafka."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from services.commands.topics import KafkaServers


def worker(
    kafka: KafkaServers = None,
    decider: Annotated[
        Literal["intake", "desk"] | None,
        typer.Option(metavar="intake|desk", help="只做受理或只做指挥 · Only this decider; default: both."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="含密钥库的目录，用来接收别的程序写入的单条事件 · A folder with the house's vault, to take in single events"
            " that other programs put on the topic.",
        ),
    ] = None,
) -> None:
    """在 Kafka 上运行，直到收到 SIGTERM 或 Ctrl-C · Run the deciders on Kafka until it is told to stop."""
    import asyncio

    from services import clock
    from services.kafka_settings import cluster_of
    from services.logs import configure_logs

    cluster = cluster_of(kafka, os.environ)
    from services.worker import Settings, run_until_told
    from streams.run.embedded import DESK, INTAKE

    configure_logs(secrets=[cluster.password] if cluster.password else [])
    deciders = (INTAKE, DESK) if decider is None else (decider,)
    asyncio.run(
        run_until_told(Settings(cluster=cluster, deciders=deciders, data=data), clock.now, os.environ)
    )
