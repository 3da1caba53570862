"""The page of who is on call: what it shows, and passing a duty on."""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

from alerting.duty_events import DutyHandedOver
from alerting.shift_events import ShiftEvent, ShiftTaken
from services.journals import entries_since, opened_journals
from services.views.duties import duty_states
from streams.run.embedded import DESK
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, reply, spark, stage
from tests.services.web.test_pages import words_of

DUTY = "pr-desk"


async def a_week_later(house: Stage) -> None:
    """It is Monday again: the plan passes from the first to the second."""
    house.clock.set(at("09:05", 7))
    await house.take()


async def test_the_page_says_who_is_called_now_and_who_comes_next(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        page = (await browser.get("/oncall")).text
    plan = [name for name in ("许", "宋") if f"<b>{name}</b>" in page]
    assert plan == ["许", "宋"]
    assert "现在呼叫" in page
    assert "还没有人接手" in page, "the open incident is what would be handed over"


async def test_a_handover_is_confirmed_by_whom_the_plan_names(sparked: Stage) -> None:
    await a_week_later(sparked)
    before = duty_states(sparked.desk.reader)[DUTY]
    assert before.waiting is not None
    incoming, outgoing = before.waiting.incoming, before.waiting.outgoing
    async with browsing(sparked, outgoing) as browser:
        page = (await browser.get("/oncall")).text
        assert "确认之前仍呼叫" in page
        assert f'id="confirm-{DUTY}"' not in page
        assert (await browser.post(f"/oncall/{DUTY}/confirm")).status_code == 409
    async with browsing(sparked, incoming) as browser:
        assert f'id="confirm-{DUTY}"' in (await browser.get("/oncall")).text
        answer = await browser.post(f"/oncall/{DUTY}/confirm")
        assert answer.headers["location"] == "/oncall?said=duty_confirmed"
        assert "已接班" in (await browser.get(answer.headers["location"])).text
    after = duty_states(sparked.desk.reader)[DUTY]
    assert (after.holder, after.waiting) == (incoming, None)


async def test_looking_at_the_page_confirms_nothing(sparked: Stage) -> None:
    await a_week_later(sparked)
    before = duty_states(sparked.desk.reader)
    async with browsing(sparked, "song") as browser:
        await browser.get("/oncall")
        assert (await browser.get(f"/oncall/{DUTY}/confirm")).status_code == 405
    assert duty_states(sparked.desk.reader) == before


async def test_covering_swapping_and_putting_somebody_on(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        covered = await browser.post(
            f"/oncall/{DUTY}/cover", data={"until": "2026-11-23T20:00", "reason": "替班"}
        )
        assert covered.status_code == 303
        assert duty_states(sparked.desk.reader)[DUTY].holder == "chen"
        refused = await browser.post(
            f"/oncall/{DUTY}/override", data={"person": "xu", "until": "2026-11-24T20:00"}
        )
        assert refused.status_code == 409
        assert (await browser.post(f"/oncall/{DUTY}/cover", data={"until": "soon"})).status_code == 400
        assert (await browser.post(f"/oncall/{DUTY}/vanish")).status_code == 400
    async with browsing(sparked, "xu") as browser:
        fields = {"person": "tang", "from": "2026-11-24T09:00", "until": "2026-11-24T20:00"}
        assert (await browser.post(f"/oncall/{DUTY}/override", data=fields)).status_code == 303
        override = duty_states(sparked.desk.reader)[DUTY].overrides[-1]
        assert (override.person, override.from_at) == ("tang", at("09:00", 1))
        assert (await browser.post(f"/oncall/{DUTY}/end", data={"override": override.id})).status_code == 303
        assert (await browser.post(f"/oncall/{DUTY}/swap", data={"other": "song"})).status_code == 303
        assert (
            await browser.post(f"/oncall/{DUTY}/note", data={"text": "答应了李女士回电"})
        ).status_code == 303
        assert "答应了李女士回电" in (await browser.get("/oncall")).text


async def test_the_frame_names_who_is_called_and_not_whom_the_plan_names(tmp_path: Path) -> None:
    with stage(tmp_path, at("12:00")) as house:
        await house.play(spark())
        async with browsing(house, "chen") as browser:
            await browser.post(f"/oncall/{DUTY}/cover", data={"until": "2026-11-23T20:00"})
            assert "值班 陈 至" in (await browser.get("/queue")).text


async def test_what_is_taken_over_is_listed_where_it_is_confirmed_and_recorded(sparked: Stage) -> None:
    sparked.clock.set(at("13:30"))
    await sparked.take(comment(1, "13:20", "青禾小馆的菜里有异物，差评", "小满"))
    await sparked.take(reply(5, "13:29", "非常抱歉，7 天内联系您。", "小满"))
    await a_week_later(sparked)
    waiting = duty_states(sparked.desk.reader)[DUTY].waiting
    assert waiting is not None
    async with browsing(sparked, waiting.incoming) as browser:
        page = (await browser.get("/oncall")).text
        words = words_of(page)
        await browser.post(f"/oncall/{DUTY}/confirm")
    assert 'href="/queue?c=weibo%2Fqinghe-official%2Fp1%2F' in page, "a promise leads to its conversation"
    assert re.search(r"接班后由您跟进： . . 青禾小馆 · 食品安全 #1.*承诺.*微博.*确认接班", words)
    (taken,) = [event for event in desk_events(sparked) if isinstance(event, DutyHandedOver)]
    assert (len(taken.incidents), len(taken.promises)) == (1, 1)


async def test_support_comes_on_and_goes_off_without_a_duty(sparked: Stage) -> None:
    async with browsing(sparked, "chen") as browser:
        assert (await browser.post("/queue/shift", data={"note": "小满的退款等财务"})).status_code == 303
        assert "陈 13:20 交班 小满的退款等财务" in words_of((await browser.get("/oncall")).text)
    sparked.clock.set(at("13:25"))
    async with browsing(sparked, "zhou") as browser:
        answer = await browser.post("/shift")
        assert answer.headers["location"] == "/oncall?said=shift_taken"
        words = words_of((await browser.get("/oncall")).text)
    assert "周 13:25 接班" in words
    assert "陈 13:20 交班 小满的退款等财务" in words
    given, taken = [event for event in desk_events(sparked) if isinstance(event, ShiftEvent)]
    assert (given.by, taken.by) == ("chen", "zhou")
    assert isinstance(taken, ShiftTaken)
    assert len(taken.incidents) == 1


async def test_nobody_comes_on_without_signing_in(sparked: Stage) -> None:
    async with browsing(sparked, None) as browser:
        assert (await browser.post("/shift")).headers["location"].startswith("/signin")
    assert not [event for event in desk_events(sparked) if isinstance(event, ShiftEvent)]


def desk_events(house: Stage) -> list[Any]:
    with closing(opened_journals(house.desk.journals)) as journals:
        return [event for entry in entries_since(journals, DESK) for event in entry.events]
