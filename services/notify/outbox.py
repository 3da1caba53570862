"""The outbox: takes the pages that the Desk asked for, sends them, and tells the Desk what became of each.

The journal is the outbox's memory: a page stands there as `page.requested` before it is sent, and its outcome goes back
as a command. A crash between the two may repeat a page (`alerting.desk.pending_pages` is offered again at start), never
lose one; within one life of the process no page is delivered twice.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, assert_never

import msgspec
import structlog

from alerting.arming_events import OutboxArmed, OutboxDisarmed
from alerting.commands import OUTBOX, ReportPage
from alerting.config import DeskConfig
from alerting.desk_state import DeskState
from alerting.events import PageDelivered, PageFailed, PageRequested
from services.errors import ConfigurationUnusable
from services.notify.channel import Attempt, Channel, Delivered, GiveUp, TryAgain
from services.notify.contacts import contact_of
from services.notify.errors import NoSuchContact
from services.notify.lanes import Lanes, Parcel, Waiting
from services.notify.message import Stationery
from services.ports import Commanded
from streams import ids
from streams.journal import Entry

SENDERS = 16
"""Messages that are on their way at one time."""
SENDERS_FOR_URGENT = 6
"""So many of them are kept free for the urgent lane."""
REMEMBERED_PAGES = 100_000
"""Ids of pages that were taken, so that none is taken twice."""
SHORTEST_TRY_S = 0.1
HELD_BACK_S = 0.2
"""Whether it may send is asked again after this long."""
RECORD_RETRY_S = 1.0
"""The house did not record an outcome: asked again after this long, without end."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long one contact is tried before the Desk goes on to the next."""

    tries: int = 3
    backoff_s: tuple[float, ...] = (1.0, 4.0)
    """Before the second try, before the third."""
    timeout_s: float = 10.0
    """Of one try."""
    within_s: float = 20.0
    """Of all tries, from the beginning of the first."""


PATIENCE = Patience()


class Outbox:
    """Pages in, messages out, outcomes back. `run` is a task of the daemon's event loop."""

    def __init__(
        self,
        *,
        house: Commanded,
        channel: Channel,
        stationery: Stationery,
        desk: Callable[[], DeskConfig],
        environ: Mapping[str, str],
        monotonic_s: Callable[[], float],
        patience: Patience = PATIENCE,
        lanes: Lanes | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        """`desk` gives the configuration that holds at the time; `may_send` is asked before every message."""
        self._house = house
        self._channel = channel
        self._stationery = stationery
        self._desk = desk
        self._environ = environ
        self._monotonic_s = monotonic_s
        self._patience = patience
        self._log = structlog.get_logger("fenghuo.outbox")
        self._inbox: deque[PageRequested] = deque()
        self._lanes = Lanes() if lanes is None else lanes  # one that waits for nothing is empty, and false
        self._may_send = may_send
        self._armed = True
        self._ended: deque[str] = deque()
        """Pages whose outcome was recorded, perhaps without us."""
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._unreported = 0
        self._sending = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    @property
    def pending(self) -> int:
        """Pages whose outcome the Desk does not know yet."""
        return self._unreported + len(self._inbox)

    @property
    def running(self) -> bool:
        """Whether `run` runs."""
        return self._loop is not None

    def begin(self, state: DeskState) -> None:
        """How the desk stands before the first entry is heard; nothing of it is kept."""
        self._armed = state.disarmed_at is None
        if not self._armed:
            self._log.warning("the outbox is disarmed and holds every page", since=str(state.disarmed_at))

    @property
    def armed(self) -> bool:
        """Whether pages go out; they wait until somebody arms the outbox."""
        return self._armed

    def listen(self, partition: str, entry: Entry[Any]) -> None:  # noqa: ARG002 (a listener of the runtime)
        """Take the pages of an entry. Safe to call from any thread; does not block."""
        self.offer(event for event in entry.events if isinstance(event, PageRequested))
        for event in entry.events:
            match event:
                case PageDelivered() | PageFailed():
                    self._ended.append(event.page)
                case OutboxDisarmed():
                    self._armed = False
                    self._log.warning("the outbox was disarmed and holds every page", by=event.by)
                case OutboxArmed():
                    self._armed = True
                    self._log.warning(
                        "the outbox was armed", by=event.by, let_go=event.let_go, going=event.going
                    )
                    self._wake_up()
                case _:
                    pass

    def offer(self, pages: Iterable[PageRequested]) -> None:
        """Take pages; a page that was taken before is passed over. Safe to call from any thread."""
        before = len(self._inbox)
        self._inbox.extend(pages)
        if len(self._inbox) > before:
            self._wake_up()

    def _wake_up(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Send until cancelled. What is on its way then is let go, and repeated by the next process."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._woken.clear()
                armed = (
                    self._armed
                )  # asked first: what arming lets go of is taken in before anything goes out
                self._take_in()
                if armed:
                    self._dispatch()
                await self._until_something_can_go()
        finally:
            self._loop = None
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _urgent_only(self) -> bool:
        return self._sending >= SENDERS - SENDERS_FOR_URGENT

    async def _until_something_can_go(self) -> None:
        """Until a page comes, a sender is free, or a robot may be spoken to again."""
        wait_s = None
        if not (self._armed and self._may_send()):
            wait_s = HELD_BACK_S
        elif self._sending < SENDERS:
            wait_s = self._lanes.wait_s(self._monotonic_s(), urgent_only=self._urgent_only)
        try:
            await asyncio.wait_for(self._woken.wait(), wait_s)
        except TimeoutError:
            return

    def _take_in(self) -> None:
        while self._inbox:
            page = self._inbox.popleft()
            if page.page in self._taken:
                continue
            self._taken[page.page] = None
            if len(self._taken) > REMEMBERED_PAGES:
                self._taken.popitem(last=False)
            self._unreported += 1
            self._address(page)
        while self._ended:
            if self._lanes.drop(self._ended.popleft()):
                self._unreported -= 1

    def _address(self, page: PageRequested) -> None:
        try:
            contact = contact_of(page, self._desk(), self._environ)
        except NoSuchContact:
            self._start(self._report([page], "failed", "no_such_contact"))
        except ConfigurationUnusable:
            self._start(self._report([page], "failed", "secret_missing"))
        else:
            self._lanes.add(page, contact)

    def _dispatch(self) -> None:
        while self._sending < SENDERS and self._may_send():
            parcel = self._lanes.take(self._monotonic_s(), urgent_only=self._urgent_only)
            if parcel is None:
                return
            self._sending += 1
            self._start(self._deliver(parcel))

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: Parcel) -> None:
        started_s = self._monotonic_s()
        try:
            attempt = await self._attempt(parcel, started_s)
        finally:
            self._sending -= 1
            self._woken.set()
        self._log_attempt(parcel, attempt, self._monotonic_s() - started_s)
        pages = [waiting.page for waiting in parcel.pages]
        match attempt:
            case Delivered():
                await self._report(pages, "delivered", "" if len(pages) == 1 else f"merged {len(pages)}")
            case TryAgain(reason=reason, detail=detail, after_s=after_s):
                spent = self._put_back(parcel, started_s, after_s)
                await self._report(spent, "failed", f"{reason} {detail}".strip())
            case GiveUp(reason=reason, detail=detail):
                await self._report(pages, "failed", f"{reason} {detail}".strip())
            case _:
                assert_never(attempt)

    async def _attempt(self, parcel: Parcel, started_s: float) -> Attempt:
        ends_s = [each.give_up_at_s for each in parcel.pages if each.give_up_at_s is not None]
        left_s = max(ends_s) - started_s if ends_s else self._patience.within_s
        timeout_s = max(SHORTEST_TRY_S, min(self._patience.timeout_s, left_s))
        try:
            message = self._stationery.write([each.page for each in parcel.pages], self._desk())
            return await self._channel.send(parcel.contact, message, timeout_s=timeout_s)
        except Exception as error:  # noqa: BLE001  (whatever it is, the Desk must learn of it and call the next person)
            return TryAgain(reason="channel_failed", detail=type(error).__name__)

    def _log_attempt(self, parcel: Parcel, attempt: Attempt, took_s: float) -> None:
        self._log.info(
            "page tried",
            pages=[each.page.page for each in parcel.pages],
            channel=parcel.contact.scheme,
            outcome=type(attempt).__name__,
            reason=None if isinstance(attempt, Delivered) else f"{attempt.reason} {attempt.detail}".strip(),
            took_s=round(took_s, 3),
        )

    def _put_back(self, parcel: Parcel, started_s: float, after_s: float) -> list[PageRequested]:
        """Let what has tries left wait for the next one; returns the pages that have none."""
        tries = [(each, self._next_try(each, started_s, after_s)) for each in parcel.pages]
        self._lanes.put_back(again for _, again in tries if again is not None)
        self._woken.set()
        return [each.page for each, again in tries if again is None]

    def _next_try(self, waiting: Waiting, started_s: float, after_s: float) -> Waiting | None:
        """The page as it waits for its next try; None if it has none left."""
        patience = self._patience
        tries = waiting.tries + 1
        backoff_s = patience.backoff_s[min(tries, len(patience.backoff_s)) - 1]
        ready_at_s = self._monotonic_s() + max(backoff_s, after_s)
        give_up_at_s = started_s + patience.within_s if waiting.give_up_at_s is None else waiting.give_up_at_s
        if tries >= patience.tries or ready_at_s >= give_up_at_s:
            return None
        return msgspec.structs.replace(waiting, tries=tries, ready_at_s=ready_at_s, give_up_at_s=give_up_at_s)

    async def _report(
        self, pages: Iterable[PageRequested], outcome: Literal["delivered", "failed"], detail: str
    ) -> None:
        for page in pages:
            await self._record(
                ReportPage(
                    id=ids.derived("page.report", page.page, outcome),
                    who=OUTBOX,
                    brand=page.key,
                    incident=page.incident,
                    page=page.page,
                    outcome=outcome,
                    detail=detail,
                )
            )
            self._unreported -= 1

    async def _record(self, report: ReportPage) -> None:
        """Tell the Desk, as often as it takes: what is not recorded would be sent again after a restart."""
        while True:
            try:
                await self._house.command(report)
            except Exception as error:  # noqa: BLE001  (a full disk, a full queue: whatever it is, it must not lose this)
                self._log.warning(
                    "outcome of a page not recorded yet", page=report.page, error=type(error).__name__
                )
                await asyncio.sleep(RECORD_RETRY_S)
            else:
                return
