"""Replies that go out through a connector: posted once, signed, and recorded only when they are out."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.config.model import Connector, Network
from services.views.queue import QueueFilter, conversation, queue_page
from services.views.rows import ConversationRow
from tests.builders import at
from tests.services.notify.outlet import Answer, Outlet, outlet
from tests.services.web.conftest import Browser, browsing, sits_down
from tests.services.web.stage import Stage, reply, spark, stage

TEXT = "小满您好，马上为您处理。"
KEY = "a-connector-key-for-tests-only"


@pytest.fixture
def connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """As `sparked`; replies of its account are posted to whatever address REPLIES_URL names."""
    monkeypatch.setenv("REPLIES_KEY", KEY)
    way = Connector(platform="weibo", account="qinghe-official", url="env:REPLIES_URL", key="env:REPLIES_KEY")
    network = Network(allow_private=("127.0.0.1",), connectors=(way,))
    with stage(tmp_path, at("13:00"), network=network) as house:
        yield house


@contextmanager
def posting(*answers: Answer, body: bytes = b"{}") -> Iterator[Outlet]:
    """A connector in a thread of its own: the pages' test client holds up the test's loop while it waits."""
    started = Future[tuple[Outlet, Callable[[], object]]]()

    async def serve() -> None:
        ended = asyncio.Event()
        end = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set)
        async with outlet(*answers, body=body) as post:
            started.set_result((post, end))
            await ended.wait()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: asyncio.run(serve()))
        post, end = started.result(10)
        try:
            yield post
        finally:
            end()
            done.result(10)


async def spark_at(house: Stage, post: Outlet, monkeypatch: pytest.MonkeyPatch) -> str:
    """One customer waits, and the connector stands at `post`; returns the conversation."""
    monkeypatch.setenv("REPLIES_URL", f"http://127.0.0.1:{post.port}/replies")
    await house.play(spark())
    house.clock.set(at("13:20:30"))
    return queue_page(house.desk.reader, QueueFilter()).items[0].conversation


async def sends(browser: Browser, name: str, text: str = TEXT, **fields: str) -> Any:
    data = {"conversation": name, "text": text, "by": "connector", "answering": "first_response/1", **fields}
    return await browser.post("/conversations/reply", data=data)


def standing(house: Stage, name: str) -> ConversationRow:
    found = conversation(house.desk.reader, name)
    assert found is not None
    return found


async def test_a_reply_is_posted_signed_and_then_recorded(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with posting(body=b'{"id": "4900000000000123"}') as post:
        async with browsing(connected, "chen") as browser:
            name = await spark_at(connected, post, monkeypatch)
            page = (await browser.get("/queue", params={"c": name})).text
            assert re.search('<button form="conv-draft" class="main" id="send"', page)
            assert (await sends(browser, name, once="press-1")).status_code == 303
            # A collector sees it later, under the id that the connector told.
            await connected.take(reply(1, "13:25", TEXT, to="小满") | {"id": "4900000000000123"})
    (letter,) = post.received
    assert letter["text"] == TEXT
    assert (letter["platform"], letter["account"]) == ("weibo", "qinghe-official")
    assert letter["parent_id"]
    headers = dict(re.findall(r"(?m)^([\w-]+): (.*?)\r?$", post.headers.lower()))
    signed = hmac.new(KEY.encode(), headers["x-fenghuo-time"].encode() + b"." + post.raw, hashlib.sha256)
    assert headers["x-fenghuo-signature"] == f"sha256={signed.hexdigest()}"
    assert headers["idempotency-key"] == letter["id"]
    row = standing(connected, name)
    assert row.clock is None
    assert [(item.kind, item.native_id) for item in row.items][1:] == [("reply", "4900000000000123")]


@pytest.mark.parametrize("answers", [(500, 500), ("reset", 503), (403,)])
async def test_what_did_not_go_out_is_not_recorded_and_pressing_again_sends_the_same_id(
    connected: Stage, monkeypatch: pytest.MonkeyPatch, answers: tuple[Answer, ...]
) -> None:
    with posting(*answers, 200) as post:
        async with browsing(connected, "chen") as browser:
            name = await spark_at(connected, post, monkeypatch)
            failed = await sends(browser, name, once="press-1")
            assert failed.status_code == 502
            assert "回复没有发出去" in failed.text
            assert str(post.port) not in failed.text
            row = standing(connected, name)
            assert (row.clock is not None, len(row.items)) == (True, 1)
            assert (await sends(browser, name, once="press-1")).status_code == 303
    assert {letter["id"] for letter in post.received} == {post.received[0]["id"]}
    assert len(post.received) == len(answers) + 1
    assert standing(connected, name).clock is None


async def test_two_people_never_both_post(connected: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with posting() as post:
        async with browsing(connected, "chen") as browser:
            name = await spark_at(connected, post, monkeypatch)
            await browser.post("/conversations", data={"conversation": name, "op": "claim"})
            sits_down(browser, connected, "zhou")
            assert (await sends(browser, name)).status_code == 409
            sits_down(browser, connected, "chen")
            assert (await sends(browser, name)).status_code == 303
            sits_down(browser, connected, "zhou")
            late = await sends(browser, name)
            assert (late.status_code, "已经有人回复过了" in late.text) == (409, True)
    assert len(post.received) == 1


async def test_forbidden_words_do_not_go_out(connected: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with posting() as post:
        async with browsing(connected, "chen") as browser:
            name = await spark_at(connected, post, monkeypatch)
            refused = await sends(browser, name, "我们的羊肉全国第一，包治百病。")
    assert (refused.status_code, "有不能发出的词" in refused.text) == (409, True)
    assert post.received == []


async def test_nothing_is_posted_but_answers_to_messages_addressed_to_us(
    connected: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with posting() as post:
        async with browsing(connected, "chen") as browser:
            await spark_at(connected, post, monkeypatch)
            assert (await sends(browser, "weibo/somebody-else/p1/x")).status_code == 404
            assert (await sends(browser, "")).status_code == 404
    assert post.received == []


async def test_an_account_without_a_connector_offers_none(sparked: Stage) -> None:
    name = queue_page(sparked.desk.reader, QueueFilter()).items[0].conversation
    async with browsing(sparked, "chen") as browser:
        assert 'id="send"' not in (await browser.get("/queue", params={"c": name})).text
        assert (await sends(browser, name)).status_code == 409
