"""`fenghuo worker` on a real broker: bundles, single events, poison, what a later release sends; signals reach the desk."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.events import IncidentOpened
from services.gateway.preparing import Batch, judging_preparer
from services.vault import Vault, private_of
from streams.events import CommandRefused, ConfigActivated, SlaBreached
from streams.facts import Fact, MentionObserved
from streams.run.bundles import encode_bundle, place_of
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import INTAKE_INPUTS, Cluster
from streams.run.kafka_edges import OFFSET, PARTITION, REASON, TOPIC
from tests.kafka.houses import BOTH, KafkaHouse, house_on

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARTITIONS = 2

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def house(make_cluster: Callable[[int], Cluster], tmp_path: Path) -> Iterator[KafkaHouse]:
    with house_on(make_cluster(PARTITIONS), tmp_path, PARTITIONS, NOW) as house:
        yield house


@pytest.fixture
def vault(house: KafkaHouse) -> Iterator[Vault]:
    (house.folder / "vault").mkdir()
    vault = Vault.of_folder(house.folder / "vault", {})
    yield vault
    vault.close()


def record(number: int, text: str, **fields: Any) -> bytes:
    made = {"time": (NOW - timedelta(minutes=1)).isoformat(), "platform": "weibo", "kind": "post"}
    return msgspec.json.encode(made | {"id": f"n{number}", "author_id": f"u{number}", "text": text} | fields)


def judged(house: KafkaHouse, vault: Vault, *records: bytes) -> list[Any]:
    preparer = judging_preparer(house.config.intake, vault, lambda: NOW)
    return [*preparer.prepare(Batch("test", "records", list(range(len(records))), records)).arrivals]


def single(number: int, text: str) -> bytes:
    """A CloudEvent as any program may put it on the topic: in the clear, and wherever it likes."""
    data = msgspec.json.decode(record(number, text))
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": "/others",
        "type": "mention.observed",
        "data": data,
    }
    return msgspec.json.encode(event)


def test_from_topics_to_an_incident(house: KafkaHouse, vault: Vault) -> None:
    worker = house.worker(*BOTH, more=[str(house.folder / "vault")])
    house.send(judged(house, vault, *(record(n, f"青禾小馆的菜里有异物 {n}") for n in range(20))))
    house.send_raw(INTAKE_INPUTS, 0, b"\x00 poison")
    house.send_raw(INTAKE_INPUTS, 1, msgspec.json.encode([{"data": {"type": "config.activate"}}]))
    for number in range(20, 40):
        house.send_raw(INTAKE_INPUTS, number % PARTITIONS, single(number, f"青禾小馆的菜里有异物 {number}"))
    house.send_raw(INTAKE_INPUTS, 0, single(40, "").replace(b"mention.observed", b"page.requested"))
    house.await_that(lambda: len(facts(house)) == 40 and len(house.dead_letters()) == 3)
    house.await_that(lambda: any(isinstance(one, IncidentOpened) for one in house.events(DESK)))
    house.send(judged(house, vault, comment()))
    house.await_that(lambda: len(house.events(INTAKE)) > 0 and "c1" in {one.native_id for one in seen(house)})
    house.set_clock(NOW + timedelta(hours=1))
    house.await_that(lambda: any(isinstance(one, SlaBreached) for one in house.events(DESK)))
    assert worker.end() == 0

    assert sorted(fact.native_id for fact in facts(house)) == sorted(f"n{number}" for number in range(40))
    for number in range(PARTITIONS):
        here = [event for entry in house.journal(INTAKE, number) for event in entry.events]
        assert {place_of(event.key, PARTITIONS) for event in here if isinstance(event, Fact)} == {number}
        assert sum(isinstance(event, ConfigActivated) for event in here) == 1
    opened = [event for event in house.events(DESK) if isinstance(event, IncidentOpened)]
    assert {event.key for event in opened} == {"qinghe"}
    (breach,) = [event for event in house.events(INTAKE) if isinstance(event, SlaBreached)]
    assert breach.at == NOW + timedelta(minutes=29)
    check_letters(house)
    check_sealed(house, vault)


def comment() -> bytes:
    return record(0, "什么时候营业", id="c1", kind="comment", account="qinghe-official", post_id="p1")


def seen(house: KafkaHouse) -> list[Any]:
    return [event for event in house.events(INTAKE) if hasattr(event, "native_id")]


def facts(house: KafkaHouse) -> list[MentionObserved]:
    return [event for event in house.events(INTAKE) if isinstance(event, MentionObserved)]


def check_letters(house: KafkaHouse) -> None:
    letters = house.dead_letters()
    topic = house.cluster.topic(INTAKE_INPUTS).encode()
    assert {(one.headers[TOPIC], one.headers[PARTITION]) for one in letters} == {(topic, b"0"), (topic, b"1")}
    assert all(one.headers[OFFSET].isdigit() for one in letters)
    told = b"\n".join(one.headers[REASON] for one in letters)
    assert b"not a CloudEvents batch" in told
    assert b"required field" in told
    assert b"'page.requested' is not a fact" in told
    assert b"\x00 poison" in {one.value for one in letters}


def check_sealed(house: KafkaHouse, vault: Vault) -> None:
    """Also what came in the clear is kept sealed."""
    for fact in facts(house):
        private = private_of(vault, fact)
        assert private is not None
        assert private.text.startswith("青禾小馆的菜里有异物")


def test_a_later_releases_event_stops_its_partition_alone(house: KafkaHouse, vault: Vault) -> None:
    worker = house.worker()
    later = encode_bundle(judged(house, vault, record(1, "青禾小馆")), "/later").replace(
        b'"judged"', b'"dreamt"'
    )
    stopped = place_of("weibo/n1", PARTITIONS)
    house.send_raw(INTAKE_INPUTS, stopped, later)
    house.await_that(lambda: "stands still" in worker.log())
    texts = [record(number, "青禾小馆") for number in range(2, 30)]
    house.send(judged(house, vault, *texts))
    goes_on = sum(place_of(f"weibo/n{number}", PARTITIONS) != stopped for number in range(2, 30))
    house.await_that(lambda: len(facts(house)) == goes_on)
    assert "'dreamt'" in worker.log()
    assert house.dead_letters() == []
    assert not any(isinstance(event, CommandRefused) for event in house.events(INTAKE))
    assert worker.end() == 0
