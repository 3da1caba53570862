"""Pages in, messages out over real sockets, outcomes back."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from alerting.arming_events import OutboxArmed, OutboxDisarmed
from alerting.config import DeskConfig
from alerting.desk_state import DeskState
from alerting.events import PageFailed
from services.clock import monotonic_s
from services.notify.apprise_channel import AppriseChannel
from services.notify.channel import Attempt, Contact, Delivered, Message
from services.notify.guard import Guard
from services.notify.message import Stationery
from services.notify.outbox import HELD_BACK_S, Outbox, Patience
from streams.journal import Entry
from tests.services.notify.outlet import MORNING, House, desk, outlet, page

LOOPBACK = Guard(["127.0.0.0/8"])
HASTY = Patience(tries=3, backoff_s=(0.01, 0.02), timeout_s=0.5, within_s=5)
STATIONERY = Stationery(base_url="https://desk.example")


@asynccontextmanager
async def running(
    house: House,
    config: DeskConfig,
    *,
    guard: Guard = LOOPBACK,
    patience: Patience = HASTY,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Outbox]:
    channel = AppriseChannel(guard, threads=4)
    channel.warm()
    outbox = Outbox(
        house=house,
        channel=channel,
        stationery=STATIONERY,
        desk=lambda: config,
        environ=environ or {},
        monotonic_s=monotonic_s,
        patience=patience,
    )
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        channel.close()


async def test_a_page_reaches_its_contact_and_the_desk_hears_of_it() -> None:
    house = House()
    async with outlet() as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "delivered", "")]
        (message,) = receiver.received
    assert message["title"] == "◆ 橙色 II 级 · 西贝 · 安全"
    assert "https://desk.example/i/i-1" in message["message"]
    assert message["type"] == "failure"
    assert outbox.pending == 0


async def test_a_page_that_is_offered_twice_is_sent_once() -> None:
    house = House()
    async with outlet() as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page(), page()])
        await house.told(1)
        outbox.offer([page(), page("p2")])
        assert [told[0] for told in await house.told(2)] == ["p1", "p2"]
        assert len(receiver.received) == 2


async def test_a_receiver_that_recovers_gets_the_page_on_the_next_try() -> None:
    house = House()
    async with outlet(500, "reset", 200) as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "delivered", "")]
        assert len(receiver.received) == 3


async def test_a_receiver_that_stays_broken_is_given_up_after_three_tries() -> None:
    house = House()
    async with outlet(500) as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "failed", "http_error 500")]
        assert len(receiver.received) == 3


async def test_an_address_that_is_gone_is_not_tried_again() -> None:
    house = House()
    async with outlet(404) as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "failed", "http_error 404")]
        assert len(receiver.received) == 1


def told(*events: object) -> Entry[Any]:
    return Entry(partition="desk", seq=1, prev=b"", now=MORNING, events=tuple(events))


async def test_a_disarmed_outbox_holds_its_pages_and_sends_what_was_not_let_go() -> None:
    house, state = House(), DeskState()
    state.disarmed_at = MORNING
    async with outlet() as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.begin(state)
        outbox.listen("desk", told(page("old"), page("new")))
        await asyncio.sleep(2 * HELD_BACK_S)
        assert (outbox.armed, outbox.pending, receiver.received) == (False, 2, [])
        let_go = PageFailed(
            cause="c", key="*", at=MORNING, incident="i-1", page="old", person="he", detail="disarmed"
        )
        armed = OutboxArmed(cause="c", key="*", at=MORNING, by="local-admin", let_go=1, going=1)
        outbox.listen("desk", told(let_go, armed))
        assert await house.told(1) == [("new", "delivered", "")]
        disarmed = OutboxDisarmed(cause="d", key="*", at=MORNING, by="local-admin")
        outbox.listen("desk", told(disarmed, page("later")))
        await asyncio.sleep(2 * HELD_BACK_S)
    assert [len(receiver.received), len(house.reports), outbox.armed] == [1, 1, False]


async def test_a_redirect_is_not_followed() -> None:
    house = House()
    async with outlet(302) as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "failed", "http_error 302")]
        assert len(receiver.received) == 1


async def test_a_receiver_that_never_answers_is_left_in_time() -> None:
    house, patience = House(), Patience(tries=3, backoff_s=(0.01,), timeout_s=0.2, within_s=0.3)
    async with outlet("hang") as receiver, running(house, desk(receiver.url()), patience=patience) as outbox:
        outbox.offer([page()])
        ((_, outcome, detail),) = await house.told(1)
        assert (outcome, detail.split()[0]) == ("failed", "timeout")
        assert len(receiver.received) == 2


async def test_a_hanging_receiver_does_not_hold_up_another() -> None:
    house = House()
    async with outlet("hang") as dead, outlet() as alive:
        config = desk(dead.url(), alive.url())
        async with running(house, config) as outbox:
            outbox.offer([page("to-dead", contact=0), page("to-alive", contact=1)])
            assert (await house.told(1))[0] == ("to-alive", "delivered", "")


async def test_a_private_address_is_refused_before_a_byte_is_sent() -> None:
    house = House()
    async with outlet() as receiver, running(house, desk(receiver.url()), guard=Guard()) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "failed", "address_private 127.0.0.1")]
        assert receiver.received == []


async def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    house = House()
    async with outlet() as receiver:
        config = desk(f"json://localhost:{receiver.port}/he")
        async with running(house, config, guard=Guard()) as outbox:
            outbox.offer([page()])
            ((_, outcome, detail),) = await house.told(1)
        assert (outcome, detail.split()[0]) == ("failed", "address_private")
        assert receiver.received == []


async def test_a_contact_behind_a_secret_is_resolved_when_the_page_goes_out() -> None:
    house = House()
    async with outlet() as receiver:
        environ = {"HE_CONTACT": receiver.url("token-in-the-path")}
        async with running(house, desk("env:HE_CONTACT"), environ=environ) as outbox:
            outbox.offer([page()])
            assert await house.told(1) == [("p1", "delivered", "")]


async def test_what_cannot_be_addressed_is_reported_at_once() -> None:
    house = House()
    async with running(house, desk("env:NOT_SET")) as outbox:
        outbox.offer([page("no-secret"), page("no-person", person="nobody"), page("no-contact", contact=7)])
        assert sorted(await house.told(3)) == [
            ("no-contact", "failed", "no_such_contact"),
            ("no-person", "failed", "no_such_contact"),
            ("no-secret", "failed", "secret_missing"),
        ]


async def test_an_address_that_apprise_cannot_read_is_given_up() -> None:
    house = House()
    async with running(house, desk("nonsense://x")) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "failed", "address_unreadable nonsense")]


async def test_an_outcome_is_told_until_the_house_records_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notify.outbox.RECORD_RETRY_S", 0.01)
    house = House(refusals=3)
    async with outlet() as receiver, running(house, desk(receiver.url())) as outbox:
        outbox.offer([page()])
        assert await house.told(1) == [("p1", "delivered", "")]
        assert len(receiver.received) == 1


async def test_pages_come_in_from_the_thread_of_the_runtime() -> None:
    house = House()
    entry = Entry(partition="desk", seq=1, prev=b"", now=MORNING, events=(page(),))
    async with outlet() as receiver, running(house, desk(receiver.url())) as outbox:
        thread = threading.Thread(target=outbox.listen, args=("desk", entry))
        thread.start()
        assert await house.told(1) == [("p1", "delivered", "")]
        thread.join()


async def test_pages_that_came_before_it_ran_are_sent_when_it_runs() -> None:
    house = House()
    async with outlet() as receiver:
        config, channel = desk(receiver.url()), AppriseChannel(LOOPBACK, threads=1)
        outbox = Outbox(
            house=house,
            channel=channel,
            stationery=STATIONERY,
            desk=lambda: config,
            environ={},
            monotonic_s=monotonic_s,
        )
        outbox.offer([page()])
        assert (outbox.pending, outbox.running) == (1, False)
        task = asyncio.create_task(outbox.run())
        assert await house.told(1) == [("p1", "delivered", "")]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        channel.close()


async def test_no_log_line_holds_a_secret(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House()
    with caplog.at_level(logging.DEBUG):
        async with outlet(500, 200) as receiver:
            environ = {"HE": f"json://somebody:sesame@127.0.0.1:{receiver.port}/opensesame"}
            async with running(house, desk("env:HE"), environ=environ) as outbox:
                outbox.offer([page()])
                assert await house.told(1) == [("p1", "delivered", "")]
    printed = capsys.readouterr()
    assert "sesame" not in caplog.text + printed.out + printed.err
    assert "sesame" not in repr(Contact(environ["HE"]))


class Stubborn:
    """A channel that breaks its promise once: it raises."""

    def __init__(self) -> None:
        self.tries = 0

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        self.tries += 1
        if self.tries == 1:
            raise RuntimeError(contact.url)
        return Delivered()


async def test_a_channel_that_raises_loses_no_page() -> None:
    house, channel = House(), Stubborn()
    outbox = Outbox(
        house=house,
        channel=channel,
        stationery=STATIONERY,
        desk=lambda: desk("json://198.51.100.1/"),
        environ={},
        monotonic_s=monotonic_s,
        patience=HASTY,
    )
    task = asyncio.create_task(outbox.run())
    outbox.offer([page()])
    assert await house.told(1) == [("p1", "delivered", "")]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
