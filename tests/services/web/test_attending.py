"""What people do with a conversation: through forms, with who and when, and never two at once."""

import re
from typing import Any

import pytest

from services.views.cases import cases_page
from services.views.incidents import incidents_page
from services.views.queue import QueueFilter, conversation, queue_page
from services.views.rows import ConversationRow
from tests.builders import at
from tests.services.web.conftest import Browser, browsing, sits_down
from tests.services.web.stage import Stage, comment, reply
from tests.services.web.test_pages import words_of

SAFETY = "小满您好，我们非常重视您的健康。如有不适请先就医并保留票据，食品安全负责人会在 30 分钟内联系您。"


def waiting(house: Stage) -> str:
    return queue_page(house.desk.reader, QueueFilter()).items[0].conversation


def opened(house: Stage, name: str) -> ConversationRow:
    found = conversation(house.desk.reader, name)
    assert found is not None
    return found


async def does(browser: Browser, name: str, op: str, **fields: str) -> Any:
    return await browser.post("/conversations", data={"conversation": name, "op": op, **fields})


async def replies(browser: Browser, name: str, text: str, **fields: str) -> Any:
    return await browser.post("/conversations/reply", data={"conversation": name, "text": text, **fields})


async def test_two_people_cannot_have_the_same_message(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        assert (await does(browser, name, "claim")).status_code == 303
        sits_down(browser, sparked, "zhou")
        refused = await does(browser, name, "claim")
        assert refused.status_code == 409
        assert "同事正在回复这个会话" in refused.text
        page = words_of((await browser.get("/queue", params={"c": name})).text)
        assert "陈 正在回复，13:20 起" in page
        assert "陈 已认领" in page
        assert (await replies(browser, name, "您好")).status_code == 409
        assert (await does(browser, name, "take_over")).status_code == 303
        sits_down(browser, sparked, "chen")
        assert (await does(browser, name, "release")).status_code == 409
    claim = opened(sparked, name).claim
    assert claim is not None
    assert claim.by == "zhou"


async def test_a_reply_counts_from_the_moment_it_is_confirmed_with_who_and_script(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        answer = await replies(browser, name, SAFETY, script="safety", answering="first_response/1")
        assert answer.headers["location"].endswith("said=replied")
        page = words_of((await browser.get(answer.headers["location"])).text)
    row = opened(sparked, name)
    assert row.clock is None
    ours = row.items[-1]
    assert (ours.occurred_at, ours.sent_by, ours.script, ours.strayed) == (
        at("13:20:30"),
        "chen",
        "safety",
        0.0,
    )
    assert "陈 发出 · 话术 safety，偏离 0%" in page
    assert SAFETY in page


async def test_a_reply_seen_by_a_collector_is_shown_once(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        await replies(browser, name, SAFETY, script="safety")
        await sparked.take(reply(1, "13:20:10", SAFETY, to="小满"))
        page = (await browser.get("/queue", params={"c": name})).text
    assert [(item.kind, item.sent_by) for item in opened(sparked, name).items] == [
        ("comment", None),
        ("reply", "chen"),
    ]
    assert page.count("我方回复") == 1


async def test_who_was_slower_is_told_and_nothing_is_recorded(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        await replies(browser, name, "您好，马上为您处理。", answering="first_response/1")
        sparked.clock.set(at("13:40"))
        sits_down(browser, sparked, "zhou")
        late = await replies(browser, name, "您好，在的。", answering="first_response/1")
    assert late.status_code == 409
    assert "已经有人回复过了" in late.text
    assert len(opened(sparked, name).items) == 2


@pytest.mark.parametrize(
    ("text", "told"), [("", "text"), ("请把订单号 {order} 给我们", "order"), ("长" * 4001, "text: 4001")]
)
async def test_what_cannot_have_been_sent_is_not_recorded(sparked: Stage, text: str, told: str) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        answer = await replies(browser, name, text)
    assert answer.status_code == 400
    assert told in answer.text
    assert opened(sparked, name).clock is not None


async def test_a_script_that_escalates_raises_it_to_the_desk(quiet: Stage) -> None:
    await quiet.take(comment(1, "13:00", "吃完有点不舒服"))
    async with browsing(quiet, "chen") as browser:
        await replies(browser, waiting(quiet), SAFETY, script="safety")
    (row,) = incidents_page(quiet.desk.reader).items
    assert (row.category, row.level, row.opened_by) == ("safety", "yellow", "chen")
    assert "safety" in row.note


async def test_what_is_raised_twice_joins_the_open_incident(quiet: Stage) -> None:
    await quiet.take(comment(1, "13:00", "吃完有点不舒服"))
    name = waiting(quiet)
    async with browsing(quiet, "chen") as browser:
        for note in ("顾客说要投诉", "顾客又打来电话"):
            fields = {"conversation": name, "category": "safety", "note": note}
            assert (await browser.post("/conversations/raise", data=fields)).status_code == 303
        nothing = await browser.post("/conversations/raise", data={"conversation": name, "note": " "})
    assert nothing.status_code == 409
    assert len(incidents_page(quiet.desk.reader).items) == 1


async def test_what_is_put_off_says_until_when_and_leaves_the_screen(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        answer = await does(browser, name, "snooze", time="14:10")
        assert answer.headers["location"] == "/queue?said=snooze"
        page = words_of((await browser.get("/queue?later=1")).text)
        assert "稍后处理，14:10 回来" in page
        assert (await does(browser, name, "wake")).status_code == 303
    assert opened(sparked, name).snoozed_until is None


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"time": "13:10"}, at("13:10", day=1)),
        ({"until": "2026-11-23T18:00:00+08:00"}, at("18:00")),
        ({"time": "9:05", "until": ""}, at("09:05", day=1)),
    ],
)
async def test_a_time_of_day_is_the_next_one(sparked: Stage, fields: dict[str, str], until: object) -> None:
    async with browsing(sparked, "chen") as browser:
        await does(browser, waiting(sparked), "snooze", **fields)
    assert opened(sparked, waiting(sparked)).snoozed_until == until


@pytest.mark.parametrize(
    "fields", [{}, {"time": "25:00"}, {"time": "soon"}, {"until": "2026-11-23T18:00:00"}]
)
async def test_no_time_at_all_is_told(sparked: Stage, fields: dict[str, str]) -> None:
    async with browsing(sparked, "chen") as browser:
        assert (await does(browser, waiting(sparked), "snooze", **fields)).status_code == 400


async def test_the_customers_next_message_ends_a_pause_that_was_for_them(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        await does(browser, name, "paused", reason="customer")
        assert (await does(browser, name, "paused", reason="lunch")).status_code == 400
    sparked.clock.set(at("13:25"))
    await sparked.take(comment(2, "13:25", "小票在这里"))
    clock = opened(sparked, name).clock
    assert clock is not None
    assert (clock.paused_since, clock.due_at) == (None, at("13:34:30"))


async def test_tags_and_earlier_visits_of_a_customer_are_shown(sparked: Stage) -> None:
    await sparked.take(comment(3, "13:05", "上次的事还没说法", post_id="p0"))
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        await does(browser, name, "tag", tag="花生过敏")
        page = (await browser.get("/queue", params={"c": name})).text
        assert "花生过敏" in page
        assert "另有 1 个会话，上次 13:05" in words_of(page)
        await does(browser, name, "untag", tag="花生过敏")
        assert "花生过敏" not in (await browser.get("/queue", params={"c": name})).text


async def test_an_order_number_is_filled_in_from_what_the_customer_wrote(quiet: Stage) -> None:
    await quiet.take(comment(1, "13:00", "订单尾号 4471 少了一份主食"))
    async with browsing(quiet, "chen") as browser:
        page = (await browser.get("/queue", params={"c": waiting(quiet)})).text
    assert "请把订单号 4471 私信给我们" in page


async def test_a_draft_is_flagged_as_it_is_written(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        answer = await browser.post("/api/lint", data={"text": "我们是全网最低价", "platform": "weibo"})
    (flag,) = answer.json()["flags"]
    assert (flag["words"], flag["severity"]) == ("全网最低价", "block")


async def test_nothing_of_this_is_open_to_another_site_or_to_nobody(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        del browser.headers["x-form-token"]
        for path in ("/conversations", "/conversations/reply", "/conversations/raise", "/api/lint"):
            assert (await browser.post(path, data={"conversation": name})).status_code == 403
    async with browsing(sparked, person=None) as browser:
        assert (await browser.post("/conversations", data={"conversation": name})).status_code == 303
    assert opened(sparked, name).claim is None


@pytest.mark.parametrize(("name", "op", "status"), [("none", "claim", 404), ("", "dance", 400)])
async def test_an_unknown_thing_is_told(sparked: Stage, name: str, op: str, status: int) -> None:
    async with browsing(sparked, "chen") as browser:
        assert (await does(browser, name, op)).status_code == status


async def test_what_was_answered_can_be_forgotten(sparked: Stage) -> None:
    name = waiting(sparked)
    async with browsing(sparked, "chen") as browser:
        await replies(browser, name, "小满您好，马上为您处理。")
        sparked.forget("u-小满")
        page = (await browser.get("/queue", params={"c": name})).text
    assert "马上为您处理" not in re.sub(r"<option.*?</option>", "", page)


async def test_at_the_end_of_a_shift_claims_go_back_and_the_next_one_sees_what_is_handed_over(
    sparked: Stage,
) -> None:
    await sparked.take(comment(7, "13:19", "等我回头发照片", name="木木"))
    first, second = (row.conversation for row in queue_page(sparked.desk.reader, QueueFilter()).items)
    async with browsing(sparked, "chen") as browser:
        await does(browser, first, "claim")
        await does(browser, second, "snooze", time="14:30")
        assert "陈：1 个" in words_of((await browser.get("/oncall")).text)
        assert "交班" in (await browser.get("/queue")).text
        ended = await browser.post("/queue/shift")
        assert ended.headers["location"] == "/oncall?said=shift"
        page = words_of((await browser.get("/oncall")).text)
    assert opened(sparked, first).claim is None
    assert "没有人认领着会话" in page
    assert "稍后处理，14:30 回来" in page


async def test_a_case_is_settled_from_the_conversation_with_an_outcome_and_never_by_a_bare_mark(
    quiet: Stage,
) -> None:
    await quiet.play([comment(1, "13:00", "质量太差了，退款一直不到账")])
    name = waiting(quiet)
    quiet.clock.set(at("13:20"))
    async with browsing(quiet, "chen") as browser:
        page = words_of((await browser.get("/queue", params={"c": name})).text)
        assert "没有结果和依据不能结清" in page
        bare = await does(browser, name, "settled", reason="好了")
        assert (bare.status_code, "outcome" in bare.text) == (400, True)
        proofless = await does(browser, name, "settled", outcome="refunded", evidence=" ")
        assert (proofless.status_code, "evidence" in proofless.text) == (400, True)
        assert opened(quiet, name).resolution.state_end is None  # type: ignore[union-attr]
        done = await does(browser, name, "settled", outcome="refunded", evidence="退款单 8812")
        assert done.headers["location"].endswith("said=settled")
        page = words_of((await browser.get(done.headers["location"])).text)
        assert "已妥善解决：已退款（退款单 8812）" in page
        assert "没有结果和依据不能结清" not in page
    assert opened(quiet, name).resolution.state_end == "met"  # type: ignore[union-attr]


async def test_who_takes_over_sees_the_cases_of_the_brand_that_is_shown(quiet: Stage) -> None:
    await quiet.play([comment(1, "13:00", "质量太差了，退款一直不到账")])
    (case,) = cases_page(quiet.desk.reader).items
    assert cases_page(quiet.desk.reader, brand=case.brand).items == (case,)
    assert cases_page(quiet.desk.reader, brand="another").items == ()
    async with browsing(quiet, "chen") as browser:
        assert "个案 · 负责人 还没有" in words_of((await browser.get("/oncall")).text)


async def test_a_promise_in_a_draft_is_told_before_it_is_made(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        told = (await browser.post("/api/lint", data={"text": "我们会在 30 分钟内联系您。"})).json()
        nothing = (await browser.post("/api/lint", data={"text": "已经记下，谢谢。"})).json()
    assert (told["promises"], nothing["promises"]) == (True, False)
