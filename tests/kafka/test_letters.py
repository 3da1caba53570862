"""`fenghuo deadletters list|redrive|drop` on a real broker."""

from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest
from typer.testing import CliRunner

from services.cli import app
from services.kafka_letters import KafkaLetters
from streams.run.kafka import INTAKE_INPUTS, Cluster, Reader, Record, Writer
from streams.run.kafka_edges import bury
from streams.run.taking import Unreadable

pytestmark = pytest.mark.kafka


@pytest.fixture
def cluster(make_cluster: Callable[[int], Cluster], monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = make_cluster(2)
    monkeypatch.setenv("FENGHUO_KAFKA", ",".join(cluster.servers))
    monkeypatch.setenv("FENGHUO_KAFKA_PREFIX", cluster.prefix)
    return cluster


@pytest.fixture
def buried(cluster: Cluster) -> Cluster:
    """Three letters, of which a worker found the first one twice."""
    topic = cluster.topic(INTAKE_INPUTS)
    with Writer(cluster) as writer:
        for _ in range(2):
            bury(cluster, writer, topic, 1, [Unreadable(7, "not a CloudEvents batch", b"\x00 poison")])
        bury(cluster, writer, topic, 0, [Unreadable(9, "event 1: no author", b'{"author_id": "lin"}')])
        bury(cluster, writer, topic, 0, [Unreadable(9, "event 2: no author", b'{"author_id": "wang"}')])
    return cluster


def letters(*arguments: str, code: int = 0) -> list[dict[str, object]]:
    result = CliRunner().invoke(app, ["deadletters", *arguments, "--json"])
    assert result.exit_code == code, (result.output, result.exception)
    return [msgspec.json.decode(line) for line in result.output.splitlines()]


def test_letters_say_where_they_were_and_why(buried: Cluster) -> None:
    first, second, third = letters("list", code=1)
    topic = buried.topic(INTAKE_INPUTS)
    assert (first["topic"], first["partition"], first["offset"]) == (topic, 1, 7)
    assert (first["reason"], first["raw"]) == ("not a CloudEvents batch", "\x00 poison")
    assert letters("drop", str(second["number"])) == [{"dropped": 1}]
    assert letters("list", code=1) == [first, third]


def test_what_is_sent_once_more_lies_where_it_came_from(buried: Cluster) -> None:
    assert letters("redrive", "--all") == [{"redriven": 3, "left": 0}]
    assert letters("list") == []
    assert values(buried, 1) == [b"\x00 poison"]
    assert values(buried, 0) == [b'{"author_id": "lin"}', b'{"author_id": "wang"}']


def test_letters_that_name_somebody_go_when_they_are_forgotten(buried: Cluster) -> None:
    with Writer(buried) as writer:
        assert KafkaLetters(buried, writer).forget("lin") == 1
    assert {str(one["raw"]) for one in letters("list", code=1)} == {"\x00 poison", '{"author_id": "wang"}'}


def values(cluster: Cluster, partition: int) -> list[bytes]:
    with closing(Reader(cluster, cluster.topic(INTAKE_INPUTS), partition)) as reader:
        return [one.value for one in reader.read(0) if isinstance(one, Record)]
