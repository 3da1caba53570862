"""The runtime of many machines: Faust workers share the partitions of a decider's inputs and run the same loop on them.

Faust brings the group, its rebalances and the messages. It keeps no state and decides no offset: where a partition goes on
stands in its journal, and a worker that is given one seeks there. This is the one module that knows Faust.
"""

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import faust
import msgspec
from faust.auth import SASLCredentials, SSLCredentials
from faust.transport.drivers import aiokafka as driver

from streams.errors import StreamsError
from streams.run.hosting import PartitionHost
from streams.run.kafka import MESSAGE_MAX_BYTES, Cluster
from streams.run.sorting import Found, Sorter
from streams.run.taking import Delivery

SESSION_S = 6.0
"""A worker that was not heard of for so long has lost its partitions."""
HEARTBEAT_S = 1.5
REBALANCE_S = 20.0
COMMIT_S = 1.0
FOLDED_S = 600.0
"""So long a worker may take to fold what it was given."""
MESSAGES_BUFFERED = 16


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker does for one decider."""

    group: str
    topic: str
    hosts: Sequence[PartitionHost]
    """One for each partition of the topic, whether it is ours or not."""
    sorter: Sorter | None = None
    """Takes single events that are none of ours; without one they are read like bundles."""
    is_ours: Callable[[bytes], bool] = lambda _: True
    """Whether a single event carries an input as it is."""


class WorkerCrashed(StreamsError):
    """A worker ended by itself; another one may take its place."""


class Worker:
    """One decider's share of a worker process. Used in one event loop."""

    def __init__(self, cluster: Cluster, role: Role) -> None:
        self._role = role
        self._app = _App(self, role.group, **_settings(cluster))
        topic = self._app.topic(
            role.topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
        )
        self._app.agent(topic, name=role.group)(self._read)
        self._app.on_partitions_revoked.connect(self._revoked)  # type: ignore[arg-type]  # it is what is called
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, until: asyncio.Event) -> None:
        """Work until told to stop.

        Raises:
            WorkerCrashed: Faust gave up.
        """
        self._loop = asyncio.get_running_loop()
        self._app.finalize()
        await self._app.start()
        try:
            await self._until(until)
        finally:
            for host in self._role.hosts:
                host.let_go()
            await asyncio.gather(*(asyncio.to_thread(host.stop) for host in self._role.hosts))
            await self._app.stop()

    async def _until(self, until: asyncio.Event) -> None:
        told = asyncio.create_task(until.wait())
        crashed = asyncio.create_task(self._app.wait_until_stopped())
        await asyncio.wait((told, crashed), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        crashed.cancel()
        if not until.is_set():
            raise WorkerCrashed(f"the worker of {self._role.topic} ended: {self._app.crash_reason}")

    async def _revoked(self, _: Any, *revoked: Any, **__: Any) -> None:
        """Finish what is in hand before anybody else begins."""
        if self._role.sorter is not None:
            self._role.sorter.forget()
        places = [place for some in revoked for place in some if place.topic == self._role.topic]
        ours = [self._role.hosts[place.partition] for place in places]
        for host in ours:
            host.let_go()
        await asyncio.gather(*(asyncio.to_thread(host.stop) for host in ours))

    async def resume(self, assigned: set[Any]) -> dict[Any, int]:
        """Fold the partitions that are ours now; gives the offset from which each goes on, where its journal tells one."""
        ours = [place for place in assigned if place.topic == self._role.topic]
        ready = await asyncio.gather(
            *(asyncio.to_thread(self._role.hosts[place.partition].start) for place in ours)
        )
        offsets = await asyncio.gather(*map(asyncio.wrap_future, ready))
        return {place: offset for place, offset in zip(ours, offsets, strict=True) if offset is not None}

    async def _read(self, stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            if message.value is not None:
                await self._deliver(message, partial(self._taken, event))

    def _taken(self, event: Any) -> None:
        """Called in the thread that took it."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(event.ack)

    async def _deliver(self, message: Any, taken: Callable[[], None]) -> None:
        value: bytes = message.value
        sorter = self._role.sorter
        if sorter is not None and value[:1] == b"{" and not self._role.is_ours(value):
            found = Found(message.partition, message.offset, value, taken)
            while not sorter.offer(found):
                await asyncio.to_thread(sorter.wait_for_room)
            return
        host = self._role.hosts[message.partition]
        delivery = Delivery(message.offset, value, _headers(message), taken)
        while host.running and not host.offer(delivery):
            await asyncio.to_thread(host.wait_for_room)


def _headers(message: Any) -> Mapping[str, bytes]:
    headers = message.headers or ()
    return dict(headers.items() if isinstance(headers, Mapping) else headers)


class _App(faust.App):
    """Faust's application, with a consumer that goes on where the journals say."""

    def __init__(self, worker: Worker, group: str, **settings: Any) -> None:
        self.worker = worker
        super().__init__(group, **settings)

    def _new_transport(self) -> "_Transport":
        return _Transport(self.conf.broker_consumer, self)


class _Consumer(driver.Consumer):
    async def seek_to_committed(self) -> Mapping[Any, int]:
        committed: dict[Any, int] = dict(await super().seek_to_committed())
        assert isinstance(self.app, _App)
        resumed = await self.app.worker.resume(self.assignment())
        if resumed:
            await self.seek_wait(resumed)
            # What another worker recorded and could not commit any more; `fenghuo topics lag` asks for that.
            behind = {place: at for place, at in resumed.items() if at > (committed.get(place) or 0)}
            if behind:
                await self._commit(behind)
        return committed | resumed


class _Transport(driver.Transport):
    Consumer = _Consumer


def _settings(cluster: Cluster) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{server}" for server in cluster.servers],
        "broker_credentials": credentials(cluster),
        "broker_session_timeout": SESSION_S,
        "broker_heartbeat_interval": HEARTBEAT_S,
        "broker_rebalance_timeout": REBALANCE_S,
        "broker_request_timeout": FOLDED_S,
        "broker_commit_interval": COMMIT_S,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": MESSAGE_MAX_BYTES,
        "producer_compression_type": "lz4",
        "stream_buffer_maxsize": MESSAGES_BUFFERED,
        "stream_wait_empty": False,  # whoever takes a partition over goes on where its journal ends
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "store": "memory://",
        "datadir": tempfile.gettempdir(),
        "web_enabled": False,
        "autodiscover": False,
    }


def credentials(cluster: Cluster) -> Any:
    """What Faust is told to get in; None without a secret."""
    if cluster.protocol == "PLAINTEXT":
        return None
    context = _ssl_context(cluster) if cluster.protocol.endswith("SSL") else None
    if cluster.mechanism is None:
        return SSLCredentials(context=context)
    return SASLCredentials(
        username=cluster.user, password=cluster.password, mechanism=cluster.mechanism, ssl_context=context
    )


def _ssl_context(cluster: Cluster) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cluster.ca_file)
    if cluster.cert_file is not None:
        context.load_cert_chain(cluster.cert_file, cluster.key_file)
    return context
