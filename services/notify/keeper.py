"""The outbox among many machines: one process at a time owns it, so that every robot's pace holds over all of them.

Whoever takes over goes on from the desk's journal, and knows what robots were sent lately. A page that was on
its way when its owner died may be sent twice, none is lost.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import structlog

from services.auditor import Auditor
from services.holding import Holding
from services.notify.lanes import Lanes
from services.notify.outbox import Outbox
from services.notify.pace import Limit, Pace
from services.taking_over import DeskSource, Known, Owned
from streams.errors import StreamsError

LISTEN_MS = 200
AGAIN_S = 1.0
"""After an error things are begun again this long after."""

MakeOutbox = Callable[[Lanes, Callable[[], bool]], Outbox]
"""From its lanes and what tells whether it may send."""


class OutboxKeeper:
    """Runs an outbox and an auditor whenever this process owns them."""

    def __init__(
        self,
        desk: DeskSource,
        make_outbox: MakeOutbox,
        auditor: Auditor,
        holding: Holding,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._make_outbox = make_outbox
        self._auditor = auditor
        self._holding = holding
        self._now = now
        self._monotonic_s = monotonic_s
        self._owned: Owned | None = None
        self._stopping = threading.Event()
        self._outbox: Outbox | None = None
        self._log = structlog.get_logger("fenghuo.outbox")
        self.trouble: str | None = None
        """Why pages are not sent, if this process should send them; None also while another one does."""

    @property
    def pending(self) -> int:
        """Pages whose outcome the Desk does not know yet, as far as this process sends them."""
        return 0 if self._outbox is None else self._outbox.pending

    @property
    def stuck(self) -> int:
        """Escalations that should have moved and did not."""
        return len(self._auditor.found) if self.owns else 0

    @property
    def owns(self) -> bool:
        """Whether this process sends the pages."""
        return self._outbox is not None

    @property
    def armed(self) -> bool:
        """Whether pages go out, as far as this process sends them."""
        return self._outbox is None or self._outbox.armed

    def held(self) -> bool:
        """Whether this process may send at this very moment."""
        owned = self._owned
        return owned is not None and owned.held()

    async def run(self) -> None:
        """Take part until cancelled."""
        asking = asyncio.create_task(asyncio.to_thread(self._ask))
        try:
            while True:
                if self.held():
                    await self._term_or_trouble()
                await asyncio.sleep(LISTEN_MS / 1000)
        finally:
            self._stopping.set()
            await asyncio.shield(asking)

    def _ask(self) -> None:
        """In a thread of its own: take part in the group, also while the rest is busy."""
        while not self._stopping.is_set():
            try:
                with closing(self._desk.join()) as owned:
                    self._owned = owned
                    while not self._stopping.is_set():
                        owned.poll()
            except StreamsError as error:
                self.trouble = str(error)
                self._stopping.wait(AGAIN_S)
            finally:
                self._owned = None

    async def _term_or_trouble(self) -> None:
        try:
            await self._term()
        except StreamsError as error:
            self.trouble = str(error)
            self._log.error("the outbox cannot go on and begins anew", error=error)
            await asyncio.sleep(AGAIN_S)
        else:
            self.trouble = None

    async def _term(self) -> None:
        """Send for as long as we own the outbox."""
        known, heard = await asyncio.to_thread(self._desk.take_over, self._now())
        outbox = self._make_outbox(Lanes(self._paces(known)), self.held)
        self._holding.begin(known.state)
        self._auditor.begin(known.state)
        outbox.begin(known.state)
        outbox.offer(known.pending)
        self._log.info("the outbox is ours", pending=len(known.pending))
        working = [asyncio.create_task(outbox.run()), asyncio.create_task(self._auditor.run())]
        self._outbox, self.trouble = outbox, None
        try:
            while self.held():
                for partition, entry in await asyncio.to_thread(heard.poll, LISTEN_MS):
                    self._holding.listen(partition, entry)
                    self._auditor.listen(partition, entry)
                    outbox.listen(partition, entry)
        finally:
            self._outbox = None
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await asyncio.to_thread(heard.close)
            self._log.info("the outbox is no longer ours")

    def _paces(self, known: Known) -> Callable[[str, tuple[Limit, ...]], "NotedPace"]:
        now, now_s = self._now(), self._monotonic_s()

        def pace(url: str, limits: tuple[Limit, ...]) -> NotedPace:
            robot = hashlib.sha256(url.encode()).digest()
            inner = Pace(limits)
            for at in known.sent_at.get(robot, ()):
                inner.note(now_s - (now - at).total_seconds())
            return NotedPace(inner, lambda: self._desk.note(robot, self._now()))

        return pace


class NotedPace:
    """As `Pace`; every message is noted for whoever takes over, before it goes out."""

    def __init__(self, inner: Pace, note: Callable[[], None]) -> None:
        """`inner` knows what others sent."""
        self._inner = inner
        self._note = note

    def wait_s(self, now_s: float) -> float:
        return self._inner.wait_s(now_s)

    def room(self, now_s: float) -> int | None:
        return self._inner.room(now_s)

    def spend(self, now_s: float) -> bool:
        if not self._inner.spend(now_s):
            return False
        self._note()
        return True
