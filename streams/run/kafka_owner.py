"""One owner among many processes: a consumer group over a topic of one partition, of which nothing is read.

Who holds the partition owns what belongs to it; if it is not heard of for six seconds, another process is given it.
"""

from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer

from streams.errors import StoreUnavailable
from streams.run.kafka import Cluster, unavailable

SESSION_MS = 6_000
HEARTBEAT_MS = 1_500
POLL_MS = 200
LEASE_S = 3.0
"""So long an owner may act without asking again: half of what it takes until another one is given the partition."""


class Ownership:
    """`poll` belongs to one thread, `held` may be asked by any."""

    def __init__(self, cluster: Cluster, group: str, topic: str, monotonic_s: Callable[[], float]) -> None:
        """Raises StoreUnavailable if no broker answers."""
        self._cluster = cluster
        self._monotonic_s = monotonic_s
        self._owned_s: float | None = None
        with unavailable(cluster):
            self._consumer: Any = KafkaConsumer(
                **cluster.client_options(),
                group_id=group,
                enable_auto_commit=False,
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=HEARTBEAT_MS,
            )
            # Whoever joins without knowing the topic's partitions is given none of them, and nobody asks again.
            if not self._consumer.partitions_for_topic(topic):
                raise StoreUnavailable(f"there is no topic {topic} at {cluster}: run fenghuo topics create")
            self._consumer.subscribe([topic])

    def poll(self) -> bool:
        """Take part in the group; call it without end. Returns whether this process is the owner.

        Raises:
            StoreUnavailable: nobody tells; `held` runs out by itself.
        """
        with unavailable(self._cluster):
            self._consumer.poll(timeout_ms=POLL_MS)
            ours = self._consumer.assignment()
            self._consumer.pause(*ours)
        self._owned_s = self._monotonic_s() if ours else None
        return bool(ours)

    def held(self) -> bool:
        """Whether this process may act as the owner at this very moment, also if it just woke from a long sleep."""
        owned_s = self._owned_s
        return owned_s is not None and self._monotonic_s() - owned_s < LEASE_S

    def close(self) -> None:
        """Leave, so that another process need not wait."""
        self._owned_s = None
        with unavailable(self._cluster):
            self._consumer.close()
