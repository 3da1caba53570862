"""The vault's keys on a real broker: every node opens what any sealed, and none what was forgotten."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.kafka_keyring import AWAY_MOST, VaultNotOurs, shared_vault
from services.vault import Content, Vault
from services.vault_errors import VaultKeyWrong
from streams.run.kafka import KEYS, Cluster, Reader, Record, Writer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH = 202603
MASTER = {"FENGHUO_VAULT_KEY": "ab" * 32}

pytestmark = pytest.mark.kafka
Join = Callable[..., Vault]


@pytest.fixture
def cluster(make_cluster: Callable[[int], Cluster]) -> Cluster:
    return make_cluster(1)


@pytest.fixture
def join(cluster: Cluster, tmp_path: Path) -> Iterator[Join]:
    """A node's vault in a folder of its own, by name."""
    opened: list[Vault] = []
    with Writer(cluster) as writer:

        def join(name: str, now: datetime = NOW, key: str = MASTER["FENGHUO_VAULT_KEY"]) -> Vault:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            vault = shared_vault(folder, {"FENGHUO_VAULT_KEY": key}, cluster, writer, lambda: now)
            opened.append(vault)
            return vault

        yield join
        for vault in opened:
            vault.close()


def content(subject: str, text: str = "难吃") -> Content:
    return Content(subject, MONTH, f"fact-{subject}", text.encode())


def opens(vault: Vault, subject: str, sealed: bytes) -> bool:
    return vault.open(subject, MONTH, f"fact-{subject}", sealed) is not None


def closes_soon(vault: Vault, subject: str, sealed: bytes) -> bool:
    pause = threading.Event()
    return any(not opens(vault, subject, sealed) or pause.wait(0.05) for _ in range(100))


def test_what_one_node_seals_all_open_until_one_forgets(join: Join, cluster: Cluster) -> None:
    gateway, web = join("gateway"), join("web")
    one, two = gateway.seal_many([content("lin"), content("wang")])
    assert opens(web, "lin", one)
    again = web.seal_many([content("lin")])[0]
    assert opens(gateway, "lin", again)

    assert web.forget("lin") == 2
    assert not opens(web, "lin", one)
    for sealed in (one, again):
        assert closes_soon(gateway, "lin", sealed)
    late = join("late")
    assert not opens(late, "lin", one)
    assert opens(late, "wang", two)
    with closing(Reader(cluster, cluster.topic(KEYS), 0)) as reader:
        lying = [record for record in reader.read(0) if isinstance(record, Record)]
    assert sum(not record.value for record in lying) == 2
    assert opens(web, "lin", gateway.seal_many([content("lin")])[0])


def test_a_node_that_was_away_drops_what_was_forgotten_meanwhile(join: Join) -> None:
    gateway, web = join("gateway"), join("web")
    (sealed,) = gateway.seal_many([content("lin")])
    assert opens(web, "lin", sealed)
    web.close()
    gateway.forget("lin")
    assert not opens(join("web", NOW + timedelta(minutes=1)), "lin", sealed)
    assert not opens(join("web", NOW + AWAY_MOST + timedelta(days=9)), "lin", sealed)


def test_another_master_key_is_refused(join: Join) -> None:
    join("gateway").seal_many([content("lin")])
    with pytest.raises(VaultKeyWrong, match="another vault key"):
        join("web", key="cd" * 32)


def test_a_house_that_moves_brings_its_keys_along(join: Join, tmp_path: Path) -> None:
    with alone(tmp_path / "one-machine") as vault:
        sealed = vault.seal_many([content("lin")])[0]
    with alone(tmp_path / "stranger") as vault:
        vault.seal_many([content("zhao")])
    join("one-machine")
    assert opens(join("web"), "lin", sealed)
    with pytest.raises(VaultNotOurs, match="empty data folder"):
        join("stranger")


@contextmanager
def alone(folder: Path) -> Iterator[Vault]:
    folder.mkdir()
    vault = Vault.of_folder(folder, MASTER)
    try:
        yield vault
    finally:
        vault.close()
