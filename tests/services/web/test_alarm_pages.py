"""Rules and alarms on a page; silences by hand; the brief for the boss."""

import html
import re

from services.views.alarms import rule_records
from services.views.duties import silences
from services.views.incidents import incidents_page
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import BRAND, Stage, post


async def test_rules_show_their_last_firing_and_how_often_it_was_for_nothing(sparked: Stage) -> None:
    incident_id = incidents_page(sparked.desk.reader).items[0].id
    async with browsing(sparked) as browser:
        assert "从未触发" in (await browser.get("/alarms")).text
        await browser.post(f"/incidents/{incident_id}/close", data={"false_alarm": "yes"})
        page = (await browser.get("/alarms")).text
    record = rule_records(sparked.desk.reader, BRAND)["p0-wide"]
    assert (record.incidents, record.judged, record.false_alarms, record.false_share) == (1, 1, 1, 1.0)
    assert "100%" in page
    assert "p0-wide：界限 2 → 4（#1 时为 3）" in page
    assert f'href="/incidents/{incident_id}"' in page


async def test_a_silence_is_started_and_ended_by_those_who_lead(sparked: Stage) -> None:
    fields = {"rule": "loud", "until": "2026-11-23T20:00", "reason": "直播预热"}
    async with browsing(sparked, "chen") as browser:
        assert "静默警报" not in (await browser.get("/alarms")).text
        assert (await browser.post("/alarms/silences", data=fields)).status_code == 409
    async with browsing(sparked) as browser:
        assert (await browser.post("/alarms/silences", data=fields | {"reason": ""})).status_code == 409
        assert (await browser.post("/alarms/silences", data=fields)).headers[
            "location"
        ] == "/alarms?said=silenced"
        assert "直播预热" in (await browser.get("/alarms")).text
        (silence,) = silences(sparked.desk.reader, BRAND, sparked.clock())
        assert (silence.rules, silence.until) == (("loud",), at("20:00"))
        await browser.post(f"/alarms/silences/{silence.id}/end")
        assert silences(sparked.desk.reader, BRAND, sparked.clock()) == ()


async def test_what_was_held_back_is_counted(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        await browser.post("/alarms/silences", data={"until": "2026-11-23T20:00", "reason": "演习"})
        sparked.clock.set(at("13:40"))
        await sparked.take(post(90, "13:40", "青禾小馆又吃出异物", "新人"))
        assert "静默 1 次" in (await browser.get("/alarms")).text


async def test_the_boss_gets_five_lines(sparked: Stage) -> None:
    incident_id = incidents_page(sparked.desk.reader).items[0].id
    async with browsing(sparked) as browser:
        await browser.post(f"/incidents/{incident_id}/acknowledge")
        page = (await browser.get(f"/incidents/{incident_id}")).text
    found = re.search(r'<textarea id="boss-lines"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    lines = html.unescape(found[1]).split("\n")
    assert [line[:3] for line in lines] == ["【青禾", "起因：", "声量：", "处置：", "下一步"]
    assert "许 ✓ 13:20 已接手" in lines[3]
    assert lines[4].endswith(f"http://desk.test/incidents/{incident_id}")
