"""`python -m tests.bench.detection`: how early and how rightly alarms come on real events, beside three baselines.

The items of each event go through the real Intake and the real Desk on virtual time, under the rules of the sample
configuration (`fenghuo init`) with a monitor for the event. What is counted is defined in `tests.bench.real_events`, who is
compared in `tests.bench.detectors`. Prints two tables; needs the folder of real data beside the project.
"""

import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml
from rich.console import Console
from rich.table import Table

from alerting.config import DeskConfig
from services.backtest import VirtualHouse, read_records, replay
from services.config import Config, load
from services.gateway.errors import FieldError
from services.sample import write_sample
from streams.events import SignalRaised
from streams.run.embedded import INTAKE
from streams.text.sentiment import load_scorer
from tests.bench.detectors import BASELINES, Detector, Heard, alarms, desk_under
from tests.bench.material import ROOT
from tests.bench.real_events import (
    BACKGROUND,
    BACKGROUND_FILE,
    BUSY,
    CRISES,
    DAY,
    EVENTS,
    EVERYTHING,
    HARMLESS,
    HELD_OUT_FROM,
    STORIES_FILE,
    STORY_TOLD_FOR,
    RealEvent,
    change_of_slope,
    story_of,
)

SOON = (timedelta(minutes=15), timedelta(minutes=60), STORY_TOLD_FOR)
NOTHING = "—"


def main() -> None:
    folder = Path(os.environ.get("FENGHUO_DATA") or ROOT.parent / "shared" / "data") / "events"
    if not folder.is_dir():
        sys.exit(f"no real events here: expected {folder}")
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(events_table(folder))
    console.print(stories_table(folder))


def detectors(config: DeskConfig) -> dict[str, Detector]:
    """Whom the tables compare, by column."""
    ours = {"all rules": desk_under(config)}
    ours |= {f"{rule} alone": desk_under(config, frozenset({rule})) for rule in ("new-words", "shift")}
    return ours | BASELINES


def configured(query: str, account: str | None = None) -> Config:
    """The sample configuration for another brand."""

    def adapted(sample: str) -> str:
        parts: dict[str, Any] = yaml.safe_load(sample)
        own = f"({query})" if query != EVERYTHING else "(*)"
        for monitor in parts["monitors"]:
            monitor["query"] = _for_brand(monitor["query"], own, query)
        if account is not None:
            parts["accounts"].append({"platform": "weibo", "id": account})
        return json.dumps(parts, ensure_ascii=False, default=str)

    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name:
        write_sample(Path(name) / "config", adapted)
        found = load(Path(name) / "config")
    assert found.config is not None, found.problems
    return found.config


def _for_brand(sample_query: str, own: str, query: str) -> str:
    """A monitor of the sample, for another brand; where everything is the brand's, what stands beside its name is left."""
    named = sample_query.replace("(青禾小馆 OR 青禾餐厅)", own)
    if named == sample_query:
        return query
    return named.replace("(*) AND ", "").replace("(*) NEAR/30 ", "")


def heard_by_desk(config: Config, lines: Sequence[bytes]) -> list[Heard]:
    """What Intake tells the desk, with the time at which it does."""
    heard: list[Heard] = []

    def happened(partition: str, event: Any, now: datetime) -> None:
        if partition == INTAKE and isinstance(event, SignalRaised):
            heard.append((now, event))

    quiet = msgspec.structs.replace(config.decisions, desk=DeskConfig())
    house = VirtualHouse(msgspec.structs.replace(config, decisions=quiet), load_scorer, happened)
    replay(house, read_records(lines, _refused))
    return heard


def _refused(number: int, error: FieldError) -> None:
    raise AssertionError(f"line {number}: {error}")


def read_in_order(file: Path) -> list[bytes]:
    """The records of a file in the order of their time."""
    return sorted(
        file.read_bytes().splitlines(), key=lambda line: datetime.fromisoformat(json.loads(line)["time"])
    )


def events_table(folder: Path) -> Table:
    """For every event: minutes to the alarm, and false alarms before it."""
    table = Table(
        "event", title="minutes from the first relevant item / from the change of slope · false alarms a day"
    )
    for name in detectors(configured(EVERYTHING).desk):
        table.add_column(name, justify="right")
    for event, heard in _events(folder):
        slope_at = change_of_slope([at for at, _ in heard], event.first_at)
        told_by = detectors(configured(event.query, event.account).desk).values()
        table.add_row(event.name, *(_event_cell(event, slope_at, detect(heard)) for detect in told_by))
    return table


def _events(folder: Path) -> Iterator[tuple[RealEvent, list[Heard]]]:
    """Every event with what the desk hears; the last one once more, over the noise of another brand's crisis."""
    heard = list[Heard]()
    for event in EVENTS:
        heard = heard_by_desk(configured(event.query, event.account), read_in_order(folder / event.file))
        yield event, heard
    begins_at, busy_day = heard[0][0], BUSY[1]
    laid = [moved(each, begins_at, busy_day) for each in heard]
    noisy = msgspec.structs.replace(
        event,
        name=f"{event.name}, over another brand's crisis",
        first_at=laid[0][0],
        watched_from=BUSY[0] + DAY,
    )
    yield noisy, in_order(_chatter(folder, BUSY[0], BUSY[2]), laid)


def _event_cell(event: RealEvent, slope_at: datetime | None, moments: Sequence[datetime]) -> str:
    after = [at for at in moments if at >= event.first_at]
    told = NOTHING
    if after:
        told = f"{_minutes(after[0] - event.first_at)} / {_minutes(after[0] - slope_at) if slope_at else NOTHING}"
    if event.watched_from is None:
        return f"{told} · {NOTHING}"
    false = [at for at in alarms(moments) if event.watched_from <= at < event.first_at]
    return f"{told} · {len(false) / ((event.first_at - event.watched_from) / DAY):.2f}"


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.0f}"


def stories_table(folder: Path) -> Table:
    """Of many brand stories: which crises were told how soon, and which harmless ones were told as well."""
    config = configured(EVERYTHING)
    chatter = _chatter(folder, BACKGROUND[0], BACKGROUND[2])
    stories = _stories(folder, config)
    crises = {name: story for name, story in stories.items() if story_of(name) in CRISES}
    harmless = {name: story for name, story in stories.items() if story_of(name) in HARMLESS}
    table = Table(
        "stories of 2013 and 2014, held out", title="each laid over a week of another brand's real chatter"
    )
    found = {
        name: (_delays(detect, chatter, crises), _delays(detect, chatter, harmless), detect(chatter))
        for name, detect in detectors(config.desk).items()
    }
    for name in found:
        table.add_column(name, justify="right")
    for soon in SOON:
        told = [f"{_within(each, soon)} of {len(crises)}" for each, _, _ in found.values()]
        table.add_row(f"crises told within {_minutes(soon)} min", *told)
    medians = [_median(each) for each, _, _ in found.values()]
    table.add_row("median minutes of those told", *medians)
    for soon in SOON[1:]:
        told = [f"{_within(each, soon)} of {len(harmless)}" for _, each, _ in found.values()]
        table.add_row(f"harmless stories told within {_minutes(soon)} min", *told)
    days = (BACKGROUND[2] - BACKGROUND[0]) / DAY - 1
    chatter_alarms = [
        f"{sum(1 for at in alarms(moments) if at >= BACKGROUND[0] + DAY) / days:.2f}"
        for _, _, moments in found.values()
    ]
    table.add_row("alarms a day on the chatter alone", *chatter_alarms)
    return table


def _chatter(folder: Path, from_at: datetime, to_at: datetime) -> list[Heard]:
    query = next(event.query for event in EVENTS if event.file == BACKGROUND_FILE)
    heard = heard_by_desk(configured(query), read_in_order(folder / BACKGROUND_FILE))
    return [(at, signal) for at, signal in heard if from_at <= at < to_at]


def _stories(folder: Path, config: Config) -> dict[str, list[Heard]]:
    """The held-out stories, each moved to begin on the second day of the background, at its own hour."""
    lines = read_in_order(folder / STORIES_FILE)
    told: dict[str, list[bytes]] = defaultdict(list)
    for line in lines:
        told[json.loads(line)["cascade"]].append(line)
    heard = {name: heard_by_desk(config, story) for name, story in told.items()}
    return {
        name: [
            moved(each, story[0][0], BACKGROUND[1])
            for each in story
            if each[0] - story[0][0] <= STORY_TOLD_FOR
        ]
        for name, story in heard.items()
        if story[0][0] >= HELD_OUT_FROM
    }


def in_order(*streams: Sequence[Heard]) -> list[Heard]:
    """Several streams as one."""
    return sorted((each for stream in streams for each in stream), key=lambda each: each[0])


def moved(heard: Heard, begins_at: datetime, day: datetime) -> Heard:
    """One item of what begins at `begins_at`, moved to another day at the same wall time."""
    begins_on = begins_at.astimezone(day.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    by = day - begins_on
    at, signal = heard
    later = msgspec.structs.replace(
        signal, at=signal.at + by, occurred_at=signal.occurred_at + by, observed_at=signal.observed_at + by
    )
    return at + by, later


def _delays(
    detect: Detector, chatter: Sequence[Heard], stories: Mapping[str, Sequence[Heard]]
) -> list[timedelta | None]:
    """How long after its first post each story is told; None: not while it is told.

    What the chatter alone would have been told for is not the story's.
    """
    alone = set(detect(chatter))
    delays: list[timedelta | None] = []
    for story in stories.values():
        begins_at, ends_at = story[0][0], story[0][0] + STORY_TOLD_FOR
        heard = in_order([each for each in chatter if each[0] <= ends_at], story)
        told = [at for at in detect(heard) if begins_at <= at <= ends_at and at not in alone]
        delays.append(told[0] - begins_at if told else None)
    return delays


def _within(delays: Sequence[timedelta | None], soon: timedelta) -> int:
    return sum(1 for delay in delays if delay is not None and delay <= soon)


def _median(delays: Sequence[timedelta | None]) -> str:
    told = [delay for delay in delays if delay is not None]
    return _minutes(sorted(told)[(len(told) - 1) // 2]) if told else NOTHING


if __name__ == "__main__":
    main()
