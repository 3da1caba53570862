"""Durable ingest beside the least that any durable ingest must do.

The bare loop decodes the same records by format 1, as the gateway must, and appends every 500 of them as one row to SQLite
(WAL, synchronous=FULL). Ours normalises, seals, judges, matches 1,000 monitors, keeps clocks, links, commits, and lets the
desk decide besides. A third one, the loose loop, decodes into fields of any content and checks nothing.
They run in turns in one new process; ours has a second one, as in the daemon.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from services import clock
from services.collector import settle_collector
from services.config import Config, load
from services.deadletters import DeadLetters
from services.engine import Engine
from services.gateway.ingest import Gateway
from services.gateway.press import ProcessPress
from services.gateway.press_wire import Setup
from services.gateway.receipts import Receipt
from services.gateway.records import read_record
from tests.bench import setting
from tests.bench.figures import Figure
from tests.bench.material import lines

BATCH = 500
SLICE = 20_000
"""Records that one loop takes before it is the other's turn."""
SLICES = 5
CLIENTS = 4
"""Batches that are on their way at one time."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What the measuring process found."""

    loose_items_s: float
    bare_items_s: float
    ingest_items_s: float


def measure(share: float) -> Iterator[Figure]:
    command = [sys.executable, "-m", "tests.bench.ingest_speed", str(max(1, round(SLICES * share)))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    rates = msgspec.json.decode(done.stdout.splitlines()[-1], type=Rates)
    yield Figure(
        key="loose_items_s",
        value=rates.loose_items_s,
        unit="items/s",
        what="loose loop: decoded without a check, one row per 500",
    )
    yield Figure(
        key="bare_items_s",
        value=rates.bare_items_s,
        unit="items/s",
        what="bare loop: decode by format 1, one row per 500 in SQLite",
    )
    yield Figure(
        key="ingest_items_s",
        value=rates.ingest_items_s,
        unit="items/s",
        what=f"durable ingest: judged, {setting.MONITORS:,} monitors, clocks, desk",
    )
    yield Figure(
        key="ingest_ratio",
        value=rates.ingest_items_s / rates.bare_items_s,
        unit="×",
        what="ingest over bare loop",
        aim=0.10,
    )
    yield Figure(
        key="ingest_loose_ratio",
        value=rates.ingest_items_s / rates.loose_items_s,
        unit="×",
        what="ingest over loose loop",
        aim=0.10,
    )


class _LooseRecord(msgspec.Struct):
    """The fields of the records that are measured with, typed as format 1 has them."""

    time: str
    platform: str
    kind: str
    id: str
    text: str
    post_id: str | None = None
    parent_id: str | None = None
    account: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_followers: int | None = None
    url: str | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    views: int | None = None


class _Bare:
    def __init__(self, file: Path, decode: Callable[[bytes], object]) -> None:
        self._decode = decode
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE batches (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def take(self, batch: Sequence[bytes]) -> None:
        for start in range(0, len(batch), BATCH):
            part = batch[start : start + BATCH]
            for line in part:
                self._decode(line)
            self._db.execute("INSERT INTO batches (body) VALUES (?)", (b"\n".join(part),))


class Uncounted:
    """Counts nothing."""

    def duplicates(self, count: int) -> None: ...

    def rejected(self, code: str, count: int) -> None: ...

    def dead_letters(self, code: str, count: int) -> None: ...


def loaded(folder: Path) -> Config:
    """The configuration in `folder`, which must be right."""
    found = load(folder)
    assert found.config is not None, found.problems
    return found.config


async def _ingest(gateway: Gateway, batch: Sequence[bytes]) -> None:
    parts = iter([batch[start : start + BATCH] for start in range(0, len(batch), BATCH)])

    async def client() -> Receipt:
        receipt = Receipt()
        for part in parts:
            receipt = receipt.plus(await gateway.take(part, "records", source="bench"))
        return receipt

    receipts = await asyncio.gather(*(client() for _ in range(CLIENTS)))
    accepted = sum(receipt.accepted for receipt in receipts)
    assert accepted == len(batch), f"{accepted} of {len(batch)} accepted: {receipts}"


async def _rates(folder: Path, slices: int) -> Rates:
    setting.write(folder / "config")
    config = loaded(folder / "config")
    loose = _Bare(folder / "loose.db", msgspec.json.Decoder(_LooseRecord).decode)
    bare = _Bare(folder / "bare.db", read_record)
    loose_s = bare_s = ingest_s = 0.0
    data = folder / "data"
    data.mkdir()
    with Engine(data, config, clock=clock.now, environ=os.environ, on_error=_raised) as engine:
        engine.start()
        async with ProcessPress(Setup(str(data), config.intake), os.environ, _raised) as press:
            gateway = Gateway(
                house=engine,
                press=press,
                dead_letters=DeadLetters(folder / "deadletters.db", engine.vault),
                now=clock.now,
                recorder=Uncounted(),
            )
            await _ingest(gateway, list(lines(2 * BATCH, round_name="warm")))  # load what is loaded lazily
            settle_collector()  # as the daemon does
            for number in range(slices):
                batch = list(lines(SLICE, round_name=f"s{number}r"))
                began_s = time.perf_counter()
                loose.take(batch)
                loose_s += time.perf_counter() - began_s
                began_s = time.perf_counter()
                bare.take(batch)
                bare_s += time.perf_counter() - began_s
                began_s = time.perf_counter()
                await _ingest(gateway, batch)
                ingest_s += time.perf_counter() - began_s
    count = SLICE * slices
    return Rates(
        loose_items_s=count / loose_s,
        bare_items_s=count / bare_s,
        ingest_items_s=count / ingest_s,
    )


def _raised(error: BaseException) -> None:
    print(f"the engine says: {error!r}", file=sys.stderr)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as name:
        print(json.dumps(msgspec.structs.asdict(asyncio.run(_rates(Path(name), int(sys.argv[1]))))))
