"""A drill (演练): a recorded or simulated storm through the production code, with nobody's address in the configuration.

What is decided under a configuration made for a drill is marked as one: its incidents, pages, messages and exports.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from alerting.config import Person
from services.config.model import Config, Network
from services.errors import WrongUse
from services.gateway.records import Record, read_record
from services.simulate import Line, simulated_day
from services.simulate.texts import BRAND_NAME
from streams.config import Account
from streams.journal import Entry

SANDBOX = "sandbox://"
"""In place of everybody's contacts; only a drill's own channel has an ear for it."""
MARKER = "fenghuo-drill"
"""This file says that a folder holds a drill: nothing real goes into it, and no drill into another one."""
_replace = msgspec.structs.replace


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """What is different in a drill: a clock of its own, nobody is called, and somebody keeps the score."""

    now: Callable[[], datetime]
    told: Callable[[str, str], None]
    """Hears of every message that would have gone out."""
    listen: Callable[[str, Entry[Any]], None]
    """Hears of every entry of both journals."""


def drilled(config: Config) -> Config:
    """The configuration as a drill holds it: marked, without addresses, sources or anything else outside."""
    desk = config.desk
    people = tuple(_replace(person, contacts=_sandboxed(person)) for person in desk.people)
    decisions = _replace(config.decisions, desk=_replace(desk, people=people, drill=True))
    return _replace(config, decisions=decisions, sources=(), network=Network())


def _sandboxed(person: Person) -> tuple[str, ...]:
    """Whoever can be called is called in the drill as well, and whoever cannot is not."""
    return (f"{SANDBOX}{person.id}",) if person.contacts else ()


def check_folder(folder: Path, *, drill: bool) -> None:
    """Mark a new folder as a drill's; keep drills and real life apart.

    Raises:
        WrongUse: the folder holds the other one.
    """
    marked = (folder / MARKER).exists()
    if marked and not drill:
        raise WrongUse(f"{folder} holds a drill; real items do not go there (目录里是演练)")
    if drill and not marked:
        if folder.exists() and any(folder.iterdir()):
            raise WrongUse(f"{folder} holds something that is no drill; nothing was touched (目录里不是演练)")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("fenghuo drill\n", encoding="utf-8")


def simulated_records(config: Config, brand: str, at: datetime) -> Iterator[Record]:
    """The simulated storm that ends at `at`, told of `brand` and under its accounts."""
    accounts = {each.platform: each for each in reversed(config.intake.accounts) if each.brand == brand}
    found = config.desk.brand(brand)
    name = found.name if found is not None else brand
    for line in simulated_day(at):
        if (told := _told_of(line, name, accounts)) is not None:
            yield read_record(msgspec.json.encode(told))


def _told_of(line: Line, name: str, accounts: dict[str, Account]) -> Line | None:
    text = line.text.replace(BRAND_NAME, name)
    if line.account is None:
        return _replace(line, text=text)
    account = accounts.get(line.platform)
    return _replace(line, text=text, account=account.id) if account is not None else None
