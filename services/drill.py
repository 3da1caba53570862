"""A drill (演练): a recorded or simulated storm through the production code, with nobody's address in the configuration.

What is decided under a configuration made for a drill is marked as one: its incidents, pages, messages and exports.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from alerting.config import Person
from services.config.model import Config, Network
from services.gateway.records import Record, read_record
from services.simulate import Line, simulated_day
from services.simulate.texts import BRAND_NAME
from streams.config import Account

SANDBOX = "sandbox://"
"""In place of everybody's contacts: no channel speaks it."""
_replace = msgspec.structs.replace


def drilled(config: Config) -> Config:
    """The configuration as a drill holds it: marked, without addresses, sources or anything else outside."""
    desk = config.desk
    people = tuple(_replace(person, contacts=_sandboxed(person)) for person in desk.people)
    decisions = _replace(config.decisions, desk=_replace(desk, people=people, drill=True))
    network = Network(public_url=None)
    return _replace(config, decisions=decisions, sources=(), network=network)


def _sandboxed(person: Person) -> tuple[str, ...]:
    """Whoever can be called is called in the drill as well, and whoever cannot is not."""
    return (f"{SANDBOX}{person.id}",) if person.contacts else ()


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


def shifted(records: Iterator[Record], by: timedelta) -> Iterator[Record]:
    """The same records, so much later."""
    for record in records:
        observed = record.observed + by if record.observed is not None else None
        yield _replace(record, time=record.time + by, observed=observed)
