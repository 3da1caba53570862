"""The signed daily head: where both journals stood, signed with Ed25519, one line a day in `heads.jsonl`.

Links show what was changed within a journal, never that its end was cut off or written anew. A signed head does, as long as
a copy of it is kept where whoever changes the journal cannot reach (`network.heads`), or the signing key is: it is derived
from the vault's master key, which `FENGHUO_VAULT_KEY` keeps out of the data folder.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.engine import STORE_NAME
from services.errors import WrongUse
from services.vault_key import master_key, subkey
from streams.errors import BrokenChain
from streams.journal import Head
from streams.run.sqlite import Store

FILE_NAME = "heads.jsonl"
HEADS = "heads"
"""Stands for the partition where a signed head itself is not what was written."""
_PURPOSE = b"fenghuo signed heads"
_PUBLIC_KEY_BYTES = 32


class Position(msgspec.Struct, frozen=True):
    """The last entry of a journal; `hash` in hex."""

    seq: int
    hash: str


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journals stood when a day began."""

    day: str
    """`2026-11-26` in the first brand's zone."""
    at: datetime
    heads: dict[str, Position]
    """By partition."""
    prev: str = ""
    """SHA-256 of the line before, in hex; empty in the first."""
    signature: str = ""
    """Ed25519 over the same JSON with this field empty, in hex."""


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(SignedHead)


def signing_key(folder: Path, environ: Mapping[str, str]) -> Ed25519PrivateKey:
    """The key of a data folder; nothing is made.

    Raises:
        services.vault_errors.VaultError: the vault's key is missing or wrong.
    """
    master = master_key(folder / "vault.key", environ, vault_exists=True)
    return Ed25519PrivateKey.from_private_bytes(subkey(master, _PURPOSE))


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public key, in hex: who has it can check signatures, and make none."""
    return key.public_key().public_bytes_raw().hex()


def heads_of(folder: Path) -> dict[str, Head]:
    """Where every journal of a folder stands, as it lies on the disk."""
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        return {name: store.journal(name).head() for name in store.partitions()}


def sign(
    key: Ed25519PrivateKey, day: str, at: datetime, heads: Mapping[str, Head], before: Sequence[SignedHead]
) -> SignedHead:
    """The head of one more day, linked to the ones `before`."""
    positions = {name: Position(head.seq, head.hash.hex()) for name, head in heads.items()}
    bare = SignedHead(day=day, at=at, heads=positions, prev=_link(before[-1]) if before else "")
    return msgspec.structs.replace(bare, signature=key.sign(_encoder.encode(bare)).hex())


def _link(head: SignedHead) -> str:
    return hashlib.sha256(_encoder.encode(head)).hexdigest()


def append(path: Path, head: SignedHead) -> None:
    """Keep a signed head, on the disk for good."""
    with path.open("ab") as file:
        file.write(_encoder.encode(head) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_heads(path: Path) -> tuple[SignedHead, ...]:
    """The signed heads of a file, the oldest first; none if there is no file.

    Raises:
        BrokenChain: a line cannot be read; `seq` is its number.
    """
    if not path.exists():
        return ()
    return tuple(_read(number, line) for number, line in enumerate(path.read_bytes().splitlines(), 1) if line)


def check_folder(
    folder: Path, environ: Mapping[str, str], *, kept: Path | None = None, written_key: str | None = None
) -> tuple[SignedHead, ...]:
    """Check the signed heads of a folder, or a copy that was `kept` elsewhere, and that the journals hold what they say.

    Raises:
        BrokenChain: the first that is not so.
        WrongUse: there is no such copy, or the key is none.
        services.vault_errors.VaultError: no key was given, and the folder's own is missing or wrong.
    """
    if kept is not None and not kept.exists():
        raise WrongUse(f"there is no file {kept} (没有这个文件)")
    heads = read_heads(kept or folder / FILE_NAME)
    if heads:
        written = written_key or public_hex(signing_key(folder, environ))
        check_signatures(heads, public_key(written), whole=kept is None)
        check_journals(folder, heads)
    return heads


def _read(number: int, line: bytes) -> SignedHead:
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise BrokenChain(HEADS, number, f"it cannot be read ({error})") from error


def public_key(written: str) -> Ed25519PublicKey:
    """A public key in hex.

    Raises:
        WrongUse: it is none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(written))
    except ValueError as error:
        raise WrongUse(f"a public key has {2 * _PUBLIC_KEY_BYTES} hex digits (公钥不对)") from error


def check_signatures(heads: Sequence[SignedHead], key: Ed25519PublicKey, *, whole: bool) -> None:
    """Check that this key signed every head, and that none is missing between them; `whole`: nor before the first.

    Raises:
        BrokenChain: the first that is not so; `seq` is its line.
    """
    prev = ""
    for number, head in enumerate(heads, 1):
        bare = msgspec.structs.replace(head, signature="")
        try:
            key.verify(bytes.fromhex(head.signature), _encoder.encode(bare))
        except (InvalidSignature, ValueError) as error:
            raise BrokenChain(HEADS, number, f"the signature of {head.day} is not by this key") from error
        if head.prev != prev and (whole or number > 1):
            raise BrokenChain(HEADS, number, "it does not link to the line before it")
        prev = _link(head)


def check_journals(folder: Path, heads: Sequence[SignedHead]) -> None:
    """Check that every signed entry still stands in the journals as it was signed.

    Raises:
        BrokenChain: the first that does not. Where an end was written anew, the first changed entry lies between the
            last head that still holds and this one.
    """
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        held: dict[str, int] = {}
        for signed in heads:
            for partition, position in sorted(signed.heads.items()):
                _check_position(store, partition, position, signed.day, held.get(partition, 0))
                held[partition] = position.seq


def _check_position(store: Store, partition: str, position: Position, day: str, held: int) -> None:
    if position.seq == 0:
        return
    journal = store.journal(partition)
    found = next(journal.read(position.seq - 1), None)
    if found is None:
        end = journal.head().seq
        raise BrokenChain(partition, end + 1, f"it is missing: on {day} entry {position.seq} was signed")
    if found.hash.hex() != position.hash:
        raise BrokenChain(
            partition, held + 1, f"from here to entry {position.seq} it is not what was signed on {day}"
        )
