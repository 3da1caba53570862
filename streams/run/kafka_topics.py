"""The topics of a house on Kafka: made, described, and how far their readers are behind."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import msgspec
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import CoordinatorNotAvailableError, NotCoordinatorError

from streams.errors import StoreUnavailable, StreamsError
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import (
    CONFIGS,
    DEADLETTERS,
    DESK_INPUTS,
    HEADS,
    INTAKE_INPUTS,
    KEYS,
    MESSAGE_MAX_BYTES,
    PACES,
    Cluster,
    unavailable,
)

DESK_PARTITIONS = 1
"""Duties and hand-offs concern no single brand, so one worker at a time holds the desk; a second one takes over."""
COORDINATOR_TRIES = 40
COORDINATOR_PAUSE_S = 0.25
LATEST = -1
"""Kafka's own name for the end of a partition."""
INPUTS_KEPT_MS = 3 * 24 * 3600 * 1000
FOR_EVER = "-1"
PACES_KEPT_MS = 3600 * 1000
SNAPSHOT_SEGMENT_BYTES = 128 * 1024 * 1024
"""Brokers clear closed segments alone: of a gigabyte, as they are by default, four old snapshots would lie about."""
GONE_MS = 2 * 24 * 3600 * 1000
"""What was dropped, a key of the vault or a dead letter, lies on the brokers' disks for so long at most."""
TOMBSTONES_KEPT_MS = 7 * 24 * 3600 * 1000
"""A node that was away for less learns of every key that was dropped."""
INPUTS = {INTAKE: INTAKE_INPUTS, DESK: DESK_INPUTS}
"""The input topic of each decider."""


class TopicsUnfit(StreamsError):
    """The topics are not as the house needs them."""


class TopicSpec(msgspec.Struct, frozen=True):
    """A topic as it must be."""

    name: str
    partitions: int
    settings: Mapping[str, str]


class TopicState(msgspec.Struct, frozen=True):
    """A topic as it is."""

    name: str
    partitions: int
    replicas: int
    short_of_replicas: int
    """Partitions of which not every replica is in step."""


class Lag(msgspec.Struct, frozen=True):
    """How far a decider's workers are behind on one partition of their inputs."""

    decider: str
    partition: int
    committed: int | None
    """None: nobody has taken anything yet."""
    end: int

    @property
    def behind(self) -> int:
        """About how many messages wait; markers in between count too."""
        return self.end - (self.committed or 0)


def group_of(cluster: Cluster, decider: str) -> str:
    """The consumer group of a decider's workers."""
    return f"{cluster.prefix}-{decider}"


def specs(cluster: Cluster, intake_partitions: int) -> tuple[TopicSpec, ...]:
    """Every topic that a house needs."""
    partitions = {INTAKE: intake_partitions, DESK: DESK_PARTITIONS}
    kept = {"retention.ms": FOR_EVER, "max.message.bytes": str(MESSAGE_MAX_BYTES)}
    compacted = kept | {"cleanup.policy": "compact"}
    snapshots = compacted | {"segment.bytes": str(SNAPSHOT_SEGMENT_BYTES)}
    dropped_for_good = compacted | {
        "max.compaction.lag.ms": str(GONE_MS // 2),
        "segment.ms": str(GONE_MS // 2),
        "delete.retention.ms": str(TOMBSTONES_KEPT_MS),
        "min.cleanable.dirty.ratio": "0.01",
    }
    inputs = kept | {"retention.ms": str(INPUTS_KEPT_MS)}
    return (
        *(TopicSpec(cluster.topic(name), partitions[of], inputs) for of, name in INPUTS.items()),
        *(TopicSpec(cluster.journal(of), count, kept) for of, count in partitions.items()),
        *(TopicSpec(cluster.snapshots(of), count, snapshots) for of, count in partitions.items()),
        TopicSpec(cluster.topic(CONFIGS), 1, compacted),
        TopicSpec(cluster.topic(HEADS), 1, kept),
        TopicSpec(cluster.topic(KEYS), 1, dropped_for_good),
        TopicSpec(
            cluster.topic(PACES),
            1,
            kept | {"retention.ms": str(PACES_KEPT_MS), "segment.ms": str(PACES_KEPT_MS)},
        ),
        TopicSpec(cluster.topic(DEADLETTERS), 1, dropped_for_good),
    )


class Topics:
    """The topics of one cluster. All methods raise StoreUnavailable when no broker answers."""

    def __init__(self, cluster: Cluster, admin: Any) -> None:
        self._cluster = cluster
        self._admin = admin
        self._pause = Event()

    def create(self, intake_partitions: int, replicas: int) -> tuple[str, ...]:
        """Make what is missing; returns the names of what was made. What is there already is left as it is.

        Raises:
            TopicsUnfit: a topic has another number of partitions, which can never change: what belongs to one
                partition lies there.
        """
        wanted = specs(self._cluster, intake_partitions)
        there = {state.name: state for state in self.describe()}
        for spec in wanted:
            if spec.name in there and there[spec.name].partitions != spec.partitions:
                raise TopicsUnfit(
                    f"{spec.name} has {there[spec.name].partitions} partitions, not {spec.partitions}: that cannot be"
                    " changed, since every key lies where it lies; move the house into new topics instead"
                )
        missing = [spec for spec in wanted if spec.name not in there]
        if not missing:
            return ()
        safely = {"min.insync.replicas": str(max(1, replicas - 1))}
        with unavailable(self._cluster):
            self._admin.create_topics(
                [
                    NewTopic(one.name, one.partitions, replicas, topic_configs={**one.settings, **safely})
                    for one in missing
                ]
            )
            self._admin.wait_for_topics([one.name for one in missing])
        return tuple(one.name for one in missing)

    def describe(self) -> tuple[TopicState, ...]:
        """The topics of this house that exist, by name."""
        with unavailable(self._cluster):
            names = [
                name for name in self._admin.list_topics() if name.startswith(f"{self._cluster.prefix}.")
            ]
            found = self._admin.describe_topics(names) if names else []
        return tuple(sorted((_state(one) for one in found), key=lambda one: one.name))

    def partitions(self, decider: str) -> int:
        """How many partitions a decider has.

        Raises:
            TopicsUnfit: its topic is not there.
        """
        return self.require(self._cluster.topic(INPUTS[decider])).partitions

    def require(self, name: str) -> TopicState:
        """A topic as it is.

        Raises:
            TopicsUnfit: it is not there.
        """
        for state in self.describe():
            if state.name == name:
                return state
        raise TopicsUnfit(f"there is no topic {name} at {self._cluster}: run fenghuo topics create")

    def lag(self) -> tuple[Lag, ...]:
        """How far the workers of both deciders are behind."""
        return tuple(lag for decider in INPUTS for lag in self._lag_of(decider))

    def _lag_of(self, decider: str) -> Iterator[Lag]:
        topic = self._cluster.topic(INPUTS[decider])
        places = [TopicPartition(topic, number) for number in range(self.partitions(decider))]
        group = group_of(self._cluster, decider)
        with unavailable(self._cluster):
            ends = self._admin.list_partition_offsets(dict.fromkeys(places, LATEST))
            committed = self._committed(group, places)
        for place in places:
            yield Lag(decider, place.partition, committed.get(place), ends[place].offset)

    def _committed(self, group: str, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """What a group has taken; a broker that has never seen any group needs a moment to say so."""
        for _ in range(COORDINATOR_TRIES):
            try:
                found = self._admin.list_group_offsets({group: places})
            except (CoordinatorNotAvailableError, NotCoordinatorError):
                self._pause.wait(COORDINATOR_PAUSE_S)
                continue
            return {place: one.offset for place, one in found.get(group, {}).items() if one.offset >= 0}
        raise StoreUnavailable(f"Kafka at {self._cluster} cannot tell what {group} has taken; ask again")


def _state(found: Mapping[str, Any]) -> TopicState:
    partitions: Sequence[Mapping[str, Any]] = found["partitions"]
    short = sum(len(one["isr_nodes"]) < len(one["replica_nodes"]) for one in partitions)
    replicas = max((len(one["replica_nodes"]) for one in partitions), default=0)
    return TopicState(found["name"], len(partitions), replicas, short)


@contextmanager
def administered(cluster: Cluster) -> Iterator[Topics]:
    """The topics of `cluster`. Raises StoreUnavailable if no broker answers."""
    with unavailable(cluster):
        admin = KafkaAdminClient(**cluster.client_options())
    try:
        yield Topics(cluster, admin)
    finally:
        admin.close()
