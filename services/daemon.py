"""The daemon: the one place where all parts are wired together.

Two doors lead to the same application: a TCP port for browsers and programs, and a socket in the data folder for
commands on this machine (whoever may open that folder may do everything).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import msgspec

from services import clock, health
from services.allocator import LARGE_BYTES, LARGE_TO_JUDGE_BYTES, settle_allocator
from services.applying import Applier
from services.auditor import Auditor
from services.collector import settle_collector
from services.config import Config, load, secret
from services.deadletters import FILE_NAME as DEAD_LETTERS_NAME
from services.deadletters import DeadLetters
from services.doors import application, listening, served, socket_in, url_of
from services.drill import Drill, check_folder, drilled
from services.engine import STORE_NAME, Engine
from services.errors import ConfigurationUnusable
from services.follower import Follower
from services.forgetting import Forgetter, replies_in_journal
from services.gateway import http as inlets
from services.gateway.ingest import Gateway
from services.gateway.press import Press, ProcessPress
from services.gateway.press_wire import Setup
from services.logs import configure_logs
from services.notify.lanes import Lanes
from services.notify.outbox import Outbox
from services.notify.pace_book import PaceBook
from services.parts import VIEWS_NAME, Parts, in_background, opening, report
from services.ports import House
from services.signed_heads import FILE_NAME as HEADS_NAME
from services.signed_heads import HeadFile
from services.standing import StandingReader
from services.views.store import Views
from services.web.access import Access
from services.web.live import Hub
from services.web.recording import ReportRecorder
from services.web.routes import routes
from services.web.visit import is_local

PACES_NAME = "paces.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8733


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
    now: Callable[[], datetime]
    house: House

    def invite(self, person: str, at: datetime | None = None) -> str:
        """An address that lets `person` in once; it lasts as if it were made at `at` (None: now)."""
        return f"{self.url}/signin/{self.access.invite(person, at or self.now())}"


OnReady = Callable[[Running], Awaitable[None]]


def run(
    settings: Settings, environ: Mapping[str, str], on_ready: OnReady, drill: Drill | None = None
) -> None:
    """Run until told to stop (SIGTERM, SIGINT).

    Raises:
        ConfigurationUnusable: the configuration has errors, or a secret is missing.
        PortTaken: another program listens there.
        WrongUse: the folder holds a drill, and this is none.
        streams.errors.StreamsError, services.errors.ServicesError: why it cannot run, in one sentence.
    """
    config = configuration(settings.config)
    check_folder(settings.data, drill=drill is not None)
    if drill is not None:
        config = drilled(config)
    keys = {source.id: secret(source.key, environ) for source in config.sources}
    configure_logs(secrets=keys.values())
    settle_allocator(LARGE_BYTES if settings.own_press else LARGE_TO_JUDGE_BYTES)
    with listening(settings.host, settings.port) as door:
        asyncio.run(Daemon(settings, config, keys, environ, drill).serve(door, on_ready))


def configuration(folder: Path) -> Config:
    """The configuration in a folder. Raises ConfigurationUnusable, with all its errors."""
    loaded = load(folder)
    if loaded.config is None:
        errors = [str(one) for one in loaded.problems if one.severity == "error"]
        raise ConfigurationUnusable("\n".join([f"the configuration in {folder} cannot be used:", *errors]))
    return loaded.config


class Daemon(Parts):
    """One run: every part is made once, in the order in which parts need each other, and ended in reverse."""

    def __init__(
        self,
        settings: Settings,
        config: Config,
        keys: Mapping[str, str],
        environ: Mapping[str, str],
        drill: Drill | None,
    ) -> None:
        super().__init__(settings.data, config, keys, environ, simulated=settings.simulated, drill=drill)
        self._settings = settings

    async def serve(self, door: socket.socket, on_ready: OnReady) -> None:
        async with AsyncExitStack() as held:
            engine = held.enter_context(
                Engine(self._data, self._config, clock=self._now, environ=self._environ, on_error=report)
            )
            url = url_of(self._settings.host, door)
            hub = Hub()
            held.callback(hub.close)
            base_url = self._config.network.public_url or url
            channel = self.channel(held)
            with opening(self._data / PACES_NAME):
                paces = PaceBook(self._data / PACES_NAME)
            held.callback(paces.close)
            outbox = self.outbox(engine, engine.vault, channel, base_url, Lanes(paces.pace))
            auditor = self.auditor(engine, channel, base_url)
            with opening(self._data / VIEWS_NAME):
                Views(self._data / VIEWS_NAME).close()  # made by now, so that readers can open it
            standing = self.standing(held)
            metrics = self.metrics(standing, lambda: outbox.pending, lambda: len(auditor.found))
            follower = Follower(
                self._data / STORE_NAME, self._data / VIEWS_NAME, on_change=hub.publish, on_error=report
            )
            scorer = [self._drill.listen] if self._drill is not None else []
            engine.start(
                [metrics.observe_entry, follower.listen, outbox.listen, auditor.listen, *scorer],
                lambda state: [part.begin(state) for part in (auditor, outbox)],
            )
            for partition, seq in engine.heads.items():
                metrics.observe_head(partition, seq)
            follower.start()
            held.callback(follower.stop)
            outbox.offer(engine.unsent_pages)
            await in_background(outbox.run(), held)
            await in_background(auditor.run(), held)
            signer = self.head_signer(channel, HeadFile(self._data / HEADS_NAME), self._data)
            await in_background(signer.run(), held)
            vitals = _vitals(engine, outbox, standing, auditor)
            await self.beat(vitals, held)
            dead_letters = DeadLetters(self._data / DEAD_LETTERS_NAME, engine.vault)
            held.callback(dead_letters.close)
            forgetter = Forgetter(
                house=engine,
                vault=engine.vault,
                dead_letters=dead_letters,
                replies=replies_in_journal(self._data / STORE_NAME),
                now=self._now,
            )
            gateway = self.gateway(engine, await self._press(engine, held), metrics, dead_letters)
            access = self.access(held)
            sources = self.sources()
            web = self.web(
                engine,
                engine.vault,
                hub=hub,
                access=access,
                sources=sources,
                refresh=follower.refresh,
                journals=self._data,
                base_url=base_url,
                held=held,
            )
            await in_background(ReportRecorder(web).run(), held)
            app = application(
                [
                    *health.routes(vitals, metrics),
                    *inlets.routes(gateway, sources, is_local=is_local, monotonic_s=clock.monotonic_s),
                    *inlets.forget_routes(forgetter, is_local=is_local),
                    *inlets.apply_routes(Applier(engine, self._now), is_local=is_local),
                    *routes(web),
                ]
            )
            settle_collector()
            running = Running(url=url, gateway=gateway, access=access, now=self._now, house=engine)
            with socket_in(self._data) as window:
                await served(app, [door, *window], hub, lambda: on_ready(running))

    async def _press(self, engine: Engine, held: AsyncExitStack) -> Press:
        """Where batches are prepared; either way they come to the engine judged."""
        if self._settings.own_press:
            setup = Setup(str(self._data), self._config.intake)
            return await held.enter_async_context(ProcessPress(setup, self._environ, report))
        return self.thread_press(engine.vault)


def _vitals(
    engine: Engine, outbox: Outbox, standing: StandingReader, auditor: Auditor
) -> Callable[[], health.Vitals]:
    def vitals() -> health.Vitals:
        held = standing.positions()
        return health.Vitals(
            runtime_alive=engine.alive,
            store_error=engine.store_error(),
            outbox_running=outbox.running,
            outbox_armed=outbox.armed,
            stuck_escalations=len(auditor.found),
            view_lag_entries=max(seq - held.get(name, 0) for name, seq in engine.heads.items()),
        )

    return vitals
