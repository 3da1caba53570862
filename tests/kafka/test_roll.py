"""From one release to the next under load: whoever reads a new event ships before whoever writes it, and nothing is lost."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.gateway.preparing import Batch, judging_preparer
from services.vault import Vault
from streams.facts import Seen
from streams.run.embedded import INTAKE
from streams.run.kafka import Cluster
from streams.run.kafka_journal import KafkaJournal
from tests.kafka.houses import KafkaHouse, WorkerProcess, house_on
from tests.kafka.later_worker import LATER_CODEC, ItemWeighed
from tests.kafka.test_worker import record

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARTITIONS = 2
BATCH = 10

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def house(make_cluster: Callable[[int], Cluster], tmp_path: Path) -> Iterator[KafkaHouse]:
    with house_on(make_cluster(PARTITIONS), tmp_path, PARTITIONS, NOW) as house:
        yield house


class Load:
    """A thread that sends posts without end."""

    def __init__(self, house: KafkaHouse) -> None:
        self._house = house
        (house.folder / "vault").mkdir()
        vault = Vault.of_folder(house.folder / "vault", {})
        self._preparer = judging_preparer(house.config.intake, vault, lambda: NOW)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.sent = 0

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(0.05):
            numbers = range(self.sent, self.sent + BATCH)
            batch = Batch(
                "test", "records", list(numbers), [record(number, "青禾小馆") for number in numbers]
            )
            self._house.send(self._preparer.prepare(batch).arrivals)
            self.sent += BATCH


def later(house: KafkaHouse, release: str) -> WorkerProcess:
    """A worker of a later release, started."""
    worker = WorkerProcess(house.cluster, (INTAKE,), house.clock, house.folder / f"{len(house.workers)}.log")
    worker.run_as(sys.executable, "-m", "tests.kafka.later_worker", release)
    house.workers.append(worker)
    worker.start()
    return worker


def events(house: KafkaHouse) -> list[Any]:
    found = []
    for number in range(PARTITIONS):
        with closing(KafkaJournal(house.cluster, INTAKE, number, house.writer)) as journal:
            found += [event for stored in journal.read() for event in LATER_CODEC.decode(stored).events]
    return found


def count(house: KafkaHouse, kind: type) -> int:
    return sum(isinstance(event, kind) for event in events(house))


def takes_in_more_than(house: KafkaHouse, before: int) -> bool:
    return count(house, Seen) > before


def test_a_new_event_is_read_one_release_before_it_is_written(house: KafkaHouse) -> None:
    """Two workers are replaced one by one: today's, then those that read the event, then those that write it."""
    workers = [house.worker(INTAKE), house.worker(INTAKE)]
    with Load(house) as load:
        house.await_that(lambda: count(house, Seen) > 0)
        for release in ("reading", "writing"):
            for old in tuple(workers):
                workers.append(later(house, release))
                workers.remove(old)
                assert old.end() == 0
                house.await_that(partial(takes_in_more_than, house, count(house, Seen)))
        house.await_that(lambda: count(house, ItemWeighed) > 0)
    house.await_that(lambda: count(house, Seen) == load.sent)
    assert len({event.native_id for event in events(house) if isinstance(event, Seen)}) == load.sent
    assert not any("stands still" in worker.log() for worker in house.workers)

    for worker in workers:
        assert worker.end() == 0
    # Somebody goes back two releases: nothing is skipped, and it says what it does not know.
    back = house.worker(INTAKE)
    house.await_that(lambda: "stands still" in back.log())
    assert "item.weighed" in back.log()
    assert count(house, Seen) == load.sent
