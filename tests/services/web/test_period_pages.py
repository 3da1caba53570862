"""Daily, weekly and special reports: made in their time, listed, and made on demand."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import services.sample
from alerting.events import PageRequested
from alerting.report_events import ReportDue
from services.notify.message import Stationery
from services.reports.period_report import PeriodReport
from services.views.mentions import MentionFilter, mentions_count
from services.views.reports import reports_of
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import BRAND, Stage, stage, storm
from tests.services.web.test_pages import words_of

PLANS = """
reports:
  - {id: morning, kind: daily, at: "08:30", to: [pr-desk, qin]}
  - {id: week, kind: weekly, at: "mon 09:00", to: [qin]}
  - {id: safe, kind: special, category: safety, at: "07:00", to: [tang]}
"""


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stormy Monday, and the mornings after it."""
    import asyncio

    folder = tmp_path_factory.mktemp("week")
    config = Path(shutil.copytree(Path(services.sample.__file__).parent / "folder", folder / "config"))
    with (config / "fenghuo.yaml").open("a", encoding="utf-8") as file:
        file.write(PLANS)

    async def live(house: Stage) -> None:
        await house.play(storm())
        for day in (1, 2, 7):
            house.clock.set(at("09:30", day=day))
            await house.take()

    with stage(folder / "data", at("12:00"), config) as house:
        asyncio.run(live(house))
        yield house


def made(stage: Stage, kind: str) -> list[ReportDue]:
    return [due for due in reports_of(stage.desk.reader, BRAND) if due.kind == kind]


async def shape_of(stage: Stage, address: str) -> PeriodReport:
    async with browsing(stage) as browser:
        answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=PeriodReport)


async def test_each_is_made_in_its_time_and_listed(week: Stage) -> None:
    assert len(made(week, "daily")) == 7
    assert len(made(week, "special")) == 7
    assert len(made(week, "weekly")) == 1
    async with browsing(week) as browser:
        words = words_of((await browser.get("/reports")).text)
    assert "日报 2026-11-23" in words
    assert "周报 2026-11-23 至 2026-11-29" in words
    assert "专报 2026-11-23 · 食品安全" in words
    assert "已发给 许、秦" in words


async def test_the_first_day_is_counted_whole_and_each_number_leads_to_its_items(week: Stage) -> None:
    first = made(week, "daily")[-1]
    report = await shape_of(week, f"/reports/{first.report}/report.json")
    wanted = MentionFilter(brand=BRAND, from_at=first.from_at, to_at=first.to_at)
    assert report.items == mentions_count(week.desk.reader, wanted, 10_000) > 80
    assert [line.number for line in report.incidents] == [1]
    assert report.answers is not None
    assert "事件 1 起，最高■ 红，1 起未结" in report.verdict
    assert "前一期 0 条，太少，不比较" in report.verdict
    assert len(report.verdict) <= 200
    async with browsing(week) as browser:
        page = (await browser.get(f"/reports/{first.report}")).text
        links = re.findall(r'<a href="(/mentions\?[^"]+)"><b>([\d,]+)</b>', page)
        address, number = links[0]
        behind = words_of((await browser.get(address.replace("&amp;", "&"))).text)
    assert f"{number} 条" in behind


async def test_the_second_day_is_compared_with_the_first(week: Stage) -> None:
    report = await shape_of(week, f"/reports/{made(week, 'daily')[-2].report}/report.json")
    assert report.items == 0
    assert report.items_before > 80
    assert "较前一期 -100%" in report.verdict


async def test_a_special_report_counts_its_category_alone(week: Stage) -> None:
    first = made(week, "special")[-1]
    report = await shape_of(week, f"/reports/{first.report}/report.json")
    whole = await shape_of(week, f"/reports/{made(week, 'daily')[-1].report}/report.json")
    assert 0 < report.items < whole.items
    assert {line.category for line in report.incidents} == {"safety"}


async def test_any_days_are_reported_on_demand_as_page_and_file(week: Stage) -> None:
    asked = "kind=special&category=safety&from=2026-11-23&to=2026-11-24"
    async with browsing(week) as browser:
        page = await browser.get(f"/reports/now?{asked}")
        assert "专报 青禾小馆 2026-11-23 至 2026-11-24" in words_of(page.text)
        pdf = await browser.get(f"/reports/now/report.pdf?{asked}")
        assert pdf.content.startswith(b"%PDF")
        for wrong in (
            "kind=hourly",
            "kind=special",
            "kind=daily&category=safety",
            "from=2026-11-25&to=2026-11-24",
            "from=2026-01-01&to=2026-11-24",
            "from=soon",
        ):
            assert (await browser.get(f"/reports/now?{wrong}")).status_code == 400, wrong
        assert (await browser.get("/reports/none")).status_code == 404
    async with browsing(week, None) as browser:
        assert (await browser.get("/reports")).headers["location"].startswith("/signin")


async def test_a_house_without_plans_says_what_to_do(quiet: Stage) -> None:
    async with browsing(quiet) as browser:
        words = words_of((await browser.get("/reports")).text)
    assert "还没有定时报告" in words


async def test_in_a_drill_it_says_so(tmp_path: Path) -> None:
    with stage(tmp_path, at("12:00"), drill=True) as house:
        async with browsing(house) as browser:
            page = await browser.get("/reports/now?kind=daily&from=2026-11-22&to=2026-11-22")
        assert "【演练】日报" in words_of(page.text)


def test_the_message_names_the_report_and_leads_there_without_figures(week: Stage) -> None:
    first = made(week, "daily")[-1]
    page = PageRequested(
        cause="x", key=BRAND, at=first.at, incident="", page="p", level="blue", category=first.report, person="qin",
        means="notify", reason="report", climb=0, playbook_step="daily",
    )  # fmt: skip
    message = Stationery(base_url="https://desk.example").write([page], week.desk.decisions().desk)
    assert message.title == "日报 · 青禾小馆 · 11-24"
    assert message.link == f"https://desk.example/reports/{first.report}"
