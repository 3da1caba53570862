"""The daemon: the one place where all parts are wired together.

Two doors lead to the same application: a TCP port for browsers and programs, and a socket in the data folder for
commands on this machine (whoever may open that folder may do everything).
"""

import asyncio
import errno
import signal
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import msgspec
import structlog
import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from services import clock, health
from services.allocator import settle_allocator
from services.applying import Applier
from services.collector import settle_collector
from services.config import Config, load, secret
from services.deadletters import FILE_NAME as DEAD_LETTERS_NAME
from services.deadletters import DeadLetters
from services.engine import STORE_NAME, Engine
from services.errors import ConfigurationUnusable, ServicesError
from services.follower import Follower
from services.forgetting import Forgetter
from services.gateway import http as inlets
from services.gateway.address import SOCKET_NAME
from services.gateway.ingest import Gateway
from services.gateway.preparing import judging_preparer
from services.gateway.press import Press, ProcessPress, ThreadPress
from services.gateway.press_wire import Setup
from services.gateway.sources import Source, Sources
from services.logs import configure_logs
from services.metrics import Metrics
from services.notify.apprise_channel import AppriseChannel
from services.notify.guard import Guard
from services.notify.message import Stationery
from services.notify.outbox import SENDERS, Outbox
from services.standing import StandingReader
from services.views.reader import Reader
from services.views.store import Views
from services.web.access import Access
from services.web.faults import fault_handlers
from services.web.live import Hub
from services.web.routes import local, routes
from services.web.schema import schema
from services.web.visit import WebDesk, is_local
from streams.errors import StoreUnavailable

VIEWS_NAME = "views.db"
ACCESS_NAME = "access.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8733
BACKLOG = 1024
GRACE_S = 5
"""What is being answered when the daemon is told to stop gets this long."""

_log = structlog.get_logger("fenghuo.daemon")


class PortTaken(ServicesError):
    """Another program listens on the port."""


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
    settle_allocator()
    with _listening(settings.host, settings.port) as door:
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
            url = _url(self._settings.host, door)
            hub = Hub()
            held.callback(hub.close)
            outbox = self._outbox(engine, self._config.network.public_url or url, held)
            with _opening(self._data / VIEWS_NAME):
                Views(self._data / VIEWS_NAME).close()  # made by now, so that readers can open it
            standing = self._standing(held)
            metrics = self._metrics(outbox, standing)
            follower = Follower(
                self._data / STORE_NAME, self._data / VIEWS_NAME, on_change=hub.publish, on_error=_report
            )
            engine.start([metrics.observe_entry, follower.listen, outbox.listen])
            for partition, seq in engine.heads.items():
                metrics.observe_head(partition, seq)
            follower.start()
            held.callback(follower.stop)
            outbox.offer(engine.unsent_pages)
            await _in_background(outbox.run(), held)
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
            web = self._web(engine, hub, access, sources, follower, held)
            app = _application(
                [
                    *health.routes(_vitals(engine, outbox, standing), metrics),
                    *inlets.routes(gateway, sources, is_local=is_local, monotonic_s=clock.monotonic_s),
                    *inlets.forget_routes(self._forgetter(engine, dead_letters), is_local=is_local),
                    *inlets.apply_routes(Applier(engine, clock.now), is_local=is_local),
                    *routes(web),
                ]
            )
            settle_collector()
            running = Running(url=url, gateway=gateway, access=access)
            with _socket_in(self._data) as window:
                await _served(app, [door, *window], hub, lambda: on_ready(running))

    def _outbox(self, engine: Engine, base_url: str, held: AsyncExitStack) -> Outbox:
        channel = AppriseChannel(Guard(self._config.network.allow_private), threads=SENDERS)
        held.callback(channel.close)
        channel.warm()
        return Outbox(
            house=engine,
            channel=channel,
            stationery=Stationery(base_url=base_url, simulated=self._settings.simulated),
            desk=lambda: self._config.desk,
            environ=self._environ,
            monotonic_s=clock.monotonic_s,
        )

    def _standing(self, held: AsyncExitStack) -> StandingReader:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)
        return StandingReader(reader)

    def _metrics(self, outbox: Outbox, standing: StandingReader) -> Metrics:
        return Metrics(
            version=version("fenghuo"),
            clock=clock.now,
            brands=lambda: [brand.id for brand in self._config.desk.brands],
            standing=standing.read,
            pages_pending=lambda: outbox.pending,
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
        held: AsyncExitStack,
    ) -> WebDesk:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)

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
            refresh=follower.refresh,
        )


def _vitals(engine: Engine, outbox: Outbox, standing: StandingReader) -> Callable[[], health.Vitals]:
    def vitals() -> health.Vitals:
        held = standing.positions()
        return health.Vitals(
            runtime_alive=engine.alive,
            store_error=engine.store_error(),
            outbox_running=outbox.running,
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


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The TCP port, taken before anything else is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(BACKLOG)
        except OSError as error:
            reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
            raise PortTaken(f"{host}:{port} cannot be listened on: {reason}") from error
        yield door


@contextmanager
def _socket_in(folder: Path) -> Iterator[list[socket.socket]]:
    """The socket in the data folder; none where its path is longer than the system takes."""
    path = folder / SOCKET_NAME
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as window:
        try:
            window.bind(str(path))
        except OSError as error:
            _log.warning("no socket for commands on this machine", folder=str(folder), reason=str(error))
            yield []
            return
        path.chmod(0o600)
        window.listen(BACKLOG)
        yield [window]
    path.unlink(missing_ok=True)


def _url(host: str, door: socket.socket) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{shown}:{door.getsockname()[1]}"


def _application(handlers: Sequence[ControllerRouterHandler]) -> ASGIApp:
    app = Litestar(
        route_handlers=handlers,
        exception_handlers=fault_handlers(clock.now),
        openapi_config=schema(version("fenghuo")),
        logging_config=None,
    )
    trusted = local(app)

    async def through(scope: Scope, receive: Receive, send: Send) -> None:
        is_lifespan = str(scope["type"]) == "lifespan"
        await (app if is_lifespan or not _came_through_folder(scope) else trusted)(scope, receive, send)

    return through


def _came_through_folder(scope: Scope) -> bool:
    """Uvicorn names a port for TCP connections and none for those through a socket in the file system."""
    server = scope.get("server")
    return server is None or server[1] is None


class _Server(uvicorn.Server):
    """uvicorn, but streams end when it stops, and signals end the daemon in its own order."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)


async def _served(
    app: ASGIApp, doors: list[socket.socket], hub: Hub, on_ready: Callable[[], Awaitable[None]]
) -> None:
    """Serve until told to stop; `on_ready` is told once connections are taken."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    server = _Server(config, hub)
    serving = asyncio.ensure_future(server.serve(doors))
    # The doors listen already: whoever knocks before the server is up waits in their backlog.
    ready = asyncio.ensure_future(on_ready())
    await serving
    ready.cancel()
    with suppress(asyncio.CancelledError):
        await ready
