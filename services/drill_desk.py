"""A drill with people at their desks: the daemon on a storm, its clock as fast as asked, its messages shown and not sent."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from services import clock
from services.daemon import Running, Settings, run
from services.drill import Drill
from services.drill_score import DrillScore, Scorer
from services.gateway.records import Record
from services.notify.sandbox import Told

SOURCE = "drill"
PULSE_S = 0.2
"""So often the loop looks at the fast clock, so that timers fire at their time."""
LINKS_LAST = timedelta(hours=1)
"""By the present, however fast the drill's clock runs."""
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


class FastClock:
    """Runs `speed` times as fast as the present, from `start` on."""

    def __init__(self, start: datetime, speed: float, now: Callable[[], datetime] = clock.now) -> None:
        self._start, self._speed, self._now = start, speed, now
        self._began = now()

    def __call__(self) -> datetime:
        return self._start + (self._now() - self._began) * self._speed

    def in_real(self, length: timedelta) -> datetime:
        """What it will show after `length` of the present."""
        return self() + length * self._speed


def serve_drill(
    settings: Settings,
    storm: Iterable[Record],
    now: FastClock,
    environ: Mapping[str, str],
    ready: Callable[[Running], None],
    told: Told,
) -> tuple[DrillScore, ...]:
    """Serve until told to stop, while the storm is played; returns how it went.

    Args:
        settings: as for the daemon; the folder is new, or a drill's.
        storm: by the time that `now` shows, in order.
        now: the drill's clock.
        environ: where the vault's key may come from.
        ready: called once the desk can be opened.
        told: hears of every message that would have gone out.
    """
    scorer = Scorer()

    async def on_ready(running: Running) -> None:
        ready(running)
        await _play(running, storm, now)

    run(settings, environ, on_ready, Drill(now=now, told=told, listen=scorer.listen))
    return scorer.scores(now())


async def _play(running: Running, storm: Iterable[Record], now: FastClock) -> None:
    for record in storm:
        await _until(running, record.observed or record.time, now)
        await running.gateway.take_record(record, source=SOURCE)
    await _until(running, _END_OF_TIME, now)


async def _until(running: Running, at: datetime, now: FastClock) -> None:
    """Wait for a moment of the drill's clock; the loop sleeps by the real one, so it is woken meanwhile."""
    while now() < at:
        await asyncio.sleep(PULSE_S)
        await running.house.submit([])


def storm_from(records: Iterable[Record], begins: datetime | None, now: datetime) -> Iterator[Record]:
    """What was seen from `begins` on (None: from the first item on), as if it were seen from `now` on."""
    shift: timedelta | None = None
    for record in records:
        seen = record.observed or record.time
        if begins is not None and seen < begins:
            continue
        shift = now - (begins or seen) if shift is None else shift
        yield msgspec.structs.replace(record, time=record.time + shift, observed=seen + shift)
