"""Keeps the read models up with the journals, in a thread of its own: it sleeps until an entry is recorded.

Entries that were recorded just now are taken from memory. What was missed, because the daemon began or because more came
than is kept waiting, is read from the journals.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from services.views.errors import NotFollowing
from services.views.store import Views
from streams.journal import Entry
from streams.run.embedded import DESK, INTAKE
from streams.run.sqlite import Store

RETRY_S = 1.0
"""After an error the views are tried again this often."""
STEP_S = 0.2
"""Unless somebody waits, so much time lies between two steps: one large transaction costs less than many small ones."""
HELD_EVENTS_MOST = 4_000
"""Events that wait in memory; if more come, they are read from the journals, as fast as the views take them.

Reading and decoding an entry again costs half as much as writing it into the views, so that with half as many waiting the
next step does not wait any longer. A thousand take 2 MB.
"""


class Follower:
    """Follows both journals of a folder into its views.

    `on_change` is called in the thread with the names of the pages that changed.
    """

    def __init__(
        self,
        store: Path,
        views: Path,
        *,
        on_change: Callable[[frozenset[str]], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._store_path = store
        self._views_path = views
        self._on_change = on_change
        self._on_error = on_error
        self._changed = threading.Condition()
        self._dirty = True
        self._missed = True
        """Whether the journals hold entries that were not held in memory."""
        self._held: list[Entry[Any]] = []
        self._held_events = 0
        self._stopping = False
        self._waiting: list[Future[None]] = []
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="fenghuo-views", daemon=True)

    def start(self) -> None:
        """Begin; returns when the views have caught up.

        Raises: what opening the files raised.
        """
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """End the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def listen(self, _: str, entry: Entry[Any]) -> None:
        """Show an entry that was recorded just now: a listener of the runtime. Never blocks."""
        with self._changed:
            self._held.append(entry)
            self._held_events += len(entry.events)
            if self._held_events > HELD_EVENTS_MOST:
                self._missed = True
                self._let_go()
            self._dirty = True
            self._changed.notify()

    def _let_go(self) -> list[Entry[Any]]:
        held, self._held, self._held_events = self._held, [], 0
        return held

    async def refresh(self) -> None:
        """Return once the views hold everything that is in the journals now."""
        done: Future[None] = Future()
        with self._changed:
            self._waiting.append(done)
            self._dirty = self._missed = True
            self._changed.notify()
        await asyncio.wrap_future(done)

    def _run(self) -> None:
        try:
            store, views = Store(self._store_path, read_only=True), Views(self._views_path)
        except BaseException as error:  # noqa: BLE001  (handed to whoever called start)
            self._ready.set_exception(error)
            return
        self._catch_up(store, views)
        self._ready.set_result(None)
        while self._wait():
            self._catch_up(store, views)
        views.close()
        store.close()

    def _wait(self) -> bool:
        with self._changed:
            self._changed.wait_for(self._is_urgent, STEP_S)
            self._changed.wait_for(lambda: self._dirty or self._stopping)
            return not self._stopping

    def _is_urgent(self) -> bool:
        return bool(self._waiting) or self._stopping or 2 * self._held_events > HELD_EVENTS_MOST

    def _catch_up(self, store: Store, views: Views) -> None:
        with self._changed:
            waiting, self._waiting, self._dirty = self._waiting, [], False
            held, missed, self._missed = self._let_go(), self._missed, False
        try:
            changed = _followed(store, views) if missed else _taken(held, store, views)
        except Exception as error:  # noqa: BLE001  (views are disposable; the journal goes on without them)
            self._on_error(error)
            self._retry(waiting)
            return
        if changed:
            self._on_change(changed)
        for done in waiting:
            done.set_result(None)

    def _retry(self, waiting: list[Future[None]]) -> None:
        with self._changed:
            self._waiting, self._dirty, self._missed = [*waiting, *self._waiting], True, True
            self._changed.wait_for(lambda: self._stopping, RETRY_S)


def _followed(store: Store, views: Views) -> frozenset[str]:
    return views.follow(store.journal(INTAKE)) | views.follow(store.journal(DESK))


def _taken(held: Sequence[Entry[Any]], store: Store, views: Views) -> frozenset[str]:
    try:
        return frozenset[str]().union(
            *(
                views.apply(name, [entry for entry in held if entry.partition == name])
                for name in (INTAKE, DESK)
            )
        )
    except NotFollowing:  # one fell out; the journals have it
        return _followed(store, views)
