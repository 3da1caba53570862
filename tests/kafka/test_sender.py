"""How inputs are bundled on their way to a real broker, and when they are refused."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any

import pytest

from services.kafka_sender import MOST_WAITING, Sender
from services.worker import BUNDLES
from streams.commands import ErasePerson
from streams.errors import Overloaded
from streams.run.bundles import BUNDLE_MOST
from streams.run.embedded import INTAKE
from streams.run.kafka import INTAKE_INPUTS, Cluster, Reader, Record, Writer

pytestmark = pytest.mark.kafka


@pytest.fixture
def cluster(make_cluster: Callable[[int], Cluster]) -> Cluster:
    return make_cluster(2)


@pytest.fixture
async def sender(cluster: Cluster) -> AsyncIterator[Sender]:
    with Writer(cluster) as writer:
        async with Sender(cluster, writer, "/test", time.monotonic) as sender:
            yield sender


def inputs(count: int, first: int = 0) -> list[Any]:
    return [
        ErasePerson(id=f"c{number}", who="lin", person=f"p{number}") for number in range(first, first + count)
    ]


def bundles(cluster: Cluster, partition: int) -> list[list[str]]:
    """The ids in each message of a partition."""
    with closing(Reader(cluster, cluster.topic(INTAKE_INPUTS), partition)) as reader:
        messages = [one for one in reader.read(0) if isinstance(one, Record)]
    return [[each.id for each in BUNDLES[INTAKE].decode(one.value)[0]] for one in messages]


async def test_what_comes_together_goes_out_together_and_in_order(sender: Sender, cluster: Cluster) -> None:
    topic = cluster.topic(INTAKE_INPUTS)
    offsets = await asyncio.gather(*(sender.send(topic, {0: inputs(1, number)}) for number in range(50)))
    assert {offset[0] for offset in offsets} == {0}
    sent = await sender.send(topic, {0: inputs(2 * BUNDLE_MOST + 1, 50), 1: inputs(3)})
    (first, *more) = bundles(cluster, 0)
    assert first == [f"c{number}" for number in range(50)]
    assert [len(bundle) for bundle in more] == [BUNDLE_MOST, BUNDLE_MOST, 1]
    assert [one for bundle in more for one in bundle] == [f"c{number}" for number in range(50, 451)]
    assert sent == {0: 3, 1: 0}
    assert await sender.send(topic, {}) == {}
    assert await sender.trouble((topic, 0)) is None


async def test_more_than_may_wait_is_refused_whole(sender: Sender, cluster: Cluster) -> None:
    with pytest.raises(Overloaded):
        await sender.send(cluster.topic(INTAKE_INPUTS), {0: inputs(MOST_WAITING + 1)})
    assert bundles(cluster, 0) == []
