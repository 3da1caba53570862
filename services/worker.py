"""`fenghuo worker`: the deciders on Kafka. Wires what a worker process is made of, as `daemon.py` does for one machine."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from alerting.commands import DeskCommand
from alerting.desk import Desk
from alerting.events import TakenIn
from services.allocator import LARGE_TO_JUDGE_BYTES, settle_allocator
from services.collector import settle_collector
from services.config.model import parse
from services.engine import CODECS, cached_scorers
from services.gateway.preparing import Batch, judging_preparer
from services.kafka_keyring import shared_vault
from services.vault import ClearVault, Vault
from streams.arrivals import IntakeArrival
from streams.intake import Intake
from streams.run.ahead import AnyPartitionAhead, PartitionAhead
from streams.run.bundles import BundleCodec, IntakeInput, type_of
from streams.run.distributed import Role, Worker
from streams.run.embedded import DESK, INTAKE
from streams.run.hosting import PartitionHost
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_configs import KafkaConfigs
from streams.run.kafka_edges import KafkaEdges, to_desk
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_topics import INPUTS, administered, group_of
from streams.run.sorting import Prepare, Sorter, Wrong
from streams.text.topics import load_topics

_log = structlog.get_logger("fenghuo.worker")
C = TypeVar("C")
Clock = Callable[[], datetime]
SOURCE = "kafka"
"""Where facts come from that other producers put on the topic."""
NO_CONFIGURATION = "no configuration holds yet"
BUNDLES: Mapping[str, BundleCodec[Any]] = {
    INTAKE: BundleCodec(IntakeInput),
    DESK: BundleCodec(TakenIn | DeskCommand),
}
"""What the inputs of each decider may be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `fenghuo worker` is told."""

    cluster: Cluster
    deciders: Sequence[str] = (INTAKE, DESK)
    data: Path | None = None
    """A folder with the vault of the house: only with it can single events of other producers be taken in."""


async def run(settings: Settings, clock: Clock, environ: Mapping[str, str], until: asyncio.Event) -> None:
    """Work until told to stop.

    Raises:
        streams.errors.StreamsError, services.errors.ServicesError: why it cannot, in one sentence.
    """
    with ExitStack() as held:
        parts = _Parts(settings, clock, environ, held)
        workers = [Worker(settings.cluster, parts.role(decider)) for decider in settings.deciders]
        settle_collector()
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker.run(until))


async def run_until_told(settings: Settings, clock: Clock, environ: Mapping[str, str]) -> None:
    """As `run`, until SIGTERM or SIGINT."""
    settle_allocator(LARGE_TO_JUDGE_BYTES)
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    await run(settings, clock, environ, until)


class _Parts:
    """What the hosts of one process share."""

    def __init__(self, settings: Settings, clock: Clock, environ: Mapping[str, str], held: ExitStack) -> None:
        self._settings = settings
        self._cluster = settings.cluster
        self._clock = clock
        self._environ = environ
        self._held = held
        self._writer = held.enter_context(Writer(settings.cluster))
        self._intake_configs = self._configs(lambda stored: parse(stored).intake)
        self._desk_configs = self._configs(lambda stored: parse(stored).desk)
        self._topics = load_topics()
        self._journals: dict[tuple[str, int], KafkaJournal] = {}

    def _configs(self, parse_part: Callable[[bytes], C]) -> KafkaConfigs[C]:
        return self._held.enter_context(closing(KafkaConfigs(self._cluster, parse_part)))

    def role(self, decider: str) -> Role:
        """What this process does for a decider."""
        with administered(self._cluster) as topics:
            partitions = topics.partitions(decider)
        return Role(
            group=group_of(self._cluster, decider),
            topic=self._cluster.topic(INPUTS[decider]),
            hosts=[self._host(decider, number) for number in range(partitions)],
            sorter=self._sorter(partitions) if decider == INTAKE else None,
            is_ours=lambda value: type_of(value) in BUNDLES[decider].types,
        )

    def _host(self, decider: str, number: int) -> PartitionHost:
        topic = self._cluster.topic(INPUTS[decider])
        hand_on = to_desk(self._cluster, self._writer) if decider == INTAKE else None
        edges = KafkaEdges(self._cluster, self._writer, BUNDLES[decider], (topic, number), hand_on)
        return PartitionHost(
            topic, partial(self._open, decider, number), edges, clock=self._clock, on_error=_report
        )

    def _open(self, decider: str, number: int) -> AnyPartitionAhead:
        """Asked again by a host whose first fold failed."""
        place = (decider, number)
        if place not in self._journals:
            self._journals[place] = KafkaJournal(self._cluster, decider, number, self._writer)
            self._held.callback(self._journals[place].close)
        return PartitionAhead(self._journals[place], self._decider(decider), CODECS[decider])

    def _decider(self, decider: str) -> Any:
        if decider == DESK:
            return Desk(self._desk_configs)
        # Everything comes in judged, so nothing has to be veiled here.
        return Intake(self._intake_configs, cached_scorers(), self._topics, ClearVault().veil)

    def _sorter(self, partitions: int) -> Sorter:
        data = self._settings.data
        prepare = None
        if data is not None:
            vault = shared_vault(data, self._environ, self._cluster, self._writer, self._clock)
            prepare = self._prepare(vault)
        sorter = Sorter(self._cluster, self._writer, partitions, prepare, _report)
        sorter.start()
        self._held.callback(sorter.stop)
        return sorter

    def _prepare(self, vault: Vault) -> Prepare:
        """As a gateway prepares, under the newest configuration."""
        self._held.callback(vault.close)
        preparer_of = lru_cache(maxsize=1)(
            lambda newest: judging_preparer(self._intake_configs[newest], vault, self._clock)
        )

        def prepare(events: Sequence[bytes]) -> tuple[Sequence[IntakeArrival], Sequence[Wrong]]:
            newest = self._intake_configs.newest()
            if newest is None:
                return (), [Wrong(number, NO_CONFIGURATION) for number in range(len(events))]
            prepared = preparer_of(newest).prepare(
                Batch(SOURCE, "cloudevents", list(range(len(events))), events)
            )
            wrong = [Wrong(one.index, f"{one.field}: {one.reason}") for one in prepared.wrong]
            return prepared.arrivals, wrong

        return prepare


def _report(error: BaseException) -> None:
    _log.error("trouble", error=str(error), kind=type(error).__name__)
