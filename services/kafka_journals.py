"""The journals of a house on Kafka, as `services.journals` gives them; workers write on meanwhile."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from typing import TypeVar

from services.journals import History
from streams.journal import Journal
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_configs import KafkaConfigs
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_history import KafkaHistory
from streams.run.kafka_journal import KafkaJournal
from streams.run.kafka_topics import administered

T = TypeVar("T")


class OnKafka:
    """A `services.journals.Journals`. Used by one thread. Raises TopicsUnfit where there is no house."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._held = ExitStack()

    def of(self, decider: str) -> Sequence[History]:
        numbers = self._numbers() if decider == INTAKE else (DESK_PARTITION,)
        return [self._opened(decider, number) for number in numbers]

    def _numbers(self) -> Iterable[int]:
        with administered(self._cluster) as topics:
            return range(topics.partitions(INTAKE))

    def _opened(self, decider: str, number: int) -> KafkaHistory:
        return self._held.enter_context(KafkaHistory(self._cluster, decider, number))

    def configs(self) -> Mapping[str, bytes]:
        with closing(KafkaConfigs(self._cluster, bytes)) as configs:
            return dict(configs)

    def mark(self, moment: datetime) -> Hashable:
        return moment

    def bytes_until(self, moment: datetime) -> int:  # noqa: ARG002 (brokers do not tell)
        return 0

    def close(self) -> None:
        self._held.close()


def folded_on_kafka(cluster: Cluster, fold: Callable[[Journal], T]) -> Sequence[T]:
    """What `fold` makes of every journal of Intake, one after the other.

    Raises: as `OnKafka`.
    """
    with administered(cluster) as topics:
        numbers = range(topics.partitions(INTAKE))
    folded = []
    with Writer(cluster) as writer:
        for number in numbers:
            with closing(KafkaJournal(cluster, INTAKE, number, writer)) as journal:
                folded.append(fold(journal))
    return folded
