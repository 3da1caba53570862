"""The vault: keys of persons, so that a person can be forgotten though the journal never changes.

Author ids stand in events as pseudonyms: keyed BLAKE2b (RFC 7693), which is a message authentication code by
itself and takes a third of the time of HMAC-SHA256. They must never change: ids, keys and dedupe hang on them. Texts,
names and links are sealed (AES-256-GCM) with a key of that author and month. Keys lie in `vault.db`, wrapped by the
master key. Forgetting drops keys: what they sealed stays in the journal as noise, its hashes and judgements stay true.

    sealed = version (1 byte) | key number (8) | nonce (12) | AES-GCM of the content, bound to the fact's id
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.vault_key import master_key, subkey
from services.vault_keyring import NONCE_BYTES, NUMBER_BYTES, Keyring, Place, foreign_errors_mapped
from streams.facts import Private, Seen

SEALED_VERSION = b"\x01"
HEAD_BYTES = len(SEALED_VERSION) + NUMBER_BYTES + NONCE_BYTES
PSEUDONYM_BYTES = 16
VEIL_BYTES = 8
NAMES_IN_MEMORY = 8192
"""Pseudonyms that are remembered: under a post that is discussed the same people write again and again."""


class Content(msgspec.Struct, frozen=True, gc=False):
    """Something to seal: whose key (`subject`), of which month (YYYYMM), bound to which fact."""

    subject: str
    month: int
    fact_id: str
    plaintext: bytes


class SealedContent(msgspec.Struct, frozen=True, gc=False):
    """Something sealed, with all that is needed to open it."""

    subject: str
    month: int
    fact_id: str
    sealed: bytes


class Sealer(Protocol):
    """What the gateway asks of a vault."""

    def pseudonym(self, platform: str, author_id: str) -> str:
        """The name under which an author stands in events: 32 hex digits."""
        ...

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        """Seal a batch, in order. New keys are durable before this returns.

        Raises:
            streams.errors.StoreUnavailable: the vault refuses to write; nothing was sealed.
        """
        ...


class Opener(Protocol):
    """What those ask of a vault who show content to people."""

    def private(self, content: SealedContent) -> Private | None:
        """The content in the clear, or None if its key was dropped."""
        ...


def month_of(occurred_at: datetime) -> int:
    """The month of a key: YYYYMM of the time as it is kept (UTC)."""
    return occurred_at.year * 100 + occurred_at.month


_private_encoder = msgspec.json.Encoder()
_private_decoder = msgspec.json.Decoder(Private)


def content_of(subject: str, occurred_at: datetime, fact_id: str, private: Private) -> Content:
    """What is sealed for a fact: `private` as JSON, which holds numbers of any size in unknown fields."""
    return Content(subject, month_of(occurred_at), fact_id, _private_encoder.encode(private))


def private_of(opener: Opener, fact: Seen) -> Private | None:
    """The content of `fact` in the clear, or None if it was sealed with a key that was dropped."""
    return opener.private(SealedContent(fact.sealed_for, month_of(fact.occurred_at), fact.id, fact.sealed))


class ClearVault:
    """Seals nothing and keeps nothing: for `backtest` and `sla explain`, where no fact is kept.

    Authors go by their own ids, so that a person recognises the conversations that are explained.
    """

    def pseudonym(self, platform: str, author_id: str) -> str:  # noqa: ARG002 (port)
        return author_id

    def veil(self, word: str) -> str:
        return word

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        return [b""] * len(contents)

    def private(self, content: SealedContent) -> Private | None:  # noqa: ARG002 (port)
        return None


class Vault:
    """The vault of one data folder. Safe to use from several threads; other processes may drop keys at any time.

    Raises:
        services.vault_errors.VaultKeyWrong: the vault was made with another master key.
        streams.errors.StoreUnavailable: the file cannot be opened or written.
    """

    def __init__(self, keys: Keyring, master: bytes) -> None:
        self._keys = keys
        self._names = lru_cache(maxsize=NAMES_IN_MEMORY)(_naming(subkey(master, b"fenghuo pseudonyms")))
        self._words = hashlib.blake2b(key=subkey(master, b"fenghuo words"), digest_size=VEIL_BYTES)

    @classmethod
    def of_folder(
        cls,
        folder: Path,
        environ: Mapping[str, str],
        make_keys: Callable[[Path, bytes], Keyring] = Keyring,
    ) -> "Vault":
        """The vault of a data folder, made if there is none: `vault.db`, and `vault.key` unless `environ` holds the key.

        Raises:
            services.vault_errors.VaultError: the key is missing or wrong.
            streams.errors.StoreUnavailable: the folder cannot be written.
        """
        path = folder / "vault.db"
        with foreign_errors_mapped(path):
            key = master_key(folder / "vault.key", environ, vault_exists=path.exists())
        return cls(make_keys(path, key), key)

    def pseudonym(self, platform: str, author_id: str) -> str:
        """The name under which an author stands in events: 32 hex digits, the same for ever."""
        return self._names(platform, author_id)

    def veil(self, word: str) -> str:
        """The name under which a rare word of somebody's text stands in signals: 16 hex digits.

        The desk counts words without knowing them. Rare words in the clear would be pieces of texts that must be
        forgotten with their authors; who may read the texts can find the words again.
        """
        veiling = self._words.copy()
        veiling.update(word.encode("utf-8", "surrogatepass"))
        return veiling.hexdigest()

    def seal_many(self, contents: Sequence[Content]) -> list[bytes]:
        """Seal a batch, in order; all keys it needs are made in one durable commit."""
        keys = self._keys.for_sealing([(content.subject, content.month) for content in contents])
        nonces = os.urandom(NONCE_BYTES * len(contents))
        sealed = []
        start = 0
        for content in contents:
            number, cipher = keys[content.subject, content.month]
            nonce = nonces[start : start + NONCE_BYTES]
            start += NONCE_BYTES
            ciphertext = cipher.encrypt(nonce, content.plaintext, content.fact_id.encode("ascii"))
            sealed.append(SEALED_VERSION + number + nonce + ciphertext)
        return sealed

    def open(self, subject: str, month: int, fact_id: str, sealed: bytes) -> bytes | None:
        """The content, or None if its key was dropped or does not fit (a vault older than the journal)."""
        return self.open_many([SealedContent(subject, month, fact_id, sealed)])[0]

    def private(self, content: SealedContent) -> Private | None:
        """The content of a fact in the clear, or None where `open` gives None."""
        opened = self.open_many([content])[0]
        return None if opened is None else _private_decoder.decode(opened)

    def open_many(self, contents: Sequence[SealedContent]) -> list[bytes | None]:
        """The contents in order; None where `open` gives None."""
        places = [_place(content) for content in contents]
        ciphers = self._keys.for_opening(place for place in places if place is not None)
        return [
            None if place is None or place not in ciphers else _opened(content, ciphers[place])
            for content, place in zip(contents, places, strict=True)
        ]

    def forget(self, *subjects: str) -> int:
        """Drop all keys of `subjects`, for good; returns how many there were. What they sealed opens no more."""
        self._names.cache_clear()
        return self._keys.drop("subject IN (SELECT value FROM json_each(?))", json.dumps(subjects))

    def drop_before(self, month: int) -> int:
        """Drop all keys of months before `month` (YYYYMM): the retention date."""
        return self._keys.drop("month < ?", month)

    def close(self) -> None:
        self._keys.close()


def _naming(key: bytes) -> Callable[[str, str], str]:
    keyed = hashlib.blake2b(key=key, digest_size=PSEUDONYM_BYTES)

    def pseudonym(platform: str, author_id: str) -> str:
        naming = keyed.copy()
        naming.update(f"{platform}\0{author_id}".encode("utf-8", "surrogatepass"))
        return naming.hexdigest()

    return pseudonym


def _place(content: SealedContent) -> Place | None:
    sealed = content.sealed
    if not sealed.startswith(SEALED_VERSION) or len(sealed) < HEAD_BYTES:
        return None
    return sealed[1 : 1 + NUMBER_BYTES], content.subject, content.month


def _opened(content: SealedContent, cipher: AESGCM) -> bytes | None:
    nonce, ciphertext = content.sealed[HEAD_BYTES - NONCE_BYTES : HEAD_BYTES], content.sealed[HEAD_BYTES:]
    try:
        return cipher.decrypt(nonce, ciphertext, content.fact_id.encode())
    except InvalidTag:
        return None
