"""What only Kafka brings: several writers at once, lost acknowledgements, old entries late, gaps between offsets."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from streams.errors import BrokenChain, NotLinked, SnapshotUnreadable, StoreUnavailable
from streams.events import CommandRefused
from streams.journal import Codec, Entry, Head, Snapshot, Stored, digest, verify
from streams.run.kafka import Cluster, Headers, Reader, Record, Ticket, Writer
from streams.run.kafka_journal import HASH, SEQ, KafkaJournal
from streams.run.kafka_snapshots import DIGEST, PIECE_BYTES

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CODEC: Codec[CommandRefused] = Codec(CommandRefused)
MakeCluster = Callable[[int], Cluster]
OpenJournal = Callable[..., KafkaJournal]

pytestmark = pytest.mark.kafka


class LosesAcknowledgements(Writer):
    """A line that breaks between the broker's writing and its answer."""

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
        super().send(topic, partition, value, key=key, headers=headers).offset()
        raise StoreUnavailable("the line broke")


@pytest.fixture
def cluster(make_cluster: MakeCluster) -> Cluster:
    return make_cluster(1)


@pytest.fixture
def open_journal(cluster: Cluster, writer: Writer) -> Iterator[OpenJournal]:
    """Opens the same journal again, as another process would."""
    with ExitStack() as opened:

        def one_more(through: Writer = writer) -> KafkaJournal:
            return opened.enter_context(closing(KafkaJournal(cluster, "intake", 0, through)))

        yield one_more


@pytest.fixture
def writer(cluster: Cluster) -> Iterator[Writer]:
    with Writer(cluster) as writer:
        yield writer


def entry_after(head: Head, who: str) -> Stored:
    event = CommandRefused(cause=str(head.seq), key="k", at=NOW, who=who, what="close", why="no")
    return CODEC.encode(
        Entry(partition="intake/0", seq=head.seq + 1, prev=head.hash, now=NOW, events=(event,))
    )


def append(journal: KafkaJournal, who: str = "lin") -> Stored:
    head = journal.head()
    entry = entry_after(head, who)
    journal.append(entry, head.hash)
    return entry


def put(cluster: Cluster, writer: Writer, stored: Stored) -> None:
    headers = [(HASH, stored.hash), (SEQ, str(stored.seq).encode())]
    writer.send(cluster.journal("intake"), 0, stored.body, headers=headers).offset()


def test_writers_that_all_believe_to_own_a_partition_make_one_chain(open_journal: OpenJournal) -> None:
    rng = random.Random(20261126)
    journals = {who: open_journal() for who in ("lin", "mei", "qi")}
    heads = {who: Head() for who in journals}
    written: list[Stored] = []
    refused = 0
    for _ in range(120):
        who = rng.choice(list(journals))
        entry = entry_after(heads[who], who)
        try:
            journals[who].append(entry, heads[who].hash)
        except NotLinked:
            refused += 1
            heads[who] = journals[who].head()
        else:
            written.append(entry)
            heads[who] = Head(entry.seq, entry.hash)
    assert refused > 20
    assert [one.seq for one in written] == list(range(1, len(written) + 1))
    for journal in (*journals.values(), open_journal()):
        assert list(journal.read()) == written


def test_an_entry_whose_acknowledgement_was_lost_counts_once(
    cluster: Cluster, open_journal: OpenJournal
) -> None:
    with LosesAcknowledgements(cluster) as line:
        journal = open_journal(line)
        one, two = append(journal), append(journal)
        assert list(open_journal().read()) == [one, two]
        with pytest.raises(NotLinked):
            journal.append(two, one.hash)


def test_an_entry_that_turns_up_late_changes_nothing(
    cluster: Cluster, writer: Writer, open_journal: OpenJournal
) -> None:
    journal = open_journal()
    late = entry_after(Head(), "late")
    one = append(journal)
    put(cluster, writer, late)
    put(cluster, writer, one)
    two = append(journal)
    put(cluster, writer, entry_after(Head(1, one.hash), "later"))
    assert list(journal.read()) == [one, two]
    assert list(open_journal().read(after=1)) == [two]


def test_gaps_between_offsets_are_nothing(cluster: Cluster, open_journal: OpenJournal) -> None:
    """A transaction leaves a marker that nobody can read and that takes an offset."""
    journal = open_journal()
    stranger = KafkaProducer(bootstrap_servers=list(cluster.servers), transactional_id=cluster.prefix)
    stranger.init_transactions()
    entries = []
    for _ in range(3):
        stranger.begin_transaction()
        stranger.send(cluster.journal("intake"), b"not ours", partition=0)
        stranger.commit_transaction()
        entries += [append(journal), append(journal)]
    stranger.close()
    again = open_journal()
    assert list(again.read()) == entries
    assert again.head() == Head(6, entries[-1].hash)
    assert verify("intake/0", again.read(), lambda _: 1) == 6


def test_what_follows_a_missing_entry_is_not_passed_over_in_silence(
    cluster: Cluster, writer: Writer, open_journal: OpenJournal
) -> None:
    one = entry_after(Head(), "lin")
    two = entry_after(Head(1, one.hash), "lin")
    three = entry_after(Head(2, two.hash), "lin")
    for stored in (one, three):
        put(cluster, writer, stored)
    with pytest.raises(BrokenChain, match="entry 2"):
        list(open_journal().read())


def test_reading_goes_on_from_the_last_entry_itself(open_journal: OpenJournal) -> None:
    journal = open_journal()
    entries = [append(journal) for _ in range(5)]
    assert list(journal.read(after=4)) == entries[4:]
    assert list(journal.read(after=2)) == entries[2:]
    assert list(journal.read(after=5)) == []


def snapshot_of(entry: Stored, *chunks: bytes) -> Snapshot:
    return Snapshot(Head(entry.seq, entry.hash), NOW, {"intake": 7}, iter(chunks))


def append_with(journal: KafkaJournal, *chunks: bytes) -> Stored:
    head = journal.head()
    entry = entry_after(head, "lin")
    journal.append(entry, head.hash, snapshot_of(entry, *chunks))
    return entry


def test_large_chunks_come_back_as_they_were(open_journal: OpenJournal) -> None:
    large = random.Random(7).randbytes(2 * PIECE_BYTES + 5)
    chunks = (b"small", large, b"", large[:PIECE_BYTES])
    journal = open_journal()
    entry = append_with(journal, *chunks)
    for _ in chunks:
        append(journal)  # each brings a portion along
    found = open_journal().snapshot()
    assert found is not None
    assert found.head == Head(entry.seq, entry.hash)
    assert tuple(found.chunks) == chunks


def test_a_large_snapshot_is_written_beside_the_entries_that_follow(open_journal: OpenJournal) -> None:
    """Until it is whole the one before it is found, however many pieces lie behind that."""
    journal = open_journal()
    append_with(journal, b"one")
    chunks = tuple(random.Random(number).randbytes(PIECE_BYTES) for number in range(20))
    two = append_with(journal, *chunks)
    found = open_journal().snapshot()
    assert found is not None
    assert found.head.seq == 1
    append_with(journal, b"comes while another is on its way")
    for _ in range(len(chunks)):
        append(journal)
    found = open_journal().snapshot()
    assert found is not None
    assert (found.head, tuple(found.chunks)) == (Head(two.seq, two.hash), chunks)


def test_a_snapshot_that_was_cut_off_leaves_the_one_before(open_journal: OpenJournal) -> None:
    journal = open_journal()
    append_with(journal, b"one")
    two = append_with(journal, b"two")
    head = journal.head()
    three = entry_after(head, "lin")

    def broken() -> Iterator[bytes]:
        yield b"three"
        raise StoreUnavailable("the line broke")

    with pytest.raises(StoreUnavailable):
        journal.append(three, head.hash, Snapshot(Head(3, three.hash), NOW, {}, broken()))
    again = open_journal()
    found = again.snapshot()
    assert found is not None
    assert (found.head.seq, tuple(found.chunks)) == (2, (b"two",))
    assert list(again.read(after=2)) == [three]
    assert list(again.read(after=1)) == [two, three]


def test_after_a_snapshot_only_what_follows_is_read(open_journal: OpenJournal) -> None:
    journal = open_journal()
    entries = [append(journal), append_with(journal, b"two"), append(journal)]
    again = open_journal()
    found = again.snapshot()
    assert found is not None
    assert list(again.read(after=found.head.seq - 1)) == entries[1:]
    assert again.head() == Head(3, entries[-1].hash)


def test_a_writer_that_folds_anew_begins_at_the_snapshot(cluster: Cluster, open_journal: OpenJournal) -> None:
    """What lies before it may be gone from the topic, or too much to read while people wait."""
    journal = open_journal()
    entries = [append(journal), append_with(journal, b"two"), *(append(journal) for _ in range(3))]
    admin = KafkaAdminClient(**cluster.client_options())
    admin.delete_records({TopicPartition(cluster.journal("intake"), 0): 1})
    admin.close()
    for one in (journal, open_journal()):
        found = one.snapshot()
        assert found is not None
        assert list(one.read(after=found.head.seq)) == entries[2:]
        assert one.head() == Head(5, entries[-1].hash)


def snapshot_message(cluster: Cluster, key: bytes) -> Record:
    with closing(Reader(cluster, cluster.snapshots("intake"), 0)) as reader:
        (found,) = [one for one in reader.read(0) if isinstance(one, Record) and one.key == key]
    return found


def put_instead(cluster: Cluster, writer: Writer, old: Record, value: bytes) -> int:
    """Where it lies."""
    headers = list(old.headers.items())
    return writer.send(cluster.snapshots("intake"), 0, value, key=old.key, headers=headers).offset()


def changed(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def test_a_changed_head_of_a_snapshot_is_not_believed(
    cluster: Cluster, writer: Writer, open_journal: OpenJournal
) -> None:
    append_with(open_journal(), b"one")
    head = snapshot_message(cluster, b"a/head")
    put_instead(cluster, writer, head, changed(head.value))
    with pytest.raises(SnapshotUnreadable, match="not what was written"):
        loaded(open_journal())


def test_a_changed_piece_of_a_snapshot_is_not_believed(
    cluster: Cluster, writer: Writer, open_journal: OpenJournal
) -> None:
    append_with(open_journal(), b"one")
    piece, head = (snapshot_message(cluster, key) for key in (b"a/0", b"a/head"))
    place = put_instead(cluster, writer, piece, changed(piece.value))
    pointing = msgspec.msgpack.encode(msgspec.msgpack.decode(head.value) | {"places": [place]})
    true_head = msgspec.structs.replace(head, headers={**head.headers, DIGEST: digest(pointing)})
    put_instead(cluster, writer, true_head, pointing)
    with pytest.raises(SnapshotUnreadable, match="a piece of a snapshot"):
        loaded(open_journal())


def loaded(journal: KafkaJournal) -> list[bytes]:
    snapshot = journal.snapshot()
    assert snapshot is not None
    return list(snapshot.chunks)
