"""The signed daily heads of a house on Kafka, and what `verify` finds by them that links alone do not show."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from services.cli import app
from services.head_signer import HeadSigner
from services.kafka_heads import KafkaHeads, key_of
from services.notify.channel import Attempt, Contact, Delivered, Message
from services.signed_heads import encode, heads_of, sign
from streams.journal import Head
from streams.run.kafka import HEADS, Cluster, Writer
from tests.kafka.test_kafka_history import chain, put

MASTER = "ab" * 32
ENVIRON = {"FENGHUO_VAULT_KEY": MASTER}

pytestmark = pytest.mark.kafka


class Nowhere:
    """Takes every message."""

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        return Delivered()


@pytest.fixture
def cluster(make_cluster: Callable[[int], Cluster], monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A house whose only journal with entries is `intake/0`, with ten of them."""
    cluster = make_cluster(2)
    put(cluster, chain(10))
    monkeypatch.setenv("FENGHUO_VAULT_KEY", MASTER)
    monkeypatch.setenv("FENGHUO_KAFKA_PREFIX", cluster.prefix)
    return cluster


@pytest.fixture
def writer(cluster: Cluster) -> Iterator[Writer]:
    with Writer(cluster) as writer:
        yield writer


def signer(cluster: Cluster, writer: Writer, day: int) -> HeadSigner:
    now = datetime(2026, 11, 23, 2, tzinfo=UTC) + timedelta(days=day)
    return HeadSigner(
        book=KafkaHeads(cluster, writer), heads=partial(heads_of, cluster), key=key_of(ENVIRON), now=lambda: now,
        zone=ZoneInfo("Asia/Shanghai"), channel=Nowhere(), outside=None, environ={},
    )  # fmt: skip


def verified(cluster: Cluster, *more: str) -> tuple[int, Mapping[str, Any]]:
    result = CliRunner().invoke(app, ["verify", "--kafka", str(cluster), "--json", *more])
    return result.exit_code, msgspec.json.decode(result.stdout.splitlines()[0])


async def test_each_day_is_signed_once_whoever_signs_and_verify_holds_the_journals_against_it(
    cluster: Cluster, writer: Writer, tmp_path: Path
) -> None:
    first = await signer(cluster, writer, 0).look()
    assert await signer(cluster, writer, 0).look() is None
    put(cluster, chain(12)[10:])
    second = await signer(cluster, writer, 1).look()
    assert first is not None
    assert second is not None
    assert ({*first.heads}, second.heads["intake/0"].seq) == ({"intake/0"}, 12)

    late = sign(key_of(ENVIRON), second.day, second.at, heads_of(cluster), [first])
    KafkaHeads(cluster, writer).append(late)
    assert KafkaHeads(cluster, writer).read() == [first, second]
    code, found = verified(cluster)
    assert (code, found["events"], found["signed_heads"], found["last_signed"]) == (0, 12, 2, second.day)

    listed = CliRunner().invoke(app, ["heads", "--kafka", str(cluster), "--json"]).stdout.splitlines()
    copy = tmp_path / "kept.jsonl"
    copy.write_text("\n".join(listed[1:]) + "\n", encoding="utf-8")
    public = msgspec.json.decode(listed[0])["public_key"]
    assert verified(cluster, "--heads", str(copy), "--public-key", public)[1]["signed_heads"] == 2


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (Head(10, b"x" * 32), "it is not what was signed"),
        (Head(11, b"x" * 32), "it is missing: on 2026-11-23"),
    ],
)
def test_an_end_that_was_written_anew_or_cut_off_is_found(
    cluster: Cluster, writer: Writer, head: Head, why: str
) -> None:
    signed = sign(key_of(ENVIRON), "2026-11-23", datetime.now(UTC), {"intake/0": head}, ())
    KafkaHeads(cluster, writer).append(signed)
    code, found = verified(cluster)
    assert (code, found["partition"]) == (1, "intake/0")
    assert why in found["reason"]


def test_a_head_of_another_key_and_one_that_links_to_nothing_are_forgeries(
    cluster: Cluster, writer: Writer
) -> None:
    forged = sign(Ed25519PrivateKey.generate(), "2026-11-23", datetime.now(UTC), heads_of(cluster), ())
    KafkaHeads(cluster, writer).append(forged)
    assert "not by this key" in verified(cluster)[1]["reason"]
    stray = msgspec.structs.replace(forged, prev="0" * 64)
    writer.send(cluster.topic(HEADS), 0, encode(stray)).offset()
    code, found = verified(cluster)
    assert (code, found["partition"], found["entry"]) == (1, "heads", 2)
