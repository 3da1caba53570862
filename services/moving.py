"""Moves a house between one machine and Kafka: the same events in the same order of each key, in entries that are linked anew.

The house must stand still, and its Desk must know all that Intake handed on; then where it goes on needs no more than the
journals. Signed heads are of the old journals: keep the old ones for proof.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from heapq import merge
from pathlib import Path
from typing import Any

import msgspec

from services.arming import disarm
from services.engine import CODECS, STORE_NAME, verify_folder
from services.errors import WrongUse
from streams.attention_events import CustomerTagged
from streams.errors import BrokenChain, StoreUnavailable
from streams.journal import CHANGED, Entry, Head, Stored, decider_of, digest
from streams.run.bundles import place_of
from streams.run.embedded import DESK, INTAKE, forwarded
from streams.run.kafka import Cluster, Reader, Ticket, Writer
from streams.run.kafka_configs import KafkaConfigs, put_config
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_journal import HASH, SEQ, KafkaJournal, partition_name
from streams.run.kafka_topics import INPUTS, administered
from streams.run.sqlite import Store

EVERYWHERE = "*"
"""The key of what concerns all partitions."""
ON_THE_WAY = 500
"""Entries that are sent before the first of them is waited for."""

AnyEntry = Entry[Any]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved."""

    entries: int
    events: int
    configurations: int


class NotMovable(WrongUse):
    """The house cannot be moved as it stands."""


class _Linked:
    """Makes the entries of one new journal, each linked to the one before."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self.head = Head()

    def after(self, entry: AnyEntry, events: Sequence[Any], next_: Mapping[str, int]) -> Stored:
        made = msgspec.structs.replace(
            entry,
            partition=self.partition,
            seq=self.head.seq + 1,
            prev=self.head.hash,
            next=next_,
            events=tuple(events),
        )
        stored = CODECS[decider_of(self.partition)].encode(made)
        self.head = Head(stored.seq, stored.hash)
        return stored


def to_kafka(folder: Path, cluster: Cluster, writer: Writer) -> Moved:
    """Move the house of a data folder, which nobody holds, to topics that are empty; its outbox is disarmed there.

    Raises:
        NotMovable: the house is not at rest, or something lies on the topics.
        BrokenChain: the folder's journals are not what was written; nothing was moved.
        streams.errors.StoreUnavailable: it is not complete; make the topics anew and repeat it.
    """
    with administered(cluster) as topics:
        partitions = topics.partitions(INTAKE)
    _require_empty(cluster, partitions)
    verify_folder(folder)
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        _require_all_handed_on({INTAKE: _of_store(store, INTAKE)}, _last_next(_of_store(store, DESK)))
        configs = store.configs()
        for config_hash, body in _newest_last(configs, _of_store(store, DESK)):
            put_config(cluster, writer, config_hash, body)
        out = _Out(cluster, writer)
        seen_by = _intake_to_kafka(_of_store(store, INTAKE), partitions, out)
        _desk_to_kafka(_of_store(store, DESK), seen_by, out)
        out.finish()
        with closing(KafkaJournal(cluster, DESK, DESK_PARTITION, writer)) as desk:
            disarm(desk, configs)
    return Moved(entries=out.entries, events=out.events, configurations=len(configs))


def to_folder(cluster: Cluster, writer: Writer, folder: Path) -> Moved:
    """Move the house on Kafka, whose workers and nodes are ended, into a data folder without journals, with a disarmed outbox.

    Raises:
        NotMovable: inputs wait, or the folder holds journals.
        BrokenChain: a journal is not what was written.
        streams.errors.StoreUnavailable: it is not complete; empty the folder and repeat it.
    """
    require_new(folder)
    with administered(cluster) as topics:
        partitions = topics.partitions(INTAKE)
        if waiting := [lag for lag in topics.lag() if lag.behind]:
            raise NotMovable(
                f"{waiting[0].behind} messages wait in {waiting[0].decider}/{waiting[0].partition}"
            )
    intake = {partition_name(INTAKE, n): _of_kafka(cluster, writer, INTAKE, n) for n in range(partitions)}
    desk = _of_kafka(cluster, writer, DESK, DESK_PARTITION)
    _require_all_handed_on(intake, _last_next(desk))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(Store(folder / STORE_NAME)) as store:
        with closing(KafkaConfigs(cluster, bytes)) as configs:
            stored = dict(configs)
        for config_hash, body in stored.items():
            store.put_config(config_hash, body)
        intake_entries, intake_events = _append(store, INTAKE, _merged(list(intake.values())))
        told = {INTAKE: intake_entries}
        desk_entries, desk_events = _append(store, DESK, ((one, one.events, told) for one in desk()))
        disarm(store.journal(DESK), stored)
    verify_folder(folder)
    return Moved(
        entries=intake_entries + desk_entries, events=intake_events + desk_events, configurations=len(stored)
    )


def require_new(folder: Path) -> None:
    """Raises NotMovable: the folder holds journals."""
    if (folder / STORE_NAME).exists():
        raise NotMovable(f"{folder} holds journals already (目录里已有日志)")


Entries = Callable[[], Iterator[AnyEntry]]
"""A journal, to be gone through again and again."""


def _of_store(store: Store, partition: str) -> Entries:
    return lambda: map(CODECS[partition].decode, store.journal(partition).read())


def _of_kafka(cluster: Cluster, writer: Writer, decider: str, number: int) -> Entries:
    def entries() -> Iterator[AnyEntry]:
        with closing(KafkaJournal(cluster, decider, number, writer)) as journal:
            for stored in journal.read():
                if digest(stored.body) != stored.hash:
                    raise BrokenChain(journal.partition, stored.seq, CHANGED)
                yield CODECS[decider].decode(stored)

    return entries


def _require_empty(cluster: Cluster, partitions: int) -> None:
    counts = {INTAKE: partitions, DESK: 1}
    for decider, count in counts.items():
        for topic in (cluster.journal(decider), cluster.topic(INPUTS[decider])):
            for number in range(count):
                with closing(Reader(cluster, topic, number)) as reader:
                    if reader.end() > 0:
                        raise NotMovable(f"{topic} is not empty (主题不是空的)")


def _last_next(desk: Entries) -> Mapping[str, int]:
    """How far the Desk has been told, by journal."""
    told: dict[str, int] = {}
    for entry in desk():
        told.update(entry.next)
    return told


def _require_all_handed_on(intake: Mapping[str, Entries], told: Mapping[str, int]) -> None:
    for partition, entries in intake.items():
        last = max((entry.seq for entry in entries() if forwarded(entry) is not None), default=0)
        if last > told.get(partition, 0):
            raise NotMovable(
                f"the desk has not taken in entry {last} of {partition}: start the house once, and end it when it is idle"
            )


def _newest_last(configs: Mapping[str, bytes], desk: Entries) -> Iterable[tuple[str, bytes]]:
    """The one that holds comes last: nodes take it for the newest."""
    holds = None
    for entry in desk():
        holds = entry.config or holds
    return sorted(configs.items(), key=lambda one: one[0] == holds)


class _Out:
    """Sends new journals to Kafka, many entries at a time: nobody else writes there."""

    def __init__(self, cluster: Cluster, writer: Writer) -> None:
        self._cluster = cluster
        self._writer = writer
        self._linked: dict[tuple[str, int], _Linked] = {}
        self._on_the_way: deque[Ticket] = deque()
        self.entries = self.events = 0

    def put(
        self, decider: str, number: int, entry: AnyEntry, events: Sequence[Any], told: Mapping[str, int]
    ) -> int:
        """Add an entry made of these events; returns its number."""
        linked = self._linked.setdefault((decider, number), _Linked(partition_name(decider, number)))
        stored = linked.after(entry, events, told)
        headers = [(HASH, stored.hash), (SEQ, str(stored.seq).encode())]
        # With the time of the decision, so that whoever looks back finds it as if it had been written here then.
        ticket = self._writer.send(
            self._cluster.journal(decider), number, stored.body, headers=headers, at=entry.now
        )
        self._on_the_way.append(ticket)
        if len(self._on_the_way) > ON_THE_WAY:
            self._on_the_way.popleft().offset()
        self.entries += 1
        self.events += len(events)
        return stored.seq

    def finish(self) -> None:
        """Wait for all, and read them back: sent in a row, one that was sent again might lie behind its successor.

        Raises:
            StoreUnavailable: they do not stand there as they were sent.
        """
        for ticket in self._on_the_way:
            ticket.offset()
        for (decider, number), linked in self._linked.items():
            with closing(KafkaJournal(self._cluster, decider, number, self._writer)) as journal:
                if journal.head() != linked.head:
                    raise StoreUnavailable(f"{linked.partition} does not stand on Kafka as it was sent")


def _intake_to_kafka(entries: Entries, partitions: int, out: _Out) -> Callable[[int], Mapping[str, int]]:
    """Cut Intake's journal up; returns which of the new entries come from the old ones up to a number."""
    old: dict[int, list[int]] = defaultdict(list)
    new: dict[int, list[int]] = defaultdict(list)
    for entry in entries():
        for number, events in sorted(_by_place(entry.events, partitions).items()):
            old[number].append(entry.seq)
            new[number].append(out.put(INTAKE, number, entry, events, {}))

    def up_to(seq: int) -> dict[str, int]:
        found = {number: bisect_right(seqs, seq) for number, seqs in old.items()}
        return {
            partition_name(INTAKE, number): new[number][count - 1] for number, count in found.items() if count
        }

    return up_to


def _by_place(events: Iterable[Any], partitions: int) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for event in events:
        places = range(partitions) if _is_everywhere(event) else (place_of(event.key, partitions),)
        for number in places:
            found[number].append(event)
    return found


def _is_everywhere(event: Any) -> bool:
    """Whether every partition holds it: as `streams.run.bundles.placed` sends what leads to it."""
    return event.key == EVERYWHERE or isinstance(event, CustomerTagged)


def _desk_to_kafka(entries: Entries, up_to: Callable[[int], Mapping[str, int]], out: _Out) -> None:
    for entry in entries():
        told = up_to(entry.next[INTAKE]) if INTAKE in entry.next else {}
        out.put(DESK, DESK_PARTITION, entry, entry.events, told)


def _merged(journals: Sequence[Entries]) -> Iterator[tuple[AnyEntry, Sequence[Any], Mapping[str, int]]]:
    """Intake's partitions as one journal, by the time of their decisions; what stands in each of them stands there once."""
    known: set[str] = set()
    for entry in merge(*(entries() for entries in journals), key=lambda entry: entry.now):
        events = []
        for event in entry.events:
            if _is_everywhere(event):
                if event.id in known:
                    continue
                known.add(event.id)
            events.append(event)
        if events:
            yield entry, events, {}


def _append(
    store: Store, partition: str, entries: Iterable[tuple[AnyEntry, Sequence[Any], Mapping[str, int]]]
) -> tuple[int, int]:
    """Append to an empty journal; returns how many entries and events."""
    linked, journal, events = _Linked(partition), store.journal(partition), 0
    for entry, some, told in entries:
        prev = linked.head.hash
        journal.append(linked.after(entry, some, told), prev)
        events += len(some)
    return linked.head.seq, events
