"""Every configuration that was ever active, by its hash: a compacted topic that all nodes read."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from streams.errors import JournalError
from streams.run.kafka import CONFIGS, Cluster, Reader, Record, Writer

T = TypeVar("T")


class UnknownConfig(JournalError, KeyError):
    """A journal names a configuration that nobody stored: whoever went on without it would decide by no rules."""

    __str__ = Exception.__str__


class KafkaConfigs(Mapping[str, T]):
    """Configurations as `parse` reads them. Reads on when it is asked for one that it does not know yet.

    Safe to use from several threads. Raises StoreUnavailable when the broker is away.
    """

    def __init__(self, cluster: Cluster, parse: Callable[[bytes], T]) -> None:
        self._reader = Reader(cluster, cluster.topic(CONFIGS), 0)
        self._parse = parse
        self._lock = threading.Lock()
        self._known: dict[str, T] = {}
        self._newest: str | None = None
        self._position = self._reader.beginning()

    def __getitem__(self, config_hash: str) -> T:
        with self._lock:
            if config_hash not in self._known:
                self._read_on()
            if config_hash not in self._known:
                raise UnknownConfig(f"the configuration {config_hash} was never stored")
            return self._known[config_hash]

    def newest(self) -> str | None:
        """The hash of the configuration that was stored last."""
        with self._lock:
            self._read_on()
            return self._newest

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            self._read_on()
            return iter(tuple(self._known))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read_on(self) -> None:
        for one in self._reader.read(self._position):
            if isinstance(one, Record):
                self._take(one)
            else:
                self._position = one.offset

    def _take(self, record: Record) -> None:
        config_hash = (record.key or b"").decode("ascii", "replace")
        if hashlib.sha256(record.value).hexdigest() != config_hash:
            raise JournalError(f"the stored configuration {config_hash} was changed")
        self._newest = config_hash
        if config_hash not in self._known:
            self._known[config_hash] = self._parse(record.value)

    def close(self) -> None:
        self._reader.close()


def put_config(cluster: Cluster, writer: Writer, config_hash: str, body: bytes) -> None:
    """Keep a configuration by its hash; a repeat changes nothing. Raises StoreUnavailable."""
    writer.send(cluster.topic(CONFIGS), 0, body, key=config_hash.encode("ascii")).offset()
