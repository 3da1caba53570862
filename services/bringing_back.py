"""A house from a backup into a new folder: whole, verified, and with a disarmed outbox.

The backup knows nothing of what became of its calls since it was made.
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from services.arming import disarm
from services.deadletters import FILE_NAME as DEAD_LETTERS_NAME
from services.engine import STORE_NAME, verify_folder
from services.errors import WrongUse
from services.moving import Moved, require_new
from services.parts import ACCESS_NAME
from services.signed_heads import FILE_NAME as HEADS_NAME
from services.signed_heads import check_folder
from streams.errors import StoreUnavailable
from streams.run.embedded import DESK
from streams.run.sqlite import Store, reading

DATABASES = (STORE_NAME, "vault.db", DEAD_LETTERS_NAME, ACCESS_NAME)
FILES = ("vault.key", HEADS_NAME)


def from_backup(backup: Path, folder: Path, environ: Mapping[str, str]) -> Moved:
    """Copy the house in `backup`, and disarm the copy.

    Raises:
        NotMovable: the folder holds journals already.
        WrongUse: the backup holds none.
        BrokenChain: the backup is not what was written, or not what was signed.
        services.vault_errors.VaultError: the vault's key is neither in the backup nor in the environment.
        streams.errors.StreamsError, services.errors.ServicesError: it cannot be read, or not be written.
    """
    require_new(folder)
    if not (backup / STORE_NAME).exists():
        raise WrongUse(f"{backup} holds no journal (目录里没有日志)")
    events = verify_folder(backup)
    check_folder(backup, environ)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in FILES:
        if (backup / name).exists():
            shutil.copy2(backup / name, folder / name)
    for name in DATABASES:
        if (backup / name).exists():
            _copy(backup / name, folder / name)
    with closing(Store(folder / STORE_NAME)) as store:
        entries = sum(store.journal(name).head().seq for name in store.partitions())
        configs = store.configs()
        disarm(store.journal(DESK), configs)
    return Moved(entries=entries, events=events, configurations=len(configs))


def _copy(source: Path, target: Path) -> None:
    """With what still lies in its write-ahead log."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?{reading(source)}", uri=True)) as from_,
            closing(sqlite3.connect(target)) as to,
        ):
            from_.backup(to)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{source} cannot be copied to {target}: {error}") from error
    target.chmod(0o600)
