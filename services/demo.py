"""The demonstration: the sample brand, a simulated day that turns into a crisis, and the desk to watch it on.

The day is lived through first, on a clock that is set by hand, by the same engine that runs live; so the folder looks as
it would after such a day. Then the daemon opens it, and the storm goes on for half an hour.
"""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from alerting.commands import Acknowledge, DeskCommand, FinishStep, NoteIncident
from alerting.config import BrandDesk
from alerting.events import IncidentOpened
from services import clock
from services.attendants import Attendants
from services.config import Config
from services.config.loader import MAIN_FILE, load
from services.deadletters import FILE_NAME, DeadLetters
from services.demo_words import SPEAKER, prepared, said
from services.engine import Engine
from services.errors import ConfigurationUnusable, WrongUse
from services.gateway.ingest import Gateway, Uncounted
from services.gateway.preparing import Preparer
from services.gateway.press import ThreadPress
from services.sample import write_sample
from services.simulate import SOURCE, Line, simulated_day
from streams import ids
from streams.journal import Entry

MARKER = "fenghuo-demo"
"""This file says that a folder holds a demonstration and may be thrown away."""
CONFIG_FOLDER = "config"
DATA_FOLDER = "data"
KEY_NAME = "FENGHUO_KEY_CRAWLER"
COMMANDER = "qin"
"""Who signs in to look at it."""
SAMPLE_PHONES = "json://127.0.0.1:9901/"
SAMPLE_URL = ', public_url: "http://127.0.0.1:8733"'
STEP = timedelta(seconds=30)
"""How finely the past is lived through."""


class Deed(msgspec.Struct, frozen=True):
    """What one of the sample's people did about the incident, so long before the present."""

    at: timedelta
    who: str
    what: str
    words: str = ""


DEEDS = (
    Deed(timedelta(minutes=-21), "xu", "acknowledge"),
    Deed(timedelta(minutes=-18), "xu", "note", "已电话联系滨江店店长，封存今天的凉菜食材，调监控。"),
    Deed(timedelta(minutes=-14), "chen", "finish", "complainant"),
    Deed(timedelta(minutes=-11), "xu", "finish", "facts"),
    Deed(timedelta(minutes=-9), SPEAKER, "say"),
)
CATEGORY = "safety"
"""Of the incident that the day is about."""


class HandClock:
    """A clock that is set by hand and never runs backwards."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = max(self._at, at)


def prepare(folder: Path, phones: str, environ: Mapping[str, str], told: Callable[[float], None]) -> Path:
    """Write configuration and history into `folder`; an earlier demonstration there is thrown away.

    Args:
        folder: a new or empty folder, or one that holds an earlier demonstration.
        phones: the address (apprise) that stands in for people's phones; the person's id is put behind it.
        environ: where the vault's key may come from.
        told: called with the share of the day that has been lived through.

    Returns: the configuration folder.

    Raises:
        WrongUse: the folder holds something else.
    """
    _clear(folder)
    (folder / MARKER).write_text("fenghuo demo\n", encoding="utf-8")
    config_folder = folder / CONFIG_FOLDER
    write_sample(config_folder)
    _make_simulated(config_folder / MAIN_FILE, phones)
    loaded = load(config_folder)
    if loaded.config is None:
        raise ConfigurationUnusable("\n".join(map(str, loaded.problems)))
    asyncio.run(_live_through(folder / DATA_FOLDER, loaded.config, environ, told))
    return config_folder


def _clear(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
    elif (folder / MARKER).exists():
        for name in (CONFIG_FOLDER, DATA_FOLDER):
            shutil.rmtree(folder / name, ignore_errors=True)
    elif any(folder.iterdir()):
        raise WrongUse(
            f"{folder} holds something that is no demonstration; nothing was touched (目录里有别的东西)"
        )


def _make_simulated(file: Path, phones: str) -> None:
    """The sample, its brand marked as simulated, its pages sent to `phones`, its address left to the daemon."""
    written = file.read_text(encoding="utf-8")
    for old, new in (
        (SAMPLE_PHONES, phones),
        (SAMPLE_URL, ""),
        ("name: 青禾小馆, timezone", "name: 青禾小馆（模拟）, timezone"),
    ):
        if old not in written:
            raise ConfigurationUnusable(f"the sample configuration lacks {old!r}")
        written = written.replace(old, new)
    file.write_text(written, encoding="utf-8")


async def _live_through(
    folder: Path, config: Config, environ: Mapping[str, str], told: Callable[[float], None]
) -> None:
    end = clock.now()
    lines = [line for line in simulated_day(end) if line.observed <= end]
    hands = HandClock(lines[0].observed)
    people = _People(end, config.desk.brands[0])
    with Engine(folder, config, clock=hands.now, environ=environ, on_error=_raise) as engine:
        engine.start([people.saw])
        dead_letters = DeadLetters(folder / FILE_NAME, engine.vault)
        gateway = _gateway(engine, dead_letters, config, hands.now)
        for at, seen in _steps(lines, end):
            hands.set(at)
            await engine.submit(
                []
            )  # wakes the loop, so that timers fire at their time and not with the next item
            await gateway.take([msgspec.json.encode(line) for line in seen], "records", source=SOURCE)
            for command in people.act(at):
                await engine.command(command)
            told((at - lines[0].observed) / (end - lines[0].observed))
        dead_letters.close()


def _gateway(
    engine: Engine, dead_letters: DeadLetters, config: Config, now: Callable[[], datetime]
) -> Gateway:
    accounts = frozenset((account.platform, account.id) for account in config.intake.accounts)
    return Gateway(
        house=engine,
        press=ThreadPress(Preparer(sealer=engine.vault, accounts=accounts, now=now)),
        dead_letters=dead_letters,
        now=now,
        recorder=Uncounted(),
    )


def _raise(error: BaseException) -> None:
    raise error


def _steps(lines: Sequence[Line], end: datetime) -> Iterator[tuple[datetime, list[Line]]]:
    """The day in steps of `STEP`: the time, and what was seen since the step before."""
    at, number = lines[0].observed, 0
    while at < end:
        at = min(at + STEP, end)
        seen = []
        while number < len(lines) and lines[number].observed <= at:
            seen.append(lines[number])
            number += 1
        yield at, seen


class _People:
    """What the sample's people do in the past: phones ring, and `DEEDS`. Only the engine's thread calls `saw`."""

    def __init__(self, end: datetime, brand: BrandDesk) -> None:
        self._end = end
        self._brand = brand
        self._prepared = False
        self._phones = Attendants(None)
        self._deeds = list(DEEDS)
        self._incident: IncidentOpened | None = None

    def saw(self, partition: str, entry: Entry[Any]) -> None:  # noqa: ARG002  (a listener)
        """Take note of an entry."""
        for event in entry.events:
            self._phones.saw(event, entry.now)
            if isinstance(event, IncidentOpened) and event.category == CATEGORY:
                self._incident = event

    def act(self, now: datetime) -> Iterator[DeskCommand]:
        """What is reported and done by `now`."""
        yield from self._phones.reports()
        if not self._prepared:
            self._prepared = True
            yield from prepared(self._brand)
        while self._incident is not None and self._deeds and self._end + self._deeds[0].at <= now:
            deed = self._deeds.pop(0)
            if deed.what == "say":
                yield from said(self._brand, self._incident.incident, now)
            else:
                yield _command(deed, self._incident)


def _command(deed: Deed, opened: IncidentOpened) -> DeskCommand:
    command_id = ids.derived(opened.incident, deed.what, deed.words)
    brand, incident = opened.key, opened.incident
    match deed.what:
        case "acknowledge":
            return Acknowledge(id=command_id, who=deed.who, brand=brand, incident=incident)
        case "finish":
            return FinishStep(id=command_id, who=deed.who, brand=brand, incident=incident, step=deed.words)
        case _:
            return NoteIncident(id=command_id, who=deed.who, brand=brand, incident=incident, text=deed.words)


async def go_on(gateway: Gateway, started_at: datetime) -> None:
    """Let the storm go on for as long as the simulation knows how: items arrive at the gateway when they are seen."""
    for line in simulated_day(started_at):
        if line.observed <= started_at:
            continue
        await asyncio.sleep(max(0.0, (line.observed - clock.now()).total_seconds()))
        await gateway.take([msgspec.json.encode(line)], "records", source=SOURCE)


def new_key() -> str:
    """A key for the demonstration's one source, good for this run."""
    return secrets.token_urlsafe(24)
