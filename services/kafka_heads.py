"""The signed daily heads of a house on Kafka: one message a day on a topic of its own, and the journals held against them.

Whoever sends the pages signs, so there is one signer at a time. Should two sign the same day all the same, the first counts.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.engine import CODECS
from services.kafka_journals import OnKafka
from services.signed_heads import (
    HEADS,
    SignedHead,
    check_heads,
    decode,
    encode,
    kept_heads,
    link,
    public_hex,
    signing_key,
)
from services.vault_errors import VaultKeyMissing
from services.vault_key import VARIABLE
from streams.errors import BrokenChain
from streams.journal import Stored, decider_of, verify
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import HEADS as TOPIC
from streams.run.kafka import Cluster, Reader, Record, Writer
from streams.run.kafka_topics import administered


class KafkaHeads:
    """A `services.signed_heads.HeadBook`. Raises StoreUnavailable when no broker answers, TopicsUnfit without such a topic."""

    def __init__(self, cluster: Cluster, writer: Writer) -> None:
        self._cluster = cluster
        self._topic = cluster.topic(TOPIC)
        self._writer = writer

    def read(self) -> Sequence[SignedHead]:
        with administered(self._cluster) as topics:
            topics.require(self._topic)
        with closing(Reader(self._cluster, self._topic, 0)) as reader:
            lines = [one.value for one in reader.read(reader.beginning()) if isinstance(one, Record)]
        return _linked([decode(number, line) for number, line in enumerate(lines, 1)])

    def append(self, head: SignedHead) -> None:
        self._writer.send(self._topic, 0, encode(head)).offset()


def _linked(heads: Sequence[SignedHead]) -> Sequence[SignedHead]:
    """Without those that another signer was before of.

    Raises:
        BrokenChain: one links to nothing.
    """
    found: list[SignedHead] = []
    for number, head in enumerate(heads, 1):
        if head.prev == (link(found[-1]) if found else ""):
            found.append(head)
        elif not found or head.prev != found[-1].prev:
            raise BrokenChain(HEADS, number, "it does not link to the line before it")
    return found


def key_of(environ: Mapping[str, str]) -> Ed25519PrivateKey:
    """The key that signs in a house on Kafka, where no folder is asked.

    Raises:
        VaultKeyMissing: the environment does not hold the vault's.
    """
    if not environ.get(VARIABLE):
        raise VaultKeyMissing(
            f"the heads are signed by the vault's key: set {VARIABLE}, or give --public-key (没有签名密钥)"
        )
    return signing_key(Path(), environ)


def verify_kafka(
    cluster: Cluster,
    writer: Writer,
    environ: Mapping[str, str],
    *,
    kept: Path | None = None,
    written_key: str | None = None,
) -> tuple[int, Sequence[SignedHead]]:
    """Check every byte and link of the journals, and that they hold what was signed, there or in a copy that was `kept`.

    Returns the number of events, and the signed heads.

    Raises:
        BrokenChain: the first break.
        WrongUse: there is no such copy, or the key is none.
        VaultKeyMissing: no key was given, and the environment holds none.
    """
    heads = KafkaHeads(cluster, writer).read() if kept is None else kept_heads(kept)
    seen = _Seen(heads)
    with closing(OnKafka(cluster)) as journals:
        histories = [history for decider in (INTAKE, DESK) for history in journals.of(decider)]
        events = sum(verify(one.partition, one.read(), seen.counting(one.partition)) for one in histories)
    check_heads(heads, lambda: written_key or public_hex(key_of(environ)), seen, whole=kept is None)
    return events, heads


class _Seen:
    """`services.signed_heads.Entries`, noted while the journals are gone through once."""

    def __init__(self, heads: Sequence[SignedHead]) -> None:
        self._wanted: defaultdict[str, set[int]] = defaultdict(set)
        for head in heads:
            for partition, position in head.heads.items():
                self._wanted[partition].add(position.seq)
        self._hashes: dict[tuple[str, int], bytes] = {}
        self._ends: dict[str, int] = {}

    def counting(self, partition: str) -> Callable[[Stored], int]:
        """Takes note of an entry; returns how many events it holds."""
        wanted, codec = self._wanted[partition], CODECS[decider_of(partition)]

        def count(stored: Stored) -> int:
            self._ends[partition] = stored.seq
            if stored.seq in wanted:
                self._hashes[partition, stored.seq] = stored.hash
            return len(codec.decode(stored).events)

        return count

    def hash_of(self, partition: str, seq: int) -> bytes | None:
        return self._hashes.get((partition, seq))

    def end(self, partition: str) -> int:
        return self._ends.get(partition, 0)
