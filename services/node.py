"""`fenghuo run --kafka`: a node of a house on Kafka. Wires what takes in, what sends pages and what shows, as it is told to.

The deciders run elsewhere (`fenghuo worker`). But for the vault, a node keeps nothing that cannot be made anew.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, closing
from pathlib import Path

import msgspec
from litestar.types import ControllerRouterHandler

from services import clock, health
from services.allocator import LARGE_BYTES, LARGE_TO_JUDGE_BYTES, settle_allocator
from services.applying import Applier
from services.collector import settle_collector
from services.config import Config, secret
from services.config.model import Decisions, dump, parse
from services.daemon import DEFAULT_HOST, DEFAULT_PORT, configuration
from services.deadletters import FILE_NAME as DEAD_LETTERS_NAME
from services.deadletters import DeadLetters
from services.doors import application, listening, served, socket_in, url_of
from services.forgetting import Forgetter, replies_in_views
from services.gateway import http as inlets
from services.gateway.press import Press, ProcessPress
from services.gateway.press_wire import Setup
from services.holding import Holding
from services.kafka_desk import KafkaDesk
from services.kafka_follower import KafkaFollower
from services.kafka_heads import KafkaHeads
from services.kafka_house import KafkaHouse, KafkaInlet
from services.kafka_keyring import shared_vault
from services.kafka_lag import LagWatch
from services.kafka_letters import KafkaLetters
from services.kafka_sender import TRIAL_S, Sender
from services.kafka_settings import VARIABLE
from services.logs import configure_logs
from services.metrics import Metrics
from services.notify.keeper import OutboxKeeper
from services.parts import VIEWS_NAME, Parts, in_background, opening, report
from services.views.store import Views
from services.web.live import Hub
from services.web.recording import ReportRecorder
from services.web.routes import routes
from services.web.visit import is_local
from streams import ids
from streams.commands import ActivateConfig
from streams.run.embedded import DESK, INTAKE
from streams.run.folder import FolderLock
from streams.run.kafka import Cluster, Writer
from streams.run.kafka_configs import KafkaConfigs, put_config
from streams.run.kafka_edges import DESK_PARTITION
from streams.run.kafka_journal import partition_name
from streams.run.kafka_topics import administered

GATEWAY, OUTBOX, WEB = "gateway", "outbox", "web"
"""What a node may be for."""
OnUrl = Callable[[str], Awaitable[None]]
"""Told the node's address once connections are taken."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `fenghuo run --kafka` is told."""

    cluster: Cluster
    config: Path
    data: Path
    roles: frozenset[str] = frozenset((GATEWAY, OUTBOX, WEB))
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    own_press: bool = True
    """Batches are read, sealed and judged in a process of their own."""


def run(settings: Settings, environ: Mapping[str, str], on_ready: OnUrl) -> None:
    """Run until told to stop (SIGTERM, SIGINT).

    Raises:
        ConfigurationUnusable: the configuration has errors, or a secret is missing.
        PortTaken: another program listens there.
        streams.errors.StreamsError, services.errors.ServicesError: why it cannot run, in one sentence.
    """
    config = configuration(settings.config)
    keys = {source.id: secret(source.key, environ) for source in config.sources}
    password = settings.cluster.password
    configure_logs(secrets=[*keys.values(), *([password] if password else [])])
    settle_allocator(LARGE_BYTES if settings.own_press else LARGE_TO_JUDGE_BYTES)
    with listening(settings.host, settings.port) as door:
        asyncio.run(Node(settings, config, keys, environ).serve(door, on_ready))


class Node(Parts):
    """One run: every part is made once, in the order in which parts need each other, and ended in reverse."""

    def __init__(
        self, settings: Settings, config: Config, keys: Mapping[str, str], environ: Mapping[str, str]
    ) -> None:
        # Processes of this one's find the same Kafka.
        super().__init__(settings.data, config, keys, {**environ, VARIABLE: str(settings.cluster)})
        self._settings = settings
        self._cluster = settings.cluster
        self._held = AsyncExitStack()
        self._hub = Hub()
        self._keeper: OutboxKeeper | None = None
        self._follower: KafkaFollower | None = None

    async def serve(self, door: socket.socket, on_ready: OnUrl) -> None:
        async with self._held as held:
            held.enter_context(FolderLock(self._data))
            self._writer = held.enter_context(Writer(self._cluster))
            self._vault = shared_vault(self._data, self._environ, self._cluster, self._writer, clock.now)
            held.callback(self._vault.close)
            with administered(self._cluster) as topics:
                self._partitions = topics.partitions(INTAKE)
            sender = Sender(self._cluster, self._writer, f"/node/{socket.gethostname()}", clock.monotonic_s)
            await held.enter_async_context(sender)
            self._inlet = KafkaInlet(self._cluster, sender, self._partitions)
            await self._activate()
            configs = KafkaConfigs(self._cluster, parse)
            held.callback(configs.close)
            self._holding = Holding(self._config.hash, self._config.decisions, configs)
            url = url_of(self._settings.host, door)
            held.callback(self._hub.close)
            app = application(await self._handlers(self._config.network.public_url or url))
            settle_collector()
            with socket_in(self._data) as window:
                await served(app, [door, *window], self._hub, lambda: on_ready(url))

    def decisions(self) -> Decisions:
        return self._holding.decisions

    async def _activate(self) -> None:
        """Let our configuration hold everywhere, unless it is the one that was brought last."""
        with closing(KafkaConfigs(self._cluster, bytes)) as configs:
            if configs.newest() == self._config.hash:
                return
        put_config(self._cluster, self._writer, self._config.hash, dump(self._config))
        command = ActivateConfig(
            id=ids.derived("activate", self._config.hash, clock.now().isoformat()),
            who="operator",
            config=self._config.hash,
        )
        await self._inlet.submit([command])
        await self._inlet.command(command)

    async def _handlers(self, base_url: str) -> list[ControllerRouterHandler]:
        """Begin what this node is for, and give what it answers."""
        roles = self._settings.roles
        metrics = await self._measured()
        letters = DeadLetters(self._data / DEAD_LETTERS_NAME, self._vault)
        self._held.callback(letters.close)
        handlers: list[ControllerRouterHandler] = []
        if OUTBOX in roles:
            await self._send_pages(base_url)
        if WEB in roles:
            handlers += await self._pages(base_url, metrics, letters)
        if GATEWAY in roles:
            gateway = self.gateway(self._inlet, await self._press(), metrics, letters)
            handlers += inlets.routes(
                gateway, self.sources(), is_local=is_local, monotonic_s=clock.monotonic_s
            )
        loop = asyncio.get_running_loop()
        vitals = lambda: self._vitals(loop)  # noqa: E731  (one closure, asked in threads)
        await self.beat(vitals, self._held)
        return [*health.routes(vitals, metrics), *handlers]

    async def _press(self) -> Press:
        """Where batches are prepared: beside this process it shares the vault's file, and follows the keys itself."""
        if not self._settings.own_press:
            return self.thread_press(self._vault)
        setup = Setup(str(self._data), self._config.intake, shared=True)
        return await self._held.enter_async_context(ProcessPress(setup, self._environ, report))

    async def _measured(self) -> Metrics:
        lag = LagWatch(self._cluster, report)
        await in_background(lag.run(), self._held)
        with opening(self._data / VIEWS_NAME):
            Views(self._data / VIEWS_NAME).close()  # made by now, so that readers can open it
        return self.metrics(
            self.standing(self._held),
            lambda: self._keeper.pending if self._keeper else 0,
            lambda: self._keeper.stuck if self._keeper else 0,
            lag,
        )

    async def _send_pages(self, base_url: str) -> None:
        channel = self.channel(self._held)
        configs = KafkaConfigs(self._cluster, lambda stored: parse(stored).desk)
        self._held.callback(configs.close)
        desk = KafkaDesk(self._cluster, self._writer, configs, clock.monotonic_s)
        self._held.callback(desk.close)
        self._keeper = OutboxKeeper(
            desk,
            lambda lanes, may_send: self.outbox(self._inlet, self._vault, channel, base_url, lanes, may_send),
            self.auditor(self._inlet, channel, base_url),
            self._holding,
            now=clock.now,
            monotonic_s=clock.monotonic_s,
        )
        await in_background(self._keeper.run(), self._held)
        book = KafkaHeads(self._cluster, self._writer)
        signer = self.head_signer(channel, book, self._cluster, self._keeper.held)
        await in_background(signer.run(), self._held)

    async def _pages(
        self, base_url: str, metrics: Metrics, letters: DeadLetters
    ) -> list[ControllerRouterHandler]:
        self._follower = follower = KafkaFollower(
            self._cluster,
            [*((INTAKE, number) for number in range(self._partitions)), (DESK, DESK_PARTITION)],
            self._data / VIEWS_NAME,
            on_change=self._hub.publish,
            on_error=report,
        )
        house = KafkaHouse(self._cluster, self._inlet, self._taken, follower.refresh)
        await asyncio.to_thread(follower.start, [house.listen, metrics.observe_entry, self._holding.listen])
        self._held.callback(follower.stop)
        forgetter = Forgetter(
            house=house,
            vault=self._vault,
            dead_letters=_AllLetters(letters, KafkaLetters(self._cluster, self._writer)),
            replies=replies_in_views(self._data / VIEWS_NAME, follower.refresh),
            now=clock.now,
        )
        web = self.web(
            house,
            self._vault,
            hub=self._hub,
            access=self.access(self._held),
            sources=self.sources(),
            refresh=follower.refresh,
            journals=self._cluster,
            base_url=base_url,
            held=self._held,
        )
        await in_background(ReportRecorder(web).run(), self._held)
        return [
            *inlets.forget_routes(forgetter, is_local=is_local),
            *inlets.apply_routes(Applier(house, clock.now), is_local=is_local),
            *routes(web),
        ]

    def _taken(self) -> dict[str, int]:
        """Up to where the workers have taken in."""
        with administered(self._cluster) as topics:
            return {partition_name(lag.decider, lag.partition): lag.committed or 0 for lag in topics.lag()}

    def _vitals(self, loop: asyncio.AbstractEventLoop) -> health.Vitals:
        """Asked in a thread."""
        trouble = asyncio.run_coroutine_threadsafe(self._inlet.trouble(), loop).result(2 * TRIAL_S)
        follower, keeper = self._follower, self._keeper
        return health.Vitals(
            runtime_alive=True,
            store_error=trouble,
            outbox_running=keeper is None or keeper.trouble is None,
            outbox_armed=keeper is None or keeper.armed,
            stuck_escalations=0 if keeper is None else keeper.stuck,
            views_error=None if follower is None else follower.stopped_by,
            view_lag_entries=0 if follower is None else follower.behind,
        )


class _AllLetters:
    """Those of this node's files, and those of the workers."""

    def __init__(self, ours: DeadLetters, theirs: KafkaLetters) -> None:
        self._ours = ours
        self._theirs = theirs

    def forget(self, author_id: str) -> int:
        return self._ours.forget(author_id) + self._theirs.forget(author_id)
