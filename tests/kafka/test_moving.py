"""`fenghuo restore`: a house of one machine moves to Kafka, lives there for a while, and moves back."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from alerting.arming_events import OutboxDisarmed
from services.cli import app
from services.config import Config
from services.engine import CODECS, STORE_NAME, Engine, verify_folder
from services.gateway.preparing import Batch, judging_preparer
from services.vault import Vault, private_of
from streams.attention_events import CustomerTagged
from streams.commands import TagCustomer
from streams.events import SlaBreached
from streams.facts import Seen
from streams.run.bundles import place_of
from streams.run.embedded import DESK, INTAKE
from streams.run.kafka import INTAKE_INPUTS, Cluster, Reader
from streams.run.sqlite import Store
from tests.kafka.houses import BOTH, KafkaHouse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARTITIONS = 3
MASTER = "ab" * 32
ITEMS = 60

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
ByKey = Mapping[str, list[bytes]]


@pytest.fixture
def house(
    make_cluster: Callable[[int], Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KafkaHouse]:
    """Empty topics, and a configuration that does not hold there yet."""
    house = KafkaHouse(make_cluster(PARTITIONS), tmp_path, PARTITIONS, NOW)
    monkeypatch.setenv("FENGHUO_KAFKA", ",".join(house.cluster.servers))
    monkeypatch.setenv("FENGHUO_KAFKA_PREFIX", house.cluster.prefix)
    monkeypatch.setenv("FENGHUO_VAULT_KEY", MASTER)
    yield house
    house.close()


def records() -> Sequence[bytes]:
    """Posts of many, and comments under posts of ours."""
    made = []
    for number in range(ITEMS):
        record = {"time": (NOW - timedelta(minutes=1)).isoformat(), "platform": "weibo", "kind": "post"}
        record |= {
            "id": f"n{number}",
            "author_id": f"u{number % 20}",
            "text": f"青禾小馆的菜里有异物 {number}",
        }
        if number % 3 == 0:
            record |= {"kind": "comment", "account": "qinghe-official", "post_id": f"p{number % 4}"}
        made.append(msgspec.json.encode(record))
    return made


def judged(config: Config, vault: Vault) -> Sequence[Any]:
    preparer = judging_preparer(config.intake, vault, lambda: NOW)
    return preparer.prepare(Batch("test", "records", list(range(ITEMS)), records())).arrivals


@contextmanager
def engine_on(folder: Path, config: Config, now: datetime) -> Iterator[Engine]:
    with Engine(
        folder, config, clock=lambda: now, environ={"FENGHUO_VAULT_KEY": MASTER}, on_error=_fail
    ) as engine:
        engine.start()
        yield engine


def _fail(error: BaseException) -> None:
    raise error


def lived(folder: Path, config: Config) -> Sequence[Any]:
    """A house of one machine in which something happened; gives the inputs."""
    with engine_on(folder, config, NOW) as engine:
        arrivals = judged(config, engine.vault)
        tag = TagCustomer(id="vip", who="lin", person=arrivals[0].fact.author, customer_tag="vip", on=True)
        asyncio.run(_submit(engine, [*arrivals, tag]))
        return arrivals


async def _submit(engine: Engine, arrivals: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [outcome.events for outcome in await engine.submit(arrivals)]


def in_folder(folder: Path, decider: str) -> list[Any]:
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        entries = map(CODECS[decider].decode, store.journal(decider).read())
        return [event for entry in entries for event in entry.events]


def by_key(events: Sequence[Any]) -> ByKey:
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    for event in events:
        if event.key != "*" and not isinstance(event, CustomerTagged):
            found[event.key].append(msgspec.json.encode(event))
    return found


def everywhere(events: Sequence[Any]) -> list[str]:
    return [event.id for event in events if event.key == "*" or isinstance(event, CustomerTagged)]


def restore(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["restore", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output or str(result.exception)


def test_a_house_moves_to_kafka_and_back(house: KafkaHouse, tmp_path: Path) -> None:
    home, again = tmp_path / "home", tmp_path / "again"
    arrivals = lived(home, house.config)
    before, desk_before = in_folder(home, INTAKE), in_folder(home, DESK)
    restore("--from", str(home))

    moved = house.events(INTAKE)
    assert by_key(moved) == by_key(before)
    assert sorted(everywhere(moved)) == sorted(everywhere(before) * PARTITIONS)
    for number in range(PARTITIONS):
        here = [event for entry in house.journal(INTAKE, number) for event in entry.events]
        assert here
        assert {place_of(key, PARTITIONS) for key in by_key(here)} == {number}
    *desk_moved, disarmed = house.events(DESK)
    assert desk_moved == desk_before
    assert isinstance(disarmed, OutboxDisarmed)
    assert journal_since(house, NOW + timedelta(seconds=1)) == 0 < journal_since(house, NOW)
    assert restore("--from", str(home), code=1).endswith("(主题不是空的)")

    verified = CliRunner().invoke(app, ["verify", "--kafka", ",".join(house.cluster.servers), "--json"])
    assert msgspec.json.decode(verified.output)["events"] == len(moved) + len(desk_before) + 1
    worker = house.worker(*BOTH)
    house.send(arrivals)
    house.set_clock(NOW + timedelta(hours=1))
    clocks = sum(isinstance(one, Seen) and one.key.count("/") > 1 for one in before)
    house.await_that(lambda: breaches(house) == clocks)
    house.await_that(lambda: sum(isinstance(one, SlaBreached) for one in house.events(DESK)) == clocks)
    assert worker.end() == 0
    after = house.events(INTAKE)
    assert sum(isinstance(one, Seen) for one in after) == ITEMS
    desk_after = house.events(DESK)

    restore("--into", str(again))
    assert by_key(in_folder(again, INTAKE)) == by_key(after)
    assert everywhere(in_folder(again, INTAKE)) == everywhere(before)
    *desk_again, disarmed = in_folder(again, DESK)
    assert desk_again == desk_after
    assert isinstance(disarmed, OutboxDisarmed)
    assert verify_folder(again) > 0
    with engine_on(again, house.config, NOW + timedelta(hours=1)) as engine:
        assert asyncio.run(_submit(engine, arrivals)) == [()] * ITEMS
        opened = [private_of(engine.vault, one) for one in after if isinstance(one, Seen)]
        assert all(one is not None and one.text.startswith("青禾小馆") for one in opened)


def journal_since(house: KafkaHouse, at: datetime) -> int:
    """Messages of the first journal that bear this time or a later one."""
    with closing(Reader(house.cluster, house.cluster.journal(INTAKE), 0)) as reader:
        return reader.end() - reader.offset_at(at)


def breaches(house: KafkaHouse) -> int:
    return sum(isinstance(one, SlaBreached) for one in house.events(INTAKE))


def test_what_waits_is_not_left_behind(house: KafkaHouse, tmp_path: Path) -> None:
    house.send_raw(INTAKE_INPUTS, 0, b"[]")
    assert "messages wait" in restore("--into", str(tmp_path / "again"), code=1)
    assert restore(code=1) != ""
