"""Fifty thousand real items through three workers, while workers and the broker die, one stands still, and one reader is slow.

The reference is the runtime of one machine on the same prepared inputs. What comes of both is compared by the tests.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.config import Config
from services.gateway.preparing import Batch, Preparer
from services.vault import ClearVault
from streams.errors import StoreUnavailable
from streams.events import SlaBreached, SlaStarted
from streams.facts import Fact
from streams.journal import Entry
from streams.judging import Judge
from streams.run.embedded import DESK, FORWARDED, INTAKE
from streams.run.kafka_journal import KafkaJournal
from streams.text.sentiment import load_scorer
from streams.text.topics import load_topics
from tests.brokers import Broker
from tests.daemons import WHO_IS_REACHED
from tests.kafka.houses import BOTH, PATIENCE_S, KafkaHouse
from tests.kafka.real_records import SHOPS, WINDOW, records
from tests.services.engine_room import Room

BEGIN = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
WRITTEN = BEGIN + WINDOW
"""When everything was written, and nobody waits too long yet."""
OVERDUE = BEGIN + timedelta(hours=1)
PARTITIONS = 6
WORKERS = 3
CHUNK = 2_000
AHEAD_MOST = 3 * CHUNK
"""Inputs that may be sent and not taken in: so what dies dies in the middle of its work."""
STORM_PATIENCE_S = 180
"""On two busy cores a broker takes 20 s to come back, and workers that were sending meanwhile as long to try anew."""
FROZEN_S = 9.0
"""Longer than a session: others take its partitions, and then it comes back and writes on."""
REST_S = 0.1
T = TypeVar("T")

CONFIG = (
    """
brand: {{id: city, name: 城市, timezone: Asia/Shanghai}}
accounts:
  - {{platform: weibo, id: metro-official, name: 地铁, custodian: lin}}
  - {{platform: gov_message_board, id: city, name: 城市, custodian: lin}}
sources:
  - {{id: crawler, key: "env:FENGHUO_KEY_CRAWLER", rate: 100000/s, basis: licensed}}
monitors:
  - {{id: roads, query: '红绿灯 OR 噪音 OR 扰民', category: service, severity: P2}}
  - {{id: danger, query: '爆炸 OR 坠落 OR 坍塌', category: safety, severity: P0}}
calendars:
  always: {{hours: 24x7}}
sla:
  cap: 24h
  policies:
    - {{id: all, when: {{}}, calendar: always, first_response: 30m, next_response: 30m}}
  warn_at: [0.9]
rules:
  - {{id: p0, type: severity, severity: P0, authors: 1, level: orange}}
"""
    + WHO_IS_REACHED
)
BRANDS = {
    "dishes": """
brand: {id: dishes, name: 餐馆}
monitors:
  - {id: brand, query: '西贝 OR 贾国龙 OR 预制菜', category: product-quality, severity: P3}
rules:
  - {id: loud, type: volume, monitor: brand, window: 15m, minimum: 100, level: yellow}
levels: {ease_after: 60m}
""",
    "search": """
brand: {id: search, name: 搜索}
monitors:
  - {id: brand, query: '百度 OR 李彦宏', category: brand, severity: P0}
rules:
  - {id: p0, type: severity, severity: P0, authors: 3, level: yellow}
levels: {ease_after: 60m}
""",
    "shops": """
brand: {id: shops, name: 店}
accounts:
"""
    + "".join(f"  - {{platform: wechat, id: shop-{number}, custodian: lin}}\n" for number in range(SHOPS))
    + """
monitors:
  - {id: ill, query: '拉肚子 OR 食物中毒 OR 变质', category: safety, severity: P0}
rules:
  - {id: p0, type: severity, severity: P0, authors: 1, level: orange}
levels: {ease_after: 60m}
""",
}


class Inputs(msgspec.Struct, frozen=True):
    """Prepared once, for both runtimes: sealing draws numbers."""

    written: Sequence[Any]
    replies: Sequence[Any]


def inputs(data: Path, config: Config) -> Inputs:
    """Judged, and sealed with nothing: no test asks for a text."""
    shop = config.intake
    judge = Judge(shop, load_scorer(shop.scorer), load_topics(), str)
    accounts = frozenset((account.platform, account.id) for account in shop.accounts)
    preparer = Preparer(sealer=ClearVault(), accounts=accounts, now=lambda: WRITTEN, judge=judge.judge)

    def prepared(lines: Sequence[bytes]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(lines), CHUNK):
            some = lines[start : start + CHUNK]
            batch = preparer.prepare(Batch("crawler", "records", list(range(len(some))), some))
            assert batch.wrong == ()
            found += batch.arrivals
        return found

    written, replies = records(data, BEGIN)
    return Inputs(prepared(written), prepared(replies))


class Course(msgspec.Struct, frozen=True):
    """What a runtime recorded."""

    intake: list[Any]
    desk: list[Any]


def on_one_machine(folder: Path, config: Config, given: Inputs) -> Course:
    """The reference: the same inputs on one machine, the clock moved in the same steps."""
    room = Room(folder)
    room.now = WRITTEN
    course = Course([], [])

    def heard(partition: str, entry: Entry[Any]) -> None:
        (course.intake if partition == INTAKE else course.desk).extend(entry.events)

    async def submit(engine: Any, arrivals: Sequence[Any]) -> None:
        for start in range(0, len(arrivals), 500):
            await engine.submit(arrivals[start : start + 500])

    with room.engine(config, [heard]) as engine:
        asyncio.run(submit(engine, given.written))
        room.now = OVERDUE
        asyncio.run(submit(engine, given.replies))
    assert room.errors == []
    return course


class SlowReader:
    """Reads one journal from its beginning, an entry at a time and with a rest after each; at last without."""

    def __init__(self, house: KafkaHouse) -> None:
        self._house = house
        self._hurry = threading.Event()
        self.seqs: list[int] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with closing(KafkaJournal(self._house.cluster, INTAKE, 0, self._house.writer)) as journal:
            ended = False
            while not ended:
                ended = self._hurry.is_set()  # what came before is read once more to its end
                try:
                    for stored in journal.read(after=len(self.seqs)):
                        self.seqs.append(stored.seq)
                        self._hurry.wait(REST_S)
                except StoreUnavailable:
                    self._hurry.wait(REST_S)

    def finish(self) -> list[int]:
        self._hurry.set()
        self._thread.join(PATIENCE_S)
        return self.seqs


class Storm:
    """One run on Kafka, whose workers are started at once; `seed` draws who dies when."""

    def __init__(self, house: KafkaHouse, broker: Broker, seed: int) -> None:
        self.house = house
        self._broker = broker
        self._rng = random.Random(seed)
        self._workers = [house.worker(*BOTH) for _ in range(WORKERS)]
        self._pause = threading.Event()
        self.slow_reader = SlowReader(house)

    def run(self, given: Inputs, reference: Course) -> None:
        """Everything is sent, some of it twice; returns when as much is recorded as in the reference, or it never comes."""
        chunks = [given.written[start : start + CHUNK] for start in range(0, len(given.written), CHUNK)]
        blows = self._blows(len(chunks))
        sent = 0
        for number, chunk in enumerate(chunks):
            self._send(chunk)
            sent += len(chunk)
            for strike in blows.get(number, ()):
                strike()
            self._await_recorded(Fact, sent - AHEAD_MOST)
        self._await_recorded(Fact, len({one.fact.id for one in given.written}))
        self.house.set_clock(OVERDUE)
        self._kill_a_worker()  # with timers in its hands
        self._await_recorded(SlaBreached, self.house.count(INTAKE, SlaStarted))
        self._send(given.replies)
        self._await_recorded(
            object, len(reference.intake) + (PARTITIONS - 1)
        )  # each activates the configuration
        told = self.house.count(INTAKE, *FORWARDED)
        self._await(lambda: self.house.count(DESK, *FORWARDED) >= told)

    def _blows(self, chunks: int) -> dict[int, list[Callable[[], None]]]:
        """At seeded moments: a worker dies, one stands still until others have its partitions, the broker dies."""
        blows: list[Callable[[], None]] = [self._kill_a_worker, self._freeze_a_worker, self._kill_the_broker]
        moments = sorted(self._rng.sample(range(3, chunks - 2), len(blows)))
        self._rng.shuffle(blows)
        return {moment: [blow] for moment, blow in zip(moments, blows, strict=True)}

    def _moment(self) -> None:
        """Somewhere in what is going on."""
        self._pause.wait(self._rng.random() * 0.3)

    def _kill_a_worker(self) -> None:
        self._moment()
        self._rng.choice(self._workers).kill()  # `_tend` starts it again

    def _freeze_a_worker(self) -> None:
        self._moment()
        worker = self._rng.choice(self._workers)
        worker.freeze()
        threading.Timer(FROZEN_S, worker.thaw).start()

    def _kill_the_broker(self) -> None:
        self._moment()
        self._broker.kill()
        self._broker.start()

    def _send(self, arrivals: Sequence[Any]) -> None:
        """As a sender does that must lose nothing: again, until it is acknowledged; and at times when it was already."""
        parts = [arrivals, *([arrivals[:300]] if self._rng.random() < 0.2 else [])]
        for part in parts:
            self._until_done(partial(self.house.send, part))

    def _until_done(self, act: Callable[[], T]) -> T:
        for _ in range(PATIENCE_S):
            try:
                return act()
            except StoreUnavailable:
                self._pause.wait(0.5)
        raise AssertionError("the broker never came back")

    def _await_recorded(self, kind: type, count: int) -> None:
        self._await(lambda: self.house.count(INTAKE, kind) >= count)

    def _await(self, found: Callable[[], bool]) -> None:
        self.house.await_that(lambda: self._tend() and self._until_done(found), STORM_PATIENCE_S)

    def _tend(self) -> bool:
        """Start again what died, as a supervisor does."""
        for worker in self._workers:
            if not worker.alive:
                worker.start()
        return True


def in_storm(storm: Storm, given: Inputs, reference: Course) -> Course:
    """What is recorded on Kafka, through all that. The house is left with its journals."""
    storm.run(given, reference)
    seqs = storm.slow_reader.finish()
    assert seqs == [entry.seq for entry in storm.house.journal(INTAKE, 0)]
    return Course(storm.house.events(INTAKE), storm.house.events(DESK))
