import re

import pytest

from services.views.incidents import incident_file, incidents_page
from services.views.queue import QueueFilter, conversation, queue_page
from services.views.rows import IncidentFile
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage


def incident_of(house: Stage) -> IncidentFile:
    found = incident_file(house.desk.reader, incidents_page(house.desk.reader).items[0].id)
    assert found is not None
    return found


def conversation_of(house: Stage) -> str:
    return queue_page(house.desk.reader, QueueFilter()).items[0].conversation


async def test_acknowledging_is_a_post_and_shows_at_once(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        answer = await browser.post(f"/incidents/{incident_id}/acknowledge", data={"from": "night"})
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/i/{incident_id}?said=acknowledged",
        )
        page = (await browser.get(answer.headers["location"])).text
    assert "您已接手，不再呼叫别人" in page
    row = incident_of(sparked).row
    assert (row.acknowledged_by, row.acknowledged_at) == ("xu", at("13:20:30"))


async def test_looking_changes_nothing(sparked: Stage) -> None:
    before = incident_of(sparked)
    async with browsing(sparked) as browser:
        for path in (f"/i/{before.row.id}", f"/incidents/{before.row.id}", "/queue", "/incidents", "/wall"):
            assert (await browser.get(path)).status_code == 200
        assert (await browser.get(f"/incidents/{before.row.id}/acknowledge")).status_code == 405
    assert incident_of(sparked) == before


async def test_a_form_without_its_token_changes_nothing(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        del browser.headers["x-form-token"]
        for token in ("", "0" * 32):
            answer = await browser.post(f"/incidents/{incident_id}/acknowledge", data={"token": token})
            assert answer.status_code == 403
            assert "这个操作没有执行" in answer.text
    assert incident_of(sparked).row.acknowledged_by is None


async def test_a_form_of_another_site_changes_nothing(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        for origin in ("https://evil.example", "null", "http://desk.test.evil.example"):
            answer = await browser.post(f"/incidents/{incident_id}/acknowledge", headers={"origin": origin})
            assert answer.status_code == 403
        answer = await browser.post(
            f"/incidents/{incident_id}/acknowledge", headers={"origin": "http://desk.test"}
        )
        assert answer.status_code == 303


async def test_the_token_in_the_page_opens_the_form(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        del browser.headers["x-form-token"]
        page = (await browser.get(f"/i/{incident_id}")).text
        fields = dict(re.findall(r'name="(token|once)" value="([^"]+)"', page))
        answer = await browser.post(f"/incidents/{incident_id}/acknowledge", data=fields)
    assert answer.status_code == 303


async def test_pressing_twice_is_asking_once(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    note = {"text": "已联系门店", "once": "the same form"}
    async with browsing(sparked) as browser:
        for _ in range(2):
            assert (await browser.post(f"/incidents/{incident_id}/note", data=note)).status_code == 303
    notes = [line for line in incident_of(sparked).timeline if line.event.type == "incident.noted"]
    assert len(notes) == 1


async def test_closing_needs_a_reason_and_says_so(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        answer = await browser.post(f"/incidents/{incident_id}/close", data={"reason": " "})
        assert answer.status_code == 409
        assert "请写明原因" in answer.text
        answer = await browser.post(f"/incidents/{incident_id}/close", data={"reason": "顾客已和解"})
        assert answer.status_code == 303
    row = incident_of(sparked).row
    assert (row.closed_by, row.close_reason, row.false_alarm) == ("xu", "顾客已和解", False)


async def test_a_false_alarm_closes_in_one_step_and_can_be_reopened(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        await browser.post(f"/incidents/{incident_id}/close", data={"false_alarm": "yes"})
        assert incident_of(sparked).row.false_alarm
        await browser.post(f"/incidents/{incident_id}/reopen")
    assert incident_of(sparked).row.closed_at is None


async def test_levels_go_up_and_down_by_hand(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        await browser.post(f"/incidents/{incident_id}/raise", data={"level": "red", "note": "门店已被拍"})
        assert incident_of(sparked).row.level == "red"
        await browser.post(f"/incidents/{incident_id}/ease", data={"level": "orange"})
        assert incident_of(sparked).row.level == "orange"
        answer = await browser.post(f"/incidents/{incident_id}/raise", data={"level": "purple"})
        assert answer.status_code == 400
        assert "level" in answer.text


async def test_steps_are_ticked_off(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        blocked = await browser.post(f"/incidents/{incident_id}/finish", data={"step": "legal"})
        assert blocked.status_code == 409
        assert "前面的步骤还没有完成" in blocked.text
        await browser.post(f"/incidents/{incident_id}/finish", data={"step": "facts"})
        page = (await browser.get(f"/incidents/{incident_id}")).text
    assert {step.plan.id: step.state for step in incident_of(sparked).steps}["facts"] == "done"
    assert "还没有审核，去送审" in page


async def test_an_incident_is_opened_by_hand(quiet: Stage) -> None:
    async with browsing(quiet) as browser:
        form = {"level": "orange", "category": "service", "note": "门店停电"}
        answer = await browser.post("/incidents", data=form)
        page = (await browser.get(answer.headers["location"])).text
    assert "门店停电" in page
    assert "许 手动打开" in page
    row = incident_of(quiet).row
    assert (row.level, row.category, row.opened_by) == ("orange", "service", "xu")


async def test_a_conversation_is_paused_and_resumed(sparked: Stage) -> None:
    name = conversation_of(sparked)
    async with browsing(sparked) as browser:
        await browser.post("/conversations", data={"conversation": name, "op": "paused"})
        page = (await browser.get("/queue?later=1", params={"c": name})).text
        assert "恢复计时" in page
        sparked.clock.set(at("13:20:40"))
        await browser.post("/conversations", data={"conversation": name, "op": "resumed"})
    row = conversation(sparked.desk.reader, name)
    assert row is not None
    assert row.clock is not None
    assert row.clock.paused_since is None


async def test_no_reply_needed_leaves_the_queue(sparked: Stage) -> None:
    name = conversation_of(sparked)
    async with browsing(sparked) as browser:
        answer = await browser.post("/conversations", data={"conversation": name, "op": "no_reply_needed"})
    assert answer.status_code == 303
    assert queue_page(sparked.desk.reader, QueueFilter()).items == ()


@pytest.mark.parametrize(
    ("form", "status"), [({"op": "deleted"}, 400), ({"op": "paused", "conversation": "weibo/x/y/z"}, 404)]
)
async def test_a_wrong_mark_is_refused(sparked: Stage, form: dict[str, str], status: int) -> None:
    async with browsing(sparked) as browser:
        answer = await browser.post("/conversations", data=form)
    assert answer.status_code == status


async def test_a_form_beyond_the_limit_is_refused(sparked: Stage) -> None:
    incident_id = incident_of(sparked).row.id
    async with browsing(sparked) as browser:
        assert (
            await browser.post(f"/incidents/{incident_id}/note", data={"text": "长" * 4001})
        ).status_code == 400
        assert (
            await browser.post(f"/incidents/{incident_id}/note", data={"text": "长" * 70_000})
        ).status_code == 413


async def test_an_unknown_action_is_named(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        answer = await browser.post(f"/incidents/{incident_of(sparked).row.id}/explode")
    assert answer.status_code == 400
    assert "explode" in answer.text
