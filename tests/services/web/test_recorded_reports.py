"""What a report said when it was sent is on record: corrections and forgetting change the report, never that."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.report_commands import REPORTER, RecordReport
from alerting.report_events import ReportFigure
from services.engine import CODECS, STORE_NAME
from services.reports.period_report import PeriodReport
from services.reports.shapes import Changed, IncidentReport
from services.sample import write_sample
from services.views.incidents import incidents_page
from services.views.reports import recordings_of, reports_of
from services.web.recording import WITHIN, ReportRecorder
from streams import ids
from streams.run.embedded import DESK
from streams.run.sqlite import Store
from tests.builders import at
from tests.services.web.conftest import Browser, browsing
from tests.services.web.stage import BRAND, Stage, spark, stage
from tests.services.web.test_pages import words_of

PLANS = 'reports:\n  - {id: morning, kind: daily, at: "08:30", to: [qin]}\n'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Stage]:
    """A small house with a daily report; Tang only looks."""
    write_sample(tmp_path / "config")
    file = tmp_path / "config" / "fenghuo.yaml"
    written = file.read_text(encoding="utf-8").replace("roles: [legal]}", "roles: [viewer]}")
    file.write_text(written + PLANS, encoding="utf-8")
    with stage(tmp_path / "data", at("13:00"), tmp_path / "config") as built:
        yield built


@pytest.fixture
async def sent(house: Stage) -> Stage:
    """It is a morning later, and the report of the day before was sent."""
    await house.play(spark())
    house.clock.set(at("08:30:03", day=1))
    await house.take()
    assert await ReportRecorder(house.desk).look() == 1
    house.clock.set(at("10:00", day=1))
    return house


def morning(house: Stage) -> str:
    (due,) = reports_of(house.desk.reader, BRAND)
    return f"/reports/{due.report}"


async def shape_of(browser: Browser, address: str, kind: Any) -> Any:
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=kind)


async def change(house: Stage, browser: Browser) -> None:
    """Somebody corrects a mention, and its author asks to be forgotten."""
    answer = await browser.post(
        "/mentions/corrections",
        data={"item": ids.item_id("weibo", "n1"), "label": "negative", "back": "/mentions"},
    )
    assert answer.headers["location"] == "/mentions?said=corrected"
    house.forget("u-阿杰")


async def test_what_is_corrected_or_forgotten_shows_both_numbers(sent: Stage) -> None:
    place = morning(sent)
    async with browsing(sent) as browser:
        unchanged = words_of((await browser.get(place)).text)
        listed = words_of((await browser.get("/reports")).text)
        before = await shape_of(browser, f"{place}/report.json", PeriodReport)
        await change(sent, browser)
        words = words_of((await browser.get(place)).text)
        after = await shape_of(browser, f"{place}/report.json", PeriodReport)
        (recorded,) = after.recorded
        then = words_of((await browser.get(recorded.link.replace("+", "%2B"))).text)
        pdf = await browser.get(f"{place}/report.pdf")
    assert "08:30 发出时已留档。此后这些数没有变。" in unchanged
    assert "已发给 秦 · 发出时 3 条提及，1 条负面" in listed
    assert (before.negative, after.negative) == (1, 2)
    assert recorded.changed == (
        Changed(name="negative", then=1, now=2),
        Changed(name="unreadable", then=0, now=1),
        Changed(name="negative/weibo", then=1, now=2),
    )
    assert (recorded.corrected, recorded.by) == (1, None)
    assert "此后有 1 条被人改判。" in words
    assert "数 留档时 现在 负面 1 2 不可读的原文（作者已被遗忘） 0 1" in words
    assert "33% 负面" in then
    assert "阿杰" not in then
    assert pdf.content.startswith(b"%PDF")


async def test_only_numbers_are_on_record_and_each_report_once(sent: Stage, tmp_path: Path) -> None:
    recorder = ReportRecorder(sent.desk)
    assert await recorder.look() == 0
    (due,) = reports_of(sent.desk.reader, BRAND)
    await recorder._record(due)  # as a second node that looked in the same moment
    await sent.desk.refresh()
    (event,) = recordings_of(sent.desk.reader, due.report)
    assert (event.by, event.as_of) == (None, at("08:30:03", day=1))
    assert {"items", "negative", "items/weibo"} <= {figure.name for figure in event.figures}
    assert not any("杰" in figure.name for figure in event.figures)
    store = Store(tmp_path / "data" / STORE_NAME, read_only=True)
    journal = [event for stored in store.journal(DESK).read() for event in CODECS[DESK].decode(stored).events]
    store.close()
    assert [each for each in journal if each.type == "report.recorded"] == [event]


async def test_what_was_due_long_ago_is_not_called_what_was_said_then(house: Stage) -> None:
    await house.take()
    house.clock.set(at("08:30:03", day=1))
    await house.take()
    house.clock.set(at("08:30:03", day=1) + WITHIN)
    assert await ReportRecorder(house.desk).look() == 0


async def test_a_person_puts_the_report_on_an_incident_on_record(sent: Stage) -> None:
    (row,) = incidents_page(sent.desk.reader, brand=BRAND).items
    place = f"/incidents/{row.id}/report"
    async with browsing(sent) as browser:
        assert "留档与此后的变化" not in (await browser.get(place)).text
        pressed = await browser.post(place, data={"once": "mine"})
        assert pressed.headers["location"] == f"{place}?said=report_recorded"
        await browser.post(place, data={"once": "mine"})
        await change(sent, browser)
        report = await shape_of(browser, f"{place}.json", IncidentReport)
        (recorded,) = report.recorded
        words = words_of((await browser.get(place)).text)
        timeline = words_of((await browser.get(f"/incidents/{row.id}")).text)
        over = await browser.post(f"{place}?at=2026-11-24T09:00", data={})
    assert recorded.by == "许"
    assert "negative" in {each.name for each in recorded.changed}
    assert "10:00 由许留档。此后有 1 条被人改判。" in words
    assert re.search("报告留档 .{0,3}3 条提及，1 条负面", timeline), timeline[-900:]
    assert over.status_code == 409


async def test_any_days_are_put_on_record_under_their_address(sent: Stage) -> None:
    asked = "kind=daily&from=2026-11-23&to=2026-11-23"
    async with browsing(sent) as browser:
        answer = await browser.post(f"/reports/now?{asked}", data={})
        assert answer.headers["location"] == f"/reports/now?{asked}&said=report_recorded"
        report = await shape_of(browser, f"/reports/now/report.json?{asked}", PeriodReport)
        (recorded,) = report.recorded
        assert (await browser.get(recorded.link.replace("+", "%2B"))).status_code == 200
        other = await shape_of(
            browser, "/reports/now/report.json?kind=daily&from=2026-11-22&to=2026-11-22", PeriodReport
        )
    assert other.recorded == ()


async def test_who_only_looks_records_nothing_and_sees_figures_of_other_releases_under_their_names(
    sent: Stage,
) -> None:
    (due,) = reports_of(sent.desk.reader, BRAND)
    command = RecordReport(
        id="other", who=REPORTER, brand=BRAND, report=due.report, as_of=sent.clock(),
        figures=(ReportFigure("echo", 7),),
    )  # fmt: skip
    await sent.desk.house.command(command)
    await sent.desk.refresh()
    async with browsing(sent, "tang") as browser:
        page = (await browser.get(morning(sent))).text
        assert "echo 7 –" in words_of(page)
        assert 'title="把此刻的数' not in page
        assert (await browser.post(morning(sent), data={})).status_code == 409
