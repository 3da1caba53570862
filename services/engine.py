"""The engine of one machine: lock, vault, journals and both deciders of a data folder, without any page or port.

The daemon runs it behind HTTP; a command that finds the folder free runs it alone.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

import msgspec

from alerting.config import DeskConfig
from alerting.desk import Desk
from alerting.desk_state import DeskState, pending_pages
from alerting.events import DeskEvent, PageRequested
from services.config.model import Config, dump, parse
from services.ports import Outcome
from services.rehearsal import rehearse
from services.vault import Vault
from streams import ids
from streams.arrivals import IntakeArrival
from streams.commands import ActivateConfig
from streams.config import IntakeConfig
from streams.errors import BrokenChain, JournalError, StoreUnavailable
from streams.events import IntakeEvent
from streams.intake import Intake
from streams.journal import Codec, Entry, Journal, Stored, verify
from streams.run.embedded import DESK, INTAKE, Embedded, Forwarded, Listener, Opened, forwarded
from streams.run.folder import FolderLock
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.run.sqlite import Store
from streams.text.sentiment import Scorer, load_scorer
from streams.text.topics import load_topics

STORE_NAME = "fenghuo.db"
TRIAL_BYTES = 256 * 1024
"""Room for about one entry; with less, the next one may be refused."""
CODECS: Mapping[str, Codec[Any]] = {INTAKE: Codec(IntakeEvent), DESK: Codec(DeskEvent)}


class Book(msgspec.Struct, frozen=True):
    """Every configuration that was ever active, by hash, as each decider sees it."""

    intake: dict[str, IntakeConfig]
    desk: dict[str, DeskConfig]

    def add(self, stored: Mapping[str, bytes]) -> None:
        """Take in configurations as they are stored.

        Raises:
            JournalError: one is not what was stored.
        """
        for config_hash, body in stored.items():
            if hashlib.sha256(body).hexdigest() != config_hash:
                raise JournalError(f"the stored configuration {config_hash} was changed")
            decisions = parse(body)
            self.intake[config_hash] = decisions.intake
            self.desk[config_hash] = decisions.desk


class _Deciders(msgspec.Struct, frozen=True):
    """Both deciders, on whichever journals."""

    intake: Intake
    desk: Desk

    def on(self, intake: Journal, desk: Journal) -> tuple[AnyPartition, AnyPartition]:
        """The partitions of Intake and Desk, folded from these journals."""
        return (
            Partition(intake, self.intake, CODECS[INTAKE]),
            Partition(desk, self.desk, CODECS[DESK]),
        )


class Engine:
    """A `services.ports.House` on one machine.

    Entering takes the folder and its vault; `start` folds the journals and begins; leaving finishes what waits.
    """

    def __init__(
        self,
        folder: Path,
        config: Config | None,
        *,
        clock: Callable[[], datetime],
        environ: Mapping[str, str],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """`config` None: the configuration that holds stays, whichever it is."""
        self.folder = folder
        self._config = config
        self._clock = clock
        self._environ = environ
        self._on_error = on_error
        self._held = ExitStack()
        self.unsent_pages: tuple[PageRequested, ...] = ()
        """Pages that were requested before the start and whose outcome nobody recorded."""
        self.heads: dict[str, int] = {}
        """The last entry of each journal."""
        self._standing: Callable[[DeskState], object] | None = None
        self._refused = False
        """Whether the journal refused last; what it takes again clears that."""

    def __enter__(self) -> "Engine":
        """Take the folder.

        Raises:
            streams.errors.FolderLocked: another process holds it.
            streams.errors.StoreUnavailable: it or a file in it cannot be written.
            services.vault_errors.VaultError: the vault's key is missing or wrong.
        """
        with ExitStack() as held:
            held.enter_context(FolderLock(self.folder))
            self.vault = Vault.of_folder(self.folder, self._environ)
            held.callback(self.vault.close)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def start(
        self, listeners: Sequence[Listener] = (), standing: Callable[[DeskState], object] | None = None
    ) -> None:
        """Fold both journals, begin, and let the configuration hold.

        `standing` is shown the desk's state as it was folded, before the first entry that the listeners hear.

        Raises:
            streams.errors.StoreUnavailable: the journals cannot be opened.
            streams.errors.JournalError: one of them cannot be read.
        """
        self._standing = standing
        self._runtime = Embedded(
            self._open_partitions, self._clock, listeners=[self._recorded, *listeners], on_error=self._failed
        )
        self._runtime.start()
        self._held.callback(self._runtime.stop)
        self._activate()

    def _recorded(self, partition: str, entry: Entry[Any]) -> None:
        self.heads[partition] = entry.seq
        self._refused = False

    def _failed(self, error: BaseException) -> None:
        self._refused = self._refused or isinstance(error, StoreUnavailable)
        self._on_error(error)

    def store_error(self) -> str | None:
        """Why nothing can be recorded at this moment, found out by trying; None if it can be. Blocks for a moment.

        A refusal is not believed for longer than it lasts: who sends only to what is ready would never end it.
        """
        try:
            _try_folder(self.folder)
            if self._refused:
                _try_store(self.folder / STORE_NAME)
        except StoreUnavailable as error:
            return str(error)
        self._refused = False
        return None

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._runtime.alive

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        """As `services.ports.House.submit`."""
        return await asyncio.wrap_future(self._runtime.submit(arrivals))

    async def command(self, command: Any) -> Outcome[Any]:
        """As `services.ports.House.command`."""
        (outcome,) = await asyncio.wrap_future(self._runtime.command(command))
        return outcome

    def _open_partitions(self) -> Opened:
        store = Store(self.folder / STORE_NAME)
        if self._config is not None:
            store.put_config(self._config.hash, dump(self._config))
        book = Book({}, {})
        book.add(store.configs())
        deciders = _Deciders(
            Intake(book.intake, cached_scorers(), load_topics(), self.vault.veil), Desk(book.desk)
        )
        intake, desk = deciders.on(store.journal(INTAKE), store.journal(DESK))
        for name, partition in ((INTAKE, intake), (DESK, desk)):
            _require_whole(store, name, partition)
            if partition.passed_over is not None:
                self._on_error(partition.passed_over)
            self.heads[name] = partition.head.seq
        self.unsent_pages = pending_pages(desk.state)
        if self._standing is not None:
            self._standing(desk.state)
        if self._config is not None:
            stage = deciders.on(MemoryJournal(INTAKE), MemoryJournal(DESK))
            rehearse(*stage, self._config.hash, self._config.intake, self._clock())
        return Opened(intake, desk, _unseen_by_desk(store, desk.next.get(INTAKE, 0)), store.close)

    def _activate(self) -> None:
        """Let the configuration hold in both partitions; nothing happens if it holds already."""
        if self._config is None:
            return
        config_hash = self._config.hash
        command_id = ids.derived("activate", config_hash, self._clock().isoformat())
        command = ActivateConfig(id=command_id, who="operator", config=config_hash)
        self._runtime.submit([command]).result()
        self._runtime.command(command).result()


def _try_folder(folder: Path) -> None:
    """Write a little and take it away again, as the vault and the journal are about to.

    Raises:
        StoreUnavailable: there is no room, or the folder is read-only.
    """
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(TRIAL_BYTES))
            file.flush()
    except OSError as error:
        raise StoreUnavailable(f"the data folder {folder} cannot be written: {error.strerror}") from error


def _try_store(path: Path) -> None:
    store = Store(path)
    try:
        store.try_out()
    finally:
        store.close()


def _unseen_by_desk(store: Store, after: int) -> Iterator[Forwarded]:
    """What Intake handed on after the offset in the Desk's last entry."""
    for stored in store.journal(INTAKE).read(after):
        unseen = forwarded(CODECS[INTAKE].decode(stored))
        if unseen is not None:
            yield unseen


def _require_whole(store: Store, name: str, partition: AnyPartition) -> None:
    """A fold that ends before the journal does has met an entry that does not link.

    Raises:
        BrokenChain: that is so; `fenghuo verify` tells more.
    """
    head = store.journal(name).head()
    if partition.head != head:
        raise BrokenChain(name, partition.head.seq + 1, "it does not link to the entry before it")


def cached_scorers() -> Callable[[str], Scorer]:
    """Scorers by name, each loaded once."""
    loaded: dict[str, Scorer] = {}

    def scorer_of(name: str) -> Scorer:
        if name not in loaded:
            loaded[name] = load_scorer(name)
        return loaded[name]

    return scorer_of


def verify_folder(folder: Path) -> int:
    """Check every byte and link of both journals, the stored configurations and the snapshots; returns the number of events.

    Raises:
        BrokenChain: the first break.
        SnapshotUnreadable: the journals are whole, a snapshot is not what was written; a start passes it over.
        JournalError: there is no journal, or it cannot be read.
    """
    store = Store(folder / STORE_NAME, read_only=True)
    try:
        unknown = [name for name in store.partitions() if name not in CODECS]
        if unknown:
            raise JournalError(
                f"{folder / STORE_NAME} holds a partition that this release does not know: {unknown[0]}"
            )
        Book({}, {}).add(store.configs())
        events = sum(
            verify(name, store.journal(name).read(), _counter(CODECS[name])) for name in store.partitions()
        )
        for name in store.partitions():
            _verify_snapshot(store.journal(name))
        return events
    finally:
        store.close()


def _verify_snapshot(journal: Journal) -> None:
    """Read the newest snapshot to its end.

    Raises:
        SnapshotUnreadable: it is not what was written.
    """
    snapshot = journal.snapshot()
    if snapshot is not None:
        deque(snapshot.chunks, maxlen=0)


def _counter(codec: Codec[Any]) -> Callable[[Stored], int]:
    return lambda stored: len(codec.decode(stored).events)
