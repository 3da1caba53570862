"""A rule with other settings, tried on the desk's own history from the page 规则与警报."""

import re

import msgspec

from services.preview import Preview
from services.views.incidents import incidents_page
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage
from tests.services.web.test_pages import words_of


async def test_the_form_shows_what_holds_and_computes_nothing_by_itself(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        assert "/alarms/preview?rule=p0-wide" in (await browser.get("/alarms")).text
        page = (await browser.get("/alarms/preview?rule=p0-wide")).text
    assert 'name="authors" value="2"' in page
    assert "还没有改什么" in page
    assert "夜间叫醒次数/周" not in page


async def test_a_change_is_shown_beside_what_holds_with_the_line_to_write(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        page = (await browser.get("/alarms/preview?rule=p0-wide&authors=9&days=1&show=yes")).text
    words = words_of(page)
    assert "- {id: p0-wide, level: orange, type: severity, severity: P0, authors: 9, window: 1h}" in words
    assert re.search(r"p0-wide 触发 [1-9]\d* 0", words)
    assert "夜间叫醒次数/周 0 0" in words
    assert re.search(r"◆ 橙 13:\d\d → 不到", words)


async def test_a_false_alarm_leads_to_its_proposal_on_recorded_history(sparked: Stage) -> None:
    incident = incidents_page(sparked.desk.reader).items[0].id
    async with browsing(sparked) as browser:
        await browser.post(f"/incidents/{incident}/close", data={"false_alarm": "yes"})
        page = (await browser.get(f"/incidents/{incident}")).text
        found = re.search(r'href="(/alarms/preview\?[^"]+)"', page)
        assert found is not None
        link = found[1].replace("&amp;", "&")
        assert link == "/alarms/preview?rule=p0-wide&authors=4&show=yes"
        assert found[1] in (await browser.get("/alarms")).text
        words = words_of((await browser.get(link)).text)
    assert "当时标为误报" in words
    assert "会漏掉 – 0" in words


async def test_a_setting_that_cannot_be_says_what_was_expected(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        page = (await browser.get("/alarms/preview?rule=p0-wide&authors=many&window=9h&show=yes")).text
        unknown = await browser.get("/alarms/preview?rule=nothing")
        period = await browser.get("/alarms/preview?rule=p0-wide&days=1000")
    words = words_of(page)
    assert "作者数：应为1 到 1e+09 的整数" in words
    assert "窗口：应为1m 到 6h 之间的时长" in words
    assert "夜间叫醒次数/周" not in words
    assert (unknown.status_code, period.status_code) == (404, 400)


async def test_other_programs_get_the_same(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        answer = await browser.get("/api/alarms/preview?rule=surge&off=yes&days=1")
        wrong = await browser.get("/api/alarms/preview?rule=p0-wide&authors=0")
    found = msgspec.json.decode(answer.content, type=Preview)
    assert "surge" in found.before.firings
    assert "surge" not in found.after.firings
    assert wrong.status_code == 400


async def test_rules_and_settings_have_names_in_both_languages(sparked: Stage) -> None:
    async with browsing(sparked) as browser:
        words = words_of((await browser.get("/alarms")).text)
        assert "严重词 · 严重度 P0 · 作者数 2 · 窗口 1 小时" in words
        assert "大号发声 · 粉丝数 100万 · 情绪 负面" in words
        browser.cookies.set("fenghuo_language", "en")
        assert "grave words · severity P0 · authors 2 · window 1 h" in words_of(
            (await browser.get("/alarms")).text
        )
