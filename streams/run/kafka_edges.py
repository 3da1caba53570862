"""What a partition's host does on Kafka beside its journal: reads bundles, hands signals on, buries what cannot be read."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any

from streams.journal import Entry
from streams.run.bundles import CONTENT_TYPE, ORIGIN, ORIGIN_SEQ, BundleCodec, NotABundle, encode_told
from streams.run.embedded import forwarded
from streams.run.kafka import DEADLETTERS, DESK_INPUTS, Cluster, Ticket, Writer
from streams.run.taking import Delivery, Unreadable

REASON, TOPIC, PARTITION, OFFSET = "reason", "topic", "partition", "offset"
"""Headers of a dead letter: why, and where it was. Its value is the message, or the part of it, as it came."""
DESK_PARTITION = 0
REASON_MOST = 2_000
HandOn = Callable[[Entry[Any]], Ticket | None]
"""Sends what others must know of an entry; None if there is nothing."""


def bury(
    cluster: Cluster, writer: Writer, topic: str, partition: int, unreadable: Iterable[Unreadable]
) -> None:
    """Put what cannot be taken in among the dead letters. Raises StoreUnavailable."""
    tickets = [
        writer.send(
            cluster.topic(DEADLETTERS),
            0,
            one.raw,
            key=_letter_key(topic, partition, one),
            headers=[
                (REASON, one.reason[:REASON_MOST].encode("utf-8", "replace")),
                (TOPIC, topic.encode()),
                (PARTITION, str(partition).encode()),
                (OFFSET, str(one.offset).encode()),
            ],
        )
        for one in unreadable
    ]
    for ticket in tickets:
        ticket.offset()


def _letter_key(topic: str, partition: int, one: Unreadable) -> bytes:
    """One that is found again, after a crash, is the same letter."""
    place = f"{topic}/{partition}/{one.offset}/".encode()
    return blake2b(place + one.raw, digest_size=16).hexdigest().encode("ascii")


class KafkaEdges:
    """The edges of one partition; `hand_on` is what an entry leads to elsewhere, if anything."""

    def __init__(
        self,
        cluster: Cluster,
        writer: Writer,
        codec: BundleCodec[Any],
        place: tuple[str, int],
        hand_on: HandOn | None = None,
    ) -> None:
        """`place` is the input topic and partition, for whoever looks at dead letters."""
        self._cluster = cluster
        self._writer = writer
        self._codec = codec
        self._place = place
        self._hand_on = hand_on

    def read(self, delivery: Delivery) -> tuple[Sequence[Any], Sequence[Unreadable]]:
        try:
            inputs, wrong = self._codec.decode(delivery.value)
        except NotABundle as error:
            return (), [Unreadable(delivery.offset, str(error), delivery.value)]
        return inputs, [
            Unreadable(delivery.offset, f"event {one.number}: {one.reason}", one.raw) for one in wrong
        ]

    def hand_on(self, entry: Entry[Any]) -> Callable[[], None]:
        sent = self._hand_on(entry) if self._hand_on is not None else None
        return _at_once if sent is None else lambda: _await(sent)

    def bury(self, unreadable: Sequence[Unreadable]) -> None:
        bury(self._cluster, self._writer, *self._place, unreadable)


def _at_once() -> None:
    """Nothing was sent."""


def _await(sent: Ticket) -> None:
    sent.offset()


def to_desk(cluster: Cluster, writer: Writer) -> HandOn:
    """Hands on what the Desk must know of Intake's entries: one message an entry, told by its journal and number.

    The Desk keeps, for each journal, the number up to which it has taken in; so a repeat is passed over.
    """

    def hand_on(entry: Entry[Any]) -> Ticket | None:
        found = forwarded(entry)
        if found is None:
            return None
        body = encode_told(found.happenings, f"/{entry.partition}", entry.seq)
        headers = [CONTENT_TYPE, (ORIGIN, entry.partition.encode()), (ORIGIN_SEQ, str(entry.seq).encode())]
        return writer.send(cluster.topic(DESK_INPUTS), DESK_PARTITION, body, headers=headers)

    return hand_on
