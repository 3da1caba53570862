"""The configuration as the house uses it: what is decided by (stored by hash), and what the edges need beside it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from alerting.config import DeskConfig
from services.errors import ConfigurationUnusable
from streams.config import IntakeConfig

Basis = Literal["official", "licensed", "public", "manual"]
"""On what ground a source's items may be processed."""
MAX_SECRET_BYTES = 4_096


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who may send items in."""

    id: str
    type: Literal["http"] = "http"
    key: str
    """Reference to its bearer key: `env:NAME` or `file:/path`."""
    rate_per_s: float
    basis: Basis


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A dead man's heartbeat."""

    url: str
    """An address, or a reference to one (`env:NAME`, `file:/path`): who knows it can feign a beat."""
    every_s: int = 60


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """Where replies of one of our accounts are posted (`services.connectors`)."""

    platform: str
    account: str
    url: str
    """An address, or a reference to one (`env:NAME`, `file:/path`)."""
    key: str
    """Reference to the key that signs what is sent."""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """What of the network may be touched, and where people find the desk."""

    allow_private: tuple[str, ...] = ()
    """Private networks (CIDR) that pages may go to."""
    public_url: str | None = None
    """Where people reach the desk; it stands in pages."""
    heartbeat: Beat | None = None
    heads: str | None = None
    """Where signed daily heads are sent: a reference to an address as people have them."""
    connectors: tuple[Connector, ...] = ()


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decisions depend on. Stored by its hash; a `config.activated` names it; holds no secrets."""

    intake: IntakeConfig
    desk: DeskConfig


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A whole configuration folder, read and checked."""

    decisions: Decisions
    sources: tuple[Source, ...]
    network: Network

    @property
    def intake(self) -> IntakeConfig:
        """What Intake decides by."""
        return self.decisions.intake

    @property
    def desk(self) -> DeskConfig:
        """What the Desk decides by."""
        return self.decisions.desk

    @property
    def hash(self) -> str:
        """SHA-256 of `dump`: two folders that decide alike have the same."""
        return hashlib.sha256(dump(self)).hexdigest()


def dump(config: Config) -> bytes:
    """What is stored under the configuration's hash: its decisions, canonical."""
    return msgspec.msgpack.encode(config.decisions, order="sorted")


def parse(stored: bytes) -> Decisions:
    """What `dump` gave away."""
    return msgspec.msgpack.decode(stored, type=Decisions)


def secret(reference: str, environ: Mapping[str, str]) -> str:
    """The secret that `env:NAME` or `file:/path` names.

    Raises:
        ConfigurationUnusable: it is not set, empty, or cannot be read. The message never holds the secret.
    """
    scheme, _, name = reference.partition(":")
    found = environ.get(name) if scheme == "env" else _secret_file(Path(name))
    if not found:
        raise ConfigurationUnusable(f"the secret {reference} is not set (密钥 {reference} 未设置)")
    return found


def _secret_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SECRET_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationUnusable(f"the secret file:{path} cannot be read ({error})") from error
