"""A drill of a real crisis in the browsers of four people: alarm, playbook, three reviews, a released statement, report, score."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, expect
from rich.console import Console

from alerting.content import lock
from services.drill_score import DrillScore, Scorer
from services.drill_table import tables
from services.views.contents import releases_of
from services.views.incidents import incident_file
from services.views.rows import IncidentRow
from tests.browser.test_real_crisis import WITHIN, XIBEI, Crisis, records_of, time_of, unfold
from tests.browser.visitors import DESK, PHONE, Visitor, visiting
from tests.services.web.stage import Stage, stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATEMENT = "/content/xibei/product-quality/weibo/hold"
LINK = "https://weibo.com/1234567890/OabCdEfGh"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def scorer() -> Scorer:
    return Scorer()


@pytest.fixture
async def house(tmp_path: Path, data_folder: Path, scorer: Scorer) -> AsyncIterator[Stage]:
    """The brand of the example configuration when its first item came in, in a drill."""
    config = data_folder.parent / "example-config"
    if not config.is_dir():
        pytest.skip("no example configuration beside the real data: expected example-config/ there")
    first = time_of(next(records_of(data_folder / XIBEI)))
    with stage(tmp_path, first, config, drill=True, scorer=scorer) as opened:
        yield opened


@pytest.fixture
async def crisis(house: Stage, data_folder: Path) -> Crisis:
    first = time_of(next(records_of(data_folder / XIBEI)))
    known = takewhile(lambda each: time_of(each) < first + WITHIN, records_of(data_folder / XIBEI))
    return Crisis(house, list(known))


class Team:
    """Four people, and the minutes that pass between what they do."""

    def __init__(
        self, house: Stage, row: IncidentRow, su: Visitor, he: Visitor, wu: Visitor, jin: Visitor
    ) -> None:
        self.house, self.row = house, row
        self.su, self.he, self.wu, self.jin = su, he, wu, jin

    def later(self, minutes: float) -> None:
        self.house.clock.set(self.house.clock() + timedelta(minutes=minutes))

    async def opens_incident(self, visitor: Visitor) -> None:
        await visitor.opens(f"/incidents/{self.row.id}")
        await expect(visitor.page.locator(".drill")).to_contain_text("演练")
        assert await visitor.width() <= visitor.page.viewport_size["width"]  # type: ignore[index]

    async def takes(self) -> None:
        """何 is woken, reads why on the phone, and takes it."""
        await self.he.opens(f"/i/{self.row.id}")
        await expect(self.he.page).to_have_title("【演练】▲ 黄 品牌整体 · 烽火")
        await self.he.page.get_by_role("button", name="我来处理").click()
        await expect(self.he.page.get_by_text("您已接手，不再呼叫别人")).to_be_visible()

    async def raises(self) -> None:
        """金 sees that it grows: orange, and the playbook starts; 何 takes that, too."""
        await self.opens_incident(self.jin)
        await self.jin.page.get_by_text("调高等级…", exact=True).click()
        sheet = self.jin.page.locator("#ask-raise")
        await sheet.locator("select[name=level]").select_option("orange")
        await sheet.locator("button").click()
        await expect(self.jin.page.locator("#lead")).to_contain_text("◆ 橙")
        await expect(self.step(self.jin, "complainant")).to_contain_text("联系当事人")
        self.later(1)
        await self.opens_incident(self.he)
        await self.he.page.get_by_role("button", name="我来处理").click()

    def step(self, visitor: Visitor, step: str) -> Locator:
        return visitor.page.locator(f".steps [data-step={step}]")

    async def does(self, visitor: Visitor, step: str, note: str = "") -> None:
        """One step of the playbook, two minutes after the one before."""
        self.later(2)
        await self.opens_incident(visitor)
        line = self.step(visitor, step)
        await unfold(line)
        if note:
            await line.get_by_text("完成并备注…").click()
            sheet = line.locator(f"#ask-note-{step}")
            await sheet.locator("textarea").fill(note)
            await sheet.locator("button").click()
        else:
            await line.locator(".doing > form button").click()
        await expect(self.step(visitor, step).locator(".sign")).to_have_text("✓")

    async def hands_in(self) -> None:
        self.later(1)
        await self.su.opens(STATEMENT)
        await self.su.page.locator("#ask-submit summary").click()
        await self.su.page.locator("#ask-submit button").click()
        await expect(self.su.page.locator("h1 .standing")).to_contain_text("审核中")

    async def agrees(self, visitor: Visitor, opinion: str) -> None:
        self.later(2)
        await visitor.opens(STATEMENT)
        await visitor.page.locator(".deciding textarea[name=opinion]").fill(opinion)
        await visitor.page.get_by_role("button", name="同意", exact=True).click()
        await expect(visitor.page.locator(".opinions").first).to_contain_text(opinion)

    async def releases(self) -> str:
        """金 fills the blanks on the incident's page and lets it go out; then the link is recorded. The text."""
        self.later(2)
        await self.opens_incident(self.jin)
        offer = self.jin.page.locator(".offer").filter(has_text="暂缓稿")
        await expect(offer.locator(".standing").first).to_contain_text("已通过")
        await offer.locator("select[name='blank.topic']").select_option("食材来源")
        promised = f"{(self.house.clock() + timedelta(hours=2)).astimezone(ZONE):%H:%M}"
        await offer.locator("input[name='blank.time']").fill(promised)
        await offer.get_by_role("button", name="填空并发布").click()
        released = self.jin.page.locator(".release")
        await expect(released.locator(".statement")).to_contain_text(f"结果会在 {promised} 前在这里公布")
        await released.locator("input[name=link]").fill(LINK)
        await released.get_by_role("button", name="登记链接").click()
        await expect(self.jin.page.locator(f".release a[href='{LINK}']")).to_have_count(1)
        return str(await self.jin.page.locator(".release .statement").text_content())

    async def closes(self) -> None:
        self.later(5)
        await self.opens_incident(self.jin)
        await self.jin.page.get_by_text("关闭…", exact=True).click()
        sheet = self.jin.page.locator("#ask-close")
        await sheet.locator("input[name=reason]").fill("结果已公布，声量回落")
        await sheet.locator("button").click()
        await expect(self.jin.page.get_by_text("事件已关闭")).to_be_visible()


async def test_four_people_drill_a_real_crisis(
    chromium: Browser, house: Stage, url: str, crisis: Crisis, scorer: Scorer
) -> None:
    row = await crisis.until_alarm()
    async with AsyncExitStack() as held:

        async def sits_down(person: str, size: tuple[int, int]) -> Visitor:
            return await held.enter_async_context(visiting(chromium, house, url, size, person))

        team = Team(
            house, row,
            su=await sits_down("su", DESK), he=await sits_down("he", PHONE),
            wu=await sits_down("wu", PHONE), jin=await sits_down("jin", DESK),
        )  # fmt: skip
        team.later(4)
        await team.takes()
        await team.raises()
        await team.does(team.su, "complainant", "已电话联系，留了门店与日期")
        await team.does(team.he, "facts", "原视频与评论已存证，留样封存")
        await team.does(team.jin, "freeze")
        await team.hands_in()
        await team.agrees(team.su, "切题，事实与核查一致")
        await team.agrees(team.he, "语气合适，没有极限用语")
        await team.agrees(team.wu, "没有定性，可以发布")
        await team.does(team.he, "statement")
        await team.does(team.wu, "legal")
        text = await team.releases()
        await team.does(team.jin, "publish")
        await team.does(team.su, "voices")
        await crisis.more()
        await team.does(team.he, "report")
        await team.closes()
        await _reads_report(team, text)
    (score, *_) = scorer.scores(house.clock())
    for table in tables([score], ZONE):
        Console(width=100).print(table)
    _check_record(house, row.id, text)
    _check_score(score)


async def _reads_report(team: Team, text: str) -> None:
    await team.wu.opens(f"/incidents/{team.row.id}/report")
    report = team.wu.page.locator("main")
    await expect(report).to_contain_text("【演练】")
    await expect(report).to_contain_text(text.strip()[:20])
    assert await team.wu.width() <= PHONE[0]


def _check_record(house: Stage, incident_id: str, text: str) -> None:
    """What the journal can prove: who did what in which order, and that what went out is what was approved, as filled."""
    found = incident_file(house.desk.reader, incident_id)
    assert found is not None
    assert (found.row.closed_by, found.row.drill) == ("jin", True)
    assert {step.state for step in found.steps} == {"done"}
    assert {step.ended_by for step in found.steps} == {"su", "he", "wu", "jin"}
    (release,) = releases_of(house.desk.reader, "xibei", incident=incident_id)
    assert release.released.text_hash == lock(release.released.text)
    assert release.released.text.strip() == text.strip()
    assert (release.released.by, release.link) == ("jin", LINK)
    told = [line.event.type for line in reversed(found.timeline)]
    order = ["incident.opened", "incident.acknowledged", "incident.raised", "playbook.started", "playbook.step_done",
             "playbook.ended", "incident.closed"]  # fmt: skip
    assert sorted(order, key=told.index) == order


def _check_score(score: DrillScore) -> None:
    assert (score.peak, score.playbook, len(score.steps)) == ("orange", "product-crisis", 8)
    assert score.acknowledge.seconds is not None
    assert 4 * 60 <= score.acknowledge.seconds < 15 * 60
    assert score.statement.seconds is not None
    assert not score.statement.late
    assert score.late_steps == 0
    assert {step.by for step in score.steps} == {"su", "he", "wu", "jin"}
    assert score.closed_at is not None
