"""What tells browsers that something changed: names of pages, at most once in `COALESCE_S` to each browser."""

import asyncio
from collections.abc import AsyncIterator

COALESCE_S = 0.25
BEAT_S = 5.0
"""A browser that has heard nothing for twice as long says that it is cut off."""
LISTENERS_MOST = 500


class Hub:
    """Passes on which pages changed. Belongs to one event loop; `publish` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether no further browser can listen."""
        return len(self._listeners) >= LISTENERS_MOST

    def publish(self, names: frozenset[str]) -> None:
        """Say that these pages changed."""
        if names and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, names)

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._closed = True
        for listener in self._listeners:
            listener.wake.set()

    def _spread(self, names: frozenset[str]) -> None:
        for listener in self._listeners:
            listener.names |= names
            listener.wake.set()

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """Names of pages that changed since the last time; empty after `BEAT_S` without a change."""
        self._loop = asyncio.get_running_loop()
        listener = _Listener()
        self._listeners.add(listener)
        try:
            while not self._closed:
                yield listener.take()
                await asyncio.sleep(COALESCE_S)
                await listener.wait()
        finally:
            self._listeners.discard(listener)


class _Listener:
    """One browser: what it has not been told yet."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self.wake = asyncio.Event()

    def take(self) -> frozenset[str]:
        names, self.names = self.names, frozenset()
        self.wake.clear()
        return names

    async def wait(self) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), BEAT_S)
        except TimeoutError:
            return
