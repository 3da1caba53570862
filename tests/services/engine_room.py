"""An engine on a real folder, with a clock that a test sets and a listener that can be waited for."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.config import Config, load
from services.engine import Engine
from services.gateway.arrivals import to_arrivals
from services.gateway.records import read_record
from streams.journal import Entry
from streams.run.embedded import Listener
from streams.run.loop import Outcome
from tests.daemons import CONFIGURATION

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENCE_S = 20
OWN = frozenset({("weibo", "qinghe-official")})


class Room:
    """A data folder and its clock; engines come and go."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.now = NOON
        self.errors: list[BaseException] = []
        self.events: list[Any] = []
        self._config = folder / "config"
        self._heard = threading.Condition()

    def config(self, configuration: str = CONFIGURATION) -> Config:
        """The configuration of the daemon's tests, or another one."""
        self._config.mkdir(exist_ok=True)
        written = configuration.format(outlet_port=1)
        (self._config / "fenghuo.yaml").write_text(written, encoding="utf-8")
        loaded = load(self._config).config
        assert loaded is not None
        return loaded

    @contextmanager
    def engine(self, config: Config | None, listeners: Sequence[Listener] = ()) -> Iterator[Engine]:
        with Engine(self.data, config, clock=lambda: self.now, environ={}, on_error=self.failed) as engine:
            engine.start([self._heard_of, *listeners])
            yield engine

    def failed(self, error: BaseException) -> None:
        with self._heard:
            self.errors.append(error)
            self._heard.notify_all()

    async def failure(self) -> None:
        """Return once something has failed."""

        def wait() -> bool:
            with self._heard:
                return self._heard.wait_for(lambda: bool(self.errors), PATIENCE_S)

        assert await asyncio.to_thread(wait)

    def _heard_of(self, _: str, entry: Entry[Any]) -> None:
        with self._heard:
            self.events.extend(entry.events)
            self._heard.notify_all()

    def wait_for(self, event_type: type, count: int = 1) -> list[Any]:
        """The events of a type, once there are so many."""

        def found() -> list[Any]:
            return [event for event in self.events if isinstance(event, event_type)]

        with self._heard:
            assert self._heard.wait_for(lambda: len(found()) >= count, PATIENCE_S), self.errors
            return found()

    async def submit(self, engine: Engine, *records: dict[str, Any]) -> Sequence[Outcome[Any]]:
        """Hand records in, as the gateway would."""
        arrivals = to_arrivals(
            [read_record(record) for record in records],
            source="test",
            recorded_at=self.now,
            sealer=engine.vault,
            accounts=OWN,
        )
        return await engine.submit(arrivals)

    def comment(self, number: int, text: str = "青禾小馆什么时候开门", **changes: Any) -> dict[str, Any]:
        told = {
            "time": self.now.isoformat(),
            "platform": "weibo",
            "kind": "comment",
            "account": "qinghe-official",
            "post_id": f"p{number}",
            "id": f"n{number}",
            "author_id": f"u{number}",
            "text": text,
        }
        return told | changes

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
