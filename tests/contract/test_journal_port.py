"""One suite for the journal port, run on every implementation."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.errors import BrokenChain, NotLinked
from streams.events import CommandRefused
from streams.journal import Codec, Entry, Head, Journal, Snapshot, Stored, follow, verify
from streams.run.memory import MemoryJournal
from streams.run.sqlite import Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CODEC: Codec[CommandRefused] = Codec(CommandRefused)
OpenJournal = Callable[[], Journal]
"""Opens the same journal again, as another process would."""


def memory(_: pytest.FixtureRequest) -> Iterator[OpenJournal]:
    journal = MemoryJournal("intake")
    yield lambda: journal


def sqlite(request: pytest.FixtureRequest) -> Iterator[OpenJournal]:
    tmp_path: Path = request.getfixturevalue("tmp_path")
    stores: list[Store] = []

    def open_sqlite() -> Journal:
        stores.append(Store(tmp_path / "fenghuo.db"))
        return stores[-1].journal("intake")

    yield open_sqlite
    for store in stores:
        store.close()


def kafka(request: pytest.FixtureRequest) -> Iterator[OpenJournal]:
    from streams.run.kafka import Writer
    from streams.run.kafka_journal import KafkaJournal

    cluster = request.getfixturevalue("make_cluster")(1)
    opened: list[KafkaJournal] = []
    with Writer(cluster) as writer:

        def open_kafka() -> Journal:
            opened.append(KafkaJournal(cluster, "intake", 0, writer))
            opened[-1].partition = "intake"
            return opened[-1]

        yield open_kafka
        for journal in opened:
            journal.close()


@pytest.fixture(
    params=[memory, sqlite, pytest.param(kafka, marks=pytest.mark.kafka)], ids=lambda one: one.__name__
)
def open_journal(request: pytest.FixtureRequest) -> Iterator[OpenJournal]:
    yield from request.param(request)


def entry_after(head: Head, why: str = "no", partition: str = "intake") -> Stored:
    event = CommandRefused(cause=str(head.seq), key="k", at=NOW, who="lin", what="close", why=why)
    return CODEC.encode(
        Entry(partition=partition, seq=head.seq + 1, prev=head.hash, now=NOW, events=(event,))
    )


def append(journal: Journal, entries: int) -> None:
    for _ in range(entries):
        head = journal.head()
        journal.append(entry_after(head), head.hash)


def test_an_empty_journal_has_the_genesis_head(open_journal: OpenJournal) -> None:
    journal = open_journal()
    assert journal.head() == Head()
    assert list(journal.read()) == []
    assert journal.snapshot() is None


def test_what_was_appended_is_read_in_order_by_everybody(open_journal: OpenJournal) -> None:
    append(open_journal(), 200)
    stored = list(open_journal().read())
    assert [one.seq for one in stored] == list(range(1, 201))
    assert list(follow(iter(stored), Head())) == stored


def test_reading_goes_on_after_a_position(open_journal: OpenJournal) -> None:
    append(open_journal(), 5)
    assert [one.seq for one in open_journal().read(after=3)] == [4, 5]


def test_a_writer_that_lost_its_partition_does_no_harm(open_journal: OpenJournal) -> None:
    first, second = open_journal(), open_journal()
    stale = first.head()
    append(second, 1)
    with pytest.raises(NotLinked):
        first.append(entry_after(stale, "late"), stale.hash)
    assert [CODEC.decode(one).events[0].why for one in second.read()] == ["no"]


def test_a_lost_acknowledgement_cannot_double_an_entry(open_journal: OpenJournal) -> None:
    journal = open_journal()
    head = journal.head()
    entry = entry_after(head)
    journal.append(entry, head.hash)
    with pytest.raises(NotLinked):
        journal.append(entry, head.hash)
    assert len(list(journal.read())) == 1


def test_an_entry_and_its_snapshot_stand_together(open_journal: OpenJournal) -> None:
    journal = open_journal()
    append(journal, 1)
    entry = entry_after(journal.head())
    snapshot = Snapshot(Head(entry.seq, entry.hash), NOW, {"intake": 7}, (b"one", b"two"))
    journal.append(entry, journal.head().hash, snapshot)
    found = open_journal().snapshot()
    assert found is not None
    assert (found.head, found.now, found.next) == (snapshot.head, snapshot.now, snapshot.next)
    assert tuple(found.chunks) == snapshot.chunks


def test_a_newer_snapshot_takes_the_place_of_the_older(open_journal: OpenJournal) -> None:
    journal = open_journal()
    for chunks in ((b"one", b"two", b"three"), (b"four",)):
        entry = entry_after(journal.head())
        # As the loop does: made while they are written.
        snapshot = Snapshot(Head(entry.seq, entry.hash), NOW, {}, (chunk for chunk in chunks))
        journal.append(entry, journal.head().hash, snapshot)
    found = open_journal().snapshot()
    assert found is not None
    assert tuple(found.chunks) == (b"four",)


def test_a_refused_entry_leaves_no_snapshot(open_journal: OpenJournal) -> None:
    journal = open_journal()
    append(journal, 1)
    with pytest.raises(NotLinked):
        journal.append(entry_after(Head()), Head().hash, Snapshot(Head(), NOW, {}, (b"x",)))
    assert journal.snapshot() is None


def test_a_reader_drops_what_does_not_link(open_journal: OpenJournal) -> None:
    journal = open_journal()
    append(journal, 2)
    one, two = journal.read()
    foreign = entry_after(Head(1, bytes(32)), "foreign")
    assert list(follow(iter([one, foreign, two, one]), Head())) == [one, two]


def test_verify_counts_what_is_there(open_journal: OpenJournal) -> None:
    append(open_journal(), 3)
    assert verify("intake", open_journal().read(), lambda stored: len(CODEC.decode(stored).events)) == 3


def changed_at(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def test_verify_finds_any_changed_byte_of_any_entry(open_journal: OpenJournal) -> None:
    append(open_journal(), 3)
    stored = list(open_journal().read())
    for number, one in enumerate(stored):
        for place in range(len(one.body)):
            changed = [*stored]
            changed[number] = Stored(one.seq, one.hash, changed_at(one.body, place))
            with pytest.raises(BrokenChain) as broken:
                verify("intake", iter(changed), lambda _: 1)
            assert broken.value.seq == one.seq


def test_verify_finds_an_entry_whose_hash_was_made_to_fit(open_journal: OpenJournal) -> None:
    append(open_journal(), 3)
    stored = list(open_journal().read())
    forged = entry_after(Head(1, stored[0].hash), "forged")
    with pytest.raises(BrokenChain, match="entry 3"):
        verify("intake", iter([stored[0], forged, stored[2]]), lambda _: 1)


def test_verify_finds_a_missing_entry(open_journal: OpenJournal) -> None:
    append(open_journal(), 3)
    stored = list(open_journal().read())
    with pytest.raises(BrokenChain, match="entry 2 is missing"):
        verify("intake", iter([stored[0], stored[2]]), lambda _: 1)


def test_verify_finds_an_entry_of_another_partition(open_journal: OpenJournal) -> None:
    with pytest.raises(BrokenChain, match="'desk'"):
        verify("intake", iter([entry_after(Head(), partition="desk")]), lambda _: 1)
