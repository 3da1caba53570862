"""`fenghuo topics`: the topics of a house on Kafka."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects

if TYPE_CHECKING:
    from streams.run.kafka_topics import Topics

KafkaServers = Annotated[
    str | None,
    typer.Option(
        "--kafka", metavar="HOST:PORT", help="Kafka 地址，默认取 FENGHUO_KAFKA · Default: FENGHUO_KAFKA."
    ),
]
PARTITIONS = 12
"""Enough for twelve workers, and to grow into: the number cannot be changed later."""
REPLICAS = 3

topics = typer.Typer(name="topics", help="Kafka 主题 · The topics of a house on Kafka.", no_args_is_help=True)


@topics.command()
def create(
    kafka: KafkaServers = None,
    partitions: Annotated[
        int,
        typer.Option(
            min=1, max=1_000, metavar="N", help="受理的分区数，之后不能改 · Partitions of Intake, for good."
        ),
    ] = PARTITIONS,
    replicas: Annotated[
        int,
        typer.Option(min=1, max=9, metavar="N", help="副本数，单机用 1 · Copies of each; 1 on one broker."),
    ] = REPLICAS,
    as_json: AsJson = False,
) -> None:
    """建立缺少的主题 · Make the topics that are missing."""
    with _topics(kafka) as found:
        made = found.create(partitions, replicas)
    if as_json:
        print_objects([{"made": list(made)}])
    else:
        typer.echo("\n".join(made) or "都已存在 · all of them are there")


@topics.command()
def describe(kafka: KafkaServers = None, as_json: AsJson = False) -> None:
    """列出主题；有副本落后时返回 1 · What there is; 1 if a replica is out of step or there is nothing."""
    import msgspec

    with _topics(kafka) as found:
        states = found.describe()
    if as_json:
        print_objects([msgspec.to_builtins(one) for one in states])
    for one in () if as_json else states:
        short = f"，{one.short_of_replicas} 个分区副本落后 · out of step" if one.short_of_replicas else ""
        typer.echo(f"{one.name:<32} {one.partitions:>4} × {one.replicas}{short}")
    if not states or any(one.short_of_replicas for one in states):
        raise typer.Exit(1)


@topics.command()
def lag(
    kafka: KafkaServers = None,
    most: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="容许落后多少条消息 · Messages that may wait in a partition."),
    ] = 1_000,
    as_json: AsJson = False,
) -> None:
    """各分区还有多少消息未处理；超过 --most 时返回 1 · Messages that wait; 1 if one partition has more than --most."""
    with _topics(kafka) as found:
        lags = found.lag()
    if as_json:
        print_objects(
            [
                {"decider": one.decider, "partition": one.partition, "end": one.end, "behind": one.behind}
                for one in lags
            ]
        )
    for one in () if as_json else lags:
        typer.echo(f"{one.decider}/{one.partition:<6} {one.behind:>10,}")
    if any(one.behind > most for one in lags):
        raise typer.Exit(1)


@contextmanager
def _topics(kafka: str | None) -> "Iterator[Topics]":
    from services.kafka_settings import cluster_of
    from streams.run.kafka_topics import administered

    with administered(cluster_of(kafka, os.environ)) as found:
        yield found
