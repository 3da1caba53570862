"""The parts of a node, each made from the configuration, the data folder and what the node gives it.

`services.daemon` wires them for one machine, `services.node` for a node on Kafka.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from prometheus_client.registry import Collector

from services import clock, health
from services.aside import Aside
from services.auditor import Auditor
from services.config import Config
from services.config.model import Decisions
from services.connectors import Connectors
from services.deadletters import DeadLetters
from services.drill import Drill
from services.gateway.ingest import Gateway
from services.gateway.preparing import judging_preparer
from services.gateway.press import Press, ThreadPress
from services.gateway.sources import Source, Sources
from services.head_signer import HeadSigner
from services.heartbeat import Heartbeat
from services.journals import Where
from services.metrics import Metrics
from services.notify.apprise_channel import AppriseChannel
from services.notify.channel import Channel
from services.notify.codes import code_of
from services.notify.contacts import address
from services.notify.guard import Guard
from services.notify.lanes import Lanes
from services.notify.message import Stationery
from services.notify.outbox import SENDERS, Outbox
from services.notify.robots.dingtalk import DingTalk
from services.notify.robots.feishu import Feishu
from services.notify.robots.webhook import Webhook
from services.notify.robots.wecom import WeCom
from services.notify.sandbox import Sandbox
from services.notify.switchboard import Switchboard
from services.past import Past
from services.ports import Commanded, House, TakesIn
from services.reports.reporter import Reporter
from services.signed_heads import HeadBook, heads_of, signing_key
from services.sla_history import waits_since
from services.standing import StandingReader
from services.vault import Vault
from services.views.reader import Reader
from services.web.access import Access
from services.web.live import Hub
from services.web.visit import DEFAULT_TIMEZONE, WebDesk
from streams.errors import StoreUnavailable

VIEWS_NAME = "views.db"
ACCESS_NAME = "access.db"

_log = structlog.get_logger("fenghuo.daemon")


class Parts:
    """What both kinds of nodes make their parts with."""

    def __init__(
        self,
        data: Path,
        config: Config,
        keys: Mapping[str, str],
        environ: Mapping[str, str],
        *,
        simulated: bool = False,
        drill: Drill | None = None,
    ) -> None:
        """`keys` are those of the sources, by their ids."""
        self._data = data
        self._config = config
        self._keys = keys
        self._environ = environ
        self._simulated = simulated
        self._drill = drill
        self._now = drill.now if drill is not None else clock.now

    def decisions(self) -> Decisions:
        """The configuration that holds, as far as deciders go by it."""
        return self._config.decisions

    def access(self, held: AsyncExitStack) -> Access:
        with opening(self._data / ACCESS_NAME):
            access = Access(self._data / ACCESS_NAME)
        held.callback(access.close)
        return access

    def sources(self) -> Sources:
        return Sources(
            Source(id=source.id, key=self._keys[source.id], rate_per_s=source.rate_per_s)
            for source in self._config.sources
        )

    def channel(self, held: AsyncExitStack) -> Channel:
        if self._drill is not None:
            return Sandbox(self._drill.told)
        channel = AppriseChannel(Guard(self._config.network.allow_private), threads=SENDERS)
        held.callback(channel.close)
        channel.warm()
        webhook = self._webhook(held)
        feishu = Feishu(webhook, self._now)
        robots: dict[str, Channel] = {
            "dingtalk": DingTalk(webhook, self._now), "wecombot": WeCom(webhook), "feishu": feishu, "lark": feishu,
        }  # fmt: skip
        return Switchboard(channel, robots)

    def _webhook(self, held: AsyncExitStack) -> Webhook:
        webhook = Webhook(Guard(self._config.network.allow_private))
        held.push_async_callback(webhook.close)
        return webhook

    def auditor(self, house: Commanded, channel: Channel, base_url: str) -> Auditor:
        return Auditor(
            house=house,
            channel=channel,
            config=lambda: self.decisions().desk,
            environ=self._environ,
            now=self._now,
            base_url=base_url,
        )

    def head_signer(
        self, channel: Channel, book: HeadBook, journals: Where, may_sign: Callable[[], bool] = lambda: True
    ) -> HeadSigner:
        """Signs in a thread beside the loop, where these journals stand."""
        brands = self._config.desk.brands
        return HeadSigner(
            book=book,
            heads=partial(heads_of, journals),
            key=signing_key(self._data, self._environ),
            now=self._now,
            zone=ZoneInfo(brands[0].timezone if brands else DEFAULT_TIMEZONE),
            channel=channel,
            outside=self._config.network.heads,
            environ=self._environ,
            may_sign=may_sign,
        )

    async def beat(self, vitals: Callable[[], health.Vitals], held: AsyncExitStack) -> None:
        beat = self._config.network.heartbeat
        if beat is not None:
            url = address(beat.url, self._environ).url
            guard = Guard(self._config.network.allow_private)
            heart = Heartbeat(url, beat.every_s, guard, lambda: vitals().reasons())
            await in_background(heart.run(), held)

    def outbox(
        self,
        house: Commanded,
        vault: Vault,
        channel: Channel,
        base_url: str,
        lanes: Lanes,
        may_send: Callable[[], bool] = lambda: True,
    ) -> Outbox:
        return Outbox(
            lanes=lanes,
            may_send=may_send,
            house=house,
            channel=channel,
            stationery=Stationery(
                base_url=base_url,
                code=partial(code_of, vault.veil),
                simulated=self._simulated,
                drill=self._drill is not None,
            ),
            desk=lambda: self.decisions().desk,
            environ=self._environ,
            monotonic_s=clock.monotonic_s,
        )

    def standing(self, held: AsyncExitStack) -> StandingReader:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)
        return StandingReader(reader)

    def metrics(
        self,
        standing: StandingReader,
        pages_pending: Callable[[], int],
        escalations_stuck: Callable[[], int],
        *more: Collector,
    ) -> Metrics:
        return Metrics(
            more=more,
            version=version("fenghuo"),
            clock=self._now,
            brands=lambda: [brand.id for brand in self.decisions().desk.brands],
            standing=standing.read,
            pages_pending=pages_pending,
            escalations_stuck=escalations_stuck,
        )

    def thread_press(self, vault: Vault) -> Press:
        return ThreadPress(judging_preparer(self._config.intake, vault, self._now))

    def gateway(self, house: TakesIn, press: Press, metrics: Metrics, dead_letters: DeadLetters) -> Gateway:
        return Gateway(house=house, press=press, dead_letters=dead_letters, now=self._now, recorder=metrics)

    def web(
        self,
        house: House,
        vault: Vault,
        *,
        hub: Hub,
        access: Access,
        sources: Sources,
        refresh: Callable[[], Awaitable[None]],
        journals: Where,
        base_url: str,
        held: AsyncExitStack,
    ) -> WebDesk:
        reader = Reader(self._data / VIEWS_NAME)
        held.callback(reader.close)
        past = Past(self._data, journals)
        held.callback(past.close)

        def source_of_key(key: str) -> str | None:
            source = sources.of_key(key)
            return source.id if source else None

        return WebDesk(
            house=house,
            reader=reader,
            opener=vault,
            sealer=vault,
            veil=vault.veil,
            access=access,
            hub=hub,
            decisions=self.decisions,
            now=self._now,
            source_of_key=source_of_key,
            journals=journals,
            aside=Aside(self._environ),
            past=past,
            reporter=Reporter(partial(waits_since, journals)),
            connectors=Connectors(
                self._config.network.connectors, self._webhook(held), self._environ, self._now
            ),
            base_url=base_url,
            refresh=refresh,
        )


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """SQLite's refusal as one clear sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error


def report(error: BaseException) -> None:
    _log.error("something failed and is tried again", error=error)


async def in_background(work: Awaitable[None], held: AsyncExitStack) -> None:
    """Run `work` until `held` is left."""
    task = asyncio.ensure_future(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    held.push_async_callback(end)
