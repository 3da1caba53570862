"""The daemon: the one place where all parts are wired together.

Two doors lead to the same application: a TCP port for browsers and programs, and a socket in the data folder for
commands on this machine (whoever may open that folder may do everything).
"""

import asyncio
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog

from services import clock, health
from services.allocator import LARGE_BYTES, LARGE_TO_JUDGE_BYTES, settle_allocator
from services.applying import Applier
from services.aside import Aside
from services.auditor import Auditor
from services.collector import settle_collector
from services.config import Config, load, secret
from services.deadletters import FILE_NAME as DEAD_LETTERS_NAME
from services.deadletters import DeadLetters
from services.doors import application, listening, served, socket_in, url_of
from services.engine import STORE_NAME, Engine
from services.errors import ConfigurationUnusable
from services.follower import Follower
from services.forgetting import Forgetter
from services.gateway import http as inlets
from services.gateway.ingest import Gateway
from services.gateway.preparing import judging_preparer
from services.gateway.press import Press, ProcessPress, ThreadPress
from services.gateway.press_wire import Setup
from services.gateway.sources import Source, Sources
from services.head_signer import HeadSigner
from services.heartbeat import Heartbeat
from services.logs import configure_logs
from services.metrics import Metrics
from services.notify.apprise_channel import AppriseChannel
from services.notify.channel import Channel
from services.notify.codes import code_of
from services.notify.contacts import address
from services.notify.guard import Guard
from services.notify.lanes import Lanes
from services.notify.message import Stationery
from services.notify.outbox import SENDERS, Outbox
from services.notify.pace_book import PaceBook
from services.notify.robots.dingtalk import DingTalk
from services.notify.robots.feishu import Feishu
from services.notify.robots.webhook import Webhook
from services.notify.robots.wecom import WeCom
from services.notify.switchboard import Switchboard
from services.past import Past
from services.reports.reporter import Reporter
from services.signed_heads import signing_key
from services.sla_history import waits_since
from services.standing import StandingReader
from services.views.reader import Reader
from services.views.store import Views
from services.web.access import Access
from services.web.live import Hub
from services.web.report_figures import Reports
from services.web.routes import routes
from services.web.visit import DEFAULT_TIMEZONE, WebDesk, is_local
from streams.errors import StoreUnavailable

VIEWS_NAME = "views.db"
ACCESS_NAME = "access.db"
PACES_NAME = "paces.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8733

_log = structlog.get_logger("fenghuo.daemon")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `fenghuo run` is told."""

    config: Path
    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    own_press: bool = True
    """Batches are read, sealed and judged in a process of their own."""
    simulated: bool = False
    """Everything in this folder is made up; pages say so."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon that is ready."""

    url: str
    gateway: Gateway
    access: Access

    def invite(self, person: str) -> str:
        """An address that lets `person` in once."""
        return f"{self.url}/signin/{self.access.invite(person, clock.now())}"


OnReady = Callable[[Running], Awaitable[None]]


def run(settings: Settings, environ: Mapping[str, str], on_ready: OnReady) -> None:
    """Run until told to stop (SIGTERM, SIGINT).

    Raises:
        ConfigurationUnusable: the configuration has errors, or a secret is missing.
        PortTaken: another program listens there.
        streams.errors.StreamsError, services.errors.ServicesError: why it cannot run, in one sentence.
    """
    config = _configuration(settings.config)
    keys = {source.id: secret(source.key, environ) for source in config.sources}
    configure_logs(secrets=keys.values())
    settle_allocator(LARGE_BYTES if settings.own_press else LARGE_TO_JUDGE_BYTES)
    with listening(settings.host, settings.port) as door:
        asyncio.run(_Daemon(settings, config, keys, environ).serve(door, on_ready))


def _configuration(folder: Path) -> Config:
    loaded = load(folder)
    if loaded.config is None:
        errors = [str(one) for one in loaded.problems if one.severity == "error"]
        raise ConfigurationUnusable("\n".join([f"the configuration in {folder} cannot be used:", *errors]))
    return loaded.config


class _Daemon:
    """One run: every part is made once, in the order in which parts need each other, and ended in reverse."""

    def __init__(
        self, settings: Settings, config: Config, keys: Mapping[str, str], environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._data = settings.data
        self._config = config
        self._keys = keys
        self._environ = environ

    async def serve(self, door: socket.socket, on_ready: OnReady) -> None:
        async with AsyncExitStack() as held:
            engine = held.enter_context(
                Engine(self._data, self._config, clock=clock.now, environ=self._environ, on_error=_report)
            )
            url = url_of(self._settings.host, door)
            hub = Hub()
            held.callback(hub.close)
            base_url = self._config.network.public_url or url
            channel = self._channel(held)
            outbox = self._outbox(engine, channel, base_url, held)
            auditor = self._auditor(engine, channel, base_url)
            with _opening(self._data / VIEWS_NAME):
                Views(self._data / VIEWS_NAME).close()  # made by now, so that readers can open it
            standing = self._standing(held)
            metrics = self._metrics(outbox, standing, auditor)
            follower = Follower(
                self._data / STORE_NAME, self._data / VIEWS_NAME, on_change=hub.publish, on_error=_report
            )
            engine.start(
                [metrics.observe_entry, follower.listen, outbox.listen, auditor.listen], auditor.begin
            )
            for partition, seq in engine.heads.items():
                metrics.observe_head(partition, seq)
            follower.start()
            held.callback(follower.stop)
            outbox.offer(engine.unsent_pages)
            await _in_background(outbox.run(), held)
            await _in_background(auditor.run(), held)
            await _in_background(self._head_signer(channel).run(), held)
            vitals = _vitals(engine, outbox, standing, auditor)
            await self._beat(vitals, held)
            dead_letters = DeadLetters(self._data / DEAD_LETTERS_NAME, engine.vault)
            held.callback(dead_letters.close)
            gateway = self._gateway(engine, await self._press(engine, held), metrics, dead_letters)
            with _opening(self._data / ACCESS_NAME):
                access = Access(self._data / ACCESS_NAME)
            held.callback(access.close)
            sources = Sources(
                Source(id=source.id, key=self._keys[source.id], rate_per_s=source.rate_per_s)
                for source in self._config.sources
            )
            web = self._web(engine, hub, access, sources, follower, base_url, held)
            app = application(
                [
                    *health.routes(vitals, metrics),
                    *inlets.routes(gateway, sources, is_local=is_local, monotonic_s=clock.monotonic_s),
                    *inlets.forget_routes(self._forgetter(engine, dead_letters), is_local=is_local),
                    *inlets.apply_routes(Applier(engine, clock.now), is_local=is_local),
                    *routes(web),
                ]
            )
            settle_collector()
            running = Running(url=url, gateway=gateway, access=access)
            with socket_in(self._data) as window:
                await served(app, [door, *window], hub, lambda: on_ready(running))

    def _channel(self, held: AsyncExitStack) -> Channel:
        channel = AppriseChannel(Guard(self._config.network.allow_private), threads=SENDERS)
        held.callback(channel.close)
        channel.warm()
        webhook = Webhook(Guard(self._config.network.allow_private))
        held.push_async_callback(webhook.close)
        feishu = Feishu(webhook, clock.now)
        robots: dict[str, Channel] = {
            "dingtalk": DingTalk(webhook, clock.now), "wecombot": WeCom(webhook), "feishu": feishu, "lark": feishu,
        }  # fmt: skip
        return Switchboard(channel, robots)

    def _auditor(self, engine: Engine, channel: Channel, base_url: str) -> Auditor:
        return Auditor(
            house=engine,
            channel=channel,
            config=lambda: self._config.desk,
            environ=self._environ,
            now=clock.now,
            base_url=base_url,
        )

    def _head_signer(self, channel: Channel) -> HeadSigner:
        brands = self._config.desk.brands
        return HeadSigner(
            folder=self._data,
            key=signing_key(self._data, self._environ),
            now=clock.now,
            zone=ZoneInfo(brands[0].timezone if brands else DEFAULT_TIMEZONE),
            channel=channel,
            outside=self._config.network.heads,
            environ=self._environ,
        )

    async def _beat(self, vitals: Callable[[], health.Vitals], held: AsyncExitStack) -> None:
        beat = self._config.network.heartbeat
        if beat is not None:
            url = address(beat.url, self._environ).url
            guard = Guard(self._config.network.allow_private)
            heart = Heartbeat(url, beat.every_s, guard, lambda: vitals().reasons())
            await _in_background(heart.run(), held)

    def _outbox(self, engine: Engine, channel: Channel, base_url: str, held: AsyncExitStack) -> Outbox:
        with _opening(self._data / PACES_NAME):
            paces = PaceBook(self._data / PACES_NAME)
        held.callback(paces.close)
        return Outbox(
            lanes=Lanes(paces.pace),
            house=engine,
            channel=channel,
            stationery=Stationery(
                base_url=base_url,
                code=partial(code_of, engine.vault.veil),
                simulated=self._settings.simulated,
            ),
            desk=lambda: self._config.desk,
            environ=self._environ,
            monotonic_s=clock.monotonic_s,
        )

    def _standing(self, held: AsyncExitStack) -> StandingReader:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)
        return StandingReader(reader)

    def _metrics(self, outbox: Outbox, standing: StandingReader, auditor: Auditor) -> Metrics:
        return Metrics(
            version=version("fenghuo"),
            clock=clock.now,
            brands=lambda: [brand.id for brand in self._config.desk.brands],
            standing=standing.read,
            pages_pending=lambda: outbox.pending,
            escalations_stuck=lambda: len(auditor.found),
        )

    async def _press(self, engine: Engine, held: AsyncExitStack) -> Press:
        """Where batches are prepared; either way they come to the engine judged."""
        if self._settings.own_press:
            setup = Setup(str(self._data), self._config.intake)
            return await held.enter_async_context(ProcessPress(setup, self._environ, _report))
        return ThreadPress(judging_preparer(self._config.intake, engine.vault, clock.now))

    def _gateway(self, engine: Engine, press: Press, metrics: Metrics, dead_letters: DeadLetters) -> Gateway:
        return Gateway(house=engine, press=press, dead_letters=dead_letters, now=clock.now, recorder=metrics)

    def _forgetter(self, engine: Engine, dead_letters: DeadLetters) -> Forgetter:
        return Forgetter(
            house=engine,
            vault=engine.vault,
            dead_letters=dead_letters,
            store=self._data / STORE_NAME,
            now=clock.now,
        )

    def _web(
        self,
        engine: Engine,
        hub: Hub,
        access: Access,
        sources: Sources,
        follower: Follower,
        base_url: str,
        held: AsyncExitStack,
    ) -> WebDesk:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)

        past = Past(self._data, STORE_NAME)
        held.callback(past.close)

        def source_of_key(key: str) -> str | None:
            source = sources.of_key(key)
            return source.id if source else None

        return WebDesk(
            house=engine,
            reader=reader,
            opener=engine.vault,
            sealer=engine.vault,
            veil=engine.vault.veil,
            access=access,
            hub=hub,
            decisions=lambda: self._config.decisions,
            now=clock.now,
            source_of_key=source_of_key,
            data=self._data,
            aside=Aside(),
            reports=Reports(partial(waits_since, self._data)),
            past=past,
            reporter=Reporter(partial(waits_since, self._data)),
            base_url=base_url,
            refresh=follower.refresh,
        )


def _vitals(
    engine: Engine, outbox: Outbox, standing: StandingReader, auditor: Auditor
) -> Callable[[], health.Vitals]:
    def vitals() -> health.Vitals:
        held = standing.positions()
        return health.Vitals(
            runtime_alive=engine.alive,
            store_error=engine.store_error(),
            outbox_running=outbox.running,
            stuck_escalations=len(auditor.found),
            view_lag_entries=max(seq - held.get(name, 0) for name, seq in engine.heads.items()),
        )

    return vitals


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """SQLite's refusal as one clear sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error


def _report(error: BaseException) -> None:
    _log.error("something failed and is tried again", error=error)


async def _in_background(work: Awaitable[None], held: AsyncExitStack) -> None:
    """Run `work` until `held` is left."""
    task = asyncio.ensure_future(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    held.push_async_callback(end)
