"""The daemon's doors: a TCP port for browsers and programs, and a socket in the data folder for commands on this machine.

Both lead to the same application. Whoever may open the folder may do everything.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import structlog
import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from services import clock
from services.errors import ServicesError
from services.gateway.address import SOCKET_NAME
from services.web.faults import fault_handlers
from services.web.live import Hub
from services.web.routes import local
from services.web.schema import schema

BACKLOG = 1024
GRACE_S = 5
"""What is being answered when the daemon is told to stop gets this long."""

_log = structlog.get_logger("fenghuo.daemon")


class PortTaken(ServicesError):
    """Another program listens on the port."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The TCP port, taken before anything else is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio turns Nagle's delay off: with it every answer waits 40 ms for the client's ACK.
    with socket.socket(family, proto=socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(BACKLOG)
        except OSError as error:
            reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
            raise PortTaken(f"{host}:{port} cannot be listened on: {reason}") from error
        yield door


@contextmanager
def socket_in(folder: Path) -> Iterator[list[socket.socket]]:
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


def url_of(host: str, door: socket.socket) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{shown}:{door.getsockname()[1]}"


def application(handlers: Sequence[ControllerRouterHandler]) -> ASGIApp:
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


async def served(
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
