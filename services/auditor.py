"""The auditor: looks every few seconds whether escalations move, and raises its own alarm past desk and outbox if not.

It holds what the journal's listener told it, so it goes on knowing when the loop that decides, or the outbox, stands still.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from alerting.arming_events import OutboxArmed, OutboxDisarmed
from alerting.audit import audit
from alerting.audit_events import Finding
from alerting.commands import AUDITOR, ReportAudit
from alerting.config import DeskConfig, Person
from alerting.desk_state import DeskState, open_incidents
from alerting.duty_events import DutyEvent
from alerting.events import IncidentOpened, PageDelivered, PageFailed, PageRequested
from alerting.happening import IncidentEvent
from alerting.incident import Incident, fold, opened
from alerting.orders import orders_of
from alerting.permissions import ADMIN
from alerting.roster import DutyState, Roster, fold_duty
from services.errors import ConfigurationUnusable
from services.notify.channel import Channel, Delivered, Message
from services.notify.contacts import address
from services.ports import Commanded
from streams import ids
from streams.journal import Entry

EVERY_S = 15.0
AGAIN = timedelta(minutes=10)
"""What stands still for longer is told again."""
TELL_TIMEOUT_S = 10.0
RECORD_TIMEOUT_S = 5.0


class Auditor:
    """One of the daemon's watchers. `listen` may be called from any thread."""

    def __init__(
        self,
        *,
        house: Commanded,
        channel: Channel,
        config: Callable[[], DeskConfig],
        environ: Mapping[str, str],
        now: Callable[[], datetime],
        base_url: str,
    ) -> None:
        self._house = house
        self._channel = channel
        self._config = config
        self._environ = environ
        self._now = now
        self._base_url = base_url
        self._lock = threading.Lock()
        self._incidents: dict[str, Incident] = {}
        self._pages: dict[str, PageRequested] = {}
        self._duties: dict[str, DutyState] = {}
        self._told: dict[tuple[str, str, str], datetime] = {}
        self._armed = True
        """While the outbox is disarmed everything stands still, and nobody is told."""
        self.found: tuple[Finding, ...] = ()
        """What stood still when it last looked."""
        self._log = structlog.get_logger("fenghuo.auditor")

    def begin(self, state: DeskState) -> None:
        """How the desk stands before the first entry is heard; the state is only read, and not kept."""
        with self._lock:
            self._incidents = {each.id: each for each in open_incidents(state)}
            self._pages, self._duties = dict(state.pages), dict(state.duties)
            self._armed = state.disarmed_at is None

    def listen(self, partition: str, entry: Entry[Any]) -> None:  # noqa: ARG002 (a listener of the runtime)
        """Take note of an entry; what is not of the desk says nothing here. Never blocks for long."""
        with self._lock:
            for event in entry.events:
                if isinstance(event, DutyEvent):
                    self._fold_duty(event)
                elif isinstance(event, IncidentEvent):
                    self._fold(event)
                elif isinstance(event, OutboxDisarmed | OutboxArmed):
                    self._armed = isinstance(event, OutboxArmed)

    def _fold_duty(self, event: Any) -> None:
        known = self._duties.get(event.duty) or DutyState(duty=event.duty)
        self._duties[event.duty] = fold_duty(known, event)

    def _fold(self, event: Any) -> None:
        if not event.incident:
            self._fold_page(event)
        elif isinstance(event, IncidentOpened):
            self._incidents[event.incident] = opened(event)
        elif (known := self._incidents.get(event.incident)) is not None:
            folded = fold(known, event)
            self._incidents[event.incident] = folded
            if not folded.is_open and not folded.pages:
                del self._incidents[event.incident]

    def _fold_page(self, event: PageRequested | PageDelivered | PageFailed) -> None:
        if isinstance(event, PageRequested):
            self._pages[event.page] = event
        else:
            self._pages.pop(event.page, None)

    async def run(self) -> None:
        """Look without end; whatever happens while looking, it looks again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  (the last watcher must not die)
                self._log.error("the auditor itself failed", error=type(error).__name__)

    async def look(self) -> tuple[Finding, ...]:
        """Look once, and tell what stands still and was not told lately."""
        now = self._now()
        self.found = self._audit(now)
        keys = {(each.kind, each.incident, each.page): each for each in self.found}
        self._told = {key: at for key, at in self._told.items() if key in keys}
        fresh = [
            each for key, each in keys.items() if key not in self._told or now - self._told[key] >= AGAIN
        ]
        if fresh:
            self._told |= {(each.kind, each.incident, each.page): now for each in fresh}
            await self._alarm(fresh, now)
        return self.found

    def _audit(self, now: datetime) -> tuple[Finding, ...]:
        config = self._config()
        with self._lock:
            roster = Roster(config, dict(self._duties))
            if not self._armed:
                return ()
            orders = {brand: each.on(roster) for brand, each in orders_of(config).items()}
            return audit(list(self._incidents.values()), list(self._pages.values()), orders, now)

    async def _alarm(self, findings: Sequence[Finding], now: datetime) -> None:
        self._log.error(
            "escalations stand still", findings=[f"{each.kind} {each.incident}" for each in findings]
        )
        told = [person.id for person in self._people() if await self._tell(person, findings)]
        report = ReportAudit(
            id=ids.derived("audit", now.isoformat()), who=AUDITOR, findings=tuple(findings), told=tuple(told)
        )
        # The house may be the very thing that stands still: what cannot be recorded was told all the same.
        with suppress(Exception):
            await asyncio.wait_for(self._house.command(report), RECORD_TIMEOUT_S)

    def _people(self) -> list[Person]:
        """Who keeps the desk running and who leads; everybody, if nobody has such a role."""
        reachable = [person for person in self._config().people if person.contacts]
        leading = [person for person in reachable if {ADMIN, "commander", "manager"} & set(person.roles)]
        return leading or reachable

    async def _tell(self, person: Person, findings: Sequence[Finding]) -> bool:
        """Whether one of the person's contacts took the message, tried in order."""
        message = self._message(findings)
        for contact in person.contacts:
            try:
                attempt = await self._channel.send(
                    address(contact, self._environ), message, timeout_s=TELL_TIMEOUT_S
                )
            except ConfigurationUnusable:
                continue
            if isinstance(attempt, Delivered):
                return True
        return False

    def _message(self, findings: Sequence[Finding]) -> Message:
        late = sum(each.kind != "page_stuck" for each in findings)
        pages = len(findings) - late
        lines = [
            *([f"{late} 个事件该呼叫下一个人而没有呼叫。"] if late else []),
            *([f"{pages} 条呼叫迟迟没有结果。"] if pages else []),
            "请直接打电话找值班的人，并检查服务。",
            f"事件：{self._base_url}/incidents",
        ]
        return Message(title="【烽火自检】呼叫没有按时进行", body="\n".join(lines), level="red")
