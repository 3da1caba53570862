"""Kafka as the distributed runtime uses it. Beside `kafka_{topics,tail,owner}.py` this is what knows the client.

What is where, all names behind the cluster's `prefix` (`fenghuo`):

| topic | partitions | holds | kept |
|---|---|---|---|
| `intake` | N | Intake's inputs: bundles of judged facts and commands (`bundles.py`), or single CloudEvents of others | 3 days |
| `desk` | 1 | the Desk's inputs: what Intake's entries hand on, and commands | 3 days |
| `journal.intake`, `journal.desk` | N, 1 | the journals (`kafka_journal.py`): one message an entry, header `hash` | for ever |
| `snapshots.intake`, `snapshots.desk` | N, 1 | snapshots of the partitions, in chunks | the newest (compacted) |
| `configs` | 1 | every configuration by its hash | for ever (compacted) |
| `heads` | 1 | where the journals stood each day, signed (`services/kafka_heads.py`) | for ever |
| `keys` | 1 | the vault's keys, wrapped, by their numbers (`services/kafka_keyring.py`) | for ever, dropped ones two days (compacted) |
| `paces` | 1 | when robots were sent something, for the outbox that takes over | an hour |
| `deadletters` | 1 | inputs that cannot be read, each with its reason and origin (`services/kafka_letters.py`) | until somebody drops it (compacted) |

Partition n of a decider's input, journal and snapshots belong together: one worker at a time owns them. Where an input
belongs is `bundles.places`; whoever writes to an input topic asks that and nothing else.

Offsets are never counted: transaction markers and compaction leave gaps. Where a reader goes on is what Kafka tells it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, Self

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from streams.errors import StoreUnavailable

PREFIX = "fenghuo"
INTAKE_INPUTS, DESK_INPUTS = "intake", "desk"
CONFIGS, DEADLETTERS, HEADS, KEYS, PACES = "configs", "deadletters", "heads", "keys", "paces"
MESSAGE_MAX_BYTES = 16 * 1024 * 1024
"""Of one message. An entry of a full batch takes 1 MB, one of 10,000 timers 6 MB."""
ACKNOWLEDGED_S = 20.0
"""A message that no broker has acknowledged by then counts as not written, though it may still turn up."""
POLL_MS = 500
STALLED_POLLS = 40
"""Polls in a row that bring nothing although there is more to read; then the broker counts as away."""
RECONNECT_MS = 1_000
"""A broker that comes back is found so soon; the client would wait up to half a minute."""

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Headers = Sequence[tuple[str, bytes]]


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Which Kafka, and how to be let in."""

    servers: tuple[str, ...]
    """Each `host:port`."""
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism | None = None
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
    """PEM; None trusts what the system trusts."""
    cert_file: str | None = None
    key_file: str | None = None
    prefix: str = PREFIX

    def __repr__(self) -> str:
        """Never the password: this ends up in logs."""
        return f"Cluster({self}, {self.protocol})"

    def __str__(self) -> str:
        return ",".join(self.servers)

    def topic(self, name: str) -> str:
        """The topic's full name."""
        return f"{self.prefix}.{name}"

    def journal(self, decider: str) -> str:
        """The topic of a decider's journals."""
        return self.topic(f"journal.{decider}")

    def snapshots(self, decider: str) -> str:
        """The topic of a decider's snapshots."""
        return self.topic(f"snapshots.{decider}")

    def client_options(self) -> dict[str, Any]:
        """What kafka-python is told to get in."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.protocol,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
            "ssl_cafile": self.ca_file,
            "ssl_certfile": self.cert_file,
            "ssl_keyfile": self.key_file,
            "reconnect_backoff_max_ms": RECONNECT_MS,
        }
        return {name: value for name, value in options.items() if value is not None}


class Record(msgspec.Struct, frozen=True):
    """One message as it lies in a partition."""

    offset: int
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes]


class Ticket:
    """A message on its way."""

    def __init__(self, future: Any, cluster: Cluster) -> None:
        self._future = future
        self._cluster = cluster

    def offset(self, within_s: float = ACKNOWLEDGED_S) -> int:
        """Where it lies, once every replica has it.

        Raises:
            StoreUnavailable: nobody acknowledged it; it may turn up all the same.
        """
        with unavailable(self._cluster):
            offset: int = self._future.get(timeout=within_s).offset
            return offset

    def when_known(self, then: Callable[[bool], None]) -> None:
        """Call `then`, in the producer's thread, with whether it was acknowledged."""
        self._future.add_callback(lambda _: then(True)).add_errback(lambda _: then(False))


class Writer:
    """Writes to any topic. Every message is acknowledged by all replicas. Safe to use from several threads.

    What is sent twice by a retry may lie there twice: every reader in the house tells a repeat by itself.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Raises StoreUnavailable if no broker answers."""
        self._cluster = cluster
        with unavailable(cluster):
            self._producer = KafkaProducer(
                **cluster.client_options(),
                acks="all",
                enable_idempotence=False,
                delivery_timeout_ms=int(ACKNOWLEDGED_S * 1000),
                request_timeout_ms=int(ACKNOWLEDGED_S * 500),
                max_block_ms=int(ACKNOWLEDGED_S * 1000),
                max_request_size=MESSAGE_MAX_BYTES,
                compression_type="lz4",
                metrics_enabled=False,  # nobody asks for the client's own, which take a seventh of its thread
            )

    def send(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        at: datetime | None = None,
    ) -> Ticket:
        """Hand a message to the producer; the ticket tells when it is safe. It bears the time `at` (None: now).

        Raises:
            StoreUnavailable: the producer does not take it.
        """
        at_ms = None if at is None else int(at.timestamp() * 1000)
        with unavailable(self._cluster):
            sent = self._producer.send(topic, value, key, list(headers), partition, at_ms)
        return Ticket(sent, self._cluster)

    def close(self) -> None:
        """Send what waits, and end."""
        with unavailable(self._cluster):
            self._producer.close(timeout=ACKNOWLEDGED_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Reader:
    """Reads one partition of one topic, as far as it goes. Used by one thread."""

    def __init__(
        self, cluster: Cluster, topic: str, partition: int, fetch_bytes: int = MESSAGE_MAX_BYTES
    ) -> None:
        """Fetches about `fetch_bytes` at once, one message at least. Raises StoreUnavailable if no broker answers."""
        self._cluster = cluster
        self._at = TopicPartition(topic, partition)
        with unavailable(cluster):
            self._consumer = KafkaConsumer(
                **cluster.client_options(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=fetch_bytes,
                fetch_max_bytes=4 * fetch_bytes,
                fetch_max_wait_ms=POLL_MS,
                metrics_enabled=False,
            )
            self._consumer.assign([self._at])

    def beginning(self) -> int:
        """The offset of the oldest message that is kept."""
        with unavailable(self._cluster):
            offset: int = self._consumer.beginning_offsets([self._at])[self._at]
            return offset

    def end(self) -> int:
        """The offset that the next message gets, or a later one."""
        with unavailable(self._cluster):
            offset: int = self._consumer.end_offsets([self._at])[self._at]
            return offset

    def offset_at(self, at: datetime) -> int:
        """The offset of the first message that was written at that time or later; without one, the end."""
        with unavailable(self._cluster):
            found = self._consumer.offsets_for_times({self._at: int(at.timestamp() * 1000)})[self._at]
        return self.end() if found is None else int(found.offset)

    def read(self, start: int) -> Iterator["Record | Passed"]:
        """What lies from `start` to the present end; after each fetch a `Passed` tells from where to go on.

        Raises:
            StoreUnavailable: the broker is away.
        """
        end, position, stalled = self.end(), start, 0
        while position < end:
            records, passed = self._fetch(position)
            stalled = stalled + 1 if passed == position else 0
            if stalled > STALLED_POLLS:
                raise StoreUnavailable(f"Kafka at {self._cluster} does not answer")
            yield from records
            position = passed
            yield Passed(position)

    def _fetch(self, position: int) -> tuple[list[Record], int]:
        with unavailable(self._cluster):
            if self._consumer.position(self._at) != position:
                self._consumer.seek(self._at, position)
            fetched = self._consumer.poll(timeout_ms=POLL_MS).get(self._at, ())
            return [record_of(one) for one in fetched], self._consumer.position(self._at)

    def close(self) -> None:
        with unavailable(self._cluster):
            self._consumer.close()


class Passed(msgspec.Struct, frozen=True):
    """A reader has gone through everything before `offset`."""

    offset: int


def record_of(message: Any) -> Record:
    """A message as the client gives it."""
    return Record(message.offset, message.key, message.value or b"", dict(message.headers))


@contextmanager
def unavailable(cluster: Cluster) -> Iterator[None]:
    """The client's errors as ours, each one clear sentence."""
    try:
        yield
    except (KafkaError, OSError) as error:
        told = str(error) or type(error).__name__
        raise StoreUnavailable(
            f"Kafka at {cluster} cannot be used ({told}); what was recorded is safe"
        ) from error
