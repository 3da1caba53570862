"""The master key of the vault: made on first use, read ever after.

It lies in `vault.key` beside the data (owner only), or comes from the environment, so that a backup of the data folder
need not hold it.
"""

import binascii
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from services.vault_errors import VaultKeyMissing, VaultKeyWrong

KEY_BYTES = 32
VARIABLE = "FENGHUO_VAULT_KEY"
"""Environment variable that takes the place of the file: the key in hex."""


def master_key(path: Path, environ: Mapping[str, str], *, vault_exists: bool) -> bytes:
    """The key from `environ`, else from the file at `path`, which is made if there is no vault yet.

    Raises:
        VaultKeyWrong: what stands there is not 64 hex digits.
        VaultKeyMissing: there is a vault, but its key is gone; a new one would open nothing.
    """
    if written := environ.get(VARIABLE):
        return _parsed(written, f"the environment variable {VARIABLE}")
    if path.exists():
        return _parsed(path.read_text("ascii", "replace"), str(path))
    if vault_exists:
        raise VaultKeyMissing(
            f"{path} is missing, though the vault beside it was made with it; put the file back or set {VARIABLE}"
        )
    return _made(path)


def subkey(master: bytes, purpose: bytes) -> bytes:
    """A key of its own for one purpose."""
    return HKDFExpand(hashes.SHA256(), KEY_BYTES, purpose).derive(master)


def _parsed(written: str, where: str) -> bytes:
    try:
        key = binascii.unhexlify(written.strip())
    except ValueError as error:
        raise VaultKeyWrong(f"{where} does not hold a key: expected {2 * KEY_BYTES} hex digits") from error
    if len(key) != KEY_BYTES:
        raise VaultKeyWrong(f"{where} holds {len(key)} bytes: expected {2 * KEY_BYTES} hex digits")
    return key


def _made(path: Path) -> bytes:
    """A new key, on the disk for good before anything is sealed with it."""
    key = os.urandom(KEY_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
