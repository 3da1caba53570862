"""What holds for batches wherever they are prepared; and what happens when the process that does it dies."""

import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from services import clock
from services.gateway.preparing import Batch, Prepared, dump_record, judging_preparer
from services.gateway.press import MOST_WAITING, Press, PressDied, ProcessPress, ThreadPress
from services.gateway.press_wire import Setup, framed
from services.gateway.records import read_record
from services.vault import Vault, private_of
from streams.arrivals import Judged
from streams.commands import MarkConversation
from streams.config import Account, IntakeConfig, Monitor
from streams.errors import Overloaded, StoreUnavailable
from streams.facts import Seen

CONFIG = IntakeConfig(
    accounts=(Account(brand="xibei", platform="weibo", id="us"),),
    monitors=(Monitor(brand="xibei", id="brand", query="西贝", severity="P2"),),
)
OpenPress = Callable[[], AbstractAsyncContextManager[Press]]


def line(**fields: object) -> bytes:
    record = {
        "time": "2026-03-01T09:00:00+08:00",
        "platform": "weibo",
        "kind": "post",
        "id": "1",
        "text": "西贝真差",
    }
    return msgspec.json.encode(record | fields)


def batch(*entries: bytes) -> Batch:
    return Batch("crawler", "records", list(range(len(entries))), entries)


def process_press(folder: Path, told: list[BaseException] | None = None) -> ProcessPress:
    told = [] if told is None else told
    return ProcessPress(Setup(str(folder), CONFIG), os.environ, told.append)


@pytest.fixture(params=["thread", "process"])
def open_press(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> OpenPress:
    @asynccontextmanager
    async def in_thread() -> AsyncIterator[Press]:
        yield ThreadPress(judging_preparer(CONFIG, vault, clock.now))

    @asynccontextmanager
    async def in_process() -> AsyncIterator[Press]:
        async with process_press(tmp_path) as press:
            yield press

    return in_thread if request.param == "thread" else in_process


def judged(prepared: Prepared) -> list[Judged]:
    return [one for one in prepared.arrivals if isinstance(one, Judged)]


async def test_a_batch_comes_back_sealed_and_judged_in_its_order(open_press: OpenPress, vault: Vault) -> None:
    lines = [line(id=str(number), text=f"西贝第{number}次让我失望") for number in range(40)]
    async with open_press() as press:
        prepared = await press.prepare(batch(*lines))
    facts = [one.fact for one in judged(prepared)]
    assert [fact.native_id for fact in facts] == [str(number) for number in range(40)]
    assert all(one.judgement and one.judgement.matches[0].monitor == "brand" for one in judged(prepared))
    assert isinstance(facts[7], Seen)
    opened = private_of(vault, facts[7])
    assert opened is not None
    assert opened.text == "西贝第7次让我失望"


async def test_what_is_wrong_is_named_and_the_rest_goes_on(open_press: OpenPress) -> None:
    async with open_press() as press:
        prepared = await press.prepare(batch(line(id="1"), b"{", line(id="2", time="noon"), line(id="3")))
    assert [(one.index, one.field) for one in prepared.wrong] == [(1, ""), (2, "time")]
    assert (list(prepared.numbers), len(prepared.arrivals)) == ([0, 3], 2)


async def test_a_record_that_was_read_already_keeps_all_its_fields(
    open_press: OpenPress, vault: Vault
) -> None:
    record = read_record(
        line(author_id="a", author_tags=["vip"], likes="1.2万", mine={"n": 10**30, "t": [1, "二"]})
    )
    async with open_press() as press:
        prepared = await press.prepare(Batch("mp", "read", [0], [dump_record(record)]))
    (one,) = judged(prepared)
    assert isinstance(one.fact, Seen)
    assert one.fact.author_tags == ("vip",)
    assert one.fact.counts is not None
    assert one.fact.counts.likes == 12_000
    opened = private_of(vault, one.fact)
    assert opened is not None
    assert opened.extra == {"mine": {"n": 10**30, "t": [1, "二"]}}


async def test_a_mark_passes_through(open_press: OpenPress) -> None:
    mark = line(op="settled", account="us", to_author_id="a", post_id="7", kind=None)
    async with open_press() as press:
        prepared = await press.prepare(batch(line(), mark))
    assert isinstance(prepared.arrivals[1], MarkConversation)


async def test_a_vault_that_refuses_is_told_as_such(open_press: OpenPress, tmp_path: Path) -> None:
    async with open_press() as press:
        with sqlite3.connect(tmp_path / "vault.db") as other:
            other.execute("DROP TABLE keys")
        with pytest.raises(StoreUnavailable):
            await press.prepare(batch(line(author_id="somebody new")))


async def test_a_press_that_dies_is_replaced_and_its_sender_asked_to_come_again(
    tmp_path: Path, vault: Vault
) -> None:
    told: list[BaseException] = []
    async with process_press(tmp_path, told) as press:
        first = press.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Overloaded):
            await press.prepare(batch(line()))
        assert len(judged(await press.prepare(batch(line())))) == 1
        assert press.pid != first
    assert isinstance(told[0], PressDied)


async def test_more_than_may_be_on_the_way_is_turned_away(tmp_path: Path, vault: Vault) -> None:
    async with process_press(tmp_path) as press:
        with pytest.raises(Overloaded):
            await press.prepare(batch(*[b"{}"] * (MOST_WAITING + 1)))


async def test_a_press_without_its_key_says_why_it_does_not_start(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "vault.key").unlink()
    with pytest.raises(PressDied):
        async with process_press(tmp_path):
            raise AssertionError("it started")


def test_a_daemon_that_dies_with_an_answer_unread_leaves_no_press_behind(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "services.gateway.press_worker", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    with ours:
        ours.sendall(framed(Setup(str(tmp_path), CONFIG)))
        select.select([ours], [], [], 30)  # it has told that it is ready; nobody reads that
    assert process.wait(30) == 0
