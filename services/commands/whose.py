"""Whose journals a command reads: those of a data folder, or of a house on Kafka."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.errors import WrongUse

if TYPE_CHECKING:
    from services.journals import Where

FolderIfAny = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="数据目录 · The data folder of one machine.")
]
KafkaIfAny = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        metavar="HOST:PORT",
        help="Kafka 上的日志，默认取 FENGHUO_KAFKA · The journals on Kafka, if no --data.",
    ),
]


def where_of(data: Path | None, kafka: str | None) -> "Where":
    """The folder, or Kafka as `kafka` or the environment names it.

    Raises:
        WrongUse: neither is named, or both; or the folder holds no journal.
        ConfigurationUnusable: as `services.kafka_settings.cluster_of`.
    """
    from services.engine import STORE_NAME
    from services.kafka_settings import VARIABLE, cluster_of

    if (data is not None and kafka is not None) or not (data or kafka or os.environ.get(VARIABLE)):
        raise WrongUse("which journals? Give --data DIR or --kafka HOST:PORT (请给出 --data 或 --kafka)")
    if data is None:
        return cluster_of(kafka, os.environ)
    if not (data / STORE_NAME).exists():
        raise WrongUse(
            f"{data} holds no journal; those of a house on Kafka are read with --kafka (目录里没有日志；Kafka 上的用 --kafka)"
        )
    return data
