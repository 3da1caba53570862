"""DingTalk, WeCom and Feishu robots: signed, in their sizes, at their pace, and never taken for reached when they refuse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from alerting.levels import Level
from services.notify.channel import Attempt, Channel, Contact, Delivered, GiveUp, Message, TryAgain
from services.notify.guard import Guard
from services.notify.lanes import Lane, Lanes
from services.notify.message import BODY_BYTES_MOST, TITLE_CHARACTERS_MOST, Stationery
from services.notify.pace_book import PaceBook
from services.notify.robots.dingtalk import DingTalk
from services.notify.robots.dingtalk import card as dingtalk_card
from services.notify.robots.feishu import Feishu
from services.notify.robots.feishu import card as feishu_card
from services.notify.robots.webhook import Webhook, robot_address
from services.notify.robots.wecom import CONTENT_BYTES_MOST, WeCom, markdown
from services.notify.switchboard import Switchboard
from tests.services.notify.outlet import MORNING, desk, page
from tests.services.notify.robot_house import Fault, RobotHouse, robots

SCHEMES = ("dingtalk", "wecombot", "feishu")
MESSAGE = Message(
    title="■ 红色 I 级", body="一小时内 3 位作者\n查看", level="red", link="https://desk.test/i/i-1"
)
LONGEST = Message(
    title="长" * TITLE_CHARACTERS_MOST,
    body="字" * (BODY_BYTES_MOST // 3),
    level="red",
    link=f"https://desk.test/{'x' * 200}",
)


@asynccontextmanager
async def switchboard(*allowed: str) -> AsyncIterator[Channel]:
    webhook = Webhook(Guard(allowed or ["127.0.0.1"]))
    feishu = Feishu(webhook, lambda: MORNING)
    channels: dict[str, Channel] = {
        "dingtalk": DingTalk(webhook, lambda: MORNING), "wecombot": WeCom(webhook), "feishu": feishu, "lark": feishu,
    }  # fmt: skip
    yield Switchboard(feishu, channels)
    await webhook.close()


async def tried(house: RobotHouse, scheme: str, message: Message = MESSAGE, timeout_s: float = 5) -> Attempt:
    async with switchboard() as channel:
        return await channel.send(Contact(house.address(scheme)), message, timeout_s=timeout_s)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_robot_takes_a_signed_card_with_a_button(scheme: str) -> None:
    async with robots() as house:
        assert await tried(house, scheme) == Delivered()
        (body,) = house.bodies()
    written = msgspec.json.encode(body).decode()
    assert "https://desk.test/i/i-1" in written
    assert "查看并接手" in written
    assert "一小时内 3 位作者" in written


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_longest_message_of_ours_fits(scheme: str) -> None:
    async with robots() as house:
        assert await tried(house, scheme, LONGEST) == Delivered()


def test_no_channel_cuts_anything() -> None:
    assert LONGEST.body in str(dingtalk_card(LONGEST))
    assert LONGEST.body in str(feishu_card(LONGEST))
    content = str(markdown(LONGEST)["markdown"]["content"])  # type: ignore[index]
    assert LONGEST.body in content
    assert len(content.encode()) <= CONTENT_BYTES_MOST


@pytest.mark.parametrize(("scheme", "code"), [("dingtalk", 310000), ("wecombot", 93000), ("feishu", 19021)])
async def test_a_refusal_with_status_200_is_no_delivery(scheme: str, code: int) -> None:
    """apprise takes these for delivered."""
    async with robots() as house:
        house.code = code
        assert await tried(house, scheme) == GiveUp(reason="robot_refused", detail=str(code))


@pytest.mark.parametrize(
    ("scheme", "code", "after_s"), [("dingtalk", 130101, 600), ("wecombot", 45009, 60), ("feishu", 11232, 5)]
)
async def test_a_robot_that_is_spoken_to_too_fast_is_left_alone_for_a_while(
    scheme: str, code: int, after_s: float
) -> None:
    async with robots() as house:
        house.code = code
        assert await tried(house, scheme) == TryAgain(reason="robot_busy", detail=str(code), after_s=after_s)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("500", TryAgain), ("404", GiveUp), ("reset", TryAgain), ("hang", TryAgain), ("no-json", TryAgain)],
)
async def test_whatever_goes_wrong_has_an_outcome(scheme: str, fault: Fault, outcome: type) -> None:
    async with robots() as house:
        house.faults = [fault]
        attempt = await tried(house, scheme, timeout_s=0.3)
        assert type(attempt) is outcome
        assert "token-1" not in repr(attempt)


async def test_a_robot_on_a_private_address_is_refused_unless_allowed() -> None:
    async with robots() as house, switchboard("10.0.0.0/8") as channel:
        attempt = await channel.send(Contact(house.address("feishu")), MESSAGE, timeout_s=2)
        assert attempt == GiveUp(reason="address_private", detail="127.0.0.1")
        assert house.taken == []


async def test_an_address_without_a_token_is_given_up() -> None:
    async with switchboard() as channel:
        attempt = await channel.send(Contact("dingtalk://"), MESSAGE, timeout_s=1)
    assert attempt == GiveUp(reason="address_unreadable", detail="dingtalk")


def test_the_case_of_a_token_is_kept_and_its_secrets_do_not_show() -> None:
    address = robot_address(Contact("dingtalk://SECxYz@AbCd/"))
    assert address is not None
    assert (address.token, address.secret) == ("AbCd", "SECxYz")
    assert "AbCd" not in repr(address)


LEVELS: tuple[Level, ...] = ("yellow", "red", "blue", "orange")


async def send_all(
    house: RobotHouse, lanes: list[Lanes], scheme: str, count: int
) -> list[tuple[float, list[str]]]:
    """Let outboxes that share a robot send everything; time is the house's. When each message went, with its pages."""
    contact = Contact(house.address(scheme))
    for number in range(count):
        lanes[number % len(lanes)].add(page(f"p{number}", level=LEVELS[number % 4]), contact)
    went: list[tuple[float, list[str]]] = []
    async with switchboard() as channel:
        while any(len(each) for each in lanes):
            parcels = [parcel for each in lanes if (parcel := each.take(house.now_s)) is not None]
            for parcel in parcels:
                message = Stationery(base_url="https://desk.test").write(
                    [each.page for each in parcel.pages], desk()
                )
                assert await channel.send(contact, message, timeout_s=5) == Delivered()
                went.append((house.now_s, [each.page.page for each in parcel.pages]))
            if not parcels:
                waits = [wait for each in lanes if (wait := each.wait_s(house.now_s)) is not None]
                house.now_s += max(0.05, min(waits))
    return went


@pytest.mark.parametrize(("scheme", "a_minute"), [("dingtalk", 15), ("wecombot", 20), ("feishu", 100)])
async def test_two_processes_together_keep_a_robots_pace_and_lose_nothing(
    tmp_path: Path, scheme: str, a_minute: int
) -> None:
    async with robots() as house:
        books = [PaceBook(tmp_path / "paces.db") for _ in range(2)]
        went = await send_all(house, [Lanes(book.pace) for book in books], scheme, 120)
        for book in books:
            book.close()
        assert house.refused == 0
        assert sorted(name for _, names in went for name in names) == sorted(f"p{n}" for n in range(120))
        times = [at for at, _ in went]
        assert all(sum(at - 60 < other <= at for other in times) <= a_minute for at in times)


async def test_the_urgent_ones_go_first_and_the_rest_is_merged(tmp_path: Path) -> None:
    async with robots() as house:
        book = PaceBook(tmp_path / "paces.db")
        went = await send_all(house, [Lanes(book.pace)], "dingtalk", 80)
        book.close()
        urgent = [names for _, names in went if int(names[0][1:]) % 4 in {1, 3}]
        assert went[: len(urgent)] == [each for each in went if each[1] in urgent]
        assert all(len(names) == 1 for names in urgent)
        assert len(went) - len(urgent) <= 4, "forty small ones in a few messages"
        assert Lane.URGENT < Lane.SOON


def test_a_restart_does_not_forget_what_was_sent(tmp_path: Path) -> None:
    contact = Contact("dingtalk://token")
    for start in range(2):
        book = PaceBook(tmp_path / "paces.db")
        lanes = Lanes(book.pace)
        for number in range(20):
            lanes.add(page(f"p{start}-{number}"), contact)
        sent = 0
        while lanes.take(5_000.0 + start) is not None:
            sent += 1
        book.close()
        assert sent == (15 if start == 0 else 0)


def test_times_from_before_a_reboot_do_not_count(tmp_path: Path) -> None:
    book = PaceBook(tmp_path / "paces.db")
    contact = Contact("dingtalk://token")
    before = Lanes(book.pace)
    for number in range(15):
        before.add(page(f"a{number}"), contact)
        assert before.take(90_000.0) is not None
    after = Lanes(book.pace)
    after.add(page("b"), contact)
    assert after.take(12.0) is not None
    book.close()
