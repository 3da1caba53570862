"""The outbox among many machines: one process at a time owns it, so that every robot's pace holds over all of them.

Whoever takes over goes on from the desk's journal, and knows from the outcomes what robots were sent lately. A page that was on
its way when its owner died may be sent twice, none is lost.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import datetime, timedelta

import structlog

from alerting.config import DeskConfig
from alerting.events import PageRequested
from services.auditor import Auditor
from services.errors import ConfigurationUnusable
from services.notify.contacts import contact_of
from services.notify.errors import NoSuchContact
from services.notify.lanes import Lanes
from services.notify.outbox import SENDERS, Outbox, merged_of
from services.notify.pace import Limit, Pace
from services.taking_over import DeskSource, Known, Owned
from streams.errors import StreamsError

LONGEST_WINDOW = timedelta(seconds=61)
"""Of any robot's limit (`services.notify.pace`)."""
LISTEN_MS = 200
AGAIN_S = 1.0
"""After an error things are begun again this long after."""
_PART_OF_A_MESSAGE = 1e-9

MakeOutbox = Callable[[Lanes, Callable[[], bool]], Outbox]
"""From its lanes and what tells whether it may send."""
AddressOf = Callable[[PageRequested], str | None]
"""The address that a page goes to; None: there is none any more."""


class OutboxKeeper:
    """Runs an outbox and an auditor whenever this process owns them."""

    def __init__(
        self,
        desk: DeskSource,
        make_outbox: MakeOutbox,
        auditor: Auditor,
        address_of: AddressOf,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._make_outbox = make_outbox
        self._auditor = auditor
        self._address_of = address_of
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
        self._auditor.begin(known.state)
        outbox.offer(known.pending)
        self._log.info("the outbox is ours", pending=len(known.pending))
        working = [asyncio.create_task(outbox.run()), asyncio.create_task(self._auditor.run())]
        self._outbox, self.trouble = outbox, None
        try:
            while self.held():
                for partition, entry in await asyncio.to_thread(heard.poll, LISTEN_MS):
                    self._auditor.listen(partition, entry)
                    outbox.listen(partition, entry)
        finally:
            self._outbox = None
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await asyncio.to_thread(heard.close)
            self._log.info("the outbox is no longer ours")

    def _paces(self, known: Known) -> Callable[[str, tuple[Limit, ...]], Pace]:
        """Paces that remember what other processes sent."""
        now, now_s = self._now(), self._monotonic_s()
        sent_at = sent_lately(known, now, self._address_of)

        def pace(url: str, limits: tuple[Limit, ...]) -> Pace:
            made = Pace(limits)
            for at in sent_at.get(url, ()):
                made.note(now_s - (now - at).total_seconds())
            return made

        return pace


def sent_lately(known: Known, now: datetime, address_of: AddressOf) -> dict[str, list[datetime]]:
    """When robots were sent a message lately, or may have been, by their address, in the order of time."""
    found: dict[str, list[datetime]] = {}
    shares: dict[str, float] = {}
    for one in known.told:
        page = known.asked.get(one.page)
        url = address_of(page) if page is not None and one.at >= now - LONGEST_WINDOW else None
        if url is None:
            continue
        # Pages that went out in one message count as one.
        shares[url] = shares.get(url, 0.0) + 1 / merged_of(one.detail)
        while len(found.setdefault(url, [])) < shares[url] - _PART_OF_A_MESSAGE:
            found[url].append(one.at)
    for url in _in_doubt(known.pending, address_of):
        found.setdefault(url, []).append(now)
    return found


def _in_doubt(pending: Iterable[PageRequested], address_of: AddressOf) -> list[str]:
    """What waits may have been on its way when its owner died: at most as many as are sent at one time."""
    return [url for page in pending if (url := address_of(page)) is not None][:SENDERS]


def addresses_in(desk: Callable[[], DeskConfig], environ: Mapping[str, str]) -> AddressOf:
    """Looks addresses up in the configuration that holds at the time."""

    def address_of(page: PageRequested) -> str | None:
        try:
            return contact_of(page, desk(), environ).url
        except (NoSuchContact, ConfigurationUnusable):
            return None

    return address_of
