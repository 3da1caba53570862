"""The part of the configuration that Intake decides by. Plain data: it is stored by its hash, secrets are not in it."""

import msgspec

from streams.events import Severity
from streams.sla.policy import SlaConfig
from streams.text.topics import TopicChange


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own accounts; a comment under one of its posts is addressed to us."""

    brand: str
    platform: str
    id: str
    name: str = ""
    custodian: str | None = None


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A saved query with what a match means. `id` is unique within its brand."""

    brand: str
    id: str
    query: str
    category: str = "brand"
    severity: Severity = "P3"


class Barred(msgspec.Struct, frozen=True, kw_only=True):
    """People of the configuration who may not ask for something; that hangs on their roles, which Intake does not know."""

    command: str
    """A command's type, such as `conversation.mark`."""
    people: tuple[str, ...]


class IntakeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, monitors and response times of all brands."""

    accounts: tuple[Account, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    sla: SlaConfig | None = None
    scorer: str = "ngram"
    topics: tuple[TopicChange, ...] = ()
    """Changes of the taxonomy that ships with the package."""
    new_words: bool = False
    """Some rule looks for words that nobody used before; without one they are not searched for."""
    barred: tuple[Barred, ...] = ()
