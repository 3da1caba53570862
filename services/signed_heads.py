"""The signed daily head: where the journals stood, signed with Ed25519, one line a day in `heads.jsonl` (on Kafka: on a topic).

Links show what was changed within a journal, never that its end was cut off or written anew. A signed head does, as long as
a copy of it is kept where whoever changes the journal cannot reach (`network.heads`), or the signing key is: it is derived
from the vault's master key, which `FENGHUO_VAULT_KEY` keeps out of the data folder.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.engine import STORE_NAME
from services.errors import WrongUse
from services.journals import Where, opened_journals
from services.vault_key import master_key, subkey
from streams.errors import BrokenChain
from streams.journal import Head
from streams.run.embedded import DESK, INTAKE
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


encode = msgspec.json.Encoder(order="sorted").encode
"""As it is kept, and as it is linked."""
_decoder = msgspec.json.Decoder(SignedHead)


class HeadBook(Protocol):
    """Where signed heads are kept."""

    def read(self) -> Sequence[SignedHead]:
        """The oldest first. Raises BrokenChain: one cannot be read; `seq` is its number."""
        ...

    def append(self, head: SignedHead) -> None:
        """Keep one more, for good."""
        ...


class Entries(Protocol):
    """The journals, as far as signed heads tell of them."""

    def hash_of(self, partition: str, seq: int) -> bytes | None:
        """Of an entry; None: there is none."""
        ...

    def end(self, partition: str) -> int:
        """The last entry."""
        ...


class HeadFile:
    """A `HeadBook` in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Sequence[SignedHead]:
        return read_heads(self._path)

    def append(self, head: SignedHead) -> None:
        with self._path.open("ab") as file:
            file.write(encode(head) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_heads(path: Path) -> tuple[SignedHead, ...]:
    """The signed heads of a file, the oldest first; none if there is no file.

    Raises:
        BrokenChain: a line cannot be read; `seq` is its number.
    """
    if not path.exists():
        return ()
    return tuple(
        decode(number, line) for number, line in enumerate(path.read_bytes().splitlines(), 1) if line
    )


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


def heads_of(where: Where) -> dict[str, Head]:
    """Where every journal of a house that has entries stands."""
    with closing(opened_journals(where)) as journals:
        histories = [history for decider in (INTAKE, DESK) for history in journals.of(decider)]
        heads = {history.partition: history.head() for history in histories}
    return {partition: head for partition, head in heads.items() if head.seq}


def sign(
    key: Ed25519PrivateKey, day: str, at: datetime, heads: Mapping[str, Head], before: Sequence[SignedHead]
) -> SignedHead:
    """The head of one more day, linked to the ones `before`."""
    positions = {name: Position(head.seq, head.hash.hex()) for name, head in heads.items()}
    bare = SignedHead(day=day, at=at, heads=positions, prev=link(before[-1]) if before else "")
    return msgspec.structs.replace(bare, signature=key.sign(encode(bare)).hex())


def link(head: SignedHead) -> str:
    """What the next one links to."""
    return hashlib.sha256(encode(head)).hexdigest()


def kept_heads(path: Path) -> Sequence[SignedHead]:
    """A copy that was kept elsewhere.

    Raises:
        WrongUse: there is no such file.
        BrokenChain: a line cannot be read.
    """
    if not path.exists():
        raise WrongUse(f"there is no file {path} (没有这个文件)")
    return read_heads(path)


def check_folder(
    folder: Path, environ: Mapping[str, str], *, kept: Path | None = None, written_key: str | None = None
) -> Sequence[SignedHead]:
    """Check the signed heads of a folder, or a copy that was `kept` elsewhere, and that the journals hold what they say.

    Raises:
        BrokenChain: the first that is not so.
        WrongUse: there is no such copy, or the key is none.
        services.vault_errors.VaultError: no key was given, and the folder's own is missing or wrong.
    """
    heads = read_heads(folder / FILE_NAME) if kept is None else kept_heads(kept)
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        check_heads(
            heads,
            lambda: written_key or public_hex(signing_key(folder, environ)),
            _InFolder(store),
            whole=kept is None,
        )
    return heads


def check_heads(
    heads: Sequence[SignedHead], written_key: Callable[[], str], entries: Entries, *, whole: bool
) -> None:
    """Check signatures and links, and that the journals hold what was signed. The key is asked for only if there are heads.

    Raises:
        BrokenChain: the first that is not so.
        WrongUse: the key is none.
    """
    if heads:
        check_signatures(heads, public_key(written_key()), whole=whole)
        check_journals(entries, heads)


def decode(number: int, line: bytes) -> SignedHead:
    """The head in a line. Raises BrokenChain: it cannot be read; `seq` is the `number` of the line."""
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
            key.verify(bytes.fromhex(head.signature), encode(bare))
        except (InvalidSignature, ValueError) as error:
            raise BrokenChain(HEADS, number, f"the signature of {head.day} is not by this key") from error
        if head.prev != prev and (whole or number > 1):
            raise BrokenChain(HEADS, number, "it does not link to the line before it")
        prev = link(head)


def check_journals(entries: Entries, heads: Sequence[SignedHead]) -> None:
    """Check that every signed entry still stands in the journals as it was signed.

    Raises:
        BrokenChain: the first that does not. Where an end was written anew, the first changed entry lies between the
            last head that still holds and this one.
    """
    held: dict[str, int] = {}
    for signed in heads:
        for partition, position in sorted(signed.heads.items()):
            _check_position(entries, partition, position, signed.day, held.get(partition, 0))
            held[partition] = position.seq


def _check_position(entries: Entries, partition: str, position: Position, day: str, held: int) -> None:
    if position.seq == 0:
        return
    found = entries.hash_of(partition, position.seq)
    if found is None:
        raise BrokenChain(
            partition, entries.end(partition) + 1, f"it is missing: on {day} entry {position.seq} was signed"
        )
    if found.hex() != position.hash:
        raise BrokenChain(
            partition, held + 1, f"from here to entry {position.seq} it is not what was signed on {day}"
        )


class _InFolder:
    """`Entries` of a data folder."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def hash_of(self, partition: str, seq: int) -> bytes | None:
        found = next(self._store.journal(partition).read(seq - 1), None)
        return None if found is None else found.hash

    def end(self, partition: str) -> int:
        return self._store.journal(partition).head().seq
