"""Keeps a node up with the journals on Kafka: read models first, then whoever listens, in a thread of its own.

As `services.follower` does on one machine; here every entry comes from the journals, since workers elsewhere record them.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from services.views.store import CODECS, Views
from streams.errors import StoreUnavailable
from streams.journal import Head, decider_of
from streams.run.embedded import Listener
from streams.run.kafka import Cluster
from streams.run.kafka_tail import Heard, JournalTail, Partition, Place

RETRY_S = 2.0
"""After an error the journals are followed again this often."""
REFRESHED_S = 10.0
"""So long somebody waits for everything that is in the journals."""
LOOK_MS = 100
"""So long a wait for entries may hold up somebody who asks for everything that is there now."""


class KafkaFollower:
    """Follows every journal of a house into the views of this node.

    `on_change` is called in the thread with the names of the pages that changed, listeners with every entry that was
    recorded since the start.
    """

    def __init__(
        self,
        cluster: Cluster,
        partitions: Sequence[Partition],
        views: Path,
        *,
        on_change: Callable[[frozenset[str]], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._cluster = cluster
        self._partitions = partitions
        self._views_path = views
        self._on_change = on_change
        self._on_error = on_error
        self._listeners: Sequence[Listener] = ()
        self._lock = threading.Lock()
        self._waiting: list[Future[None]] = []
        self._told = threading.Event()
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="fenghuo-views", daemon=True)
        self.heads: Mapping[str, Head] = {}
        """Where each journal stands, as far as it was followed."""
        self.behind = 0
        """Messages that wait in the journal that is furthest behind."""
        self.stopped_by: str | None = None
        """Why it stands still, if it does; it is tried again without end."""

    def start(self, listeners: Sequence[Listener] = ()) -> None:
        """Begin; returns when the views have caught up.

        Raises: what opening the views or the first connection raised.
        """
        self._listeners = listeners
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """End the thread."""
        self._told.set()
        self._thread.join()

    async def refresh(self) -> None:
        """Return once the views hold, and the listeners heard, everything that is in the journals now.

        Raises:
            StoreUnavailable: that takes too long: the broker is away, or the views are far behind.
        """
        done: Future[None] = Future()
        with self._lock:
            self._waiting.append(done)
        try:
            await asyncio.wait_for(asyncio.wrap_future(done), REFRESHED_S)
        except TimeoutError as error:
            raise StoreUnavailable(self.stopped_by or "the pages are behind the journals") from error

    def _run(self) -> None:
        try:
            views = Views(self._views_path)
            begun = self._begun(views)
        except BaseException as error:  # noqa: BLE001  (handed to whoever called start)
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        tail: JournalTail | None = begun
        while tail is not None and not self._told.is_set():
            tail = self._go_on(tail, views)
        views.close()

    def _begun(self, views: Views) -> JournalTail:
        tail = self._followed(views)
        try:
            self._catch_up(tail, views, ())
        except _Replaced:
            tail.close()
            tail = self._followed(views)
            self._catch_up(tail, views, ())
        return tail

    def _followed(self, views: Views) -> JournalTail:
        places = {name: Place(head, offset) for name, (head, offset) in views.places().items()}
        return JournalTail(self._cluster, self._partitions, places)

    def _go_on(self, tail: JournalTail, views: Views) -> JournalTail | None:
        """Follow until something fails, and begin anew from where the views are; None: told to stop."""
        try:
            while not self._told.is_set():
                with self._lock:
                    waiting, self._waiting = self._waiting, []
                try:
                    if waiting:
                        self._catch_up(tail, views, self._listeners)
                    else:
                        self._take(tail.poll(LOOK_MS), tail, views, self._listeners)
                except BaseException:
                    with self._lock:
                        self._waiting = [*waiting, *self._waiting]
                    raise
                self.stopped_by = None
                for done in waiting:
                    if done.set_running_or_notify_cancel():  # whoever waited may have gone
                        done.set_result(None)
        except Exception as error:  # noqa: BLE001  (views are disposable; the journals go on without them)
            self._failed(error)
            return self._again(tail, views)
        tail.close()
        return None

    def _failed(self, error: Exception) -> None:
        self.stopped_by = f"the journals cannot be followed: {error}"
        self._on_error(error)

    def _again(self, tail: JournalTail, views: Views) -> JournalTail | None:
        while not self._told.wait(RETRY_S):
            try:
                tail.close()
                return self._followed(views)
            except StoreUnavailable as error:
                self._failed(error)
        return None

    def _catch_up(self, tail: JournalTail, views: Views, listeners: Iterable[Listener]) -> None:
        ends = tail.ends()
        while not (tail.reached(ends) or self._told.is_set()):
            self._take(tail.poll(LOOK_MS), tail, views, listeners)

    def _take(
        self, heard: Sequence[Heard], tail: JournalTail, views: Views, listeners: Iterable[Listener]
    ) -> None:
        self.heads, self.behind = tail.heads(), tail.behind()
        if tail.lost:
            self._begin_anew(tail.lost, views)
        changed: frozenset[str] = frozenset()
        for partition, some in _by_partition(heard).items():
            entries = [CODECS[decider_of(partition)].decode(one.stored) for one in some]
            changed |= views.apply(partition, entries, some[-1].place.head, some[-1].place.offset)
            for listener in listeners:
                for entry in entries:
                    listener(partition, entry)
        if changed:
            self._on_change(changed)

    def _begin_anew(self, lost: Iterable[str], views: Views) -> None:
        """Journals were made anew under us: what the views hold of their deciders says nothing any more."""
        for partition in lost:
            views.forget(partition)
        raise _Replaced(f"the journals {', '.join(sorted(lost))} were replaced; the pages are filled anew")


class _Replaced(StoreUnavailable):
    """The journals are others than those that the views were filled from."""


def _by_partition(heard: Iterable[Heard]) -> Mapping[str, list[Heard]]:
    found: defaultdict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        found[one.partition].append(one)
    return found
