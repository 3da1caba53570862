"""A whole house behind the pages: real engine, views, vault and sign-in on the sample brand, with a clock of the test."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar

import services.sample
from services.aside import Aside
from services.config.loader import load
from services.config.model import Config, Network
from services.connectors import Connectors
from services.drill import drilled
from services.drill_score import Scorer
from services.engine import STORE_NAME, Engine
from services.follower import Follower
from services.gateway.arrivals import to_arrivals
from services.gateway.records import read_record
from services.notify.guard import Guard
from services.notify.robots.webhook import Webhook
from services.past import Past
from services.reports.reporter import Reporter
from services.sla_history import waits_since
from services.views.reader import Reader
from services.web.access import Access
from services.web.live import Hub
from services.web.routes import routes
from services.web.visit import WebDesk
from streams.commands import ActivateConfig
from tests.builders import at

CRAWLER_KEY = "a-key-for-tests-only"
BRAND = "qinghe"


class Clock:
    """Stands still until a test moves it on, or runs on from there."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._running_since_s: float | None = None

    def __call__(self) -> datetime:
        if self._running_since_s is None:
            return self._now
        return self._now + timedelta(seconds=time.monotonic() - self._running_since_s)

    def set(self, now: datetime) -> None:
        self._now = max(now, self())
        if self._running_since_s is not None:
            self._running_since_s = time.monotonic()

    def run(self) -> None:
        self._running_since_s = time.monotonic()


class Stage:
    """The house and its pages."""

    def __init__(
        self, engine: Engine, follower: Follower, config: Config, clock: Clock, desk: WebDesk
    ) -> None:
        self._engine = engine
        self._follower = follower
        self._config = config
        self.clock = clock
        self.desk = desk
        self.app = Litestar(route_handlers=list(routes(desk)), openapi_config=None, logging_config=None)

    async def take(self, *records: Mapping[str, Any]) -> None:
        """Take in records (format 1) at the present, one batch."""
        accounts = {(account.platform, account.id) for account in self._config.intake.accounts}
        arrivals = to_arrivals(
            [read_record(record) for record in records],
            source="crawler", recorded_at=self.clock(), sealer=self._engine.vault, accounts=accounts,
        )  # fmt: skip
        await self._engine.submit(arrivals)
        # The Desk takes in what Intake handed on before it answers a command, even one that changes nothing.
        await self._engine.command(ActivateConfig(id="barrier", who="test", config=self._config.hash))
        await self._follower.refresh()

    async def play(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take in records minute by minute, the clock going along."""
        ordered = sorted(records, key=_time_of)
        for _, minute in groupby(ordered, key=lambda record: _time_of(record).replace(second=0)):
            batch = list(minute)
            self.clock.set(_time_of(batch[-1]))
            await self.take(*batch)

    def session(self, person: str) -> str:
        return self.desk.access.open_session(person, self.clock())

    def forget(self, author: str, platform: str = "weibo") -> None:
        self._engine.vault.forget(self._engine.vault.pseudonym(platform, author))


@contextmanager
def stage(
    folder: Path,
    now: datetime,
    config_folder: Path | None = None,
    *,
    drill: bool = False,
    network: Network | None = None,
    scorer: Scorer | None = None,
) -> Iterator[Stage]:
    """A house in `folder`, at `now`; without a configuration of its own the sample brand's."""
    config = load(config_folder or Path(services.sample.__file__).parent / "folder").config
    assert config is not None
    if drill:
        config = drilled(config)
    if network is not None:
        config = msgspec.structs.replace(config, network=network)
    clock, errors = Clock(now), list[BaseException]()
    hub = Hub()
    with Engine(folder, config, clock=clock, environ=os.environ, on_error=errors.append) as engine:
        follower = Follower(
            folder / STORE_NAME, folder / "views.db", on_change=hub.publish, on_error=errors.append
        )
        engine.start([follower.listen, *([scorer.listen] if scorer is not None else [])])
        follower.start()
        desk = WebDesk(
            house=engine,
            reader=Reader(folder / "views.db"),
            opener=engine.vault,
            sealer=engine.vault,
            veil=engine.vault.veil,
            access=Access(folder / "access.db"),
            hub=hub,
            decisions=lambda: config.decisions,
            now=clock,
            source_of_key=lambda key: "crawler" if key == CRAWLER_KEY else None,
            journals=folder,
            aside=Aside(os.environ),
            past=Past(folder, folder),
            reporter=Reporter(partial(waits_since, folder)),
            connectors=Connectors(
                config.network.connectors, Webhook(Guard(config.network.allow_private)), os.environ, clock
            ),
            base_url="http://desk.example",
            refresh=follower.refresh,
        )
        try:
            yield Stage(engine, follower, config, clock, desk)
        finally:
            hub.close()
            desk.past.close()
            follower.stop()
            desk.reader.close()
            desk.access.close()
    assert errors == []


def _time_of(record: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(record["time"])


def comment(number: int, when: str, text: str, name: str = "小满", **more: Any) -> dict[str, Any]:
    """A comment under our own post."""
    return {
        "time": at(when).isoformat(), "platform": "weibo", "kind": "comment", "id": f"c{number}", "post_id": "p1",
        "account": "qinghe-official", "author_id": f"u-{name}", "author_name": name, "text": text, **more,
    }  # fmt: skip


def message(number: int, when: str, text: str, name: str, **more: Any) -> dict[str, Any]:
    """A private message on WeChat."""
    return {
        "time": at(when).isoformat(), "platform": "wechat", "kind": "message", "id": f"m{number}",
        "account": "qinghe-mp", "author_id": f"u-{name}", "author_name": name, "text": text, **more,
    }  # fmt: skip


def post(number: int, when: str, text: str, name: str, **more: Any) -> dict[str, Any]:
    """Somebody else's post."""
    return {
        "time": at(when).isoformat(), "platform": "weibo", "kind": "post", "id": f"n{number}",
        "author_id": f"u-{name}", "author_name": name, "text": text, **more,
    }  # fmt: skip


def reply(number: int, when: str, text: str, to: str, **more: Any) -> dict[str, Any]:
    """Our reply to a customer's comment."""
    return {
        "time": at(when).isoformat(), "platform": "weibo", "kind": "reply", "id": f"r{number}", "post_id": "p1",
        "account": "qinghe-official", "author_id": "qinghe-official", "to_author_id": f"u-{to}", "text": text, **more,
    }  # fmt: skip


def storm() -> list[dict[str, Any]]:
    """From a quiet noon to 14:44: two authors write of a foreign body, then many, and one of them is large."""
    quiet = [
        post(n, f"12:{10 + 7 * n:02}", f"中午在青禾小馆吃饭，味道不错 {n}", f"路人{n}") for n in range(7)
    ]
    first = [
        post(10, "13:08", "在青禾小馆的菜里吃出异物，是一段钢丝球，服务员态度还很差", "阿杰", author_followers=12_000),
        post(11, "13:15", "我也是！青禾餐厅上周吃出异物，吃完就拉肚子了", "长街", author_followers=800),
        post(12, "13:31", "青禾小馆后厨的钢丝球异物，太恶心了，扩散", "食探老周", author_followers=1_200_000, reposts=3204),
    ]  # fmt: skip
    wave = [
        post(
            20 + n, f"13:{32 + n // 4}:{15 * (n % 4):02}", f"青禾小馆太恶心了，差评，再也不去了 {n}", f"网友{n}",
            author_followers=100 + n,
        )
        for n in range(70)
    ]  # fmt: skip
    tail = [post(100 + n, f"14:{n * 2:02}", f"青禾小馆出来道歉了吗，真差 {n}", f"网友{n}") for n in range(20)]
    questions = [
        comment(1, "14:20", "等了三个小时没人回，青禾小馆的菜里吃出异物，差评", "小满", author_tags=["vip"], author_followers=12_000),
        comment(2, "14:24", "还有人吗？", "小满", author_tags=["vip"]),
        comment(3, "14:04", "电话打不通，私信不回，你们到底有没有客服", "长街"),
        comment(4, "14:19", "菜是不是预制的？说清楚", "阿杰"),
        comment(5, "14:30", "门店几点关门", "北望"),
        message(6, "13:40", "订单尾号 4471 少了一份主食，怎么补", "木木"),
        message(7, "14:32", "周末可以订包间吗，六个人", "北岸"),
        message(8, "13:02", "想退款，小票照片我晚点发", "晴"),
        comment(9, "13:00", "今天有活动吗", "老王"),
        reply(9, "13:05", "有的，您看一下首页。", "老王"),
    ]  # fmt: skip
    return [*quiet, *first, *wave, *tail, *questions]


def spark() -> list[dict[str, Any]]:
    """Two authors write of a foreign body; one customer waits."""
    return [
        post(1, "13:08", "在青禾小馆的菜里吃出异物", "阿杰"),
        post(2, "13:15", "我也在青禾餐厅吃出异物", "长街"),
        comment(1, "13:20", "青禾小馆的菜里有异物，没人回", "小满", author_tags=["vip"]),
    ]
