"""The auditor hears the journal, finds what stands still, and tells people past desk and outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from alerting.commands import ArmOutbox, DisarmOutbox, ReportAudit
from alerting.config import DeskConfig
from services.auditor import Auditor
from services.notify.apprise_channel import AppriseChannel
from services.notify.guard import Guard
from services.ports import Outcome
from streams.arrivals import IntakeArrival
from streams.errors import StoreUnavailable
from streams.journal import Head, follow
from tests.alerting.stage import CONFIG, Stage, poisoning
from tests.builders import at
from tests.services.notify.outlet import Outlet, outlet


class DeadHouse:
    """Nothing can be recorded; what was asked for is kept."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        raise StoreUnavailable("disk full")

    async def command(self, command: Any) -> Outcome[Any]:
        self.asked.append(command)
        raise StoreUnavailable("disk full")


class Watch:
    """An auditor over a desk on a virtual clock."""

    def __init__(self, receiver: Outlet) -> None:
        self.now = at("10:00")
        self.house = DeadHouse()
        people = tuple(
            msgspec.structs.replace(person, contacts=(receiver.url(person.id),) if person.contacts else ())
            for person in CONFIG.people
        )
        self.config: DeskConfig = msgspec.structs.replace(CONFIG, people=people)
        self.channel = AppriseChannel(Guard(["127.0.0.1"]), threads=2)
        self.auditor = Auditor(
            house=self.house, channel=self.channel, config=lambda: self.config, environ={},
            now=lambda: self.now, base_url="http://desk.test",
        )  # fmt: skip
        self.stage = Stage(self.config)
        self._heard = Head()

    def hear(self) -> None:
        """Hand on what the desk recorded since the last time."""
        for stored in follow(self.stage.journal.read(self._heard.seq), self._heard):
            self.auditor.listen("desk", self.stage.codec.decode(stored))
            self._heard = Head(stored.seq, stored.hash)

    async def kinds(self, when: datetime) -> list[str]:
        self.now = when
        return [each.kind for each in await self.auditor.look()]


async def test_a_desk_that_stands_still_is_told_to_those_who_lead() -> None:
    async with outlet(200) as receiver:
        watch = Watch(receiver)
        watch.stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
        watch.hear()
        assert await watch.kinds(at("10:04")) == []
        assert "late_step" in await watch.kinds(at("10:06"))
        await receiver.came(3)
        titles = {message["title"] for message in receiver.received}
        assert titles == {"【烽火自检】呼叫没有按时进行"}
        (report,) = watch.house.asked
        assert isinstance(report, ReportAudit)
        assert set(report.told) == {"he", "fang", "jin"}
        watch.channel.close()


async def test_what_was_told_is_not_told_again_at_once_but_after_ten_minutes() -> None:
    async with outlet(200) as receiver:
        watch = Watch(receiver)
        watch.stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
        watch.hear()
        counts = []
        for clock in ("10:06", "10:07", "10:16"):
            await watch.kinds(at(clock))
            counts.append(len(watch.house.asked))
        assert counts == [1, 1, 2]
        watch.channel.close()


async def test_nobody_is_told_while_the_outbox_is_disarmed() -> None:
    async with outlet(200) as receiver:
        watch = Watch(receiver)
        watch.stage.does(DisarmOutbox(id="d", who="local-admin"), at("09:00"))
        watch.auditor.begin(watch.stage.state)
        watch.stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
        watch.hear()
        assert await watch.kinds(at("10:06")) == []
        watch.stage.does(ArmOutbox(id="a", who="local-admin"), at("10:06"))
        watch.hear()
        assert await watch.kinds(at("10:12")) != []
        watch.channel.close()


async def test_a_desk_that_moves_again_is_left_alone() -> None:
    async with outlet(200) as receiver:
        watch = Watch(receiver)
        watch.auditor.begin(watch.stage.state)
        watch.stage.signals([poisoning(1, at("10:00")), poisoning(2, at("10:00"))])
        watch.hear()
        watch.stage.until(at("10:06"))
        watch.hear()
        assert "late_step" not in await watch.kinds(at("10:06"))
        assert watch.auditor.found != (), "the pages have no outcome, for nobody sends them here"
        watch.channel.close()
