"""Reading a journal from a time on, or only its end, gives the very entries that a whole reading gives."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from streams.errors import BrokenChain
from streams.events import CommandRefused
from streams.journal import Codec, Entry, Head, Stored
from streams.run import kafka_history
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_history import KafkaHistory
from streams.run.kafka_journal import HASH, SEQ

BEGIN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Of the entries; long before their messages, as when a house has moved."""
CODEC: Codec[CommandRefused] = Codec(CommandRefused)
ENTRIES = 40

pytestmark = pytest.mark.kafka
Open = Callable[[], KafkaHistory]


@pytest.fixture
def cluster(make_cluster: Callable[[int], Cluster]) -> Cluster:
    return make_cluster(1)


@pytest.fixture
def opened(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the journal; what is read before a place is so little that reading begins in the midst of it."""
    monkeypatch.setattr(kafka_history, "BEFORE", 5)
    with ExitStack() as held:
        yield lambda: held.enter_context(KafkaHistory(cluster, "intake", 0))


def after(head: Head, who: str = "lin") -> Stored:
    at = BEGIN + timedelta(minutes=head.seq)
    event = CommandRefused(cause=str(head.seq), key="k", at=at, who=who, what="close", why="no")
    return CODEC.encode(
        Entry(partition="intake/0", seq=head.seq + 1, prev=head.hash, now=at, events=(event,))
    )


def put(cluster: Cluster, written: list[Stored]) -> None:
    with Writer(cluster) as writer:
        for stored in written:
            headers = [(HASH, stored.hash), (SEQ, str(stored.seq).encode())]
            writer.send(cluster.journal("intake"), 0, stored.body, headers=headers).offset()


def chain(count: int) -> list[Stored]:
    head, made = Head(), list[Stored]()
    for _ in range(count):
        made.append(after(head))
        head = Head(made[-1].seq, made[-1].hash)
    return made


def test_it_is_read_from_a_time_on_and_at_its_end(cluster: Cluster, opened: Open) -> None:
    entries = chain(ENTRIES)
    late = [after(Head(one.seq, one.hash), "late") for one in entries[:-1]]
    written = [entries[0], *(each for pair in zip(entries[1:], late, strict=True) for each in pair)]
    put(cluster, [*written, entries[-1], *late[-2:]])
    history = opened()
    assert history.head() == Head(ENTRIES, entries[-1].hash)
    assert list(history.read()) == entries
    assert list(history.read(after=ENTRIES - 2)) == entries[-2:]
    for minute in (0, 17, ENTRIES - 1, ENTRIES):
        assert list(history.since(BEGIN + timedelta(minutes=minute))) == entries[minute:]
    assert list(history._from(50)) == entries[-len(list(history._from(50))) :]
    assert 0 < len(list(history._from(50))) < ENTRIES


def test_a_journal_without_entries_has_an_end_too(opened: Open) -> None:
    history = opened()
    assert (history.head(), list(history.read()), list(history.since(BEGIN))) == (Head(), [], [])


def test_a_missing_entry_is_told(cluster: Cluster, opened: Open) -> None:
    entries = chain(ENTRIES)
    put(cluster, [*entries[:30], *entries[31:]])
    with pytest.raises(BrokenChain, match="entry 31"):
        list(opened().read())
