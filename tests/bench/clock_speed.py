"""Due times by themselves; and a million open conversations: memory, restart, and breaches while items come in.

The conversations are filled in by one process and measured in another that has just started from their journal, as a
daemon would after a crash. Its clock is virtual and runs at the speed of the real one.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.engine import CODECS
from streams import facts, ids
from streams.arrivals import IntakeHappening, Judged, Judgement
from streams.commands import ActivateConfig
from streams.config import Account, IntakeConfig
from streams.events import IntakeEvent, SlaBreached
from streams.intake import Intake
from streams.journal import Codec, Entry
from streams.run.embedded import DESK, INTAKE, Embedded, Opened
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import ForgetfulJournal
from streams.run.sqlite import Store
from streams.sla.calendar import Calendar
from streams.sla.policy import Policy, SlaConfig, When
from streams.sla.spec import parse_calendar
from streams.text.sentiment import Sentiment, load_scorer
from streams.text.topics import load_topics
from tests.bench.figures import Figure, percentile, rate, took_s
from tests.bench.material import SEED

DUE_TIMES = 100_000
OFFICE = {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"}
CONVERSATIONS = 1_000_000
UNDER_ONE_POST = 10
BATCH = 1_000
START = datetime(2026, 3, 6, 4, tzinfo=UTC)
TARGET = timedelta(minutes=90)
STEADY_S = 20
"""For so long clocks run out one after the other while items come in."""
STEADY_A_SECOND = 100
ITEMS_A_SECOND = 2_000
FLOOD = 100_000
"""Clocks that run out in one second after that."""
FLOOD_AFTER_S = STEADY_S + 5
CALM = Judgement(sentiment=Sentiment(label="neutral", negative=0.1, neutral=0.8, positive=0.1), model="bench")
CONFIG = IntakeConfig(
    accounts=(Account(brand="bench", platform="weibo", id="official"),),
    sla=SlaConfig(
        policies=(
            Policy(
                id="all",
                when=When(),
                calendar="always",
                first_response_s=int(TARGET.total_seconds()),
                resolution_s=86_400,
            ),
        ),
        calendars=(parse_calendar("always", "24x7"),),
    ),
)


def measure(share: float) -> Iterator[Figure]:
    yield from _due_times(share)
    count = int(CONVERSATIONS * share)
    with tempfile.TemporaryDirectory() as folder:
        found = _in_own_process("fill", folder, str(count)) | _in_own_process("serve", folder, str(count))
    yield Figure(
        key="clocks_1m_rss_mb",
        value=found["rss_mb"],
        unit="MB",
        what=f"resident after a restart with {count:,} open conversations, two clocks each",
        aim=600,
        better="less",
    )
    yield Figure(
        key="restart_s", value=found["restart_s"], unit="s", what="from start to ready", aim=20, better="less"
    )
    yield Figure(
        key="breach_p99_s",
        value=found["breach_p99_s"],
        unit="s",
        what=f"p99 from the due time to the durable breach, {ITEMS_A_SECOND:,} items/s coming in",
        aim=1,
        better="less",
    )
    yield Figure(
        value=found["flood_s"],
        unit="s",
        what=f"until the last of {int(FLOOD * share):,} breaches that fall due in one second is durable",
    )


def _due_times(share: float) -> Iterator[Figure]:
    count = int(DUE_TIMES * share)
    chance = random.Random(SEED)
    year = datetime(2026, 1, 1, tzinfo=UTC)
    starts = [year + timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(count)]
    always = Calendar(parse_calendar("always", {"hours": "24x7"}))
    office = Calendar(parse_calendar("office", OFFICE))
    yield Figure(
        key="due_always_s",
        value=rate(count, lambda: _due(always, starts)),
        unit="due times/s",
        what="around the clock",
        aim=200_000,
    )
    yield Figure(
        key="due_office_s",
        value=rate(count, lambda: _due(office, starts)),
        unit="due times/s",
        what="office hours, holidays and make-up workdays",
        aim=50_000,
    )


def _due(calendar: Calendar, starts: list[datetime]) -> None:
    for start in starts:
        calendar.due(start, 7_200)


def _in_own_process(*words: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.clock_speed", *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _intake() -> Intake:
    return Intake({"bench": CONFIG}, load_scorer, load_topics(), str)


def _fill(folder: Path, count: int) -> dict[str, float]:
    """A journal with `count` conversations: most are due in half an hour or later, some as the measurement wants them."""
    store = Store(folder / "bench.db")
    partition: AnyPartition = Partition(store.journal(INTAKE), _intake(), CODECS[INTAKE])
    partition.take([ActivateConfig(id="activate", who="bench", config="bench")], START)
    steady, flood = STEADY_S * STEADY_A_SECOND, int(FLOOD * count / CONVERSATIONS)
    chance = random.Random(SEED)
    for first in range(0, count, BATCH):
        batch: list[IntakeHappening] = []
        for number in range(first, min(first + BATCH, count)):
            if number < steady:
                due_in_s = 5 + number / STEADY_A_SECOND
            elif number < steady + flood:
                due_in_s = 5 + FLOOD_AFTER_S + chance.random()
            else:
                due_in_s = chance.uniform(1_800, TARGET.total_seconds())
            batch.append(comment(number, START - TARGET + timedelta(seconds=due_in_s)))
        partition.take(batch, START)
    store.close()
    return {}


def comment(number: int, when: datetime) -> Judged:
    """A comment that somebody new writes, judged already."""
    native_id, post = f"49{number:014d}", f"48{number // UNDER_ONE_POST:014d}"
    item, author = ids.item_id("weibo", native_id), ids.derived("author", str(number))
    fact = facts.CommentReceived(
        id=ids.fact_id(item, "seen"), item=item, key=ids.thread_key("weibo", "official", post, author),
        platform="weibo", native_id=native_id, source="bench", occurred_at=when, observed_at=when, recorded_at=START,
        kind="comment", author=author, post=post, account="official", sealed=bytes(120),
    )  # fmt: skip
    return Judged(fact=fact, judgement=CALM)


def _serve(folder: Path, count: int) -> dict[str, float]:
    """Start from the journal, then let clocks run out while items come in."""
    noticed: list[float] = []
    began_s = time.monotonic()
    ready_s: list[float] = []

    def now() -> datetime:
        return START + timedelta(seconds=time.monotonic() - (ready_s[0] if ready_s else time.monotonic()))

    def recorded(_partition: str, entry: Entry[Any]) -> None:
        at = now()
        noticed.extend(
            (at - event.at).total_seconds() for event in entry.events if isinstance(event, SlaBreached)
        )

    def opened() -> Opened:
        store = Store(folder / "bench.db")
        intake: AnyPartition = Partition(store.journal(INTAKE), _intake(), Codec(IntakeEvent))
        return Opened(intake, Partition(ForgetfulJournal(DESK), _Nobody(), CODECS[DESK]), [], store.close)

    errors: list[BaseException] = []
    runtime = Embedded(opened, now, listeners=[recorded], on_error=errors.append)
    runtime.start()
    found = {"restart_s": time.monotonic() - began_s, "rss_mb": _rss_mb()}
    ready_s.append(time.monotonic())
    flood = int(FLOOD * count / CONVERSATIONS)
    _bring_items(runtime, count, ready_s[0], 5 + STEADY_S)
    found["breach_p99_s"] = percentile(noticed, 0.99)
    before = len(noticed)
    _bring_items(runtime, count + 10**7, ready_s[0], 5 + FLOOD_AFTER_S)
    found["flood_s"] = took_s(lambda: _wait_for(noticed, before + flood, errors))
    runtime.stop()
    if errors:
        raise errors[0]
    return found


def _bring_items(runtime: Embedded, first: int, began_s: float, until_s: float) -> None:
    """Two thousand items a second, a tenth of a second's at a time, until so long after the beginning."""
    number = first
    while (passed_s := time.monotonic() - began_s) < until_s:
        at = START + timedelta(seconds=passed_s)
        portion = [comment(number + n, at) for n in range(ITEMS_A_SECOND // 10)]
        runtime.submit(portion)
        number += len(portion)
        time.sleep(max(0.0, 0.1 - (time.monotonic() - began_s - passed_s)))


def _wait_for(noticed: list[float], count: int, errors: list[BaseException]) -> None:
    while len(noticed) < count and not errors:
        time.sleep(0.05)


class _Nobody:
    """A desk that hears of everything and does nothing: breaches are what is measured here."""

    def begin(self) -> None: ...

    def judge(self, _state: None, arrivals: Any) -> Any:
        return arrivals

    def decide(self, _state: None, _happening: Any, _now: datetime) -> list[Any]:
        return []

    def due(self, _state: None, _now: datetime) -> list[Any]:
        return []

    def next_due(self, _state: None) -> None: ...

    def evolve(self, _state: None, _event: Any) -> None: ...

    def configuration(self, _state: None) -> None: ...

    def dump(self, _state: None) -> list[bytes]:
        return []

    def load(self, _chunks: Any) -> None: ...


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    step, place, many = sys.argv[1:]
    result = {"fill": _fill, "serve": _serve}[step](Path(place), int(many))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
