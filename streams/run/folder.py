"""The data folder's lock: the process that holds it is the only writer."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from streams.errors import FolderLocked, StoreUnavailable

LOCK_NAME = "fenghuo.lock"


class FolderLock:
    """An exclusive lock on a folder, freed by the system when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._descriptor: int | None = None

    def acquire(self) -> "FolderLock":
        """Take the lock, creating the folder if need be.

        Raises:
            FolderLocked: another process holds it; the message names its process id.
            StoreUnavailable: the folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unavailable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise FolderLocked(
                f"the data folder {self._path.parent} is in use by process {holder}; only one writer at a time"
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        except OSError as error:
            os.close(descriptor)
            raise self._unavailable(error) from error
        self._descriptor = descriptor
        return self

    def _unavailable(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(f"the data folder {self._path.parent} cannot be written: {error.strerror}")

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "FolderLock":
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
